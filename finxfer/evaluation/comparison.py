"""A run's whole evaluation in one pass: metrics with intervals, the gain over the best baseline, curves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from finxfer.evaluation.calibration import chance_calibration_errors
from finxfer.evaluation.curves import curves
from finxfer.evaluation.delong import delong, placements_of
from finxfer.evaluation.intervals import Draws, bootstrap, metric_intervals, percentile_interval
from finxfer.evaluation.metrics import FloatArray, IntArray, as_labels, as_probabilities, binary_metrics
from finxfer.evaluation.thresholds import choose_threshold

MODEL = "model"
GAIN_METRIC = "auc"
COMPARED = ("auc", "gini", "average_precision", "ks", "brier", "log_loss")


@dataclass(frozen=True)
class Evaluation:
    """What `evaluate` found.

    Attributes:
        metrics: the keys model, baselines, intervals, gain and validation of metrics.json.
        comparison: the whole of comparison.json.
        curves: the whole of curves.json.
        thresholds: model name -> decision threshold, chosen on validation rows.
    """

    metrics: dict[str, Any]
    comparison: dict[str, Any]
    curves: dict[str, Any]
    thresholds: dict[str, float]


def evaluate(
    y: ArrayLike,
    probabilities: Mapping[str, ArrayLike],
    *,
    y_validation: ArrayLike,
    validation_probabilities: Mapping[str, ArrayLike],
    draws: int = 500,
    seed: int = 0,
) -> Evaluation:
    """Measure the model and its baselines on the same test rows.

    Thresholds and the baseline that the gain is measured against come from the validation rows alone.

    Args:
        y: test labels (N,) of 0 and 1; -1 or missing = unknown, left out.
        probabilities: "model" and each baseline -> probability of the positive class on the test rows (N,).
        y_validation: validation labels (V,).
        validation_probabilities: the same names -> probabilities on the validation rows (V,).
        draws: bootstrap resamples for the 95% intervals; 0 for none.
        seed: equal seeds give equal intervals.

    Raises:
        ValueError: "model" is missing, the names differ, or an array does not fit its labels.
    """
    same_models(probabilities, validation_probabilities)
    y_known, test = _labelled(y, probabilities)
    y_valid, valid = _labelled(y_validation, validation_probabilities)
    thresholds = {name: choose_threshold(y_valid, p) for name, p in valid.items()}
    validation = {name: binary_metrics(y_valid, p, thresholds[name]) for name, p in valid.items()}
    points = {name: binary_metrics(y_known, p, thresholds[name]) for name, p in test.items()}
    resampled = bootstrap(y_known, test, thresholds, draws, seed)
    intervals = {
        name: metric_intervals(
            points[name], resampled.get(name, {}), chance_calibration_errors(p, draws, seed)
        )
        for name, p in test.items()
    }
    best = best_baseline(validation)
    differences = _differences(points, resampled)
    return Evaluation(
        metrics={
            **by_role(points),
            "intervals": by_role(intervals),
            "gain": _gain(differences, best),
            "validation": by_role(validation),
        },
        comparison={
            "best_baseline": best,
            "chosen_on": "validation",
            "validation": {
                name: {"auc": values["auc"], "log_loss": values["log_loss"]}
                for name, values in validation.items()
            },
            "differences": differences,
            "delong": _delong(y_known, test),
        },
        curves={name: curves(y_known, p, thresholds[name]) for name, p in test.items()},
        thresholds=thresholds,
    )


def same_models(probabilities: Mapping[str, Any], validation_probabilities: Mapping[str, Any]) -> None:
    if MODEL not in probabilities or set(probabilities) != set(validation_probabilities):
        raise ValueError(
            f"test and validation need the same models, '{MODEL}' among them; "
            f"got {sorted(probabilities)} and {sorted(validation_probabilities)}"
        )


def by_role(values: Mapping[str, Any]) -> dict[str, Any]:
    """The model's entry apart from those of the baselines, as metrics.json has them."""
    return {"model": values[MODEL], "baselines": {n: v for n, v in values.items() if n != MODEL}}


def best_baseline(validation: Mapping[str, Mapping[str, float | None]]) -> str | None:
    """The baseline with the highest AUC on validation rows; the lower log loss decides a tie, then the name.

    Where no AUC exists (one class in the validation rows) log loss alone decides. None without baselines.
    """

    def rank(name: str) -> tuple[float, float, str]:
        auc, loss = validation[name].get("auc"), validation[name].get("log_loss")
        return (-(auc if auc is not None else 0.0), loss if loss is not None else np.inf, name)

    return min((name for name in validation if name != MODEL), key=rank, default=None)


def _labelled(y: ArrayLike, probabilities: Mapping[str, ArrayLike]) -> tuple[IntArray, dict[str, FloatArray]]:
    """Labels and probabilities of the rows whose label is known."""
    labels = as_labels(y)
    known = labels >= 0
    return labels[known], {name: as_probabilities(p, len(labels))[known] for name, p in probabilities.items()}


def _differences(points: Mapping[str, Mapping[str, float | None]], resampled: Draws) -> list[dict[str, Any]]:
    """Model minus each baseline for every compared metric, with the interval of the paired draws."""
    found = []
    for name in points:
        for metric in COMPARED if name != MODEL else ():
            ours, theirs = points[MODEL][metric], points[name][metric]
            value = interval = None
            if ours is not None and theirs is not None:
                value = ours - theirs
                if resampled:
                    interval = percentile_interval(resampled[MODEL][metric] - resampled[name][metric])
            found.append({"over": name, "metric": metric, "value": value, "interval": interval})
    return found


def _delong(y: IntArray, probabilities: Mapping[str, FloatArray]) -> dict[str, dict[str, Any]]:
    """DeLong's test of the model's AUC against each baseline's."""
    found = placements_of(y, probabilities)
    return {name: delong(found.get(MODEL), found.get(name)) for name in probabilities if name != MODEL}


def _gain(differences: list[dict[str, Any]], best: str | None) -> dict[str, Any]:
    """The transfer gain of metrics.json: the AUC difference over the best baseline; None without one."""
    for difference in differences:
        if difference["over"] == best and difference["metric"] == GAIN_METRIC:
            return {key: difference[key] for key in ("metric", "over", "value", "interval")}
    return {"metric": GAIN_METRIC, "over": best, "value": None, "interval": None}
