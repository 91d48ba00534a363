"""From an encoded table to the matrix that the in-context network reads. numpy only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from finxfer.errors import Damaged

CLIP = 4.0
"""Standard deviations beyond which a value is an outlier: left out of mean and spread, and drawn in."""

TINY = 1e-6
"""Spread, relative to the mean, below which a column counts as constant (float32 carries seven digits)."""

SPELLED_LEVELS = 12
"""Levels of a category column that have an indicator column of their own; the most frequent ones."""
SPELLED_COLUMNS = 60
"""Indicator columns of levels in all."""


@dataclass(frozen=True)
class ContextInputs:
    """Statistics of the context rows, and with them the way of every row to the network.

    The matrix holds the numeric columns, then the category codes as numbers (0, which is missing or unseen,
    counts as missing), all standardised by the context and 0 where missing; then one indicator column per
    pattern of missing values that the context shows (columns that are missing in the same rows share one);
    then one indicator column per category level that is spelled out. No look sees all of it: see
    incontext_looks.

    orders: per category column the number that stands for each code, the first entry for code 0; empty where
        codes are taken as they are.
    mean, spread: (Hn + Hc,). indicators: positions of the columns whose missingness is told, one each.
    levels: (category column, code) of each level that is spelled out. replaced: the category columns whose
        levels are all spelled out.
    indicator_mean, indicator_spread: (len(indicators) + len(levels),).
    """

    orders: tuple[tuple[int, ...], ...]
    mean: np.ndarray
    spread: np.ndarray
    indicators: tuple[int, ...]
    levels: tuple[tuple[int, int], ...]
    replaced: tuple[int, ...]
    indicator_mean: np.ndarray
    indicator_spread: np.ndarray

    @classmethod
    def fit(
        cls,
        numeric: np.ndarray,
        codes: np.ndarray,
        orders: Sequence[Sequence[int]] = (),
        counts: Sequence[int] = (),
    ) -> ContextInputs:
        """numeric: float (N, Hn), NaN = missing. codes: int (N, Hc), 0 = missing. N >= 1 context rows.

        counts: levels of each category column (codes 1 .. count, the most frequent first), where categories
        are to be spelled out.
        """
        kept = tuple(tuple(order) for order in orders)
        values = _joined(numeric, codes, kept)
        mean, spread = _location(values)
        missing = np.isnan(values)
        partly = np.flatnonzero(missing.any(axis=0) & ~missing.all(axis=0))
        first: dict[bytes, int] = {}
        for column in partly:
            first.setdefault(missing[:, column].tobytes(), int(column))
        indicators = tuple(sorted(first.values()))
        levels, replaced = spelled_levels(counts)
        told = _told(missing, indicators, codes, levels)
        return cls(kept, mean, spread, indicators, levels, replaced, *_location(told))

    @property
    def columns(self) -> int:
        """Columns of the matrix, H."""
        return len(self.mean) + len(self.indicators) + len(self.levels)

    @property
    def code_columns(self) -> range:
        """Positions of the category codes in the matrix, where `orders` were given."""
        return range(len(self.mean) - len(self.orders), len(self.mean))

    @property
    def replaced_columns(self) -> tuple[int, ...]:
        """Positions of the category codes that are spelled out whole."""
        return tuple(self.code_columns[column] for column in self.replaced)

    def transform(self, numeric: np.ndarray, codes: np.ndarray) -> np.ndarray:
        """The matrix, float32 (N, H), without NaN. Arguments as for `fit`, any rows."""
        values = _joined(numeric, codes, self.orders)
        told = _told(np.isnan(values), self.indicators, codes, self.levels)
        parts = (
            _scaled(values, self.mean, self.spread),
            _scaled(told, self.indicator_mean, self.indicator_spread),
        )
        return np.concatenate(parts, axis=1).astype(np.float32)

    def to_json(self) -> dict[str, Any]:
        """Means and spreads of columns only; no row can be told from it."""
        return {
            "orders": [list(order) for order in self.orders],
            "mean": self.mean.tolist(),
            "spread": self.spread.tolist(),
            "indicators": list(self.indicators),
            "levels": [list(level) for level in self.levels],
            "replaced": list(self.replaced),
            "indicator_mean": self.indicator_mean.tolist(),
            "indicator_spread": self.indicator_spread.tolist(),
        }

    @classmethod
    def from_json(cls, content: Any) -> ContextInputs:
        """Raises Damaged where `content` is not what `to_json` gave."""
        try:
            arrays = {
                key: np.asarray(content[key], dtype=np.float64)
                for key in ("mean", "spread", "indicator_mean", "indicator_spread")
            }
            orders = tuple(tuple(int(number) for number in order) for order in content["orders"])
            indicators, replaced = (
                tuple(int(column) for column in content[key]) for key in ("indicators", "replaced")
            )
            levels = tuple((int(column), int(code)) for column, code in content["levels"])
            return cls(orders, indicators=indicators, levels=levels, replaced=replaced, **arrays)
        except (KeyError, TypeError, ValueError) as error:
            why = f"The scaling of the columns is not readable ({error})."
            raise Damaged("The in-context model is damaged.", why, "Run the job again.") from None


def natural_order(categories: Sequence[str]) -> tuple[int, ...]:
    """Numbers for the codes 0 (missing) and 1, 2, ... of `categories`: their names as people sort them.

    Grades, bands and dates are often written so that their names sort as they rise ("2 years" before "10
    years"), which an order by frequency would hide.
    """

    def key(position: int) -> list[tuple[int, float, str]]:
        parts = [part for part in re.split(r"([0-9]+)", categories[position]) if part]
        return [(0, float(part), "") if part[0] in "0123456789" else (1, 0.0, part) for part in parts]

    ranked = sorted(range(len(categories)), key=key)
    number = {position: rank for rank, position in enumerate(ranked, start=1)}
    return (0, *(number[position] for position in range(len(categories))))


def spelled_levels(counts: Sequence[int]) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...]]:
    """Which levels of category columns with `counts` levels are spelled out, and which columns whole.

    Columns of two levels say all in their code. The fewer levels a column has, the sooner its turn; of a
    column with more than SPELLED_LEVELS the most frequent ones are spelled out, and its code stays beside
    them. Rarer, unseen and missing levels have no indicator.
    """
    levels: list[tuple[int, int]] = []
    replaced = []
    for column in sorted(range(len(counts)), key=lambda column: (counts[column], column)):
        spelled = min(counts[column], SPELLED_LEVELS)
        if spelled > 2 and len(levels) + spelled <= SPELLED_COLUMNS:
            levels += [(column, code) for code in range(1, spelled + 1)]
            if spelled == counts[column]:
                replaced.append(column)
    return tuple(sorted(levels)), tuple(sorted(replaced))


def _told(
    missing: np.ndarray,
    indicators: tuple[int, ...],
    codes: np.ndarray,
    levels: tuple[tuple[int, int], ...],
) -> np.ndarray:
    """The indicator columns as 0 and 1: of missing values, then of levels."""
    columns = [column for column, _ in levels]
    shown = codes[:, columns] == np.array([code for _, code in levels], dtype=np.int64)
    return np.concatenate((missing[:, list(indicators)], shown), axis=1).astype(np.float64)


def _joined(numeric: np.ndarray, codes: np.ndarray, orders: tuple[tuple[int, ...], ...]) -> np.ndarray:
    if orders:
        codes = np.stack([np.asarray(order)[codes[:, i]] for i, order in enumerate(orders)], axis=1)
    known = np.where(codes == 0, np.nan, codes)
    return np.concatenate((numeric.astype(np.float64), known), axis=1)


def _location(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and spread of a column's values within CLIP deviations; of all, where those are constant."""
    known = ~np.isnan(values)
    mean, spread = _moments(values, known)
    with np.errstate(invalid="ignore"):
        within = known & (np.abs(values - mean) <= CLIP * spread)
    inner_mean, inner_spread = _moments(values, within)
    varied = inner_spread > TINY * (1 + np.abs(inner_mean))
    return np.where(varied, inner_mean, mean), np.where(varied, inner_spread, spread)


def _moments(values: np.ndarray, counted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    count = np.maximum(counted.sum(axis=0), 1)
    mean = np.where(counted, values, 0.0).sum(axis=0) / count
    return mean, np.sqrt(np.square(np.where(counted, values - mean, 0.0)).sum(axis=0) / count)


def _scaled(values: np.ndarray, mean: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Standardised values; outliers drawn in by the logarithm, missing and constant ones 0."""
    varied = spread > TINY * (1 + np.abs(mean))
    z = np.where(varied, (values - mean) / np.where(varied, spread, 1.0), 0.0)
    z = np.nan_to_num(z, nan=0.0, posinf=1e30, neginf=-1e30)
    return np.clip(z, -CLIP, CLIP) + np.sign(z) * np.log1p(np.maximum(np.abs(z) - CLIP, 0.0))
