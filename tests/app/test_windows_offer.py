"""From the sample of card fraud to a table with windows, through AppTest on the Data page."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from finxfer.data import samples
from finxfer.data.windows import new_columns
from finxfer.records.folder import RunFolder
from finxfer.records.spec import OUT_OF_TIME
from finxfer.records.tables import TableMeta, TableStore
from finxfer.records.training_settings import TrainingSettings
from finxfer.records.window_settings import WindowSettings
from finxfer.runs import launcher
from finxfer.runs.rows import split_rows
from finxfer.runs.windows import KEY
from finxfer.ui import tour, windows_view
from finxfer.ui.launching import run_spec
from finxfer.ui.settings_form import RunSettings
from finxfer.ui.text import windows as text
from tests.app.opened import open_page, words


@pytest.fixture()
def sample(monkeypatch: pytest.MonkeyPatch) -> TableMeta:
    small = [dataclasses.replace(one, rows=3000) for one in samples.SAMPLES]
    monkeypatch.setattr(samples, "SAMPLES", tuple(small))
    return tour.sample_table("card-fraud")


def opened(sample: TableMeta, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The Data page with the offer unfolded."""
    usual = windows_view.st.expander

    def expander(label: str, **options: Any) -> Any:
        return usual(label, **options | ({"expanded": True} if label == text.OFFER else {}))

    monkeypatch.setattr(windows_view.st, "expander", expander)
    return open_page("data", None, table=sample.sha256)


def test_a_log_is_offered_windows_and_becomes_another_table(
    sample: TableMeta, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = opened(sample, monkeypatch)
    assert not at.exception
    assert text.OFFER in [box.label for box in at.expander]
    assert at.selectbox(key=f"windows_customer_{sample.sha256[:12]}").value == "customer_id"
    assert "24 new columns" in words(at)
    place = sample.sha256[:12]
    at.text_input(key=f"windows_lengths_{place}").set_value("a week").run()
    assert "lengths in days" in words(at) and not [b for b in at.button if b.key == "windows_add"]
    at.text_input(key=f"windows_lengths_{place}").set_value("1, 7").run()
    at.button(key="windows_add").click().run()
    assert not at.exception
    store = TableStore()
    made = next(meta for meta in store.list() if KEY in meta.report)
    assert made.name.endswith("with windows") and made.synthetic
    assert made.sha256 in at.query_params["table"]
    # The new table is not offered windows again, and its latest rows are the test.
    assert text.OFFER not in [box.label for box in at.expander]
    _ready_to_run(made)


def _ready_to_run(made: TableMeta) -> None:
    store = TableStore()
    roles = store.roles(made.sha256)
    assert roles is not None and roles.split == OUT_OF_TIME
    settings = RunSettings(TrainingSettings(), 0, 0.3, 0.2, "auto", "")
    spec = run_spec(made, roles, None, "auto", settings)
    windows = WindowSettings.from_json(made.report[KEY])
    assert set(new_columns(windows)) <= set(spec.features)
    assert not {"customer_id", "terminal_id", "time"} & set(spec.features)
    rows = split_rows(spec, store.open(made.sha256), None)
    assert rows.train["time"].max() < rows.test["time"].min()


def test_a_large_log_is_worked_on_by_a_job(sample: TableMeta, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs: list[Any] = []

    def launch(spec: Any) -> RunFolder:
        jobs.append(spec)
        return launcher.RunFolder(TableStore().folder.parent / "jobs" / "20261121-120000-aaaa").create(spec)

    monkeypatch.setattr(windows_view, "DIRECT_ROWS", 100)
    monkeypatch.setattr(launcher, "launch", launch)
    at = opened(sample, monkeypatch)
    at.button(key="windows_add").click().run()
    assert not at.exception
    assert jobs[0].job == "windows" and jobs[0].arguments["table"] == sample.sha256
    assert TableStore().roles(sample.sha256) is not None


def test_other_tables_are_offered_nothing() -> None:
    table = tour.sample_table("card-default")
    at = open_page("data", None, table=table.sha256)
    assert not at.exception and text.OFFER not in [box.label for box in at.expander]
