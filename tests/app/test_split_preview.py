"""The Data page's split: proposed by time where a column orders the rows, chosen, and taken into the run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from finxfer.records.tables import Roles, TableMeta, TableStore
from finxfer.records.training_settings import TrainingSettings
from finxfer.ui import roles_state, split_state
from finxfer.ui.launching import run_spec
from finxfer.ui.settings_form import RunSettings
from finxfer.ui.text import data as text

SHELL = Path(__file__).resolve().parents[2] / "finxfer" / "ui" / "shell.py"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path))
    return tmp_path


def book(rows: int = 600, last_positive: bool = True) -> pd.DataFrame:
    draw = np.random.default_rng(0)
    income = draw.normal(3000, 500, rows)
    default = (draw.random(rows) < 1 / (1 + np.exp((income - 2700) / 300))).astype(int)
    if not last_positive:
        default[rows // 2 :] = 0
    opened = pd.date_range("2022-01-01", "2023-06-30", periods=rows).normalize()
    return pd.DataFrame({"income": income.round(2), "opened *x*": opened, "default": default})


def keep(frame: pd.DataFrame, name: str = "book.csv") -> TableMeta:
    meta = TableMeta(
        f"{len(name) * 7919 + int(frame['default'].sum()):064x}", name, len(frame), frame.shape[1]
    )
    return TableStore().add(frame, meta)


def page(table: TableMeta) -> AppTest:
    at = AppTest.from_file(str(SHELL), default_timeout=60)
    at.query_params["table"] = table.sha256
    at.run()
    return at.switch_page("../../pages/data.py").run()


def words(at: AppTest) -> str:
    return "\n".join(str(part.value) for part in (*at.markdown, *at.caption, *at.error, *at.subheader))


def spec_of(table: TableMeta, roles: Roles):
    settings = RunSettings(TrainingSettings(), 0, 0.3, 0.2, "cpu", "")
    return run_spec(table, roles, None, "auto", settings)


def test_the_latest_rows_are_proposed_with_a_reason_and_reach_the_spec() -> None:
    table = keep(book())
    at = page(table)
    assert not at.exception and not at.error
    assert "Proposed because **opened \\*x\\***" in words(at)
    assert "from 2023\\-01" in words(at) and "before the test period" in words(at)
    roles = roles_state.settled(table)
    assert roles.split is None and spec_of(table, roles).split == "out-of-time"

    (choice,) = [one for one in at.get("button_group") if one.label == text.SPLIT_CHOICE]
    at = choice.set_value("random").run()
    assert not at.exception
    assert "says nothing about later ones" in words(at) and "same share of" in words(at)
    assert spec_of(table, roles_state.settled(table)).split == "random"


def test_what_cannot_be_split_by_time_is_said_and_split_at_random() -> None:
    table = keep(book(last_positive=False))
    at = page(table)
    assert not at.exception and not at.error
    assert "cannot be the test" in words(at) and "no positive case" in words(at).replace("\\", "")
    assert spec_of(table, roles_state.settled(table)).split == "random"


def test_without_a_time_column_nothing_is_chosen_and_the_role_is_offered() -> None:
    table = keep(book().drop(columns="opened *x*"), "timeless.csv")
    at = page(table)
    assert not at.exception and text.SPLIT_NO_TIME in words(at)
    assert split_state.split_of(table, roles_state.settled(table)) == "random"


def test_a_chosen_split_that_became_impossible_is_an_error_on_the_page() -> None:
    table = keep(book(last_positive=False))
    roles = roles_state.settled(table)
    TableStore().save_roles(table.sha256, Roles(**{**vars(roles), "split": "out-of-time"}))
    at = page(table)
    assert not at.exception and "no positive case" in at.error[0].value


def test_roles_keep_the_split_and_older_ones_have_none() -> None:
    table = keep(book())
    roles = roles_state.settled(table)
    TableStore().save_roles(table.sha256, Roles(**{**vars(roles), "split": "random"}))
    kept = TableStore().roles(table.sha256)
    assert kept is not None and kept.split == "random"
    two = Roles(**{**vars(roles), "columns": tuple(
        type(one)(one.name, "time" if one.name != "default" else one.role, one.kind) for one in roles.columns
    )})  # fmt: skip
    assert split_state.time_column(two) is None


def test_customers_who_all_come_back_are_not_left_out_by_a_proposal() -> None:
    frame = book(900).assign(customer_id=np.tile([f"C{n:04d}" for n in range(300)], 3))
    table = keep(frame, "panel.csv")
    roles = roles_state.settled(table)
    assert [c.role for c in roles.columns if c.name == "customer_id"] == ["group"]
    assert split_state.split_of(table, roles) == "random"
    alone = roles_state.with_role(roles, "customer_id", "id")
    assert split_state.split_of(table, alone) == "out-of-time"
