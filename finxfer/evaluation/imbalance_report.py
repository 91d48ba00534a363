"""What a treatment of class imbalance brought and cost on the test rows, and the sentences about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from finxfer.evaluation.intervals import bootstrap, percentile_interval
from finxfer.evaluation.metrics import FloatArray, IntArray, binary_metrics

UNTREATED, BEFORE, AFTER = "untreated", "before", "after"
COMPARED = ("log_loss", "brier", "calibration_error", "average_precision", "auc")
SMALLER_IS_BETTER = ("log_loss", "brier", "calibration_error")
TITLES = {
    "weights": "class weights",
    "focal": "the focal loss",
    "oversample": "oversampling",
    "undersample": "undersampling",
    "smote": "SMOTE",
}
_ANY_THRESHOLD = 0.5


def imbalance_report(
    y: IntArray, probabilities: Mapping[str, FloatArray], draws: int, seed: int
) -> dict[str, Any]:
    """Metrics of the model without treatment, and with it before and after the correction.

    Differences are against the model without treatment, on the same resamples (paired 95% percentile
    bootstrap). y: 0 and 1 (N,). probabilities: (N,) by `UNTREATED`, `BEFORE` and `AFTER`.
    """
    points = {name: binary_metrics(y, p, None) for name, p in probabilities.items()}
    resampled = bootstrap(y, dict(probabilities), dict.fromkeys(probabilities, _ANY_THRESHOLD), draws, seed)
    found: dict[str, Any] = {}
    for name in (UNTREATED, BEFORE, AFTER):
        found[name] = {"metrics": {metric: points[name][metric] for metric in COMPARED}}
        if name != UNTREATED:
            found[name]["differences"] = {
                metric: {
                    "value": _minus(points[name][metric], points[UNTREATED][metric]),
                    "interval": percentile_interval(resampled[name][metric] - resampled[UNTREATED][metric])
                    if resampled
                    else None,
                }
                for metric in COMPARED
            }
    return found


def imbalance_sentences(found: Mapping[str, Any]) -> list[str]:
    """What the treatment came to. found: the entry "imbalance" of calibration.json."""
    title, figures = TITLES[found["treatment"]], found["figures"]
    loss = {name: figures[name]["metrics"]["log_loss"] for name in figures}
    if any(value is None for value in loss.values()):
        return [f"What {title} came to could not be measured on these test rows."]
    if not has_effect(figures):
        return [f"{title[0].upper()}{title[1:]} changed nothing: this model answers the same without it."]
    ranking = verdict("average_precision", figures[AFTER]["differences"]["average_precision"])
    said = {
        "better": f"With {title} the positives are ranked better",
        "worse": f"With {title} the positives are ranked worse",
    }.get(ranking, f"{title[0].upper()}{title[1:]} brought no gain in ranking that can be told from chance")
    gain = figures[AFTER]["differences"]["average_precision"]
    calibrated = verdict("log_loss", figures[AFTER]["differences"]["log_loss"])
    ending = {
        "better": "better than the same model without it",
        "worse": "worse than the same model without it",
    }.get(calibrated, "no clear difference from the same model without it")
    return [
        f"{said}: average precision {_number(gain)} against the same model without it.",
        f"Its raw probabilities had a log loss of {loss[BEFORE]:.4f}; corrected it is {loss[AFTER]:.4f}, "
        f"without any treatment {loss[UNTREATED]:.4f}: {ending}.",
    ]


def has_effect(figures: Mapping[str, Any]) -> bool:
    """Whether any metric differs from the model's without treatment: some learners know no treatment."""
    plain = figures[UNTREATED]["metrics"]
    return any(figures[name]["metrics"] != plain for name in (BEFORE, AFTER))


def verdict(metric: str, change: Mapping[str, Any]) -> str:
    """ "better", "worse", or "" where the interval holds 0 or is not there."""
    interval = change["interval"]
    if interval is None or change["value"] is None or interval[0] <= 0 <= interval[1]:
        return ""
    falls = interval[1] < 0
    return "better" if falls == (metric in SMALLER_IS_BETTER) else "worse"


def _number(change: Mapping[str, Any]) -> str:
    value = f"{change['value']:+.3f}"
    if change["interval"] is not None:
        low, high = change["interval"]
        value += f" [{low:+.3f}, {high:+.3f}]"
    return value.replace("-", "−")


def _minus(after: float | None, before: float | None) -> float | None:
    return None if after is None or before is None else float(np.float64(after) - before)
