"""How often the intervals of largest differences hold the truth, and how often noise is taken for a finding.

    python benchmarks/gap_coverage.py

Equalised odds over two, three and six groups without a difference, with a small and with a large one; and a
mitigation that narrows a demographic parity difference by a known amount, or not at all.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from finxfer.fairness.across import EQUALISED_ODDS, spread
from finxfer.fairness.price import Groups, Outcome, against_json, measure_outcomes
from finxfer.fairness.rates import measure_slice

SAMPLES, DRAWS, THRESHOLD = 150, 200, 0.3
SIZES = ((400, 200, 100), (700, 300), (300, 300, 200, 100, 80, 60))
PARITY = "demographic_parity"


def group(rows: int, shift: float, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes and scores that are `shift` too high in log-odds."""
    y = (draw.random(rows) < 0.3).astype(np.int64)
    return y, 1 / (1 + np.exp(-(draw.normal(size=rows) + y - 1.2 + shift)))


def true_difference(shift: float) -> float:
    """Equalised odds difference between a group with the shift and one without, on many rows."""
    draw = np.random.default_rng(1)
    sides = [group(400_000, by, draw) for by in (0.0, shift)]
    rates = [[(p[y == value] >= THRESHOLD).mean() for y, p in sides] for value in (0, 1)]
    return max(float(np.ptp(pair)) for pair in rates) if shift else 0.0


def spreads(shift: float, sizes: tuple[int, ...]) -> None:
    """Print how often the interval holds the truth, and the mean of what is measured."""
    truth, held, found, values = true_difference(shift), 0, 0, []
    for sample in range(SAMPLES):
        draw = np.random.default_rng([sample, 5])
        parts = [group(rows, shift if place == 1 else 0.0, draw) for place, rows in enumerate(sizes)]
        slices = [
            measure_slice(str(place), y, p, THRESHOLD, DRAWS, draw) for place, (y, p) in enumerate(parts)
        ]
        one = spread(EQUALISED_ODDS, slices, draw)
        assert one is not None and one.difference_interval is not None
        low, high = one.difference_interval
        held, found = held + (low <= truth <= high), found + (one.p_value <= 0.05)
        values.append(one.difference)
    words = f"truth {truth:.3f}, mean measured {np.mean(values):.3f}"
    print(f"groups {sizes}: {words}, held {held / SAMPLES:.2f}, beyond noise {found / SAMPLES:.2f}")


def mitigations(before: float, after: float, shared: float) -> None:
    """Print how often the interval of what is bought holds the truth, and how often it says narrower."""
    groups, held, narrower = np.repeat(list("abc"), (500, 250, 120)), 0, 0
    for sample in range(SAMPLES):
        draw = np.random.default_rng(sample)
        y, first = (draw.random(len(groups)) < 0.3).astype(np.int64), draw.random(len(groups))
        second = np.where(draw.random(len(groups)) < shared, first, draw.random(len(groups)))
        outcomes = [
            Outcome((luck < 0.3 + gap * (groups == "b")).astype(float), None)
            for luck, gap in ((first, before), (second, after))
        ]
        base, ours = measure_outcomes(y, Groups.of(y, groups), outcomes, DRAWS, sample)
        low, high = against_json(ours, base, (PARITY,))[PARITY]["interval"]
        held, narrower = held + (low <= before - after <= high), narrower + (low > 0)
    print(f"{before:.2f} to {after:.2f}: held {held / SAMPLES:.2f}, called narrower {narrower / SAMPLES:.2f}")


def main() -> None:
    """Print a line for each setting."""
    for shift in (0.0, 0.3, 0.8):
        for sizes in SIZES:
            spreads(shift, sizes)
    for before, after in ((0.0, 0.0), (0.05, 0.05), (0.1, 0.1), (0.1, 0.0), (0.2, 0.05)):
        for shared in (0.5, 0.9):
            mitigations(before, after, shared)


if __name__ == "__main__":
    main()
