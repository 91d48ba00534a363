"""What ``alerts.json`` comes to, in plain sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finxfer.evaluation.wording import MODEL_TITLES

TITLES = {
    **MODEL_TITLES,
    "anomaly": "the anomaly score (autoencoder)",
    "isolation_forest": "the isolation forest",
}


def budget(found: Mapping[str, Any]) -> str:
    """The number of alerts in words."""
    number = found["per_day"]
    noun = "alert" if number == 1 else "alerts"
    return f"{number:,.4g} {noun} a day" if found["time"] else f"{number:,.4g} {noun} in all"


def alerts_sentence(found: Mapping[str, Any]) -> str:
    """The answer in one sentence."""
    model = found["models"]["model"]
    if model["recall_at"] is None:
        return "Nothing can be said of alerts: no test row is positive."
    opening = (
        f"With {budget(found)} the model finds {_share(model['recall_at'])} of the {found['positives']:,} "
        f"positive rows"
    )
    precision = (model["precision_at"] or {}).get("value")
    if precision:
        opening += f", and 1 alert in {1 / precision:,.2g} is right"
    best = found["best_baseline"]
    difference = (found["differences"].get(best) or {}).get("recall_at")
    return f"{opening}; {_against(difference, best)}." if difference else f"{opening}."


def _against(difference: Mapping[str, Any], name: str) -> str:
    title, value, interval = TITLES.get(name, name), difference["value"], difference["interval"]
    if interval is None:
        return f"{_points(value)} against {title}, with too few positive rows for an interval"
    between = f"{_points(value)} [{_points(interval[0])}, {_points(interval[1])}]"
    if interval[0] == interval[1] == 0:
        return f"the same as {title}"
    if interval[0] > 0:
        return f"that is better than {title} by {between} percentage points"
    if interval[1] < 0:
        return f"that is worse than {title} by {between} percentage points"
    return f"no gain found over {title}: {between} percentage points"


def alerts_sentences(found: Mapping[str, Any]) -> list[str]:
    """What else should be known, one sentence each."""
    said = []
    time = found["time"]
    if time:
        said.append(
            f"{time['days']:,} days of test rows by {time['column']!r}, {time['rows_a_day']:,.4g} rows "
            "of the table a day."
        )
        if time["share"] < 0.999:
            said.append(
                f"The test rows are {time['share']:.1%} of the rows of those days, so they get that share of "
                "the alerts."
            )
        if time["unknown"]:
            said.append(f"{time['unknown']:,} test rows without a time are left out.")
    else:
        said.append("No column tells the day of a row, so the alerts are counted over all test rows at once.")
    if found["default"]:
        said.append(
            f"{budget(found)} is an assumption (the setting alerts_a_day, but at most 1 row in 100); say how "
            "many can be looked at."
        )
    units = {"day": "whole days", "customer": f"customers ({found['card']!r})", "row": "rows"}[found["unit"]]
    said.append(f"Intervals resample {units}, those with a positive row and those without separately.")
    if found["alone"]:
        said.append(_alone(found["alone"]))
    return said


def _alone(shares: Mapping[str, float]) -> str:
    return (
        f"With the same number of alerts, {shares['other']:.1%} of the positive rows are found by the "
        f"anomaly score alone, {shares['one']:.1%} by the model alone, {shares['both']:.1%} by both."
    )


def _share(entry: Mapping[str, Any]) -> str:
    ends = entry["interval"]
    return f"{entry['value']:.1%}" + (f" [{ends[0]:.1%}, {ends[1]:.1%}]" if ends else "")


def _points(value: float) -> str:
    """A difference of shares in percentage points, with a true minus sign."""
    return f"{100 * value:+.1f}".replace("-", "\u2212") if round(100 * value, 1) else "0.0"
