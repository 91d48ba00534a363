"""Differences between slices and their reference group, judged jointly over all columns and metrics.

With five slices and six metrics one in twenty single comparisons "stands out" by chance alone, so the
verdict uses intervals that hold together for all comparisons of a *family* (all protected columns of a
report, or all its crossings): the difference plus and minus c standard errors, where c is the 95% quantile of
the largest studentised deviation over the bootstrap draws (the max-t method, Romano & Wolf 2005). Columns are
resampled independently of each other, which makes c at most too large (Šidák 1967): rows that are shared by
two columns make their deviations alike, and then fewer of them are large by themselves.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from finxfer.evaluation.intervals import percentile_interval
from finxfer.evaluation.metrics import FloatArray
from finxfer.fairness.rates import MIN_ROWS, RATE, WITH_RATIO, Slice

Z_95 = 1.959963984540054
# A gap counts as detectable when it would have been found four times in five.
Z_POWER_80 = 0.8416212335729143


@dataclass(frozen=True)
class Difference:
    """A slice's metric minus the reference group's.

    Attributes:
        interval: 95% for this difference alone.
        joint_interval: 95% for all differences of the family together; the verdict goes by it.
        smallest_detectable: the gap that this sample would have found with a chance of 80%, at most 1.
    """

    value: float
    interval: list[float] | None
    joint_interval: list[float]
    smallest_detectable: float

    @property
    def is_gap(self) -> bool:
        return self.joint_interval[0] > 0 or self.joint_interval[1] < 0


@dataclass(frozen=True)
class Comparisons:
    """Every metric of every slice that can be compared with the reference group.

    largest: of each draw (B,), the largest studentised deviation from the measured difference.
    """

    slices: list[Slice]
    reference: Slice
    pairs: list[tuple[Slice, str]]
    errors: list[float]
    largest: FloatArray


def compare(slices: list[Slice], reference: Slice) -> Comparisons:
    """What there is to compare in a column, before it is known how many comparisons its family has."""
    pairs = [
        (part, metric)
        for part in slices
        for metric in reference.names
        if part is not reference and metric in part.measured and metric in reference.measured
    ]
    errors, largest = [], np.zeros(0)
    for part, metric in pairs:
        ours, theirs = part.measured[metric], reference.measured[metric]
        drawn = ours.draws - theirs.draws
        error = math.sqrt(max(_variance(drawn), ours.variance_floor + theirs.variance_floor, 1e-18))
        errors.append(error)
        deviation = np.nan_to_num(np.abs(drawn - (ours.value - theirs.value)) / error, nan=0.0)
        largest = np.maximum(largest, deviation) if len(largest) else deviation
    return Comparisons(slices, reference, pairs, errors, largest)


def critical_value(family: Sequence[Comparisons]) -> float:
    """95% quantile of the largest |t| over a family's comparisons, never below that of a single one."""
    deviations = [one.largest for one in family if len(one.largest)]
    if not deviations:
        return Z_95
    return max(Z_95, float(np.quantile(np.stack(deviations).max(axis=0), 0.95)))


def differences(found: Comparisons, critical: float) -> dict[str, dict[str, Difference]]:
    """Slice value -> metric -> difference, for every metric that both sides have."""
    result: dict[str, dict[str, Difference]] = {part.value: {} for part in found.slices}
    for (part, metric), error in zip(found.pairs, found.errors, strict=True):
        ours, theirs = part.measured[metric], found.reference.measured[metric]
        value, half = ours.value - theirs.value, critical * error
        most = 1.0 if ours.bounded else math.inf
        result[part.value][metric] = Difference(
            value=value,
            interval=percentile_interval(ours.draws - theirs.draws),
            joint_interval=[max(-most, value - half), min(most, value + half)],
            smallest_detectable=min(most, (critical + Z_POWER_80) * error),
        )
    return result


def ratios(part: Slice, reference: Slice) -> dict[str, tuple[float | None, list[float] | None]]:
    """Each metric over the reference group's, with a 95% interval; None where that of the group is 0."""
    there = [metric for metric in reference.names if metric in WITH_RATIO or metric.startswith(RATE)]
    return {metric: _ratio(part, reference, metric) for metric in there}


def _ratio(part: Slice, reference: Slice, metric: str) -> tuple[float | None, list[float] | None]:
    ours, theirs = part.measured.get(metric), reference.measured.get(metric)
    if ours is None or theirs is None or theirs.value == 0:
        return None, None
    if part is reference:
        return 1.0, None
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = ours.draws / theirs.draws
    return ours.value / theirs.value, percentile_interval(drawn)


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
