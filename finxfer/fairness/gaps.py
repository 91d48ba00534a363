"""Differences between a slice and the reference group, judged jointly over the whole column.

With five slices and four metrics one in twenty single comparisons "stands out" by chance alone, so the
verdict uses intervals that hold together for all comparisons of a column: the difference plus and minus c
standard errors, where c is the 95% quantile of the largest studentised deviation over the bootstrap draws
(the max-t method, Romano & Wolf 2005).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from finxfer.evaluation.intervals import percentile_interval
from finxfer.evaluation.metrics import FloatArray
from finxfer.fairness.rates import MIN_ROWS, RATES, Slice

Z_95 = 1.959963984540054
# A gap counts as detectable when it would have been found four times in five.
Z_POWER_80 = 0.8416212335729143


@dataclass(frozen=True)
class Difference:
    """A slice's metric minus the reference group's.

    Attributes:
        interval: 95% for this difference alone.
        joint_interval: 95% for all differences of the column together; the verdict goes by it.
        smallest_detectable: the gap that this sample would have found with a chance of 80%, at most 1.
    """

    value: float
    interval: list[float] | None
    joint_interval: list[float]
    smallest_detectable: float

    @property
    def is_gap(self) -> bool:
        return self.joint_interval[0] > 0 or self.joint_interval[1] < 0


def differences(slices: list[Slice], reference: Slice) -> dict[str, dict[str, Difference]]:
    """Slice value -> metric -> difference, for every metric that both sides have."""
    pairs = [
        (part, metric)
        for part in slices
        for metric in RATES
        if part is not reference and metric in part.measured and metric in reference.measured
    ]
    errors, deviations = [], []
    for part, metric in pairs:
        ours, theirs = part.measured[metric], reference.measured[metric]
        drawn = ours.draws - theirs.draws
        error = math.sqrt(max(_variance(drawn), ours.variance_floor + theirs.variance_floor))
        errors.append(error)
        deviations.append((drawn - (ours.value - theirs.value)) / error)
    critical = _critical_value(deviations)
    found: dict[str, dict[str, Difference]] = {part.value: {} for part in slices}
    for (part, metric), error in zip(pairs, errors, strict=True):
        ours, theirs = part.measured[metric], reference.measured[metric]
        value, half = ours.value - theirs.value, critical * error
        found[part.value][metric] = Difference(
            value=value,
            interval=percentile_interval(ours.draws - theirs.draws),
            joint_interval=[max(-1.0, value - half), min(1.0, value + half)],
            smallest_detectable=min(1.0, (critical + Z_POWER_80) * error),
        )
    return found


def selection_ratio(part: Slice, reference: Slice) -> tuple[float | None, list[float] | None]:
    """Selection rate over the reference group's, with a 95% interval; None where that of the group is 0."""
    ours, theirs = part.measured.get("selection_rate"), reference.measured.get("selection_rate")
    if ours is None or theirs is None or theirs.value == 0:
        return None, None
    with np.errstate(invalid="ignore", divide="ignore"):
        ratios = ours.draws / theirs.draws
    return ours.value / theirs.value, percentile_interval(ratios)


def planned_detectable(rows: int, reference_rows: int, rate: float) -> float:
    """The smallest gap in a share near `rate` that so many rows could show (two-sided 5%, power 80%)."""
    if rows == 0 or reference_rows == 0:
        return 1.0
    adjusted = (rate * (rows + reference_rows) + 1) / (rows + reference_rows + 2)
    error = math.sqrt(adjusted * (1 - adjusted) * (1 / rows + 1 / reference_rows))
    return min(1.0, (Z_95 + Z_POWER_80) * error)


def reference_value(counts: dict[str, int], unnamed: tuple[str, ...]) -> str:
    """The largest slice, since every interval is narrowest against it; ties by name.

    The largest is no norm to be lived up to, only the best-measured group. "other" and "missing" are chosen
    only where no named slice reaches 30 rows.
    """
    ranked = sorted(counts, key=lambda value: (-counts[value], value))
    named = [value for value in ranked if value not in unnamed]
    return named[0] if named and counts[named[0]] >= MIN_ROWS else ranked[0]


def _variance(draws: FloatArray) -> float:
    defined = draws[np.isfinite(draws)]
    return float(defined.var()) if len(defined) else 0.0


def _critical_value(deviations: list[FloatArray]) -> float:
    """95% quantile of the largest |t| over the comparisons, never below that of a single one."""
    if not deviations or len(deviations[0]) == 0:
        return Z_95
    largest = np.nan_to_num(np.abs(np.stack(deviations)), nan=0.0).max(axis=0)
    return max(Z_95, float(np.quantile(largest, 0.95)))
