"""Repeated cross-validation of a small run: splits, resume after a cancel, groups kept together, refusals."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from finxfer.errors import BadInput, Cancelled
from finxfer.evaluation.resampled import resampled_mean
from finxfer.records.folder import RunFolder
from finxfer.records.spec import JobSpec
from finxfer.runs import cross_validate
from finxfer.runs.cross_validate import FILE, KEPT
from finxfer.runs.reporter import Reporter
from finxfer.training.boosting import fit_lightgbm
from finxfer.training.chosen import Chosen
from finxfer.training.logistic import fit_logistic

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def finished(table: Path, tmp_path: Path, call: Call, worker_here: None) -> RunFolder:
    out = tmp_path / "run"
    fixed = ("--backbone", "incontext-small", "--freeze-depth", "as-is")
    status, _, err = call("finetune", table, "--target", "bad", "--protected", "sex", *fixed, "--out", out)
    assert status == 0, err
    return RunFolder(out)


def quick(monkeypatch: pytest.MonkeyPatch, seen: list[Any]) -> None:
    """LightGBM is the model and logistic regression the one baseline: a split then takes a moment."""

    def choose(backbone, depth, data, settings, seed, device, folder, report, stop, home, table):
        seen.append((backbone, depth, data))
        model = fit_lightgbm(data, settings, seed, report, stop)[0]
        return Chosen(model, backbone, depth, 1, "as-is", False, "", [], 0, 0)

    def baselines(data, backbone, depth, settings, seed, device, folder, report, stop, home):
        return {"logistic_regression": fit_logistic(data, settings)[0]}

    monkeypatch.setattr(cross_validate, "choose", choose)
    monkeypatch.setattr(cross_validate, "fit_baselines", baselines)


def job_of(run: RunFolder, path: Path, **arguments: object) -> tuple[RunFolder, JobSpec]:
    spec = JobSpec("cross-validate", {"run": str(run.path), **arguments})
    return RunFolder(path).create(spec), spec


@pytest.mark.slow
def test_every_row_is_tested_once_a_repeat_and_a_cancelled_job_goes_on(
    finished: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    quick(monkeypatch, seen)
    folder, spec = job_of(finished, tmp_path / "job", folds=3, repeats=2)
    report = Reporter(folder, ("cross-validate",))
    real = cross_validate._split

    def split(work: Any, repeat: int, fold: int) -> dict[str, Any]:
        if (repeat, fold) == (1, 0) and work.report is report:
            folder.request_cancel()
            report.check()
        return real(work, repeat, fold)

    monkeypatch.setattr(cross_validate, "_split", split)
    with pytest.raises(Cancelled):
        cross_validate.run(folder, spec, "cpu", report)
    assert not (finished.path / FILE).exists() and len(list((finished.path / KEPT).rglob("*.json"))) == 3

    again, spec = job_of(finished, tmp_path / "again", folds=3, repeats=2)
    cross_validate.run(again, spec, "cpu", Reporter(again, ("cross-validate",)))
    assert len(seen) == 6, "three splits were done already"
    found = finished.read_json(FILE)
    rows = found["rows"]
    for repeat in (0, 1):
        splits = [one for one in found["splits"] if one["repeat"] == repeat]
        assert sum(one["rows"]["test"] for one in splits) == rows
        assert all(one["rows"]["train"] + one["rows"]["test"] == rows for one in splits)
    assert seen[0][:2] == ("incontext-small", "as-is")
    gains = [
        one["models"]["model"]["auc"] - one["models"]["logistic_regression"]["auc"] for one in found["splits"]
    ]
    assert [one["gain"] for one in found["splits"]] == pytest.approx(gains)
    tested, trained = (np.mean([one["rows"][name] for one in found["splits"]]) for name in ("test", "train"))
    expected = resampled_mean(gains, tested, trained)
    assert found["gain"]["interval"] == pytest.approx(expected["interval"])
    assert found["gain"]["mean"] == pytest.approx(expected["mean"])
    assert found["sentence"].startswith("Over 2 × 3 splits")

    for arguments, words in (({"folds": 1}, "folds"), ({"repeats": "x"}, "repeats")):
        wrong, spec = job_of(finished, tmp_path / words, **arguments)
        with pytest.raises(BadInput, match=words):
            cross_validate.run(wrong, spec, "cpu", Reporter(wrong, ("cross-validate",)))
