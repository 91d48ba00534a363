"""The TabM network and the encoding in front of it.

TabM (Gorishniy, Kotelnikov, Babenko, ICLR 2025, arXiv 2410.24210) is k multilayer perceptrons that
share almost all weights. Numbers pass through piecewise-linear embeddings (Gorishniy et al. 2022,
arXiv 2203.05556). Two changes: a missing value has a learned vector of its own instead of an
imputed number, and categories have embeddings in place of one-hot columns, so that the first block
keeps its shape whatever the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import torch
from rtdl_num_embeddings import PiecewiseLinearEmbeddings
from tabm import EnsembleView, LinearEnsemble, make_tabm_backbone
from torch import Tensor, nn

from finxfer.backbones.protocol import Stage
from finxfer.data.encoding import TableEncoder
from finxfer.data.values import value_counts
from finxfer.errors import Damaged
from finxfer.records.spec import ColumnSpec

DEFAULT_CONFIG: dict[str, Any] = {
    "k": 16,
    "width": 128,
    "blocks": 3,
    "embedding": 12,
    "bins": 16,
    "dropout": 0.1,
}
CLIPPED_QUANTILES = (0.001, 0.999)


@dataclass(frozen=True)
class TabMEncoder:
    """From raw rows to what the network reads: numbers on [-1, 1] by quantile, category codes.

    table: names and categories. edges: per numeric column increasing rounded quantiles between 0.1%
    and 99.9%, at least one. cardinalities: codes per category column that the network has room for.
    category_rows: rows per category, where the encoder belongs to a run (left out of backbones).
    """

    table: TableEncoder
    edges: tuple[tuple[float, ...], ...]
    cardinalities: tuple[int, ...]
    category_rows: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def fit(
        cls,
        frame: pd.DataFrame,
        columns: Sequence[ColumnSpec],
        bins: int,
        min_category_rows: int,
        keep_counts: bool,
    ) -> TabMEncoder:
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
        if renamed is not None:
            chosen = {name: frame[renamed[name]] for name in self.table.features if name in renamed}
            frame = pd.DataFrame(chosen, index=frame.index).reindex(columns=list(self.table.features))
        encoded = self.table.transform(frame)
        numbers = np.empty_like(encoded.numeric)
        for index, edges in enumerate(self.edges):
            numbers[:, index] = np.interp(encoded.numeric[:, index], edges, _positions(len(edges)))
        numbers[np.isnan(encoded.numeric)] = np.nan
        return numbers, encoded.codes

    def to_json(self) -> dict[str, Any]:
        content = {
            "table": self.table.to_json(),
            "edges": [list(edges) for edges in self.edges],
            "cardinalities": list(self.cardinalities),
        }
        return {**content, "category_rows": self.category_rows} if self.category_rows else content

    @classmethod
    def from_json(cls, content: Any) -> TabMEncoder:
        """Raises Damaged where the content is not what `to_json` wrote."""
        try:
            table = TableEncoder.from_json(content["table"])
            edges = tuple(tuple(float(edge) for edge in edges) for edges in content["edges"])
            cardinalities = tuple(int(count) for count in content["cardinalities"])
            counts = dict(content.get("category_rows", {}))
        except (KeyError, TypeError, ValueError) as error:
            raise Damaged(
                "The encoder of a TabM cannot be read.", f"{error!r}.", "Make the backbone again."
            ) from None
        return cls(table, edges, cardinalities, counts)


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


class _Embeddings(nn.Module):
    """Numbers and codes to one vector per row: (N, Hn), (N, Hc) -> (N, (Hn + Hc) * embedding)."""

    def __init__(self, numbers: int, cardinalities: Sequence[int], embedding: int, bins: int) -> None:
        super().__init__()
        grid = torch.linspace(-1.0, 1.0, bins + 1)
        self.numeric = (
            PiecewiseLinearEmbeddings([grid] * numbers, embedding, activation=False, version="B")
            if numbers
            else None
        )
        self.starts: Tensor
        self.missing = nn.Parameter(torch.randn(numbers, embedding) * embedding**-0.5) if numbers else None
        self.categories = nn.Embedding(sum(cardinalities), embedding) if cardinalities else None
        if self.categories is not None:
            nn.init.normal_(self.categories.weight, std=embedding**-0.5)
        starts = torch.tensor([0, *cardinalities], dtype=torch.int64).cumsum(0)[:-1]
        self.register_buffer("starts", starts, persistent=False)

    def forward(self, numbers: Tensor, codes: Tensor) -> Tensor:
        parts = []
        if self.numeric is not None and self.missing is not None:
            lacking = torch.isnan(numbers)
            known = self.numeric(torch.where(lacking, 0.0, numbers))
            parts.append(torch.where(lacking.unsqueeze(-1), self.missing, known).flatten(1))
        if self.categories is not None:
            parts.append(self.categories(codes + self.starts).flatten(1))
        return torch.cat(parts, dim=1)


class TabMNetwork(nn.Module):
    """(N, Hn) float32 with NaN for missing and (N, Hc) int64 to (N, k) log-odds, one per member."""

    def __init__(self, numbers: int, cardinalities: Sequence[int], config: dict[str, Any]) -> None:
        super().__init__()
        size = int(config["embedding"])
        columns = numbers + len(cardinalities)
        self.embeddings = _Embeddings(numbers, cardinalities, size, int(config["bins"]))
        self.view = EnsembleView(k=int(config["k"]))
        self.backbone = make_tabm_backbone(
            d_in=columns * size,
            n_blocks=int(config["blocks"]),
            d_block=int(config["width"]),
            dropout=float(config["dropout"]),
            k=int(config["k"]),
            start_scaling_init="normal",
            start_scaling_init_chunks=[size] * columns,
        )
        self.output = LinearEnsemble(int(config["width"]), 1, k=int(config["k"]))

    def forward(self, numbers: Tensor, codes: Tensor) -> Tensor:
        return self.output(self.backbone(self.view(self.embeddings(numbers, codes)))).squeeze(-1)

    def renew_head(self, rate: float) -> None:
        """A new head: every member answers the log-odds of `rate` until it has learned better."""
        nn.init.zeros_(self.output.weight)
        nn.init.constant_(self.output.bias, float(np.log(rate / (1 - rate))))


def tabm_stages(config: dict[str, Any]) -> tuple[tuple[Stage, ...], Stage]:
    """The stages in order, and the head."""
    blocks = tuple(
        Stage(f"block_{index + 1}", f"Block {index + 1}", (f"backbone.blocks.{index}",))
        for index in range(int(config["blocks"]))
    )
    return (Stage("embeddings", "Column embeddings", ("embeddings",)), *blocks), Stage(
        "head", "Head", ("output",)
    )
