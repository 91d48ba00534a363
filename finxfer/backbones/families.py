"""Which module reads which family. The only list of families; each is imported when first needed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import require_available
from finxfer.backbones.protocol import Backbone
from finxfer.errors import BadInput

if TYPE_CHECKING:
    from finxfer.backbones.tabular import TabularBackbone

_MODULES = {
    "tabm": ("tabm", "TabMBackbone"),
    "ft-transformer": ("ft_transformer", "FTTransformerTabular"),
    "mlp": ("mlp", "MLPBackbone"),
    "autoencoder": ("mlp", "AutoencoderBackbone"),
}
TABULAR = tuple(_MODULES)
"""Families that know their columns (tabular.py); the module of each is imported when it is first needed."""
SOURCE_FAMILIES = TABULAR
"""Families that learn from source tables: what `pretrain source` and the Data page offer, in this order."""
FAMILIES = ("incontext", *TABULAR)


def load_backbone(card: Card) -> Backbone:
    """The card's network with its weights.

    Raises Damaged where the weights are not those of the card, BadInput for an unknown family and where the
    weights are not on this machine.
    """
    if card.source is not None:
        require_available(card)
    if card.family in TABULAR:
        return tabular_family(card.family).load(card)
    if card.family == "incontext":
        from finxfer.backbones.incontext import InContextBackbone

        return InContextBackbone.load(card)
    raise BadInput(
        f"The backbone {card.id} is of the family {card.family!r}.",
        f"This version reads: {', '.join(FAMILIES)}.",
        "Choose another backbone, or a newer version of finxfer.",
    )


def tabular_family(name: str) -> type[TabularBackbone]:
    """The class of a family of `TABULAR`."""
    module, title = _MODULES[name]
    found: type[TabularBackbone] = getattr(import_module(f"finxfer.backbones.{module}"), title)
    return found
