"""The job "cross-validate": a run's whole recipe and its baselines, again and again on other splits."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from finxfer.data.tasks import is_known, strata_of, target_values
from finxfer.errors import BadInput
from finxfer.evaluation.metrics import binary_metrics
from finxfer.evaluation.multiclass import multiclass_metrics
from finxfer.evaluation.regression import regression_metrics
from finxfer.evaluation.resampled import repeated_sentence, resampled_mean
from finxfer.records.files import read_json, write_json
from finxfer.records.folder import RunFolder
from finxfer.records.home import home
from finxfer.records.spec import BINARY, RANDOM, REGRESSION, JobSpec, Spec
from finxfer.runs.immature import maturity
from finxfer.runs.job import Job
from finxfer.runs.learning_curve import trained_settings
from finxfer.runs.recalibrating import recalibrated
from finxfer.runs.remedying import with_read_target
from finxfer.runs.reopening import reopen, run_of
from finxfer.runs.reporter import Reporter
from finxfer.runs.rows import Rows, split_rows, training_data
from finxfer.training.baselines import fit_baselines
from finxfer.training.choosing import BASELINES, choose
from finxfer.training.folds import spread_units, units_of

FILE = "cross_validation.json"
KEPT = "checkpoints/cross_validation"
FOLDS, REPEATS = 5, 2
MOST_FOLDS, MOST_REPEATS = 20, 20
LEAST_ROWS_OF_A_FOLD = 2
"""Of every class."""
LOWER_IS_BETTER = ("brier", "log_loss", "calibration_error", "rmse", "mae", "median_absolute_error")
_OTHER = "0" * 64
"""Stands for the held-out fold as a test table in the spec of a split."""


@dataclass(frozen=True)
class _Work:
    """The splits of one job, and where they are kept. part: of each row of the table, -1 of those in none."""

    job: Job
    report: Reporter
    device: str
    folds: int
    repeats: int
    parts: tuple[np.ndarray, ...]

    def splits(self) -> Iterator[tuple[int, int]]:
        """(repeat, fold)."""
        return ((repeat, fold) for repeat in range(self.repeats) for fold in range(self.folds))

    def path(self, repeat: int, fold: int) -> Any:
        content = [self.job.spec.digest(), self.folds, self.device]
        digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]
        return self.job.folder.path / KEPT / digest / f"{repeat}-{fold}.json"


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """``cross_validation.json`` of a finished run. Splits that are done stay done.

    Arguments of the spec: ``run`` (folder), ``folds`` (2 to 20; 5), ``repeats`` (1 to 20; 2).

    Raises:
        BadInput: the run, its table or its backbone is not there, a number is nonsense, or a class has too
            few rows for so many folds.
        Cancelled: the analyst asked for it.
    """
    assert isinstance(spec, JobSpec)
    report.stage("cross-validate", "Opening the run")
    folds = _number(spec, "folds", FOLDS, 2, MOST_FOLDS)
    repeats = _number(spec, "repeats", REPEATS, 1, MOST_REPEATS)
    job = reopen(run_of(spec), report)
    job.resolved = {**job.resolved, "device": device}
    known, parts = _parts(job, folds, repeats)
    work = _Work(job, report, device, folds, repeats, parts)
    found = []
    for number, (repeat, fold) in enumerate(work.splits()):
        report.check()
        title = f"Split {number + 1} of {folds * repeats}"
        report("progress", done=number, of=folds * repeats, title=title, stage="cross-validate")
        found.append(_split(work, repeat, fold))
    job.folder.write_json(FILE, _content(job.spec, found, folds, repeats, known))


def _number(spec: JobSpec, name: str, usual: int, low: int, high: int) -> int:
    value = spec.arguments.get(name)
    if value is None:
        return usual
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise BadInput(
            f"The number of {name} cannot be used.",
            f"It is {value!r}.",
            f"Give a whole number from {low} to {high}.",
        )
    return value


def _parts(job: Job, folds: int, repeats: int) -> tuple[int, tuple[np.ndarray, ...]]:
    """Rows that take part, and for each repeat the fold of every row of the table, -1 of those that do not.

    Stratified; rows of one group are in one fold. Rows without a target, or left out as immature, are in
    none.
    """
    spec, table = job.spec, job.table
    read, _, _, _ = with_read_target(spec, table, None)
    y = target_values(read[spec.target], spec.task, spec.positive, spec.classes)
    rows = np.flatnonzero(is_known(y) & ~maturity(spec, read, y).left)
    strata = strata_of(y)[rows]
    groups = tuple(column.name for column in spec.columns if column.role == "group")
    units = units_of(table.iloc[rows], groups)
    fewest = min(len(np.unique(units[strata == value])) for value in np.unique(strata))
    if fewest < LEAST_ROWS_OF_A_FOLD * folds:
        raise BadInput(
            f"There are too few rows for {folds} folds.",
            f"The rarest outcome has {fewest:,} customers; every fold needs {LEAST_ROWS_OF_A_FOLD} of them.",
            "Give fewer folds.",
        )
    found = []
    for repeat in range(repeats):
        part = np.full(len(y), -1)
        generator = np.random.default_rng([spec.seed, repeat, 0xCF])
        part[rows] = spread_units(units, strata, folds, generator)
        found.append(part)
    return len(rows), tuple(found)


def _split(work: _Work, repeat: int, fold: int) -> dict[str, Any]:
    """Figures of one split, kept for a resume."""
    path = work.path(repeat, fold)
    if path.is_file():
        return dict(read_json(path))
    began = time.monotonic()
    job, part = work.job, work.parts[repeat]
    # The fold is a test table of its own, so that everything a run learns is learned from the other rows.
    spec = replace(
        job.spec, split=RANDOM, test_table=_OTHER, seed=(job.spec.seed + 1 + repeat) % 2**31,
        outcome_days=0, mature_until="",
    )  # fmt: skip
    learned = job.table.iloc[np.flatnonzero((part >= 0) & (part != fold))].reset_index(drop=True)
    tested = job.table.iloc[np.flatnonzero(part == fold)].reset_index(drop=True)
    rows = split_rows(spec, learned, tested)
    models = _models(work, spec, rows)
    unseen = {name: _figures(spec, rows.y_validation, p) for name, p in models.pop("unseen").items()}
    figures = {name: _figures(spec, rows.y_test, model) for name, model in models.items()}
    metric = _metric(spec)
    # The rows of the split choose its best baseline; the fold has no say.
    best = max(unseen, key=lambda name: _oriented(metric, unseen[name][metric]))
    content = {
        "repeat": repeat,
        "fold": fold,
        "rows": {"train": len(rows.train) + len(rows.validation), "test": len(rows.test)},
        "models": figures,
        "best_baseline": best,
        "gain": _minus(metric, figures["model"][metric], figures[best][metric]),
        "seconds": round(time.monotonic() - began, 2),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, content)
    return content


def _models(work: _Work, spec: Spec, rows: Rows) -> dict[str, Any]:
    """Predictions for the test rows by model, and under "unseen" those of the baselines that choose."""
    data, report = training_data(spec, rows), work.report
    settings, stop = trained_settings(work.job), report.should_stop
    backbone, depth, seed, device = spec.backbone, spec.freezing_depth, spec.seed, work.device
    chosen = choose(backbone, depth, data, settings, seed, device, None, _silent, stop, home(), spec.table)
    baselines = dict(chosen.baselines) or fit_baselines(
        data, backbone, depth, settings, seed, device, None, _silent, stop, home()
    )
    report.check()
    model = recalibrated(replace(work.job, spec=spec, rows=rows), chosen)
    found: dict[str, Any] = {"model": model.predict(rows.test)}
    found |= {name: baselines[name].predict(rows.test) for name in BASELINES if name in baselines}
    if chosen.out_of_fold is not None:
        y, out = chosen.out_of_fold.y, chosen.out_of_fold.probability
        found["unseen"] = {name: (y, out[name]) for name in BASELINES if name in out}
    else:
        y = rows.y_validation
        found["unseen"] = {
            name: (y, baselines[name].predict(rows.validation)) for name in BASELINES if name in baselines
        }
    return found


def _figures(spec: Spec, y: np.ndarray, p: Any) -> dict[str, Any]:
    """Metrics by the task's names. p: predictions, or (targets, predictions) of other rows."""
    if isinstance(p, tuple):
        y, p = p
    y, p = np.asarray(y), np.asarray(p, dtype=np.float64)
    known = is_known(y)
    y, p = y[known], p[known]
    if spec.task == BINARY:
        found = binary_metrics(y, p, None)
    elif spec.task == REGRESSION:
        found = regression_metrics(y, p)
    else:
        found = multiclass_metrics(y, p)
    return {name: value for name, value in found.items() if value is None or isinstance(value, float)}


