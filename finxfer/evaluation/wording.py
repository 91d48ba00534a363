"""The transfer gain as a verdict, and that verdict as one plain English sentence.

The verdict carries code and numbers, so that a screen in another language can word it for itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from finxfer.evaluation.amounts import signed, with_ends
from finxfer.evaluation.metrics import LOWER_IS_BETTER
from finxfer.records.spec import BINARY, MULTICLASS, REGRESSION

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
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro F1",
    "rmse": "error (RMSE)",
    "mae": "mean absolute error",
    "r2": "R²",
    "median_absolute_error": "median absolute error",
    "spearman": "rank correlation",
    "bias": "mean error",
}
AS_LINEAR = {"logistic_regression": "linear regression"}
"""The first baseline of a regression is a linear one, stored under the same name."""


def model_title(name: str, task: str = BINARY) -> str:
    """A model's name in sentences and tables of a run of this task; unknown names stay as they are."""
    titles = MODEL_TITLES | AS_LINEAR if task == REGRESSION else MODEL_TITLES
    return titles.get(name, name)


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


def told_gain(metrics: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The gain of a metrics.json as it is told: in Gini, of another task than binary in its own metric."""
    gain = (metrics or {}).get("gain")
    return as_gini(gain) if (metrics or {}).get("task", BINARY) == BINARY else gain


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


def headline_sentence(metrics: Mapping[str, Any]) -> str | None:
    """How good the model of a metrics.json is, in its task's first figures; None without them."""
    model, rows = metrics.get("model") or {}, metrics.get("test_rows_with_target", 0)
    intervals = (metrics.get("intervals") or {}).get("model") or {}
    if model.get("rmse") is not None:
        error, r2 = with_ends(model["rmse"], intervals.get("rmse")), model.get("r2")
        rest = "" if r2 is None else f", R² {with_ends(r2, intervals.get('r2'))}"
        return f"Error (RMSE) {error}{rest} on {rows:,} test rows."
    if model.get("auc") is None:
        return None
    low, high = intervals.get("auc") or (None, None)
    between = "" if low is None else f" [{low:.3f}, {high:.3f}]"
    if metrics.get("task") == MULTICLASS:
        shares = f"accuracy {model['accuracy']:.1%}, balanced accuracy {model['balanced_accuracy']:.1%}"
        return f"AUC (one-vs-rest) {model['auc']:.3f}{between}, {shares} on {rows:,} test rows."
    return f"AUC {model['auc']:.3f}{between}, Gini {model['gini']:.3f} on {rows:,} test rows."


def _error_sentence(verdict: GainVerdict, rows: int) -> str:
    """The gain of a regression: by how much its error is below the baseline's."""
    title = model_title(str(verdict.over), REGRESSION)
    value, interval = verdict.value or 0.0, None
    if verdict.low is not None and verdict.high is not None:
        interval = [verdict.low, verdict.high]
    same = f"on the same {rows:,} test rows"
    if verdict.itself:
        return f"No gain: no backbone validated better than {title}, so the model is {title} itself."
    if verdict.code == "better":
        return f"Better: the error is {with_ends(value, interval)} below that of {title} {same}."
    if verdict.code == "worse" and interval:
        ends = [-interval[1], -interval[0]]
        return f"Worse: the error is {with_ends(-value, ends)} above that of {title} {same}."
    if interval is None:
        return f"The error is {signed(-value)} against {title} {same}; too few rows for an interval."
    size = with_ends(-value, [-interval[1], -interval[0]], sign=True)
    return f"No gain found: the error differs from that of {title} by {size} {same}, which includes zero."


def gain_sentence(gain: Mapping[str, Any] | None, rows: int) -> str:
    """One sentence about the gain on `rows` test rows; says plainly when there is none."""
    verdict = gain_verdict(gain)
    if verdict.metric == "rmse" and verdict.over is not None and verdict.value is not None:
        return _error_sentence(verdict, rows)
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
