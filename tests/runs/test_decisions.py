"""calibration.json and decisions.json of a whole run: champions, settings, bad input, recalibration."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from finxfer.errors import BadInput, Damaged
from finxfer.evaluation.recalibration import recalibrate
from finxfer.records.assessment import Assessment, assessment_of
from finxfer.records.decision_settings import CalibrationSettings, DecisionSettings
from finxfer.records.files import read_json, write_json
from finxfer.records.folder import RunFolder
from finxfer.records.spec import Spec
from finxfer.runs.calibration import measure_calibration
from finxfer.runs.decisions import measure_decisions
from finxfer.runs.job import Job
from finxfer.runs.recalibrating import BEFORE
from finxfer.training.fitted import load_fitted
from tests.customers import exported
from tests.run_fixture import portfolio, stand_in_job, write_run

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return write_run(tmp_path_factory.mktemp("runs"), rows=1000)


@pytest.fixture
def job(written: RunFolder) -> Job:
    """The run again, with a column of today's score and one of text; models answer by their stored rows."""
    frame = portfolio(1000, 0)
    draw = np.random.default_rng(1)
    frame["old score"] = 800 - 100 * frame["arrears"] + draw.normal(0, 40, 1000)
    frame["remark"] = "none"
    spec = written.spec()
    assert isinstance(spec, Spec)
    return stand_in_job(written, spec, frame, {"model": None, "logistic_regression": None})


def decisions(job: Job, **settings: Any) -> dict[str, Any]:
    measure_decisions(job, Assessment(decisions=DecisionSettings(**settings)))
    return dict(job.folder.read_json("decisions.json"))


def test_amounts_are_examples_until_somebody_sets_them(job: Job) -> None:
    found = decisions(job)
    assert found["example_amounts"] and "examples" in found["notes"][0]
    assert found["champion"]["name"] == "logistic_regression" and found["approval_rate_from"] == "threshold"
    set_by_hand = decisions(job, gain=200, loss=1800, currency="€")
    assert not set_by_hand["example_amounts"] and not any("examples" in note for note in set_by_hand["notes"])
    assert set_by_hand["break_even"] == pytest.approx(0.1) and "€" in set_by_hand["sentence"]
    derived = decisions(job, exposure=5000, loss_given_default=0.4, margin=0.1)
    assert derived["amounts"] == {
        "approved_good": 500,
        "approved_bad": -2000,
        "declined_good": 0,
        "declined_bad": 0,
    }


def test_a_column_as_champion_is_turned_by_rows_that_may_choose(job: Job) -> None:
    found = decisions(job, champion="old score", approval_rate=0.7)
    assert found["champion"] == {
        "name": "old score", "kind": "column", "higher_is_riskier": False, "is_feature": False,
        "missing_rows": 0,
    }  # fmt: skip
    swap = found["swap"]
    assert swap["in"]["rows"] == pytest.approx(swap["out"]["rows"]) and swap["approval_rate"] == 0.7
    test = job.rows.test["old score"].to_numpy()
    best = np.argsort(-test, kind="stable")[: round(0.7 * len(test))]
    champion = next(row for row in found["at_rate"] if row["name"] == "champion")
    assert champion["bad_rate"] == pytest.approx(job.rows.y_test[best].mean(), abs=0.005)
    assert found["curves"]["champion"]["predicted_loss"][50] is None
    assert {entry["column"] for entry in swap["profile"] or [] if entry["protected"]} <= {"region", "sex"}


def test_a_champion_with_gaps_or_among_the_features_is_said(job: Job) -> None:
    job.rows.test.loc[:9, "old score"] = np.nan
    found = decisions(job, champion="old score")
    assert found["champion"]["missing_rows"] == 10 and found["swap"]["rows"] == len(job.rows.test) - 10
    assert any("10 test customers have no value" in note for note in found["notes"])
    assert any("is also a feature" in note for note in decisions(job, champion="income")["notes"])


@pytest.mark.parametrize(
    ("champion", "why"),
    [
        ("remark", "text"),
        ("nobody", "neither a column"),
        ("default", "target itself"),
        ("constant", "same value"),
    ],
)
def test_what_is_no_score_is_refused_and_changes_nothing(job: Job, champion: str, why: str) -> None:
    for frame in (job.table, job.rows.test, job.rows.validation):
        frame["constant"] = 3.0
    before = decisions(job)
    with pytest.raises(BadInput, match=why):
        decisions(job, champion=champion)
    assert job.folder.read_json("decisions.json") == before


@pytest.mark.parametrize(
    "settings",
    [
        {"gain": -1, "loss": 5}, {"gain": 5}, {"loss": float("nan"), "gain": 1}, {"gain": 1, "loss": "5"},
        {"gain": 1, "loss": 2, "exposure": 3}, {"approval_rate": 0}, {"approval_rate": 1}, {"margin": 1.5},
        {"declined_good": None}, {"currency": 3},
    ],
)  # fmt: skip
def test_amounts_that_are_none_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="decisions"):
        Assessment.from_json({"decisions": settings})


