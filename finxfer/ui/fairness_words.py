"""Numbers of a group as the Fairness page writes them: levels, differences, ratios."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from finxfer.evaluation.amounts import with_ends
from finxfer.fairness.rates import RATE
from finxfer.fairness.task_rates import AMOUNT_RATES
from finxfer.ui.safe import plain
from finxfer.ui.tables import NOTHING, share_interval, with_interval
from finxfer.ui.text import fairness as text

NO_RATIO: dict[str, Any] = {"value": None, "interval": None}
Ends = tuple[float, float] | None


def metric_title(metric: str, short: bool = False) -> str:
    """A metric as the page names it; the rate of a class by the class."""
    name = metric.removeprefix(RATE)
    if name != metric:
        return text.RATE.format(name=plain(name, 24))
    return (text.PANELS if short else text.METRICS)[metric]


def interval_of(group: dict[str, Any], metric: str, view: str) -> tuple[float | None, Ends]:
    """Value and interval of a metric in one of the views; of a difference the joint interval."""
    if view == text.DIFFERENCE:
        if group["reference"]:
            return 0.0 if group["metrics"][metric]["value"] is not None else None, None
        found, key = group["differences"][metric], "joint_interval"
    elif view == text.RATIO:
        found, key = group["ratios"].get(metric, NO_RATIO), "interval"
    else:
        found, key = group["metrics"][metric], "interval"
    ends = found[key]
    return found["value"], (float(ends[0]), float(ends[1])) if ends else None


def verdict_of(group: dict[str, Any], metric: str) -> str:
    """The verdict of one metric of a group that is not the reference.

    A group can have a gap in one metric and none in another, and too few rows for a third.
    """
    if "verdicts" in group:
        found = str(group["verdicts"][metric])
        # A group that is too small as a whole gets no calm verdict from a metric that could be compared.
        calm = found == "no gap found" and group["verdict"] == "too little data"
        return "too little data" if calm else found
    joint = (group["differences"].get(metric) or {}).get("joint_interval") or [0, 0]
    if joint[0] > 0 or joint[1] < 0:
        return "gap"
    return "no gap found" if group["verdict"] == "gap" else str(group["verdict"])


def number(metric: str, view: str, value: float | None, interval: Sequence[float] | None) -> str:
    """A number with its interval: shares as percentages, differences as points, AUC and ratios plain."""
    if value is None:
        return NOTHING
    if view == text.RATIO:
        return with_interval(value, interval, 2)
    if metric in AMOUNT_RATES:
        return with_ends(value, interval, sign=view == text.DIFFERENCE or metric == "bias")
    if metric == "auc":
        return with_interval(value, interval, 3)
    if view == text.LEVEL and metric != "calibration":
        return share_interval(value, interval)
    words = f"{100 * value:+.1f}"
    if interval is not None:
        words += f" [{100 * interval[0]:+.1f}, {100 * interval[1]:+.1f}]"
    return words.replace("-", "−")


def panel_format(metric: str, view: str) -> str:
    """d3 format of a panel's axis."""
    if metric in AMOUNT_RATES and view != text.RATIO:
        return ",.3~s"
    if view == text.RATIO or metric == "auc":
        return ".2f"
    return "+.0%" if view == text.DIFFERENCE or metric == "calibration" else ".0%"
