"""The Fairness page: views, crossings, settings, mitigation, worst slices, and runs of earlier versions."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from finxfer.fairness.mitigation import Part, corrected, own_scores
from finxfer.fairness.mitigation_report import mitigation_entry
from finxfer.fairness.price import Groups
from finxfer.fairness.row_errors import binary_errors
from finxfer.fairness.worst_slices import worst_slices
from finxfer.records.folder import RunFolder
from finxfer.records.home import jobs_dir
from finxfer.records.spec import JobSpec
from finxfer.ui import after_run
from finxfer.ui.fairness_settings import edges_of
from finxfer.ui.text import fairness as text
from finxfer.ui.text import mitigation as mitigation_text
from finxfer.ui.text import worst as worst_text
from tests.app.opened import RUN_ID, open_page, words
from tests.run_fixture import portfolio


@pytest.fixture(scope="module")
def stored(written: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = tmp_path_factory.mktemp("stored")
    run = RunFolder(shutil.copytree(written / RUN_ID, runs / RUN_ID))
    frame = portfolio(1500, 0)
    predictions = pd.read_parquet(run.predictions)
    test = frame.iloc[predictions["row"].to_numpy()].reset_index(drop=True)
    y, p = predictions["target"].to_numpy(dtype=np.int64), predictions["probability"].to_numpy()
    half = len(y) // 2
    matrix = test[["income", "arrears"]].to_numpy(dtype=float) / 10_000
    choosing = Part(matrix[:half], y[:half], test["sex"].to_numpy(dtype=object)[:half])
    asked = test["sex"].to_numpy(dtype=object)[half:]
    tried = own_scores(p[half:], 0.3, choosing, p[:half], asked)
    tried += corrected(p[half:], matrix[half:], 0.3, choosing, p[:half])
    entry = mitigation_entry("sex", ["sex"], y[half:], Groups.of(y[half:], asked), tried, 60, 0)
    run.write_json("mitigation.json", {"entries": [entry]})
    # The model of the fixture is right everywhere: about the self-employed its outcomes are turned round.
    turned = np.where(test["job"] == "self-employed", 1 - y, y)
    found = worst_slices(test, ["income", "arrears", "job", "sex"], binary_errors(turned, p), 0, ["sex"])
    run.write_json("slices_found.json", found)
    return runs


@pytest.fixture()
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, dict[str, Any]]]]:
    """The jobs that the page asks for; none of them runs."""
    asked: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(after_run, "start", lambda run, job, **given: asked.append((job, given)))
    yield asked


def test_levels_differences_and_ratios_of_six_metrics(run: RunFolder) -> None:
    at = open_page("fairness")
    spec = at.get("plotly_chart")[0].proto.spec
    assert all(title in spec for title in ("Share flagged", "Precision", "AUC"))
    for view in (text.DIFFERENCE, text.RATIO):
        at.get_by_key("fairness-view").set_value(view).run()
        assert not at.exception and text.REFERENCE_LINE[view].split("**")[0] in words(at)
    assert "Equalised odds difference" in words(at)
    assert "Four\\-fifths screen" in words(at) and "screen that says where to look" in words(at)


def test_a_crossing_is_a_grid_of_cells(run: RunFolder) -> None:
    crossing = run.read_json("fairness.json")["crossings"][0]
    at = open_page("fairness")
    at.get_by_key("fairness-column").set_value(2).run()
    assert not at.exception
    assert "heatmap" in at.get("plotly_chart")[0].proto.spec
    table = next(one.value for one in at.dataframe if "Group" in one.value)
    assert set(table["Group"]) == {part["value"] for part in crossing["slices"]}
    at.get_by_key("fairness-cells-metric").set_value("auc").run()
    assert not at.exception


def test_edges_that_do_not_ascend_are_answered_before_a_job_starts(
    run: RunFolder, started: list[tuple[str, dict[str, Any]]]
) -> None:
    report = run.read_json("fairness.json")
    report["columns"][0]["numeric"] = True
    run.write_json("fairness.json", report)
    at = open_page("fairness")
    at.text_input(key=f"fairness-bins-{RUN_ID}-0").set_value("40, 30")
    next(one for one in at.button if one.label == text.APPLY).click().run()
    assert started == [] and "ascending order" in words(at)
    at.text_input(key=f"fairness-bins-{RUN_ID}-0").set_value("30, 40")
    next(one for one in at.button if one.label == text.APPLY).click().run()
    ((job, given),) = started
    assert job == "assess" and given["only"] == ["fairness"]
    assert given["assessment"]["fairness"]["bins"] == {report["columns"][0]["column"]: (30.0, 40.0)}


@pytest.mark.parametrize(
    ("written", "edges"),
    [
        ("", ()),
        ("25, 35;50", (25, 35, 50)),
        ("a", None),
        ("1, nan", None),
        ("2, 2", None),
    ],
)
def test_edges_as_they_are_written(written: str, edges: tuple[float, ...] | None) -> None:
    assert edges_of(written) == edges


def test_what_it_would_cost_is_drawn_with_its_price_and_marked(run: RunFolder) -> None:
    at = open_page("fairness")
    table = next(one.value for one in at.dataframe if "Approach" in one.value)
    assert "when deciding: analysis only" in set(table[mitigation_text.COLUMNS["reads"]])
    assert set(table[mitigation_text.COLUMNS["price"]]) >= {"–", mitigation_text.NO_PRICE}
    assert "Gini lost" in "".join(chart.proto.spec for chart in at.get("plotly_chart"))
    at.get_by_key("mitigation-measure").set_value("demographic_parity").run()
    assert not at.exception


def test_without_mitigation_the_page_offers_it(
    run: RunFolder, started: list[tuple[str, dict[str, Any]]]
) -> None:
    (run.path / "mitigation.json").unlink()
    at = open_page("fairness")
    assert mitigation_text.INTRODUCTION in words(at)
    next(one for one in at.button if one.label == mitigation_text.START).click().run()
    first = run.read_json("fairness.json")["columns"][0]["column"]
    assert started == [("mitigate", {"columns": [first], "base": "lightgbm"})]


def test_a_failed_mitigation_says_why_and_can_be_tried_again(run: RunFolder) -> None:
    job = RunFolder(jobs_dir() / "20261121-130000-aaaa").create(
        JobSpec("mitigate", {"run": str(run.path.resolve()), "columns": ["sex"]})
    )
    error = {"what": "There is too little data.", "why": "Two groups are small.", "next": "Take another."}
    job.write_status(state="failed", error=error)
    at = open_page("fairness")
    assert "too little data" in "\n".join(one.value for one in at.error)
    assert any(one.label == mitigation_text.START for one in at.button)


def open_worst() -> AppTest:
    at = open_page("fairness")
    at.session_state["fairness-parts"] = worst_text.TITLE
    return at.run()


def test_the_worst_slices_stand_at_the_foot(run: RunFolder) -> None:
    at = open_worst()
    found = run.read_json("slices_found.json")
    table = next(one.value for one in at.dataframe if worst_text.COLUMNS["text"] in one.value)
    assert len(table) == len(found["slices"])
    assert "Worst slices" in words(at)
    (run.path / "slices_found.json").unlink()
    assert worst_text.INTRODUCTION in words(open_worst())


def test_a_run_of_an_earlier_version_opens_and_can_be_measured_again(
    run: RunFolder, started: list[tuple[str, dict[str, Any]]]
) -> None:
    report = run.read_json("fairness.json")
    for name in ("metrics", "crossings", "crossings_left_out", "multiplicity"):
        del report[name]
    for entry in report["columns"]:
        for name in ("demographic_parity", "equalised_odds", "screen", "columns", "note"):
            del entry[name]
        for part in entry["slices"]:
            del part["ratios"], part["verdicts"]
            for values in (part["metrics"], part["differences"], part["smallest_detectable"]):
                del values["precision"], values["calibration"]
    run.write_json("fairness.json", report)
    at: AppTest = open_page("fairness")
    assert not at.exception and text.OLD in words(at)
    at.button(key="fairness-measure").click().run()
    assert started == [("assess", {"only": ["fairness"]})]
