"""The encoding in front of every network that knows its columns: numbers by quantile, categories by code.

It stores names of columns and categories and rounded quantile edges, no value of any row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from finxfer.data.encoding import Encoded, TableEncoder
from finxfer.data.values import value_counts
from finxfer.errors import Damaged
from finxfer.records.spec import ColumnSpec

CLIPPED_QUANTILES = (0.001, 0.999)


@dataclass(frozen=True)
class TabularEncoder:
    """From raw rows to what the network reads: numbers on [-1, 1] by quantile, category codes.

    table: names and categories. edges: per numeric column increasing rounded quantiles between 0.1%
    and 99.9%, at least one. cardinalities: codes per category column that the network has room for.
    category_rows: rows per category, where the encoder belongs to a run (left out of backbones).
    new: of columns that the network met on a target; their numbers and codes come last.
    """

    table: TableEncoder
    edges: tuple[tuple[float, ...], ...]
    cardinalities: tuple[int, ...]
    category_rows: dict[str, list[int]] = field(default_factory=dict)
    new: TabularEncoder | None = None

    @classmethod
    def fit(
        cls,
        frame: pd.DataFrame,
        columns: Sequence[ColumnSpec],
        bins: int,
        min_category_rows: int,
        keep_counts: bool,
    ) -> TabularEncoder:
        """Learns from the training rows. Raises BadInput where there is no feature."""
        table = TableEncoder.fit(frame, columns, min_category_rows=min_category_rows)
        numeric = table.transform(frame).numeric
        edges = tuple(rounded_edges(numeric[:, index], bins) for index in range(numeric.shape[1]))
        counts = {}
        if keep_counts:
            for name in table.category_names:
                rows = value_counts(frame[name])
                counts[name] = [int(rows[text]) for text in table.categories[name]]
        return cls(table, edges, table.cardinalities, counts)

    def transform(
        self, frame: pd.DataFrame, renamed: dict[str, str] | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """float32 (N, Hn) in [-1, 1] with NaN for missing, int64 (N, Hc).

        renamed: this encoder's column -> the frame's; columns not in it count as missing. None: all
        of them, under their own names.
        """
        own, codes = self._own(frame, renamed)
        if self.new is None:
            return own, codes
        more, kinds = self.new.transform(frame, renamed)
        return np.concatenate([own, more], axis=1), np.concatenate([codes, kinds], axis=1)

    def bins(self, frame: pd.DataFrame, renamed: dict[str, str] | None = None) -> np.ndarray:
        """What trees read: float64 (N, Hn + Hc), then the same of the new columns; NaN for missing.

        Of a number how many edges it reaches, of a category its code, whole numbers both. renamed: as in
        `transform`.
        """
        encoded = self._encoded(frame, renamed)
        numbers = np.empty(encoded.numeric.shape)
        for index, edges in enumerate(self.edges):
            # The numbers are float32: 0.7 must reach the edge 0.7.
            reached = np.asarray(edges, dtype=np.float32)
            numbers[:, index] = np.searchsorted(reached, encoded.numeric[:, index], side="right")
        numbers[np.isnan(encoded.numeric)] = np.nan
        codes = np.where(encoded.codes == 0, np.nan, encoded.codes)
        more = [] if self.new is None else [self.new.bins(frame, renamed)]
        return np.concatenate([numbers, codes, *more], axis=1)

    def bin_names(self) -> list[str]:
        """The column that each column of `bins` stands for."""
        more = [] if self.new is None else self.new.bin_names()
        return [*self.table.numeric_names, *self.table.category_names, *more]

    def _own(self, frame: pd.DataFrame, renamed: dict[str, str] | None) -> tuple[np.ndarray, np.ndarray]:
        encoded = self._encoded(frame, renamed)
        numbers = np.empty_like(encoded.numeric)
        for index, edges in enumerate(self.edges):
            numbers[:, index] = np.interp(encoded.numeric[:, index], edges, _positions(len(edges)))
        numbers[np.isnan(encoded.numeric)] = np.nan
        return numbers, encoded.codes

    def _encoded(self, frame: pd.DataFrame, renamed: dict[str, str] | None) -> Encoded:
        if renamed is not None:
            chosen = {name: frame[renamed[name]] for name in self.table.features if name in renamed}
            frame = pd.DataFrame(chosen, index=frame.index).reindex(columns=list(self.table.features))
        return self.table.transform(frame)

    def to_json(self) -> dict[str, Any]:
        content: dict[str, Any] = {
            "table": self.table.to_json(),
            "edges": [list(edges) for edges in self.edges],
            "cardinalities": list(self.cardinalities),
        }
        if self.category_rows:
            content["category_rows"] = self.category_rows
        return {**content, "new": self.new.to_json()} if self.new is not None else content

    @classmethod
    def from_json(cls, content: Any) -> TabularEncoder:
        """Raises Damaged where the content is not what `to_json` wrote."""
        try:
            table = TableEncoder.from_json(content["table"])
            edges = tuple(tuple(float(edge) for edge in edges) for edges in content["edges"])
            cardinalities = tuple(int(count) for count in content["cardinalities"])
            counts = dict(content.get("category_rows", {}))
            new = cls.from_json(content["new"]) if "new" in content else None
        except (KeyError, TypeError, ValueError) as error:
            raise Damaged(
                "The encoder of a backbone cannot be read.", f"{error!r}.", "Make the backbone again."
            ) from None
        return cls(table, edges, cardinalities, counts, new)


def rounded_edges(values: np.ndarray, bins: int) -> tuple[float, ...]:
    """Distinct quantiles of the known values, clipped to 0.1–99.9% and rounded.

    They are rounded to between 1/100 and 1/1000 of their range.

    values: (N,), NaN for missing. At least one edge, at most bins + 1.
    """
    known = values[~np.isnan(values)].astype(np.float64)
    if known.size == 0:
        return (0.0,)
    quantiles = np.quantile(known, np.linspace(*CLIPPED_QUANTILES, bins + 1))
    span = quantiles[-1] - quantiles[0]
    if span > 0:
        # Beyond 300 decimals the scaling itself overflows; such numbers are zero for every purpose.
        decimals = min(300, int(2 - np.floor(np.log10(span))))
        quantiles = np.round(quantiles, decimals)
    else:
        quantiles = np.array([float(f"{quantiles[0]:.3g}")])
    return tuple(float(edge) for edge in np.unique(quantiles))


def _positions(count: int) -> np.ndarray:
    return np.linspace(-1.0, 1.0, count) if count > 1 else np.zeros(1)
