"""Runs are compared on the same test rows only, as a function, a job and a command."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finxfer.errors import BadInput
from finxfer.records.folder import RunFolder
from finxfer.records.spec import JobSpec, Spec
from finxfer.runs import compare as comparing
from finxfer.runs.reporter import Reporter
from tests.runs.conftest import spec_for

Call = Callable[..., tuple[int, str, str]]


def written(path: Path, spec: Spec, noise: float, rows: np.ndarray | None = None) -> RunFolder:
    """A folder as a finished run leaves it, as far as a comparison looks."""
    run = RunFolder(path).create(spec)
    draw = np.random.default_rng(0)
    y = (draw.random(400) < 0.3).astype(int)
    logit = draw.normal(size=400) + 1.5 * y - 1.3 + noise * np.random.default_rng(1).normal(size=400)
    target = pd.array(y, dtype="Int8")
    target[:5] = pd.NA
    row = np.arange(400) if rows is None else rows
    frame = pd.DataFrame({"row": row, "target": target, "probability": 1 / (1 + np.exp(-logit))})
    frame.to_parquet(run.predictions, index=False)
    run.write_status(state="finished")
    return run


@pytest.fixture
def runs(tmp_path: Path) -> list[RunFolder]:
    spec = spec_for("a" * 64)
    return [written(tmp_path / name, spec, noise) for name, noise in (("a", 0.0), ("b", 0.3), ("c", 3.0))]


def test_every_pair_is_compared_on_rows_with_a_known_outcome(runs: list[RunFolder]) -> None:
    found = comparing.compare(runs, draws=60)
    assert found["runs"] == ["a", "b", "c"] and found["rows"] == 395 and len(found["pairs"]) == 3
    assert found["pairs"][1]["p_holm"] < 0.01 < found["pairs"][0]["p_holm"]


def test_the_job_keeps_its_result_in_the_run(runs: list[RunFolder], tmp_path: Path) -> None:
    spec = JobSpec("compare", {"run": str(runs[0].path), "others": [str(runs[2].path)]})
    job = RunFolder(tmp_path / "job").create(spec)
    comparing.run(job, spec, "cpu", Reporter(job, ("compare",)))
    kept = runs[0].read_json(comparing.FILE)
    assert kept["runs"] == ["a", "c"] and kept["pairs"][0]["differences"]["ks"]["interval"]


def test_the_command_prints_a_table_or_json(runs: list[RunFolder], call: Call) -> None:
    status, out, _ = call("compare", runs[0].path, runs[2].path)
    assert status == 0 and "395 test rows" in out and "Holm" in out
    status, out, _ = call("compare", *[run.path for run in runs], "--json")
    assert status == 0 and len(json.loads(out)["pairs"]) == 3


def test_runs_that_cannot_be_compared_are_refused_with_what_differs(
    runs: list[RunFolder], tmp_path: Path, call: Call
) -> None:
    spec = spec_for("a" * 64)
    others = {
        "another table": written(tmp_path / "d", replace(spec, table="b" * 64), 0.0),
        "another positive class": written(tmp_path / "e", replace(spec, positive="0"), 0.0),
        "another test rows": written(tmp_path / "f", spec, 0.0, np.arange(400) + 1),
    }
    for words, other in others.items():
        with pytest.raises(BadInput, match=words):
            comparing.compare([runs[0], other])
    with pytest.raises(BadInput, match="1 run cannot"):
        comparing.compare(runs[:1])
    with pytest.raises(BadInput, match="named twice"):
        comparing.compare([runs[0], runs[0]])
    with pytest.raises(BadInput, match="11 runs"):
        comparing.compare([runs[0]] * 11)
    with pytest.raises(BadInput, match="no run to compare"):
        comparing.compare([runs[0], RunFolder(tmp_path / "nowhere")])
    unknown = pd.read_parquet(runs[0].predictions).assign(target=pd.array([pd.NA] * 400, dtype="Int8"))
    unknown.to_parquet(runs[0].predictions, index=False)
    with pytest.raises(BadInput, match="known outcome"):
        comparing.compare(runs[:2])
    status, _, err = call("compare", runs[0].path, tmp_path / "nowhere")
    assert status == 2 and "no run to compare" in err


def test_runs_of_one_name_are_told_by_their_paths(runs: list[RunFolder], tmp_path: Path) -> None:
    twin = written(tmp_path / "other" / "a", spec_for("a" * 64), 1.0)
    assert comparing.compare([runs[0], twin], draws=0)["runs"][1].endswith("other/a")
