"""How long a freezing ladder trains at each depth, and about what it takes. Light: the page shows it before.

The bounds are counts of epochs, so that equal specs make equal steps.
"""

from __future__ import annotations

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import estimate
from finxfer.backbones.considered import folds_of

MOST_FOLDS = 3
IN_CONTEXT = "incontext"
EPOCHS = {IN_CONTEXT: (2, 2)}
"""Most epochs of the first training, which has no other to go on from, and of each later one."""
OTHER_EPOCHS = (30, 10)
PATIENCE = {IN_CONTEXT: 1}
OTHER_PATIENCE = 4


def rung_epochs(card: Card, depth: int | str) -> int:
    """Most epochs of the training at `depth`."""
    first, later = EPOCHS.get(card.family, OTHER_EPOCHS)
    return first if depth == card.depth_count else later


def rung_patience(card: Card) -> int:
    """Epochs without progress after which a training ends."""
    return PATIENCE.get(card.family, OTHER_PATIENCE)


def estimate_ladder(card: Card, rows: int, columns: int, device: str = "cpu", cores: int = 2) -> float:
    """Rough seconds of a whole ladder. rows: training rows."""
    trainings = min(MOST_FOLDS, folds_of(rows)) + 1
    return trainings * sum(
        estimate(card, rows, columns, depth, device, cores, rung_epochs(card, depth)).seconds
        for depth in ("as-is", *range(card.depth_count, -1, -1))
    )
