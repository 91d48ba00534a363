"""The pages on a run that predicts an amount and on one that tells classes apart: no word of an event."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from finxfer.records.folder import RunFolder
from finxfer.records.spec import MULTICLASS, REGRESSION
from finxfer.runs.compare import compare
from finxfer.ui import after_run, compare_view, runs_list, runs_table, task_results
from finxfer.ui.text import charts as names
from finxfer.ui.text import explain as explain_text
from finxfer.ui.text import fairness as fairness_text
from finxfer.ui.text import score as score_text
from finxfer.ui.text import shell
from finxfer.ui.text import task_results as text
from tests.app.opened import open_page, words
from tests.task_run_fixture import AMOUNT_RUN, CLASS_RUN, GRADES, write_task_run, write_task_scoring

RUNS = {REGRESSION: AMOUNT_RUN, MULTICLASS: CLASS_RUN}
JOBS = {REGRESSION: "20261121-160000-eeee", MULTICLASS: "20261121-160100-ffff"}
TASKS = tuple(RUNS)
PAGES = ("results", "fairness", "explain", "score", "report")
OF_EVENTS = re.compile(r"\bGini\b|\bflagged\b|\bdefaults?\b|\bthreshold\b|\bdeclined?\b", re.IGNORECASE)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("tasks") / "runs"
    for task, run_id in RUNS.items():
        run = write_task_run(runs, task, run_id)
        write_task_scoring(run, runs.parent / "jobs", JOBS[task])
    return runs


@pytest.fixture()
def home(tmp_path: Path, stored: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path))
    shutil.copytree(stored, tmp_path / "runs")
    shutil.copytree(stored.parent / "jobs", tmp_path / "jobs")
    for task, job_id in JOBS.items():
        # Jobs name their run by its folder.
        job = RunFolder(tmp_path / "jobs" / job_id)
        spec = job.spec_path.read_text(encoding="utf-8")
        job.spec_path.write_text(
            spec.replace(
                str((stored / RUNS[task]).resolve()), str((tmp_path / "runs" / RUNS[task]).resolve())
            ),
            encoding="utf-8",
        )
    return tmp_path


def drawn(at: AppTest) -> list[str]:
    """The charts as JSON."""
    return [chart.proto.spec for chart in at.get("plotly_chart")]


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("task", TASKS)
def test_every_page_opens_and_speaks_of_no_event(home: Path, task: str, page: str) -> None:
    at = open_page(page, RUNS[task])
    assert not at.exception and not at.error
    assert at.title[0].value == shell.TITLES[page]
    assert not OF_EVENTS.search(words(at)), OF_EVENTS.search(words(at))
    if task == REGRESSION:
        assert "probability" not in words(at).lower() and "logistic" not in words(at).lower()


def test_the_answer_about_an_amount_is_its_error_and_the_gain_in_it(home: Path) -> None:
    at = open_page("results", AMOUNT_RUN)
    metrics = RunFolder(home / "runs" / AMOUNT_RUN).metrics()
    assert metrics is not None
    answer = task_results.answer(metrics)
    assert answer in words(at) and "linear regression" in answer
    rows = at.table[0].value
    assert [name for name in rows.columns if "★" not in name][:2] == [
        "This model",
        names.LINEAR["Logistic regression"],
    ]
    assert any("Prediction intervals" in one.value for one in at.markdown)
    assert any('"Predicted"' in chart for chart in drawn(at))


def test_classes_have_a_confusion_and_a_table_of_their_own(home: Path) -> None:
    at = open_page("results", CLASS_RUN)
    assert text.CLASS_TABLE in words(at)
    table = at.dataframe[0].value
    assert list(table[text.CLASS_COLUMNS["class"]]) == list(GRADES)
    # Every class occurs and is told from the others better than by chance.
    assert (table[text.CLASS_COLUMNS["auc"]].str[:5].astype(float) > 0.6).all()
    heat = next(chart for chart in drawn(at) if '"heatmap"' in chart)
    assert "texttemplate" not in heat


def test_one_customer_of_an_amount_is_pushed_up_and_down(home: Path) -> None:
    row = int(pd.read_parquet(home / "runs" / AMOUNT_RUN / "explanations" / "model.parquet")["row"].iloc[0])
    at = open_page("explain", AMOUNT_RUN, customer=str(row))
    assert not at.exception
    said = words(at)
    assert explain_text.RAISING_AMOUNT in said and explain_text.LOWERING_AMOUNT in said
    assert at.slider(key="risk-percentile").label == explain_text.PERCENTILE["_amount"]


def test_one_customer_of_a_class_and_of_a_chosen_one(home: Path) -> None:
    row = int(pd.read_parquet(home / "runs" / CLASS_RUN / "explanations" / "model.parquet")["row"].iloc[0])
    at = open_page("explain", CLASS_RUN, customer=str(row))
    assert not at.exception and explain_text.RAISING in words(at)
    at.selectbox(key="explained-class").set_value("B").run()
    assert not at.exception
    assert any(metric.label == explain_text.PREDICTED_CLASS.format(name="B") for metric in at.metric)


def test_the_class_that_matters_is_compared_alone_when_it_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(after_run, "start", lambda run, job, **options: asked.append(options))
    at = open_page("fairness", CLASS_RUN)
    at.selectbox(key=f"fairness-outcome-{CLASS_RUN}").set_value("C")
    next(button for button in at.button if button.label == fairness_text.APPLY).click().run()
    assert not at.exception
    assert asked[0]["assessment"]["fairness"]["outcome"] == "C"
    at = open_page("fairness", AMOUNT_RUN)
    assert not [one for one in at.selectbox if one.label == fairness_text.FIELD_OUTCOME]


@pytest.mark.parametrize("task", TASKS)
def test_a_scoring_shows_the_prediction_with_low_and_high_or_each_class(home: Path, task: str) -> None:
    at = open_page("score", RUNS[task], scoring=JOBS[task])
    assert not at.exception
    table = next(one.value for one in at.dataframe if "prediction" in one.value)
    if task == REGRESSION:
        assert (table["low"] <= table["prediction"]).all() and (table["prediction"] <= table["high"]).all()
        assert table["prediction"].is_monotonic_decreasing
        # Amounts in the hundreds: no digit after the point.
        assert (table["prediction"] == table["prediction"].round()).all()
        assert score_text.TABLE_TITLE_AMOUNT in words(at)
    else:
        told = table[[f"probability_{name}" for name in GRADES]]
        assert told.sum(axis=1).round(6).eq(100).all()
        assert (told.idxmax(axis=1).str.removeprefix("probability_") == table["prediction"]).all()


def test_lists_of_runs_name_the_metric(home: Path) -> None:
    amount, grade = (runs_list.run_line(RunFolder(home / "runs" / RUNS[task])) for task in TASKS)
    assert amount.gini.startswith("RMSE ") and amount.over.endswith("over linear regression")
    assert grade.gini.startswith("AUC ") and grade.over.endswith("over logistic regression")
    assert {row.figure for row in runs_table.rows()} == {amount.gini, grade.gini}
    at = open_page("runs", None)
    assert not at.exception


@pytest.mark.parametrize("task", TASKS)
def test_two_runs_of_one_task_are_compared_by_its_metric(home: Path, task: str) -> None:
    first, second = RUNS[task], "20261121-170000-9999"
    shutil.copytree(home / "runs" / first, home / "runs" / second)
    found = compare([RunFolder(home / "runs" / one) for one in (first, second)], draws=50)
    metric = compare_view.headline(found)
    assert metric == ("rmse" if task == REGRESSION else "auc")
    assert compare_view.decisive(found, found["pairs"][0])["value"] == 0
    at = open_page("compare", None, runs=f"{first},{second}")
    assert not at.exception and not at.error
    assert names.metric_name(metric) in words(at)