def _metric(spec: Spec) -> str:
    return "rmse" if spec.task == REGRESSION else "auc"


def _oriented(metric: str, value: float | None) -> float:
    if value is None:
        return float("-inf")
    return -value if metric in LOWER_IS_BETTER else value


def _minus(metric: str, own: float | None, other: float | None) -> float | None:
    """How much better the first is; None where one is not known."""
    if own is None or other is None:
        return None
    return other - own if metric in LOWER_IS_BETTER else own - other


def _content(spec: Spec, found: list[dict[str, Any]], folds: int, repeats: int, known: int) -> dict[str, Any]:
    trained = float(np.mean([one["rows"]["train"] for one in found]))
    tested = float(np.mean([one["rows"]["test"] for one in found]))
    names = list(found[0]["models"])
    metrics = [name for name, value in found[0]["models"]["model"].items() if value is not None]

    def means(name: str) -> dict[str, Any]:
        values = {metric: [one["models"][name][metric] for one in found] for metric in metrics}
        return {metric: resampled_mean(each, tested, trained) for metric, each in values.items()}

    def gains(name: str) -> dict[str, Any]:
        return {
            metric: resampled_mean(
                [
                    _minus(metric, one["models"]["model"][metric], one["models"][name][metric])  # type: ignore[misc]
                    for one in found
                ],
                tested,
                trained,
            )
            for metric in metrics
        }

    content = {
        "folds": folds,
        "repeats": repeats,
        "rows": known,
        "task": spec.task,
        "metric": _metric(spec),
        "models": {name: means(name) for name in names},
        "gains": {name: gains(name) for name in names if name != "model"},
        "gain": resampled_mean([one["gain"] for one in found], tested, trained),
        "splits": found,
        "seconds": round(sum(one["seconds"] for one in found), 1),
    }
    return content | {"sentence": repeated_sentence(content)}


def _silent(kind: str, **fields: object) -> None:
    """Report to nobody: a split's own progress would lie over that of the whole."""
