"""A column's (or crossing's) entry of fairness.json: its slices in numbers, verdicts and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from finxfer.evaluation.intervals import percentile_interval
from finxfer.evaluation.metrics import FloatArray
from finxfer.fairness.across import Spread, spread_json
from finxfer.fairness.gaps import Comparisons, Difference, differences, ratios
from finxfer.fairness.rates import Slice
from finxfer.fairness.wording import (
    GAP,
    NO_GAP,
    TOO_LITTLE,
    column_sentence,
    screen_sentence,
    shortage,
    slice_reason,
    spread_sentence,
)

FOUR_FIFTHS = 0.8


def column_entry(
    name: str,
    comparisons: Comparisons,
    critical: float,
    spreads: Mapping[str, Spread | None],
    rate: float,
) -> dict[str, Any]:
    """The entry of one column.

    critical: standard errors on either side that hold for the whole family. spreads: measure -> its judged
    spread. rate: share of all rows that is flagged.
    """
    parts, reference = comparisons.slices, comparisons.reference
    gaps = differences(comparisons, critical)
    entries = [_slice(part, reference, gaps[part.value], rate) for part in parts]
    wide = {measure: _spread(measure, one) for measure, one in spreads.items()}
    entry: dict[str, Any] = {
        "column": name,
        "reference": reference.value,
        "verdict": _column_verdict(entries, wide),
        "finding": _largest_gap(parts, reference, gaps),
        "slices": entries,
        **wide,
    }
    if "demographic_parity" in spreads:
        entry["screen"] = _screen(parts, spreads["demographic_parity"])
    return {**entry, "sentence": column_sentence(entry)}


def _spread(measure: str, one: Spread | None) -> dict[str, Any]:
    verdict = TOO_LITTLE if one is None else GAP if one.is_gap else NO_GAP
    entry = spread_json(one, verdict)
    return entry | {"sentence": spread_sentence(measure, entry)}


def _screen(parts: list[Slice], parity: Spread | None) -> dict[str, Any]:
    """The lowest share over the highest, of flagged and of not flagged rows: a screen, never a pass."""
    nothing = {"value": None, "interval": None}
    entry: dict[str, Any] = {"title": "Four-fifths screen", "limit": FOUR_FIFTHS, "lowest": None}
    if parity is None:
        entry |= {"highest": None, "flagged": nothing, "not_flagged": nothing, "below": None}
        return entry | {"sentence": screen_sentence(entry)}
    low, high = parity.ends["selection_rate"]
    rates = {part.value: part.measured["selection_rate"] for part in parts if part.measured}
    spared = _spared(rates[high].value, rates[low].value, rates[high].draws, rates[low].draws)
    entry |= {
        "lowest": low,
        "highest": high,
        "flagged": {"value": parity.ratio, "interval": parity.ratio_interval},
        "not_flagged": spared,
    }
    values = [entry[name]["value"] for name in ("flagged", "not_flagged")]
    entry["below"] = any(value is not None and value < FOUR_FIFTHS for value in values)
    return entry | {"sentence": screen_sentence(entry)}


def _spared(high: float, low: float, high_draws: FloatArray, low_draws: FloatArray) -> dict[str, Any]:
    """Ratio of the shares not flagged, of the two groups furthest apart, with the interval of that pair."""
    if low >= 1:
        return {"value": None, "interval": None}
    drawn = (1 - high_draws) / (1 - low_draws).clip(1e-12)
    return {"value": (1 - high) / (1 - low), "interval": percentile_interval(drawn)}


def _slice(part: Slice, reference: Slice, found: dict[str, Difference], rate: float) -> dict[str, Any]:
    is_reference = part is reference
    verdict = None if is_reference else _verdict(part, reference, found)
    names, binary = part.names, part.known is None
    over = {
        metric: {"value": value, "interval": interval}
        for metric, (value, interval) in ratios(part, reference).items()
    }
    return {
        "value": part.value,
        "rows": part.rows,
        "positives": part.positives if binary else None,
        "negatives": part.negatives if binary else None,
        "reference": is_reference,
        "metrics": {
            metric: {
                "value": part.measured[metric].value if metric in part.measured else None,
                "interval": part.measured[metric].interval if metric in part.measured else None,
            }
            for metric in names
        },
        "ratio": over.get("selection_rate"),
        "ratios": over,
        "differences": {metric: _difference(found.get(metric)) for metric in names},
        "smallest_detectable": {
            metric: found[metric].smallest_detectable if metric in found else None for metric in names
        },
        "verdicts": {metric: None if is_reference else _one(found.get(metric)) for metric in names},
        "verdict": verdict,
        "reason": slice_reason(verdict, part, reference, found, rate) if verdict else "The reference group.",
    }


def _difference(difference: Difference | None) -> dict[str, Any]:
    if difference is None:
        return {"value": None, "interval": None, "joint_interval": None}
    return {
        "value": difference.value,
        "interval": difference.interval,
        "joint_interval": difference.joint_interval,
    }


def _one(difference: Difference | None) -> str:
    return TOO_LITTLE if difference is None else GAP if difference.is_gap else NO_GAP


def _verdict(part: Slice, reference: Slice, found: dict[str, Difference]) -> str:
    """A gap where any comparison shows one; "no gap found" only where the rows are enough.

    Precision needs flagged rows, which may lack without anything being amiss: its own verdict says so.
    """
    if any(difference.is_gap for difference in found.values()):
        return GAP
    return TOO_LITTLE if shortage(part) or shortage(reference) else NO_GAP


def _column_verdict(entries: list[dict[str, Any]], wide: Mapping[str, dict[str, Any]]) -> str:
    """That of its slices, or of the differences over all groups where only they show a gap."""
    verdicts = {entry["verdict"] for entry in entries}
    if GAP in verdicts or any(one["verdict"] == GAP for one in wide.values()):
        return GAP
    return NO_GAP if NO_GAP in verdicts else TOO_LITTLE


def _largest_gap(
    parts: list[Slice], reference: Slice, gaps: Mapping[str, dict[str, Difference]]
) -> dict[str, Any] | None:
    """The widest gap in a column, in numbers; None where there is none."""
    candidates = [
        (abs(difference.value), part, metric, difference)
        for part in parts
        for metric, difference in gaps[part.value].items()
        if difference.is_gap
    ]
    if not candidates:
        return None
    _, part, metric, difference = max(candidates, key=lambda candidate: candidate[0])
    return {
        "value": part.value,
        "metric": metric,
        "slice": part.measured[metric].value,
        "reference": reference.measured[metric].value,
        "difference": difference.value,
        "joint_interval": difference.joint_interval,
    }
