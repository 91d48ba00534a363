"""A small table with something to learn, and specs of runs on it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from finxfer.records.spec import ColumnSpec, Spec, TrainingSettings
from finxfer.records.tables import TableMeta, TableStore


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


COLUMNS = (
    ColumnSpec("income", "feature", "numeric"),
    ColumnSpec("debt", "feature", "numeric"),
    ColumnSpec("region", "feature", "category"),
    ColumnSpec("sex", "protected", "category"),
    ColumnSpec("bad", "target", "numeric"),
)


def spec_for(table: str, **changes: object) -> Spec:
    settings: dict = {
        "table": table, "table_name": "customers.csv", "target": "bad", "positive": "1", "columns": COLUMNS,
        "device": "cpu", "training": TrainingSettings(epochs=4, patience=4), "explained_rows": 20,
    }  # fmt: skip
    return Spec(**(settings | changes))


@pytest.fixture
def stored() -> str:
    """The hash of the small table, put into this test's own store."""
    frame = customers()
    TableStore().add(frame, TableMeta("a" * 64, "customers.csv", len(frame), frame.shape[1]))
    return "a" * 64


@pytest.fixture
def spec(stored: str) -> Spec:
    return spec_for(stored)