@pytest.mark.parametrize(
    "settings", [{"grades": 2}, {"grades": 16}, {"method": "x"}, {"base_rate": 0}, {"base_rate": 1}]
)
def test_grades_that_are_none_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="calibration"):
        Assessment.from_json({"calibration": settings})


def test_settings_survive_the_file(written: RunFolder) -> None:
    chosen = Assessment(
        calibration=CalibrationSettings("optimum", 5, 0.03),
        decisions=DecisionSettings(gain=1, loss=2, champion="x"),
    )
    written.write_json("assessment.json", chosen.to_json())
    assert assessment_of(written) == chosen
    (written.path / "assessment.json").unlink()


def with_test_targets(job: Job, target: int | None) -> None:
    table = pd.read_parquet(job.folder.predictions)
    table["target"] = pd.array([target] * len(table), dtype="Int8")
    table.to_parquet(job.folder.predictions, index=False)


def test_test_rows_without_or_with_one_outcome(job: Job) -> None:
    kept = job.folder.predictions.read_bytes()
    try:
        with_test_targets(job, None)
        measure_calibration(job, Assessment())
        content = job.folder.read_json("calibration.json")
        assert not content["measured"] and content["brier"] is None and "no test row" in content["sentence"]
        found = decisions(job, champion="old score")
        assert not found["measured"] and found["swap"] is None and "cannot be valued" in found["sentence"]
        with_test_targets(job, 0)
        measure_calibration(job, Assessment(calibration=CalibrationSettings(base_rate=0.1)))
        content = job.folder.read_json("calibration.json")
        assert content["cox"] is None and content["grades"]["portfolio"]["verdict"] == "PD looks too high"
        assert decisions(job)["swap"]["money"]["interval"] is None
    finally:
        job.folder.predictions.write_bytes(kept)


def test_a_run_of_before_is_told_to_start_again(job: Job) -> None:
    path = job.folder.path / "validation.parquet"
    kept = path.read_bytes()
    path.unlink()
    try:
        with pytest.raises(BadInput, match="keeps no validation"):
            measure_calibration(job, Assessment())
    finally:
        path.write_bytes(kept)


def test_a_recalibrated_run_scores_what_it_reports_and_assess_changes_it_from_the_command_line(
    table: Path, tmp_path: Path, call: Call, worker_here: None
) -> None:
    out = tmp_path / "run"
    fixed = ("--backbone", "incontext-small", "--freeze-depth", "as-is", "--recalibrate", "platt")
    status, _, err = call("finetune", table, "--target", "bad", "--protected", "sex", *fixed, "--out", out)
    assert status == 0, err
    run = RunFolder(out)
    model = load_fitted(run.model)
    assert model.kind == "recalibrated"
    stored = pd.read_parquet(run.predictions)
    again = model.predict(exported().iloc[stored["row"]])
    assert stored["probability"].to_numpy() == pytest.approx(again, abs=1e-6)
    content = run.read_json("calibration.json")
    assert content["recalibration"] == "platt" and any("Platt's line" in note for note in content["notes"])
    before = pd.read_parquet(run.path / BEFORE)
    choosing = pd.read_parquet(run.path / "validation.parquet")
    raw = before.loc[before["part"] == "choosing", "probability"].to_numpy()
    function = recalibrate(choosing["target"].to_numpy().astype(np.int64), raw, "platt")
    assert content["recalibrations"]["platt"]["slope"] == pytest.approx(function.y[0], abs=1e-6)
    assert not np.allclose(choosing["probability"], function(raw)), "each row's function is fitted on others"
    first = stored["probability"].rank()
    assert (first == before.loc[before["part"] == "test", "probability"].reset_index(drop=True).rank()).all()

    status, _, err = call(
        "assess", out, "--gain", "10", "--loss", "90", "--champion", "income", "--approval-rate", "0.5"
    )
    assert status == 0, err
    found = run.read_json("decisions.json")
    assert found["champion"]["name"] == "income" and found["amounts"]["approved_bad"] == -90
    assert found["approval_rate"] == 0.5 and assessment_of(run).decisions.gain == 10
    status, _, err = call("assess", out, "--champion", "region")
    assert status == 2 and "text" in err and assessment_of(run).decisions.champion == "income"

    stored_model = run.model / "model.json"
    broken = read_json(stored_model) | {"function": {"method": "platt", "x": [], "y": []}}
    write_json(stored_model, broken)
    with pytest.raises(Damaged, match="unreadable"):
        load_fitted(run.model)


def test_a_ladder_is_not_recalibrated(written: RunFolder) -> None:
    spec = written.spec()
    content = json.loads(json.dumps(spec.to_json())) | {
        "job": "ladder", "freezing_depth": "auto", "recalibration": "platt",
    }  # fmt: skip
    with pytest.raises(BadInput, match="recalibration"):
        Spec.from_json(content)
    with pytest.raises(BadInput, match="recalibration"):
        Spec.from_json(content | {"job": "finetune", "recalibration": "sigmoid"})
