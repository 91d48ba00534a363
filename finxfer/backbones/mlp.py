"""The plain multilayer perceptron: as the reference, and as what a denoising autoencoder trains first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rtdl_revisiting_models import MLP
from torch import Tensor, nn

from finxfer.backbones.tabular import TabularBackbone
from finxfer.backbones.tabular_network import TabularNetwork


class MLPNetwork(TabularNetwork):
    """Embedded cells side by side, then blocks of linear layer, ReLU and dropout."""

    def __init__(self, numbers: int, cardinalities: Sequence[int], config: dict[str, Any]) -> None:
        super().__init__(numbers, cardinalities, config)
        self.backbone = MLP(
            d_in=self.columns * self.size,
            d_out=None,
            n_blocks=int(config["blocks"]),
            d_block=int(config["width"]),
            dropout=float(config["dropout"]),
        )
        self.output = nn.Linear(int(config["width"]), self.outputs)

    def represent(self, cells: Tensor) -> Tensor:
        """(N, H, embedding) -> (N, width)."""
        return self.backbone(cells.flatten(1))


class MLPBackbone(TabularBackbone):
    """A multilayer perceptron with its encoder."""

    family = "mlp"
    title = "MLP"
    network_class = MLPNetwork
    default_config: ClassVar[dict[str, Any]] = {
        "k": 1,
        "width": 256,
        "blocks": 3,
        "embedding": 12,
        "bins": 16,
        "dropout": 0.1,
    }


class AutoencoderBackbone(MLPBackbone):
    """The encoder of a denoising autoencoder (pretraining/denoising.py); what decodes stays behind."""

    family = "autoencoder"
    title = "Denoising autoencoder"
