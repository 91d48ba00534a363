"""fairness.json: every protected column's slices, compared with its reference group."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from finxfer.errors import BadInput
from finxfer.evaluation.metrics import FloatArray, IntArray, as_labels, as_probabilities
from finxfer.fairness.gaps import Difference, differences, reference_value, selection_ratio
from finxfer.fairness.rates import MIN_CLASS_ROWS, MIN_ROWS, RATES, Slice, measure_slice
from finxfer.fairness.slices import MISSING, OTHER, slice_order
from finxfer.fairness.wording import GAP, NO_GAP, TOO_LITTLE, column_sentence, shortage, slice_reason


def slice_report(
    y: ArrayLike,
    p: ArrayLike,
    threshold: float,
    slices: pd.DataFrame,
    draws: int = 500,
    seed: int = 0,
    references: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Measure each slice of each column and say whether it differs from the column's reference group.

    Args:
        y: test labels (N,) of 0 and 1; -1 or missing = unknown, counted in the selection rate only.
        p: probability of the positive class (N,).
        threshold: rows with p >= threshold are selected, that is, flagged as a risk.
        slices: text labels (N, columns) as `slice_labels` makes them.
        draws: bootstrap resamples, 0 for no pointwise intervals.
        seed: equal seeds give equal intervals; a column's numbers do not depend on the other columns.
        references: column -> slice to compare with; the largest slice where not given.

    Raises:
        ValueError: lengths differ, or values are not labels or probabilities.
        BadInput: a wanted reference group does not occur.
    """
    labels = as_labels(y)
    scores = as_probabilities(p, len(labels))
    if len(slices) != len(labels):
        raise ValueError(f"{len(labels)} labels but {len(slices)} rows of slices")
    wanted = dict(references or {})
    return {
        "threshold": float(threshold),
        "selected": "predicted positive",
        "draws": draws,
        "minimum": {"rows": MIN_ROWS, "class_rows": MIN_CLASS_ROWS},
        "columns": [
            _column(name, slices[name].astype(str).to_numpy(), labels, scores, threshold, draws, seed, wanted)
            for name in slices.columns
        ],
    }


def _column(
    name: str,
    values: np.ndarray,
    y: IntArray,
    p: FloatArray,
    threshold: float,
    draws: int,
    seed: int,
    wanted: Mapping[str, str],
) -> dict[str, Any]:
    found, sizes = np.unique(values, return_counts=True)
    counts = {str(value): int(size) for value, size in zip(found, sizes, strict=True)}
    if not counts:
        raise ValueError("there are no rows to slice")
    reference_name = wanted.get(name) or reference_value(counts, (OTHER, MISSING))
    if reference_name not in counts:
        raise BadInput(
            f"The reference group {reference_name!r} of {name!r} has no test row.",
            f"The slices of this column are {', '.join(sorted(counts))}.",
            "Choose one of these as the reference group.",
        )
    parts = []
    for value in slice_order(counts):
        inside = values == value
        # Seeded by name: a slice's draws stay the same whatever other columns and slices there are.
        generator = np.random.default_rng([seed, zlib.crc32(f"{name}\0{value}".encode())])
        parts.append(measure_slice(value, y[inside], p[inside], threshold, draws, generator))
    reference = next(part for part in parts if part.value == reference_name)
    gaps = differences(parts, reference)
    rate = float((p >= threshold).mean())
    entries = [_slice(part, reference, gaps[part.value], rate) for part in parts]
    entry: dict[str, Any] = {
        "column": name,
        "reference": reference_name,
        "verdict": _column_verdict(entries),
        "finding": _largest_gap(parts, reference, gaps),
        "slices": entries,
    }
    return {**entry, "sentence": column_sentence(entry)}


def _slice(part: Slice, reference: Slice, found: dict[str, Difference], rate: float) -> dict[str, Any]:
    verdict = None if part is reference else _verdict(part, reference, found)
    ratio, ratio_interval = selection_ratio(part, reference)
    return {
        "value": part.value,
        "rows": part.rows,
        "positives": part.positives,
        "negatives": part.negatives,
        "reference": part is reference,
        "metrics": {
            metric: {
                "value": part.measured[metric].value if metric in part.measured else None,
                "interval": part.measured[metric].interval if metric in part.measured else None,
            }
            for metric in RATES
        },
        "ratio": {"value": ratio, "interval": ratio_interval if part is not reference else None},
        "differences": {metric: _difference(found.get(metric)) for metric in RATES},
        "smallest_detectable": {
            metric: found[metric].smallest_detectable if metric in found else None for metric in RATES
        },
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


def _verdict(part: Slice, reference: Slice, found: dict[str, Difference]) -> str:
    """A gap where any comparison shows one; "no gap found" only where every metric could be compared."""
    if any(difference.is_gap for difference in found.values()):
        return GAP
    return TOO_LITTLE if shortage(part) or shortage(reference) else NO_GAP


def _column_verdict(entries: list[dict[str, Any]]) -> str:
    verdicts = {entry["verdict"] for entry in entries}
    return GAP if GAP in verdicts else NO_GAP if NO_GAP in verdicts else TOO_LITTLE


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
