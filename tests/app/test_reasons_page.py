"""The Explain page: reasons of declined customers and the bank's library, readable models."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from finxfer.records.folder import RunFolder
from finxfer.records.reason_library import read_library
from finxfer.ui.text import readable, reasons
from tests.app.opened import RUN_ID, open_page, words
from tests.run_fixture import HOSTILE, write_run


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("stored")
    write_run(runs, RUN_ID, rows=900, hostile=True)
    return runs


def open_part(title: str) -> AppTest:
    at = open_page("explain", RUN_ID)
    at.session_state["explain-parts"] = title
    at.run()
    assert not at.exception and not at.error
    return at


def test_reasons_are_counted_and_their_stability_is_said(run: RunFolder) -> None:
    facts = run.read_json("explanations/reasons.json")
    at = open_part(reasons.PART)
    said = words(at).replace("\\", "")
    assert f"{facts['declined']} are declined at the threshold" in said
    assert facts["stability"]["sentence"][:40] in said
    assert at.dataframe[0].value.columns[0] == reasons.THEME
    assert "<img" not in words(at).replace("\\<img", "")


def test_a_theme_is_saved_told_and_taken_back(run: RunFolder) -> None:
    at = open_part(reasons.PART)
    at.selectbox(key="reason-theme").set_value("").run()
    at.text_input(key="reason-name-0-").set_value("Debts and arrears")
    at.multiselect(key="reason-features-0-").set_value([HOSTILE, "arrears"])
    at.text_input(key="reason-sentence-0-").set_value("Debts: {detail}")
    at.button(key="reason-save-0-").click().run()
    assert not at.exception and not at.error
    assert [(one.name, one.features) for one in read_library().themes] == [
        ("Debts and arrears", (HOSTILE, "arrears"))
    ]
    table = pd.read_parquet(run.explanations / "principal_reasons.parquet")
    assert (table.filter(like="theme_") == "Debts and arrears").any().any()
    assert table.filter(like="reason_").apply(lambda one: one.str.startswith("Debts: ")).any().any()
    assert run.read_json("explanations/reasons.json")["library_version"] == 1
    at.button(key="reasons-undo").click().run()
    assert read_library().themes == ()
    assert run.read_json("explanations/reasons.json")["library_version"] == 0


def test_nonsense_is_answered_beside_the_form(run: RunFolder) -> None:
    at = open_part(reasons.PART)
    at.selectbox(key="reason-theme").set_value("").run()
    at.text_input(key="reason-name-0-").set_value("Debts")
    at.multiselect(key="reason-features-0-").set_value(["arrears"])
    at.text_input(key="reason-sentence-0-").set_value("{customer}")
    at.button(key="reason-save-0-").click().run()
    assert "holds {customer}" in at.error[0].value.replace("\\", "")
    assert read_library().version == 0


def test_readable_models_are_drawn_with_how_much_they_tell(run: RunFolder) -> None:
    found = run.read_json("explanations/surrogates.json")
    at = open_part(readable.PART)
    said = words(at).replace("\\", "")
    assert found["tree"]["sentence"] in said and found["scorecard"]["sentence"] in said
    assert len(at.get("plotly_chart")) == 1
    assert at.dataframe[0].value[readable.POINTS].min() == 0


@pytest.mark.parametrize("part", [reasons.PART, readable.PART])
def test_a_run_from_before_says_so(run: RunFolder, part: str) -> None:
    for name in ("reasons.json", "surrogates.json"):
        (run.explanations / name).unlink()
    at = open_part(part)
    assert at.info[0].value in (reasons.NOTHING, readable.NOTHING)
