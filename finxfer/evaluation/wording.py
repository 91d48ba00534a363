"""The transfer gain as a verdict, and that verdict as one plain English sentence.

The verdict carries code and numbers, so that a screen in another language can word it for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from finxfer.evaluation.metrics import LOWER_IS_BETTER

GainCode = Literal["better", "no gain found", "worse", "not measured"]

MODEL_TITLES: dict[str, str] = {
    "model": "the model",
    "logistic_regression": "logistic regression",
    "lightgbm": "LightGBM",
    "from_scratch": "the network from scratch",
}
METRIC_TITLES: dict[str, str] = {
    "auc": "AUC",
    "average_precision": "average precision",
    "gini": "Gini",
    "ks": "KS",
    "brier": "Brier score",
    "log_loss": "log loss",
    "calibration_error": "calibration error",
    "threshold": "threshold",
    "accuracy": "accuracy",
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
}


@dataclass(frozen=True)
class GainVerdict:
    """`better` and `worse` only when the whole 95% interval lies on that side of zero."""

    code: GainCode
    metric: str = "auc"
    over: str | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def itself(self) -> bool:
        """Whether the model *is* that baseline: no difference at all, in no draw."""
        return self.over is not None and self.value == self.low == self.high == 0


def as_gini(difference: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A difference in AUC as one in Gini: twice as large, interval included, since Gini = 2 AUC - 1.

    Differences in another metric come back as they are.
    """
    if not difference or difference.get("metric") != "auc":
        return dict(difference) if difference else None
    value, interval = difference.get("value"), difference.get("interval")
    return {
        **difference,
        "metric": "gini",
        "value": None if value is None else 2 * value,
        "interval": [2 * end for end in interval] if interval else None,
    }


def gain_verdict(gain: Mapping[str, Any] | None) -> GainVerdict:
    """Verdict of a gain or difference {"metric", "over", "value", "interval"}, as in metrics.json."""
    if not gain or gain.get("over") is None or gain.get("value") is None:
        return GainVerdict("not measured")
    metric, value = str(gain.get("metric", "auc")), float(gain["value"])
    if not gain.get("interval"):
        return GainVerdict("not measured", metric, gain["over"], value)
    low, high = (float(end) for end in gain["interval"])
    better, worse = (high < 0, low > 0) if metric in LOWER_IS_BETTER else (low > 0, high < 0)
    code: GainCode = "better" if better else "worse" if worse else "no gain found"
    return GainVerdict(code, metric, gain["over"], value, low, high)


def gain_sentence(gain: Mapping[str, Any] | None, rows: int) -> str:
    """One sentence about the gain on `rows` test rows; says plainly when there is none."""
    verdict = gain_verdict(gain)
    if verdict.over is None:
        return "The gain is not measured: it needs a baseline and test rows with both outcomes."
    title = MODEL_TITLES.get(verdict.over, verdict.over)
    metric = METRIC_TITLES.get(verdict.metric, verdict.metric)
    same = f"on the same {rows:,} test rows"
    if verdict.value is None or verdict.low is None or verdict.high is None:
        size = _signed(verdict.value or 0.0)
        return f"{metric} {size} against {title} {same}; too few rows for an interval."
    if verdict.itself:
        return f"No gain: no backbone validated better than {title}, so the model is {title} itself."
    interval = f"95% interval {_signed(verdict.low)} to {_signed(verdict.high)}"
    if verdict.code == "no gain found":
        return (
            f"No gain found: {metric} differs from that of {title} by {_signed(verdict.value)} {same} "
            f"({interval}, which includes zero)."
        )
    # For errors such as log loss the lower value is the better one.
    direction = "above" if verdict.value > 0 else "below"
    size = f"{metric} is {abs(verdict.value):.3f} {direction} {title}"
    opening = "Better" if verdict.code == "better" else "Worse"
    return f"{opening}: {size} {same} ({interval})."


def _signed(value: float) -> str:
    """Three decimals with a true minus sign; no sign on a rounded zero."""
    text = f"{abs(value):.3f}"
    return text if float(text) == 0 else ("+" if value > 0 else "\u2212") + text
