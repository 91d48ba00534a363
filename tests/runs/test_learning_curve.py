"""The learning-curve job on a small run: file, resume by cell, cancel, refusals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from finxfer.errors import BadInput, Cancelled
from finxfer.records.folder import RunFolder
from finxfer.records.spec import JobSpec
from finxfer.runs import learning_curve
from finxfer.runs.learning_curve import FILE, KEPT
from finxfer.runs.reporter import Reporter

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def finished(table: Path, tmp_path: Path, call: Call, worker_here: None) -> RunFolder:
    out = tmp_path / "run"
    fixed = ("--backbone", "incontext-small", "--freeze-depth", "as-is")
    status, _, err = call("finetune", table, "--target", "bad", "--protected", "sex", *fixed, "--out", out)
    assert status == 0, err
    return RunFolder(out)


def job_of(run: RunFolder, path: Path, **arguments: object) -> tuple[RunFolder, JobSpec]:
    spec = JobSpec("learning-curve", {"run": str(run.path), **arguments})
    return RunFolder(path).create(spec), spec


def test_a_curve_is_drawn_kept_by_cell_and_goes_on_after_a_cancel(
    finished: RunFolder, tmp_path: Path, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, spec = job_of(finished, tmp_path / "job", sizes=[60, 120], seeds=2)
    report = Reporter(folder, ("learning-curve",))
    fitted: list[tuple] = []
    real = learning_curve.fit_cell

    def fit(name: str, recipe, data, work, home):
        fitted.append((name, len(data.y_train) + len(data.y_validation)))
        if len(fitted) == 4:
            folder.request_cancel()
        return real(name, recipe, data, work, home)

    monkeypatch.setattr(learning_curve, "fit_cell", fit)
    with pytest.raises(Cancelled):
        learning_curve.run(folder, spec, "cpu", report)
    assert not (finished.path / FILE).exists()
    assert len(list((finished.path / KEPT).rglob("*.npz"))) == 3

    status, out, err = call("learning-curve", finished.path, "--sizes", "60,120", "--seeds", "2")
    assert status == 0, err
    found = finished.read_json(FILE)
    assert found["sizes"] == [60, 120] and found["pretrained"] and found["complete"]
    names = [one["name"] for one in found["models"]]
    assert names[0] == "model" and {"lightgbm", "logistic_regression"} < set(names)
    assert len(fitted) == 4 + len(names) * 4 - 3
    assert all(len(one["points"]) == 2 and one["points"][0]["seeds"] == 2 for one in found["models"])
    assert found["sentence"] in out and "incontext-small, as-is" in found["sentence"]
    assert found["savings"][0]["over"] == found["best_baseline"]

    for options, words in (
        (("--sizes", "5"), "at 5 labels"),
        (("--sizes", "100,all"), "sizes cannot be used"),
        (("--sizes", "100000"), "100,000 labels"),
        (("--seeds", "0"), "number of seeds"),
    ):
        status, _, err = call("learning-curve", finished.path, *options)
        assert status == 2 and words in err, err
    assert finished.read_json(FILE) == found


def test_no_run_has_no_curve(tmp_path: Path, call: Call) -> None:
    status, _, err = call("learning-curve", tmp_path / "nowhere")
    assert status == 2 and "no run" in err.lower()


def test_a_test_of_one_class_has_no_curve() -> None:
    with pytest.raises(BadInput, match="0 positive rows"):
        learning_curve._check_test(np.zeros(9, dtype=np.int64))
