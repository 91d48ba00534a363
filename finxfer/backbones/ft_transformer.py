"""The FT-Transformer family: every cell of a row is a token, attention relates them.

Gorishniy, Rubachev, Khrulkov, Babenko, NeurIPS 2021, arXiv 2106.11959. The blocks are the authors'; the
tokens are the embeddings that all families here share, so that a missing number has a vector of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from rtdl_revisiting_models import FTTransformerBackbone
from torch import Tensor, nn

from finxfer.backbones.tabular import TabularBackbone
from finxfer.backbones.tabular_network import TabularNetwork

HEADS = 8
# Of the authors' defaults for three blocks, with ReGLU.
HIDDEN, ATTENTION_DROPOUT = 4 / 3, 0.2


class FTTransformerNetwork(TabularNetwork):
    """The token of the row gathers from the cells' tokens; the head reads it."""

    def __init__(self, numbers: int, cardinalities: Sequence[int], config: dict[str, Any]) -> None:
        super().__init__(numbers, cardinalities, {**config, "embedding": config["width"]})
        self.row_token = nn.Parameter(torch.randn(self.size) * self.size**-0.5)
        self.backbone = FTTransformerBackbone(
            d_out=None,
            n_blocks=int(config["blocks"]),
            d_block=self.size,
            attention_n_heads=min(HEADS, self.size),
            attention_dropout=ATTENTION_DROPOUT,
            ffn_d_hidden_multiplier=HIDDEN,
            ffn_dropout=float(config["dropout"]),
            residual_dropout=0.0,
        )
        self.output = nn.Sequential(nn.LayerNorm(self.size), nn.ReLU(), nn.Linear(self.size, self.outputs))

    def represent(self, cells: Tensor) -> Tensor:
        """(N, H, width) -> (N, width)."""
        return self.backbone(torch.cat([self.row_token.expand(len(cells), 1, -1), cells], dim=1))


class FTTransformerTabular(TabularBackbone):
    """An FT-Transformer with its encoder."""

    family = "ft-transformer"
    title = "FT-Transformer"
    network_class = FTTransformerNetwork
    default_config: ClassVar[dict[str, Any]] = {"k": 1, "width": 64, "blocks": 3, "bins": 16, "dropout": 0.1}
    learning_rates = (5e-4, 2e-4)
