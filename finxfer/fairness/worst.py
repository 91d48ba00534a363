"""The one number of a fairness report that a picture over many models has room for."""

from __future__ import annotations

from typing import Any


def worst_ratio(report: dict[str, Any]) -> dict[str, Any] | None:
    """The share flagged of two groups of one column that are furthest apart, the lower over the higher.

    Of every slice with enough rows against the reference group of its column, as `slice_report` measures
    them. Returns {"value" (0 to 1; 1 is equal), "interval" (95%, of that pair alone), "column", "slice",
    "reference"}, or None where no two groups can be compared. The pair is the worst of several, so that its
    value is lower than that of a pair which was named beforehand.
    """
    found = [
        _of_slice(entry["column"], entry["reference"], part)
        for entry in report["columns"]
        for part in entry["slices"]
        if not part["reference"] and part["ratio"]["value"] is not None
    ]
    return min(found, key=lambda one: one["value"], default=None)


def _of_slice(column: str, reference: str, part: dict[str, Any]) -> dict[str, Any]:
    """The ratio and its interval, turned over where the slice is flagged more often than the reference."""
    value, interval = part["ratio"]["value"], part["ratio"]["interval"]
    if value > 1:
        value = 1 / value
        if interval is not None:
            low, high = interval
            interval = [1 / high if high else 1.0, 1 / low if low else None]
            interval = None if interval[1] is None else interval
    return {
        "value": value,
        "interval": interval,
        "column": column,
        "slice": part["value"],
        "reference": reference,
    }
