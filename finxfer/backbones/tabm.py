"""The TabM family: k multilayer perceptrons that share almost all weights.

TabM: Gorishniy, Kotelnikov, Babenko, ICLR 2025, arXiv 2410.24210.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from tabm import EnsembleView, LinearEnsemble, make_tabm_backbone
from torch import Tensor

from finxfer.backbones.tabular import TabularBackbone
from finxfer.backbones.tabular_network import TabularNetwork


class TabMNetwork(TabularNetwork):
    """The k members answer side by side."""

    def __init__(self, numbers: int, cardinalities: Sequence[int], config: dict[str, Any]) -> None:
        super().__init__(numbers, cardinalities, config)
        self.view = EnsembleView(k=int(config["k"]))
        self.backbone = make_tabm_backbone(
            d_in=self.columns * self.size,
            n_blocks=int(config["blocks"]),
            d_block=int(config["width"]),
            dropout=float(config["dropout"]),
            k=int(config["k"]),
            start_scaling_init="normal",
            start_scaling_init_chunks=[self.size] * self.columns,
        )
        self.output = LinearEnsemble(int(config["width"]), self.outputs, k=int(config["k"]))

    def represent(self, cells: Tensor) -> Tensor:
        """(N, H, embedding) -> (N, k, width)."""
        return self.backbone(self.view(cells.flatten(1)))


class TabMBackbone(TabularBackbone):
    """A TabM with its encoder."""

    family = "tabm"
    title = "TabM"
    network_class = TabMNetwork
    default_config: ClassVar[dict[str, Any]] = {
        "k": 16,
        "width": 128,
        "blocks": 3,
        "embedding": 12,
        "bins": 16,
        "dropout": 0.1,
    }
