"""stability.json of a run: periods of the test rows, PSI of score and features."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finxfer.records.assessment import Assessment
from finxfer.records.folder import RunFolder
from finxfer.runs.reopening import reopen
from finxfer.runs.reporter import Reporter
from finxfer.runs.stability import FILE, measure_stability
from tests.customers import customers

Call = Callable[..., tuple[int, str, str]]


def finished(path: Path, call: Call, frame: pd.DataFrame, *options: str) -> RunFolder:
    frame.to_csv(path / "book.csv", index=False)
    fixed = ("--target", "bad", "--backbone", "incontext-small", "--freeze-depth", "as-is", *options)
    status, _, err = call("finetune", path / "book.csv", *fixed, "--out", path / "run")
    assert status == 0, err
    return RunFolder(path / "run")


@pytest.fixture
def run(tmp_path: Path, call: Call, worker_here: None) -> RunFolder:
    frame = customers(rows=600)
    frame["opened"] = pd.date_range("2022-01-01", periods=len(frame)).astype(str)
    late = np.arange(len(frame)) > 0.7 * len(frame)
    frame["income"] = frame["income"] * np.where(late, 3.0, 1.0)
    return finished(tmp_path, call, frame, "--split", "out-of-time", "--time", "opened")


def test_an_out_of_time_run_is_measured_by_period_and_again_without_training(run: RunFolder) -> None:
    found = run.read_json(FILE)
    assert found["split"] == "out-of-time" and found["time"]["column"] == "opened"
    assert found["time"]["train"][1] < found["time"]["test"][0]
    assert len(found["periods"]) >= 3
    assert sum(one["rows"] for one in found["periods"]) == run.metrics()["test_rows_with_target"]
    assert any(one["model"] for one in found["periods"])
    assert found["features"][0]["column"] == "income" and found["features"][0]["reading"] == "different"
    assert len(found["features"][0]["by_period"]) == len(found["periods"])
    assert found["score"]["reference_rows"] == run.metrics()["rows"]["validation"]
    assert "income" in " ".join(found["sentences"])

    job = reopen(run, Reporter(run))
    measure_stability(job, Assessment())
    assert run.read_json(FILE) == found

    job.rows = type(job.rows)(**{**vars(job.rows), "test": job.rows.test.assign(opened="soon")})
    measure_stability(job, Assessment())
    without = run.read_json(FILE)
    assert without["time"] is None and without["periods"] == [] and "soon" in " ".join(without["sentences"])

    columns = tuple(
        replace(one, role="excluded" if one.role == "time" else one.role) for one in job.spec.columns
    )
    job.spec = replace(job.spec, split="random", columns=columns)
    measure_stability(job, Assessment())
    without = run.read_json(FILE)
    assert without["time"] is None and without["homogeneity"] is None
    assert "Nothing is shown about change over time" in without["sentence"]
    assert without["score"]["by_period"] == [] and without["features"]
