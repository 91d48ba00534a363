"""What the explaining network reads: each feature as a few numbers between about -2 and 2.

A number is given three times: on its own scale, by its rank among the training rows, and as how far it has
come through each of eight bins (piecewise-linear encoding, Gorishniy, Rubachev & Babenko 2022), so that
steps of trees and bends of networks are both within reach of a small network. A missing number is an input
of its own. Categories are one-hot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from finxfer.data.encoding import TableEncoder
from finxfer.errors import Damaged
from finxfer.records.spec import ColumnSpec

RANKS, BINS = 33, 8
MOST_CATEGORIES = 30
LEAST_ROWS = 2
# Beyond these the tail is cut, so that no single customer's amount is a knot.
TAIL = 0.005
DIGITS = 3
WIDEST = 4.0


@dataclass(frozen=True)
class Inputs:
    """How a table becomes the network's inputs.

    Attributes:
        table: names of columns and categories.
        knots: per numeric column increasing quantiles of the training rows, rounded to three digits; one knot
            or none where the column does not vary.
        features: the M features in the order of the explanations; all are columns of ``table``.
    """

    table: TableEncoder
    knots: tuple[tuple[float, ...], ...]
    features: tuple[str, ...]

    @classmethod
    def fit(cls, frame: pd.DataFrame, columns: Sequence[ColumnSpec], features: Sequence[str]) -> Inputs:
        """Learn categories and quantiles from training rows ``frame``; ``columns`` gives the features'
        kinds."""
        kinds = {column.name: column for column in columns}
        chosen = [kinds[name] for name in features]
        table = TableEncoder.fit(frame, chosen, LEAST_ROWS, MOST_CATEGORIES)
        numeric = table.transform(frame).numeric
        return cls(table, tuple(_knots(column) for column in numeric.T), tuple(features))

    @property
    def owner(self) -> np.ndarray:
        """Place of the feature that each input belongs to, int64 (inputs,), in rising order."""
        return np.repeat(np.arange(len(self.features)), self._widths())

    def matrix(self, frame: pd.DataFrame) -> np.ndarray:
        """The inputs of N rows, float32 (N, inputs); a feature's inputs stand together."""
        encoded = self.table.transform(frame)
        numbers = {name: encoded.numeric[:, at] for at, name in enumerate(self.table.numeric_names)}
        knots = dict(zip(self.table.numeric_names, self.knots, strict=True))
        codes = {name: encoded.codes[:, at] for at, name in enumerate(self.table.category_names)}
        sizes = dict(zip(self.table.category_names, self.table.cardinalities, strict=True))
        blocks = [
            _numeric_inputs(numbers[name].astype(np.float64), np.asarray(knots[name]))
            if name in numbers
            else (codes[name][:, None] == np.arange(sizes[name])).astype(np.float32)
            for name in self.features
        ]
        return np.concatenate(blocks, axis=1, dtype=np.float32)

    def _widths(self) -> list[int]:
        knots = dict(zip(self.table.numeric_names, self.knots, strict=True))
        sizes = dict(zip(self.table.category_names, self.table.cardinalities, strict=True))
        return [sizes[name] if name in sizes else _numeric_width(len(knots[name])) for name in self.features]

    def to_json(self) -> dict[str, Any]:
        """A plain object for ``json.dumps``."""
        knots = [list(column) for column in self.knots]
        return {"table": self.table.to_json(), "knots": knots, "features": list(self.features)}

    @classmethod
    def from_json(cls, content: Any) -> Inputs:
        """Read back what :meth:`to_json` gave.

        Raises:
            Damaged: the object is not such a description.
        """
        try:
            knots = tuple(tuple(float(knot) for knot in column) for column in content["knots"])
            return cls(TableEncoder.from_json(content["table"]), knots, tuple(map(str, content["features"])))
        except (KeyError, TypeError, ValueError) as error:
            raise Damaged("The explainer cannot be read.", f"{error!r}.", "Explain the run again.") from None


def _knots(column: np.ndarray) -> tuple[float, ...]:
    known = column[~np.isnan(column)].astype(np.float64)
    if not len(known):
        return ()
    found = np.quantile(known, np.linspace(TAIL, 1 - TAIL, RANKS))
    return tuple(float(knot) for knot in np.unique([float(f"{value:.{DIGITS}g}") for value in found]))


def _numeric_width(knots: int) -> int:
    return 1 if knots < 2 else 3 + min(BINS, knots - 1)


def _numeric_inputs(values: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Missing, scaled, rank and bins of one column, float32 (N, width)."""
    missing = np.isnan(values)
    inputs = [missing.astype(np.float64)]
    if len(knots) > 1:
        values = np.where(missing, knots[0], values)
        middle, spread = (knots[0] + knots[-1]) / 2, (knots[-1] - knots[0]) / 4
        inputs.append(np.clip((values - middle) / spread, -WIDEST, WIDEST) / 2)
        inputs.append(np.interp(values, knots, np.linspace(-1.7, 1.7, len(knots))))
        edges = knots[np.linspace(0, len(knots) - 1, min(BINS, len(knots) - 1) + 1).round().astype(int)]
        for low, high in pairwise(edges):
            inputs.append(np.clip((values - low) / (high - low), 0, 1))
        inputs[1:] = [np.where(missing, 0.0, one) for one in inputs[1:]]
    return np.stack(inputs, axis=1).astype(np.float32)
