"""A small made-up portfolio with something to learn, as runs and the command line get to see it."""

from __future__ import annotations

import numpy as np
import pandas as pd


def customers(rows: int = 240, seed: int = 0) -> pd.DataFrame:
    """Income, debt and region with a known relation to bad, and a sex that has none."""
    draw = np.random.default_rng(seed)
    income = draw.normal(3000, 800, rows)
    debt = draw.exponential(1.0, rows)
    region = draw.choice(["north", "south", "west"], rows)
    chance = 1 / (1 + np.exp(-(1.5 * (debt - 1) - (income - 3000) / 600 + (region == "south"))))
    return pd.DataFrame(
        {
            "income": income.round(0),
            "debt": debt.round(3),
            "region": region,
            "sex": draw.choice(["f", "m"], rows),
            "bad": (draw.random(rows) < chance).astype("int64"),
        }
    )


def exported(rows: int = 240, seed: int = 0) -> pd.DataFrame:
    """The same as a bank's system exports them: with a number of the customer and a constant branch."""
    frame = customers(rows, seed)
    frame.insert(0, "customer_id", np.arange(10_000, 10_000 + rows))
    frame.insert(5, "branch", "main street")
    return frame
