"""Which module reads which family. The only list of families; each is imported when first needed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from finxfer.backbones.card import BOOSTED, Card
from finxfer.backbones.catalogue import require_available
from finxfer.backbones.protocol import Backbone, Reading, TrainingData
from finxfer.errors import BadInput
from finxfer.records.training_settings import TrainingSettings

if TYPE_CHECKING:
    from finxfer.backbones.boosted import BoostedBackbone
    from finxfer.backbones.tabular import TabularBackbone

_MODULES = {
    "tabm": ("tabm", "TabMBackbone"),
    "ft-transformer": ("ft_transformer", "FTTransformerTabular"),
    "mlp": ("mlp", "MLPBackbone"),
    "autoencoder": ("mlp", "AutoencoderBackbone"),
}
TABULAR = tuple(_MODULES)
"""Families that know their columns (tabular.py); the module of each is imported when it is first needed."""
SOURCE_FAMILIES = (*TABULAR, BOOSTED)
"""Families that learn from source tables: what `pretrain source` and the Data page offer, in this order."""
SELF_SUPERVISED = "autoencoder"
"""The family that learns from rows without labels, before labels or without any."""
LEAST_CLASS_ROWS, LEAST_ROWS = 100, 200
"""Labelled rows of each class, and rows without labels, from which on a source can be learned from."""
KEPT_CATEGORY_ROWS = 5
"""Categories of fewer rows teach nothing; their names are never kept."""
NETWORKS = ("incontext", *TABULAR)
FAMILIES = (*NETWORKS, BOOSTED)


def load_backbone(card: Card) -> Backbone:
    """The card's network with its weights.

    Raises Damaged where the weights are not those of the card, BadInput for a family that is no network and
    where the weights are not on this machine.
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
        f"This version knows as networks: {', '.join(NETWORKS)}.",
        "Choose another backbone, or a newer version of finxfer.",
    )


def load_boosted(card: Card) -> BoostedBackbone:
    """The card's trees. Raises Damaged where they are not those of the card, or are not there."""
    from finxfer.backbones.boosted import BoostedBackbone

    return BoostedBackbone.load(card)


def read_as_is(card: Card, data: TrainingData, settings: TrainingSettings, seed: int, device: str) -> Reading:
    """A backbone of any family put on a table, to answer without training.

    Raises Damaged and BadInput as `load_backbone` does, BadInput where it cannot read the table.
    """
    if card.family == BOOSTED:
        return load_boosted(card).on(data)
    return load_backbone(card).learner(data, settings, seed, device)


def tabular_family(name: str) -> type[TabularBackbone]:
    """The class of a family of `TABULAR`."""
    module, title = _MODULES[name]
    found: type[TabularBackbone] = getattr(import_module(f"finxfer.backbones.{module}"), title)
    return found
