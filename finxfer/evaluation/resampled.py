"""Means over repeated cross-validation, with intervals that know that its splits share their rows.

The corrected resampled t-test of Nadeau & Bengio 2003, "Inference for the generalization error": the variance
of a mean over J splits is (1/J + tested rows / training rows) times the variance between splits. The plain
t-test takes splits for independent and finds differences that are not there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import stdtr, stdtrit

CONFIDENCE = 0.95


def resampled_mean(values: Sequence[float], tested: float, trained: float) -> dict[str, Any]:
    """Mean of one value per split, its 95% interval and the two-sided p-value of a mean of 0.

    tested, trained: rows of a split that test and that are learned from. With one split, or with values that
    are not known, there is no interval.
    """
    found = np.asarray([value for value in values if value is not None and np.isfinite(value)], np.float64)
    if not len(found):
        return {"mean": None, "interval": None, "p_value": None, "splits": 0}
    mean, count = float(found.mean()), len(found)
    if count < 2:
        return {"mean": mean, "interval": None, "p_value": None, "splits": count}
    error = float(np.sqrt((1 / count + tested / trained) * found.var(ddof=1)))
    reach = float(stdtrit(count - 1, 0.5 + CONFIDENCE / 2)) * error
    p_value = None if error == 0 else float(2 * stdtr(count - 1, -abs(mean) / error))
    return {"mean": mean, "interval": [mean - reach, mean + reach], "p_value": p_value, "splits": count}


def repeated_sentence(found: dict[str, Any]) -> str:
    """The answer. found: cross_validation.json."""
    gain, splits = found["gain"], len(found["splits"])
    metric = NAMES[found["metric"]]
    if gain["mean"] is None:
        return f"No gain could be measured in {splits} splits."
    better = sum(1 for one in found["splits"] if one["gain"] is not None and one["gain"] > 0)
    value = _signed(gain["mean"])
    between = ""
    verdict = "one split says nothing about chance"
    if gain["interval"] is not None:
        low, high = gain["interval"]
        between = f" [{_signed(low)}, {_signed(high)}]"
        verdict = "a gain" if low > 0 else "a loss" if high < 0 else "no difference found"
    return (
        f"Over {found['repeats']} × {found['folds']} splits the run's recipe is {value}{between} in "
        f"{metric} from "
        f"the best baseline of each split: {verdict}. It is ahead in {better} of {splits}."
    )


NAMES = {"auc": "AUC", "rmse": "RMSE"}


def _signed(value: float) -> str:
    return f"{value:+.4g}".replace("-", "−") if abs(value) >= 1 else f"{value:+.3f}".replace("-", "−")
