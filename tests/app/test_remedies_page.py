"""Remedies on the Data page: proposed, tried, applied, taken into the run, taken back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from finxfer.records.remedy_spec import RemedySpec
from finxfer.records.tables import TableMeta, TableStore
from finxfer.records.training_settings import TrainingSettings
from finxfer.ui import charts_remedies, roles_state
from finxfer.ui.launching import run_spec
from finxfer.ui.settings_form import RunSettings
from finxfer.ui.text import data, remedies

SHELL = Path(__file__).resolve().parents[2] / "finxfer" / "ui" / "shell.py"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path))
    return tmp_path


def stored(dirt: bool = True) -> TableMeta:
    draw = np.random.default_rng(0)
    income = draw.lognormal(8, 0.5, 600)
    frame = pd.DataFrame(
        {
            "amount": [f"€ {v:,.0f}" if dirt and n % 2 else round(v, 1) for n, v in enumerate(income)],
            "plan": draw.choice(["gold", "Gold ", "tin *x*"] if dirt else ["gold", "tin"], 600),
            "outcome": draw.choice(["good", "default"], 600, p=[0.7, 0.3]),
        }
    ).astype({"amount": "str" if dirt else "float"})
    return TableStore().add(frame, TableMeta(f"{int(dirt):064x}", "t.csv", 600, 3))


def page(table: TableMeta) -> AppTest:
    at = AppTest.from_file(str(SHELL), default_timeout=60)
    at.query_params["table"] = table.sha256
    at.run()
    return at.switch_page("../../pages/data.py").run()


def words(at: AppTest) -> str:
    return "\n".join(str(part.value) for part in (*at.markdown, *at.caption, *at.error, *at.warning))


def labelled(at: AppTest, label: str) -> str:
    return next(str(one.key) for one in at.button if one.label == label)


def test_a_finding_is_tried_applied_and_taken_back() -> None:
    table = stored()
    at = page(table)
    assert not at.exception and "numbers written as text" in words(at)
    assert remedies.APPLIED_TITLE not in words(at)
    button = labelled(at, "Read as numbers")
    at.button(key=button).click().run()
    assert not at.exception and "cells read as numbers" in words(at) and "AUC" in words(at)
    assert roles_state.settled(table).remedies == ()
    at.button(key="remedy_apply").click().run()
    assert not at.exception and remedies.APPLIED_TITLE in words(at)
    roles = roles_state.settled(table)
    assert roles.remedies == (RemedySpec("parse", ("amount",), {"as": "number"}),)
    assert {one.name: one.kind for one in roles.columns}["amount"] == "numeric"
    assert "numbers written as text" not in words(at)
    spec = run_spec(table, roles, None, "auto", RunSettings(TrainingSettings(), 0, 0.3, 0.2, "cpu", ""))
    assert spec.remedies == roles.remedies

    at.button(key=labelled(at, "One spelling for each")).click().run()
    at.button(key="remedy_apply").click().run()
    assert len(roles_state.settled(table).remedies) == 2
    at.button(key="remedy_undo_0").click().run()
    assert [one.kind for one in roles_state.settled(table).remedies] == ["standardise"]
    assert {one.name: one.kind for one in roles_state.settled(table).columns}["amount"] != "numeric"
    at.button(key="roles_undo").click().run()
    at.button(key="remedies_undo_all").click().run()
    assert not at.exception and roles_state.settled(table).remedies == ()
    assert "numbers written as text" in words(at)


def test_nothing_is_longer_where_nothing_is_wrong_and_a_remedy_can_be_added_by_hand() -> None:
    table = stored(dirt=False)
    at = page(table)
    assert not at.exception and data.QUALITY_NONE not in at.error
    assert not [
        one for one in at.button if str(one.key).startswith("remedy_") and one.key != "remedy_by_hand"
    ]
    at.button(key="remedy_by_hand").click().run()
    assert not at.exception and at.selectbox(key="remedy_column").options


def by_hand() -> None:
    """The dialog's form without the dialog, which AppTest closes at every click."""
    import streamlit as st

    from finxfer.records.tables import TableStore
    from finxfer.ui import remedies_form, remedies_state, remedies_view, roles_state

    table = TableStore().list()[0]
    roles = roles_state.settled(table)
    chosen = remedies_form.choose(table, roles)
    if chosen is not None:
        st.session_state["chosen"] = chosen
        effect = remedies_state.effect_of(table, roles, (chosen,))
        remedies_view.show_effect(table, roles, effect, (chosen,))


def test_the_form_offers_what_the_column_can_have() -> None:
    stored(dirt=False)
    at = AppTest.from_function(by_hand, default_timeout=60).run()
    at.selectbox(key="remedy_column").set_value("amount").run()
    kinds = at.selectbox(key="remedy_kind_amount")
    assert kinds.options == [
        remedies.KINDS[one] for one in ("blank", "fill", "cap", "drop_rows", "deduplicate")
    ]
    kinds.set_value("cap").run()
    assert not at.exception and "drawn in to" in words(at)
    assert at.session_state["chosen"] == RemedySpec("cap", ("amount",), {"lower": 0.01, "upper": 0.99})
    at.selectbox(key="remedy_column").set_value("outcome").run()
    assert remedies.KINDS["fill"] not in at.selectbox(key="remedy_kind_outcome").options


def test_amounts_before_and_after_are_written_out() -> None:
    before = pd.Series([1000.0, 22_220.0, 64_800.0] * 20)
    figure, first, _ = charts_remedies.before_after(before, before.clip(upper=43_000))
    assert "e+" not in first + " ".join(figure.layout.xaxis.ticktext)
