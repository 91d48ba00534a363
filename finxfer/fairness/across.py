"""How far the groups of one column are apart at most: demographic parity and equalised odds over the column.

The definitions are fairlearn's: the widest difference between any two groups in the share flagged
(demographic parity), or in TPR and FPR, whichever is wider (equalised odds); as ratios, the lowest over the
highest, and of TPR and FPR the smaller. Only groups that can be measured take part.

A largest difference of noisy numbers is above 0 even where all groups are treated alike. So it is judged
against what noise alone gives: group labels dealt out anew at random, for equalised odds among the rows of
the same outcome. Counts of flagged rows per group are then multivariate hypergeometric, so no row is touched
(the permutation test of Fisher 1935, by Monte Carlo). Of the interval, the end towards "no difference" is the
basic bootstrap's, since the draws lie too far away by as much as the measured value does, and it is reached
while noise explains the value; the other end is the farther one of the basic and the percentile interval,
since a value that happens to be small says little about how large the difference may be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from finxfer.evaluation.intervals import percentile_interval, reflected_interval
from finxfer.evaluation.metrics import FloatArray
from finxfer.fairness.gaps import Z_POWER_80
from finxfer.fairness.rates import Slice

NOISE_DRAWS = 2000
DEMOGRAPHIC_PARITY, EQUALISED_ODDS = "demographic_parity", "equalised_odds"
MEASURES: dict[str, tuple[str, ...]] = {
    DEMOGRAPHIC_PARITY: ("selection_rate",),
    EQUALISED_ODDS: ("tpr", "fpr"),
}
ALPHA = 0.05


@dataclass(frozen=True)
class Spread:
    """The largest difference and the smallest ratio of a column's groups in one measure.

    Attributes:
        ratio: None where a rate is 0 in every group.
        noise_mean, noise_95: mean and 95% quantile of the difference if all groups were treated alike.
        p_value: how often noise alone gives as large a difference, Monte Carlo with the measured one counted.
        error: standard deviation of the difference's bootstrap draws, None without draws.
        ends: metric -> (group with the lowest rate, group with the highest).
        alpha: the level that p_value is held against; the family's other p-values decide it (Holm 1979).
    """

    groups: tuple[str, ...]
    left_out: tuple[str, ...]
    difference: float
    difference_interval: list[float] | None
    ratio: float | None
    ratio_interval: list[float] | None
    noise_mean: float
    noise_95: float
    p_value: float
    error: float | None
    ends: dict[str, tuple[str, str]]
    alpha: float = ALPHA
    is_gap: bool = False


def spread(measure: str, slices: Sequence[Slice], generator: np.random.Generator) -> Spread | None:
    """The spread of one measure over the slices that have it; None for fewer than two of them."""
    metrics = MEASURES[measure]
    parts = [part for part in slices if all(metric in part.measured for metric in metrics)]
    if len(parts) < 2:
        return None
    values = np.array([[part.measured[metric].value for part in parts] for metric in metrics])
    drawn = np.stack([[part.measured[metric].draws for part in parts] for metric in metrics])
    difference = float(np.ptp(values, axis=1).max())
    noise = _noise(parts, metrics, generator)
    p_value = float((1 + (noise >= difference - 1e-12).sum()) / (1 + len(noise)))
    resampled = np.ptp(drawn, axis=1).max(axis=0)
    interval = gap_interval(difference, resampled)
    ratio, ratio_interval = _ratio(values, drawn)
    if p_value > ALPHA and interval is not None:
        interval[0] = 0.0
        ratio_interval = None if ratio_interval is None else [ratio_interval[0], 1.0]
    names = tuple(part.value for part in parts)
    return Spread(
        groups=names,
        left_out=tuple(part.value for part in slices if part not in parts),
        difference=difference,
        difference_interval=interval,
        ratio=ratio,
        ratio_interval=ratio_interval,
        noise_mean=float(noise.mean()),
        noise_95=float(np.quantile(noise, 1 - ALPHA)),
        p_value=p_value,
        error=float(np.nanstd(resampled)) if resampled.size and np.isfinite(resampled).any() else None,
        ends={
            metric: (names[int(row.argmin())], names[int(row.argmax())])
            for metric, row in zip(metrics, values, strict=True)
        },
    )


def gap_interval(value: float, draws: FloatArray) -> list[float] | None:
    """95% for a largest difference in [0, 1] from its bootstrap draws; None where these are undefined."""
    basic, plain = reflected_interval(value, draws), percentile_interval(draws)
    return None if basic is None or plain is None else [basic[0], max(basic[1], plain[1])]


def _ratio(values: FloatArray, drawn: FloatArray) -> tuple[float | None, list[float] | None]:
    """The smallest ratio of lowest to highest, and its interval on the scale of logarithms."""
    highest = values.max(axis=1)
    if not (highest > 0).all():
        return None, None
    ratio = float((values.min(axis=1) / highest).min())
    with np.errstate(invalid="ignore", divide="ignore"):
        resampled = (drawn.min(axis=1) / drawn.max(axis=1)).min(axis=0)
    defined = resampled[np.isfinite(resampled)]
    if len(defined) == 0 or len(defined) * 2 < len(resampled):
        return ratio, None
    low, high = np.quantile(defined, [0.025, 0.975])
    if ratio == 0 or low <= 0:
        return ratio, [0.0, float(max(ratio, high))]
    return ratio, [float(min(low, ratio**2 / high)), float(min(1.0, ratio**2 / low))]


def _noise(parts: Sequence[Slice], metrics: Sequence[str], generator: np.random.Generator) -> FloatArray:
    """The largest difference (NOISE_DRAWS,) where flags are dealt out among the groups at random."""
    found = np.zeros(NOISE_DRAWS)
    for metric in metrics:
        rows, flagged = _counts(parts, metric)
        dealt = generator.multivariate_hypergeometric(rows, int(flagged.sum()), size=NOISE_DRAWS)
        found = np.maximum(found, np.ptp(dealt / rows, axis=1))
    return found


def _counts(parts: Sequence[Slice], metric: str) -> tuple[np.ndarray, np.ndarray]:
    """Rows and flagged rows of each group that a rate is made of."""
    names = {
        "selection_rate": ("rows", "flagged"),
        "tpr": ("positives", "flagged_positives"),
        "fpr": ("negatives", "flagged_negatives"),
    }[metric]
    rows, flagged = (np.array([getattr(part, name) for part in parts], dtype=np.int64) for name in names)
    return rows, flagged


def judge(family: Sequence[Spread | None]) -> list[Spread | None]:
    """Which spreads of a family are gaps, by Holm's procedure at 5% over all of them."""
    known = [number for number, one in enumerate(family) if one is not None]
    ranked = sorted(known, key=lambda number: (family[number].p_value, number))  # type: ignore[union-attr]
    judged, open_still = list(family), True
    for place, number in enumerate(ranked):
        one = family[number]
        assert one is not None
        alpha = ALPHA / (len(ranked) - place)
        open_still = open_still and one.p_value <= alpha
        judged[number] = replace(one, alpha=alpha, is_gap=open_still)
    return judged


def smallest_detectable(one: Spread) -> float | None:
    """The difference that this sample would have found with a chance of 80%, at most 1 (normal
    approximation: what noise gives in 95 of 100 cases plus .84 standard errors)."""
    return None if one.error is None else min(1.0, one.noise_95 + Z_POWER_80 * one.error)


def spread_json(one: Spread | None, verdict: str) -> dict[str, Any]:
    """A measure's entry of fairness.json."""
    if one is None:
        nothing = {"value": None, "interval": None}
        return {"difference": nothing, "ratio": nothing, "noise": None, "p_value": None, "groups": []} | {
            "left_out": [],
            "ends": {},
            "smallest_detectable": None,
            "verdict": verdict,
        }
    return {
        "difference": {"value": one.difference, "interval": one.difference_interval},
        "ratio": {"value": one.ratio, "interval": one.ratio_interval},
        "noise": {"mean": one.noise_mean, "upper": one.noise_95},
        "p_value": one.p_value,
        "groups": list(one.groups),
        "left_out": list(one.left_out),
        "ends": {metric: list(pair) for metric, pair in one.ends.items()},
        "smallest_detectable": smallest_detectable(one),
        "verdict": verdict,
    }
