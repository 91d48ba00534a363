"""Mitigation tried on a finished run: a file beside it, its models untouched, and clear refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from finxfer.records.folder import RunFolder
from finxfer.runs.mitigate import choosing_rows
from finxfer.runs.reopening import reopen
from finxfer.runs.reporter import Reporter

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def finished(table: Path, tmp_path: Path, call: Call, worker_here: None) -> RunFolder:
    """A run whose backbone is named, so that its validation rows chose."""
    out = tmp_path / "run"
    fixed = ("--backbone", "incontext-small", "--freeze-depth", "as-is", "--protected", "sex")
    status, _, err = call("finetune", table, "--target", "bad", *fixed, "--out", out)
    assert status == 0, err
    return RunFolder(out)


def test_what_it_would_cost_is_written_beside_the_run(finished: RunFolder, call: Call) -> None:
    before = {path: path.stat().st_mtime_ns for path in finished.model.rglob("*") if path.is_file()}
    arguments = ("mitigate", finished.path, "--base", "logistic_regression", "--json")

    status, out, err = call(*arguments, "--column", "sex")

    assert status == 0, err
    entry = json.loads(out)
    assert finished.read_json("mitigation.json") == {"entries": [entry]}
    assert {one["base"] for one in entry["approaches"]} == {"logistic_regression", "model", "model_corrected"}
    assert before == {path: path.stat().st_mtime_ns for path in finished.model.rglob("*") if path.is_file()}

    status, _, err = call(*arguments, "--column", "nowhere")
    assert status == 2 and "'nowhere' is no protected column" in err
    status, _, err = call(*arguments, "--column", "sex", "--column", "sex")
    assert status == 2 and "different columns" in err
    status, _, err = call("mitigate", finished.path, "--column", "sex", "--base", "magic")
    assert status == 2 and "magic" in err
    assert finished.read_json("mitigation.json") == {"entries": [entry]}


def test_a_search_of_few_rows_says_that_they_are_few(finished: RunFolder, call: Call) -> None:
    status, out, err = call("worst-slices", finished.path, "--json")
    assert status == 0, err
    assert json.loads(out) == finished.read_json("slices_found.json")
    assert "too little data" in json.loads(out)["sentence"]


def test_rows_that_chose_are_found_again(finished: RunFolder) -> None:
    job = reopen(finished, Reporter(finished))
    found = choosing_rows(job)
    assert found is not None
    frame, y, scores = found
    assert (frame["bad"].to_numpy() == y).all() and len(scores) == len(frame)
    kept = pd.read_parquet(finished.path / "validation.parquet")
    kept.iloc[::-1].to_parquet(finished.path / "validation.parquet", index=False)
    assert choosing_rows(job) is None
