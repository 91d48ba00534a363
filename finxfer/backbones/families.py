"""Which module reads which family. The only list of families; each is imported when first needed."""

from __future__ import annotations

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import require_available
from finxfer.backbones.protocol import Backbone
from finxfer.errors import BadInput

FAMILIES = ("incontext", "tabm")


def load_backbone(card: Card) -> Backbone:
    """The card's network with its weights.

    Raises Damaged where the weights are not those of the card, BadInput for an unknown family and where the
    weights are not on this machine.
    """
    if card.source is not None:
        require_available(card)
    if card.family == "tabm":
        from finxfer.backbones.tabm import TabMBackbone

        return TabMBackbone.load(card)
    if card.family == "incontext":
        from finxfer.backbones.incontext import InContextBackbone

        return InContextBackbone.load(card)
    raise BadInput(
        f"The backbone {card.id} is of the family {card.family!r}.",
        f"This version reads: {', '.join(FAMILIES)}.",
        "Choose another backbone, or a newer version of finxfer.",
    )
