"""The fall of the event rate at the end of a table: found where it is, and no false alarm."""

from __future__ import annotations

import numpy as np
import pytest

from finxfer.evaluation.immature import falling_tail

MONTH = 30.4


def made(
    seed: int,
    rows: int = 6000,
    months: int = 24,
    trend: float = 0.0,
    window: float = 0.0,
    spread: float = 0.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Days and outcomes. trend: of the log-odds over the whole time. window: days within which an outcome
    shows itself, evenly; 0 shows all. spread: of months around the trend, in log-odds."""
    generator = np.random.default_rng([seed, 7])
    days = np.floor(generator.random(rows) * months * MONTH)
    of_month = spread * generator.normal(size=months + 1)[(days // MONTH).astype(int)]
    logit = np.log(0.1 / 0.9) + trend * days / (months * MONTH) + of_month
    bad = generator.random(rows) < 1 / (1 + np.exp(-logit))
    if window:
        bad &= generator.random(rows) * window <= months * MONTH - days
    return days, bad.astype(np.int64)


@pytest.mark.parametrize(("window", "from_month"), [(182.0, 18), (365.0, 12)])
def test_an_immature_tail_is_found_with_its_beginning_and_an_interval(window: float, from_month: int) -> None:
    found = [falling_tail(*made(seed, window=window)) for seed in range(20)]
    assert sum(tail is not None for tail in found) >= 18
    for tail in filter(None, found):
        assert from_month - 3 <= tail.start / MONTH <= 23.5
        assert tail.interval[0] < tail.ratio < tail.interval[1] < 1 and tail.rate < tail.expected


@pytest.mark.parametrize(
    ("told", "most"),
    [
        ({}, 2),
        ({"trend": -0.7}, 2),
        pytest.param({"trend": 0.7}, 2, marks=pytest.mark.slow),
        pytest.param({"rows": 20_000, "spread": 0.15}, 6, marks=pytest.mark.slow),
    ],
)
def test_false_alarms_in_200_draws_without_one(told: dict[str, float], most: int) -> None:
    alarms = sum(falling_tail(*made(seed, **told)) is not None for seed in range(200))  # type: ignore[arg-type]
    assert alarms <= most


def test_too_little_to_tell_says_nothing() -> None:
    days, y = made(0, rows=300)
    assert falling_tail(days, y) is None
    assert falling_tail(np.zeros(5000), np.tile([0, 1], 2500)) is None
    assert falling_tail(np.zeros(0), np.zeros(0)) is None


def test_rows_without_time_or_outcome_have_no_say() -> None:
    days, y = made(3, window=182.0)
    more = np.concatenate([days, np.full(500, np.nan), np.full(500, 720.0)])
    labels = np.concatenate([y, np.ones(500, dtype=np.int64), np.full(500, -1)])
    assert falling_tail(more, labels) == falling_tail(days, y)
