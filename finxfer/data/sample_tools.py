"""What the generators of the sample tables share."""

from __future__ import annotations

import numpy as np
import pandas as pd


def pick(labels: tuple[str, ...], shares: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """One label a row: ``shares`` (rows, labels) need not sum to one."""
    edges = np.cumsum(shares, axis=1)
    draws = generator.random(len(shares)) * edges[:, -1]
    return np.array(labels, dtype=object)[(draws[:, None] > edges).sum(axis=1)]


def pick_alike(
    labels: tuple[str, ...], shares: tuple[float, ...], rows: int, generator: np.random.Generator
) -> np.ndarray:
    """One label a row, with the same shares for every row."""
    edges = np.cumsum(shares)
    return np.array(labels, dtype=object)[np.searchsorted(edges, generator.random(rows) * edges[-1])]


def effect(labels: np.ndarray, effects: dict[str, float]) -> np.ndarray:
    """The effect of each row's label; 0 for labels that have none."""
    return pd.Series(labels).map(effects).fillna(0.0).to_numpy(dtype=np.float64)


def days_between(first: str, last: str, rows: int, generator: np.random.Generator) -> np.ndarray:
    """One day a row, both ends included: datetime64[us] (rows,)."""
    days = pd.date_range(first, last, freq="D").to_numpy().astype("datetime64[us]")
    return days[generator.integers(0, len(days), rows)]


def numbered(prefix: str, first: int, rows: int) -> pd.Series:
    """Identifiers: the prefix and seven digits, counted up from `first`."""
    return prefix + pd.Series(np.arange(rows) + first).astype("str").str.zfill(7)


def sigmoid(values: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-values))."""
    return np.asarray(1.0 / (1.0 + np.exp(-values)))


def as_texts(table: pd.DataFrame, names: tuple[str, ...]) -> None:
    """Make these columns text, in place."""
    for name in names:
        table[name] = table[name].astype("str")
