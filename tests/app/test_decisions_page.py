"""The Results parts "Calibration and grades" and "Decisions": what they say, draw and start."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from finxfer.records.assessment import Assessment
from finxfer.records.folder import RunFolder
from finxfer.ui import after_run
from finxfer.ui.text import calibration as calibration_text
from finxfer.ui.text import decisions as text
from tests.app.opened import RUN_ID, open_page, words


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What jobs the page starts; none runs."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(after_run, "start", lambda run, job, **said: found.append({"job": job, **said}))
    return found


def open_part(title: str) -> AppTest:
    at = open_page("results")
    at.session_state["parts"] = title
    return at.run()


def test_grades_are_told_drawn_and_tabled(run: RunFolder) -> None:
    at = open_part(calibration_text.PART)
    assert not at.exception
    found = run.read_json("calibration.json")
    assert found["sentence"] in words(at).replace("\\", "")
    chart = json.loads(at.get("plotly_chart")[-1].proto.spec)
    assert len(chart["data"][0]["x"]) == len(found["grades"]["table"])
    assert "grade 1 PD" in at.get("plotly_chart")[-1].proto.alt
    table = at.dataframe[-1].value
    assert table[calibration_text.COLUMNS["grade"]].tolist()[-1] == calibration_text.PORTFOLIO
    assert calibration_text.RECALIBRATION in words(at)


def test_other_grades_are_a_job_with_the_whole_settings(
    run: RunFolder, started: list[dict[str, Any]]
) -> None:
    run.write_json("assessment.json", Assessment.from_json({"decisions": {"champion": "lightgbm"}}).to_json())
    at = open_part(calibration_text.PART)
    at.selectbox(key=f"grades-method-{RUN_ID}").set_value("optimum")
    at.number_input(key=f"grades-number-{RUN_ID}").set_value(4)
    at.number_input(key=f"grades-base-{RUN_ID}").set_value(2.5)
    next(button for button in at.button if button.label == calibration_text.APPLY).click().run()
    (job,) = started
    assert job["job"] == "assess" and "fairness" not in job["only"]
    chosen = Assessment.from_json(job["assessment"])
    assert (chosen.calibration.method, chosen.calibration.grades) == ("optimum", 4)
    assert chosen.calibration.base_rate == 0.025 and chosen.decisions.champion == "lightgbm"


def test_decisions_say_money_first_and_that_amounts_are_examples(run: RunFolder) -> None:
    at = open_part(text.PART)
    assert not at.exception
    found = run.read_json("decisions.json")
    said = words(at).replace("\\", "")
    assert f"[{text.EXAMPLE}] {found['sentence']}" in said
    for shown in text.CURVES:
        at.segmented_control(key="decisions-curve").set_value(shown)
        at.run()
        assert not at.exception and text.AXIS[shown] in at.get("plotly_chart")[-1].proto.spec


def test_amounts_and_champion_are_a_job_and_bad_ones_an_answer(
    run: RunFolder, started: list[dict[str, Any]]
) -> None:
    at = open_part(text.PART)
    at.segmented_control(key=f"amounts-by-{RUN_ID}").set_value("amounts")
    at.run()
    at.number_input(key=f"gain-{RUN_ID}").set_value(120.0)
    press = next(button for button in at.button if button.label == text.APPLY)
    press.click().run()
    assert not started and "gain" in at.error[0].value
    at.number_input(key=f"loss-{RUN_ID}").set_value(1000.0)
    at.selectbox(key=f"champion-{RUN_ID}").set_value("income")
    at.number_input(key=f"approval-rate-{RUN_ID}").set_value(65.0)
    next(button for button in at.button if button.label == text.APPLY).click().run()
    (job,) = started
    chosen = Assessment.from_json(job["assessment"]).decisions
    assert (chosen.gain, chosen.loss, chosen.champion, chosen.approval_rate) == (120, 1000, "income", 0.65)
    assert not chosen.example


def test_a_new_champion_alone_does_not_make_the_example_amounts_the_banks(
    run: RunFolder, started: list[dict[str, Any]]
) -> None:
    at = open_part(text.PART)
    at.selectbox(key=f"champion-{RUN_ID}").set_value("income")
    next(button for button in at.button if button.label == text.APPLY).click().run()
    assert Assessment.from_json(started[0]["assessment"]).decisions.example


@pytest.mark.parametrize("title", [calibration_text.PART, text.PART])
def test_a_run_that_was_never_checked_offers_to_do_it(
    run: RunFolder, started: list[dict[str, Any]], title: str
) -> None:
    for name in ("calibration.json", "decisions.json"):
        (run.path / name).unlink()
    at = open_part(title)
    assert not at.exception and len(at.info) == 1
    next(button for button in at.button if button.key.startswith("measure-")).click().run()
    assert started[0]["job"] == "assess"


def test_test_rows_without_outcomes_draw_no_picture(run: RunFolder) -> None:
    for name in ("calibration.json", "decisions.json"):
        content = run.read_json(name) | {"measured": False, "recalibrations": None}
        run.write_json(name, content)
    for title in (calibration_text.PART, text.PART):
        at = open_part(title)
        assert not at.exception
