"""What is measured of each task: one entry a task, so that nothing else has to ask which it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from finxfer.evaluation.calibration import wilson_interval
from finxfer.evaluation.comparison import MODEL, Evaluation, by_role, evaluate, same_models
from finxfer.evaluation.intervals import BIASED_UPWARDS, Draws, percentile_interval, reflected_interval
from finxfer.evaluation.metrics import METRICS
from finxfer.evaluation.multiclass import (
    MULTICLASS_METRICS,
    as_class_probabilities,
    as_codes,
    bootstrap_classes,
    key,
    multiclass_metrics,
)
from finxfer.evaluation.regression import (
    ERRORS,
    REGRESSION_METRICS,
    as_amounts,
    bootstrap_errors,
    regression_metrics,
)
from finxfer.evaluation.task_curves import multiclass_curves, regression_curves
from finxfer.records.spec import BINARY, MULTICLASS, REGRESSION

SIGNED = "bias"
"""Neither more nor less of it is better: no difference of it is told."""


@dataclass(frozen=True)
class Measured:
    """How one task is measured.

    Attributes:
        metrics: keys of a model's entry in metrics.json, in order.
        headline: the metric that lists and summaries show; gain: the one that the transfer gain is of.
        lower: metrics of which less is better.
        improvement: metrics whose differences are told as baseline minus model, so that above 0 is better.
        evaluate: see :func:`evaluate_task`.
    """

    metrics: tuple[str, ...]
    headline: str
    gain: str
    lower: frozenset[str]
    improvement: frozenset[str]
    evaluate: Callable[..., Evaluation]


def evaluate_task(
    task: str,
    y: ArrayLike,
    predictions: Mapping[str, ArrayLike],
    *,
    y_validation: ArrayLike,
    validation_predictions: Mapping[str, ArrayLike],
    draws: int = 500,
    seed: int = 0,
    classes: Sequence[str] = (),
) -> Evaluation:
    """Measure a model and its baselines on the same test rows, by the task.

    Args:
        y, y_validation: targets as of :func:`finxfer.data.tasks.target_values`; unknown test rows are left
            out.
        predictions: "model" and each baseline -> probability (N,), probabilities (N, C) or value (N,).
        classes: texts of the classes, of a multiclass task.

    Returns:
        As :func:`finxfer.evaluation.comparison.evaluate`; thresholds are empty unless the task is binary.

    Raises:
        ValueError: "model" is missing, the names differ, or an array does not fit its targets.
    """
    same_models(predictions, validation_predictions)
    return TASKS[task].evaluate(y, predictions, y_validation, validation_predictions, draws, seed, classes)


def _binary(
    y: Any, test: Any, y_validation: Any, validation: Any, draws: int, seed: int, classes: Sequence[str]
) -> Evaluation:
    return evaluate(
        y, test, y_validation=y_validation, validation_probabilities=validation, draws=draws, seed=seed
    )


def _multiclass(
    y: Any, test: Any, y_validation: Any, validation: Any, draws: int, seed: int, classes: Sequence[str]
) -> Evaluation:
    names = list(classes)
    codes = as_codes(y, len(names))
    known = codes >= 0
    found = {name: as_class_probabilities(p, len(codes), len(names))[known] for name, p in test.items()}
    codes = codes[known]
    points = {name: multiclass_metrics(codes, p, names) for name, p in found.items()}
    unseen = {name: multiclass_metrics(y_validation, p, names) for name, p in validation.items()}
    drawn = bootstrap_classes(codes, found, draws, seed)
    intervals = {name: _class_intervals(points[name], drawn.get(name, {}), names) for name in found}
    shown = {name: multiclass_curves(codes, p) for name, p in found.items()}
    return _told(MULTICLASS, points, unseen, drawn, intervals, shown)


def _class_intervals(
    point: Mapping[str, Any], drawn: Mapping[str, np.ndarray], names: Sequence[str]
) -> dict[str, Any]:
    found: dict[str, Any] = _intervals(point, drawn, MULTICLASS_METRICS)
    rows = sum(one["rows"] for one in point["per_class"].values())
    found["accuracy"] = _of_share(found["accuracy"], point["accuracy"], rows)
    found["per_class"] = {
        name: {
            metric: percentile_interval(drawn[key(metric, code)])
            if value is not None and metric != "rows" and key(metric, code) in drawn
            else None
            for metric, value in point["per_class"][name].items()
            if metric != "rows"
        }
        for code, name in enumerate(names)
    }
    for name, one in found["per_class"].items():
        value = point["per_class"][name]
        one["recall"] = _of_share(one["recall"], value["recall"], value["rows"])
        if value["precision"]:
            called = round(value["recall"] * value["rows"] / value["precision"])
            one["precision"] = _of_share(one["precision"], value["precision"], called)
    return found


def _of_share(interval: list[float] | None, value: float | None, rows: int) -> list[float] | None:
    """Wilson's interval where no draw differs from another, as where one class is always predicted.

    The draws keep the number of rows of each class, so they would say that chance has no part in it.
    """
    if interval is None or value is None or interval[0] < interval[1]:
        return interval
    return wilson_interval(value * rows, rows)


def _regression(
    y: Any, test: Any, y_validation: Any, validation: Any, draws: int, seed: int, classes: Sequence[str]
) -> Evaluation:
    actual = as_amounts(y)
    known = ~np.isnan(actual)
    found = {name: as_amounts(p, len(actual))[known] for name, p in test.items()}
    actual = actual[known]
    points = {name: regression_metrics(actual, p) for name, p in found.items()}
    unseen = {name: regression_metrics(y_validation, p) for name, p in validation.items()}
    drawn = bootstrap_errors(actual, found, draws, seed)
    intervals = {name: _intervals(points[name], drawn.get(name, {}), REGRESSION_METRICS) for name in found}
    shown = {name: regression_curves(actual, p, seed) for name, p in found.items()}
    return _told(REGRESSION, points, unseen, drawn, intervals, shown)


def _intervals(
    point: Mapping[str, Any], drawn: Mapping[str, np.ndarray], metrics: Sequence[str]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for metric in metrics:
        value = point[metric]
        if value is None or metric not in drawn:
            found[metric] = None
        elif metric in BIASED_UPWARDS:
            found[metric] = reflected_interval(value, drawn[metric])
        else:
            found[metric] = percentile_interval(drawn[metric])
    return found


def _told(
    task: str,
    points: Mapping[str, dict[str, Any]],
    unseen: Mapping[str, dict[str, Any]],
    drawn: Draws,
    intervals: Mapping[str, dict[str, Any]],
    shown: dict[str, Any],
) -> Evaluation:
    measured = TASKS[task]
    best = best_baseline_of(task, unseen)
    differences = [
        _difference(measured, name, metric, points, drawn)
        for name in points
        for metric in (measured.metrics if name != MODEL else ())
        if metric != SIGNED
    ]
    gain = next(
        (
            {k: one[k] for k in ("metric", "over", "value", "interval")}
            for one in differences
            if one["over"] == best and one["metric"] == measured.gain
        ),
        {"metric": measured.gain, "over": best, "value": None, "interval": None},
    )
    return Evaluation(
        metrics={
            **by_role(points),
            "intervals": by_role(intervals),
            "gain": gain,
            "validation": by_role(unseen),
        },
        comparison={
            "best_baseline": best,
            "chosen_on": "validation",
            "validation": {n: {m: one[m] for m in measured.metrics} for n, one in unseen.items()},
            "differences": differences,
            "delong": {},
        },
        curves=shown,
        thresholds={},
    )


def _difference(
    measured: Measured, name: str, metric: str, points: Mapping[str, dict[str, Any]], drawn: Draws
) -> dict[str, Any]:
    """Model minus baseline, the other way round for errors; with the interval of the paired draws."""
    sign = -1.0 if metric in measured.improvement else 1.0
    ours, theirs = points[MODEL][metric], points[name][metric]
    value = interval = None
    if ours is not None and theirs is not None:
        value = sign * (ours - theirs) + 0.0
        if drawn:
            interval = percentile_interval(sign * (drawn[MODEL][metric] - drawn[name][metric]) + 0.0)
    return {"over": name, "metric": metric, "value": value, "interval": interval}


def best_baseline_of(task: str, unseen: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The baseline that is best on validation rows by the task's gain metric; the name decides a tie."""
    measured = TASKS[task]
    sign = 1.0 if measured.gain in measured.lower else -1.0

    def rank(name: str) -> tuple[float, str]:
        value = unseen[name].get(measured.gain)
        return (np.inf if value is None else sign * value, name)

    return min((name for name in unseen if name != MODEL), key=rank, default=None)


TASKS: dict[str, Measured] = {
    BINARY: Measured(
        METRICS,
        "gini",
        "auc",
        frozenset({"brier", "log_loss", "calibration_error"}),
        frozenset(),
        _binary,
    ),
    MULTICLASS: Measured(
        MULTICLASS_METRICS,
        "auc",
        "auc",
        frozenset({"brier", "log_loss", "calibration_error"}),
        frozenset(),
        _multiclass,
    ),
    REGRESSION: Measured(
        REGRESSION_METRICS, "rmse", "rmse", frozenset(ERRORS), frozenset(ERRORS), _regression
    ),
}
