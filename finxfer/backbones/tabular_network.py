"""What the networks that know their columns share: embeddings of cells, stages, a head for one task.

Numbers pass through piecewise-linear embeddings (Gorishniy et al. 2022, arXiv 2203.05556). A missing value
has a learned vector of its own instead of an imputed number, and categories have embeddings in place of
one-hot columns, so that the first block keeps its shape whatever the table.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from rtdl_num_embeddings import PiecewiseLinearEmbeddings
from torch import Tensor, nn

from finxfer.backbones.protocol import Stage

NEW_EMBEDDING = 12
"""Most numbers for a cell of a column that the network has not learned from: a target has few rows."""


class Embeddings(nn.Module):
    """Cells to vectors: (N, Hn) float32 with NaN for missing, (N, Hc) int64 -> (N, Hn + Hc, embedding)."""

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
            parts.append(torch.where(lacking.unsqueeze(-1), self.missing, known))
        if self.categories is not None:
            parts.append(self.categories(codes + self.starts))
        return torch.cat(parts, dim=1)


class NewColumns(nn.Module):
    """Columns of a table that the network has not learned from, as an addition to what its blocks read.

    Their embeddings are fresh and pass one linear map, which starts at zero: until something is learned about
    them they change nothing, and the blocks keep their shape whatever the table.
    """

    def __init__(self, numbers: int, cardinalities: Sequence[int], size: int, bins: int, read: int) -> None:
        super().__init__()
        self.embeddings = Embeddings(numbers, cardinalities, size, bins)
        self.map = nn.Linear((numbers + len(cardinalities)) * size, read, bias=False)
        nn.init.zeros_(self.map.weight)

    def forward(self, numbers: Tensor, codes: Tensor) -> Tensor:
        """(N, Hn), (N, Hc) -> (N, read)."""
        found: Tensor = self.map(self.embeddings(numbers, codes).flatten(1))
        return found


class TabularNetwork(nn.Module, ABC):
    """(N, Hn) float32 with NaN for missing and (N, Hc) int64 to (N, k) log-odds or values, one per member, or
    to (N, k, C) logits of C classes (C is `outputs` in the config).

    new_columns: see `add_columns`; their numbers and codes follow those of the network's own columns.

    A family says how the embedded cells become a representation of the row (`represent`) and has
    `backbone.blocks`, the blocks in order, and `output`, the head.
    """

    output: nn.Module
    """The head; its last layer has a weight and a bias."""

    def __init__(self, numbers: int, cardinalities: Sequence[int], config: dict[str, Any]) -> None:
        super().__init__()
        self.columns = numbers + len(cardinalities)
        self.own = numbers, len(cardinalities)
        self.size, self.bins = int(config["embedding"]), int(config["bins"])
        self.outputs = int(config.get("outputs", 1))
        self.embeddings = Embeddings(numbers, cardinalities, self.size, self.bins)
        self.new_columns: NewColumns | None = None

    def add_columns(self, numbers: int, cardinalities: Sequence[int]) -> None:
        """Makes room for columns that the network has not learned from; it answers as before."""
        size = min(self.size, NEW_EMBEDDING)
        self.new_columns = NewColumns(numbers, cardinalities, size, self.bins, self.columns * self.size)

    @abstractmethod
    def represent(self, cells: Tensor) -> Tensor:
        """(N, Hn + Hc, embedding) to what the head reads."""

    def embed(self, numbers: Tensor, codes: Tensor) -> Tensor:
        """Numbers and codes, those of new columns last, to the vectors of the cells (N, H, embedding)."""
        count, kinds = self.own
        cells = self.embeddings(numbers[:, :count], codes[:, :kinds])
        if self.new_columns is not None:
            cells = cells + self.new_columns(numbers[:, count:], codes[:, kinds:]).view_as(cells)
        return cells

    def read(self, numbers: Tensor, codes: Tensor) -> Tensor:
        """Numbers and codes, those of new columns last, to what the head reads."""
        return self.represent(self.embed(numbers, codes))

    def answer(self, cells: Tensor) -> Tensor:
        """(N, H, embedding) to the members' answers (N, k), or (N, k, C) of several classes."""
        said: Tensor = self.output(self.represent(cells))
        return said.flatten(1) if self.outputs == 1 else said.view(len(cells), -1, self.outputs)

    def forward(self, numbers: Tensor, codes: Tensor) -> Tensor:
        return self.answer(self.embed(numbers, codes))

    def renew_head(self, start: np.ndarray) -> None:
        """A new head: every member answers `start` (C,), or (1,), until it has learned better."""
        last = self.output[-1] if isinstance(self.output, nn.Sequential) else self.output
        if self.outputs != len(start):
            self.outputs = len(start)
            for name in ("weight", "bias"):
                old = last.get_parameter(name)
                # The answers come last in TabM's (k, width, C) and first in a linear layer's (C, width).
                shape = list(old.shape)
                shape[0 if isinstance(last, nn.Linear) else -1] = len(start)
                setattr(last, name, nn.Parameter(old.new_zeros(shape)))
        nn.init.zeros_(last.get_parameter("weight"))
        bias = last.get_parameter("bias")
        with torch.no_grad():
            bias.copy_(torch.as_tensor(start, dtype=bias.dtype).expand_as(bias))


def tabular_stages(config: dict[str, Any]) -> tuple[tuple[Stage, ...], Stage]:
    """The stages in order, and the head, to which columns belong that the network has not learned from."""
    blocks = tuple(
        Stage(f"block_{index + 1}", f"Block {index + 1}", (f"backbone.blocks.{index}",))
        for index in range(int(config["blocks"]))
    )
    embeddings = Stage("embeddings", "Column embeddings", ("embeddings", "row_token"))
    return (embeddings, *blocks), Stage("head", "Head", ("output", "new_columns"))
