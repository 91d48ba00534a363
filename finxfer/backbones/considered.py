"""Which backbones finxfer tries unasked, over how many folds, and about how long that takes.

Light, no torch: the page that offers the choice shows it before anything starts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import estimate, fit_to_table
from finxfer.records.spec import ColumnSpec

MOST_BACKBONES = 6
LEAST_SHARE = 0.5
"""A backbone of named columns is considered where the table has at least this share of them."""
MOST_SECONDS = 60.0
"""Estimated time of a training beyond which finxfer does not try a backbone unasked."""
FOLDS = ((600, 5), (1500, 4), (3000, 3))
"""Up to so many rows so many folds; above, the validation rows are held out once."""
FOLD_SHARE = 3
"""A fine-tuning that is repeated on every fold has one part in so many of the usual epochs."""

FIXED_SECONDS = 15.0
BASELINE_SECONDS, BASELINE_SECONDS_PER_CELL = 2.0, 1e-4
"""Of the three baselines together in one training, on two CPU cores."""


def considered(
    cards: Iterable[Card],
    columns: Iterable[ColumnSpec],
    table: str,
    protected: Iterable[ColumnSpec] = (),
    mapping: Mapping[str, str] | None = None,
) -> list[Card]:
    """Backbones that can read at least half of what they know in this table; the best fit first.

    columns: the features. table: its SHA-256; a backbone that has learned from the table itself would be
    judged on rows that it has seen, and is left out. protected, mapping: as in `catalogue.fit_to_table`.
    """
    columns, protected = list(columns), list(protected)
    open_to = [card for card in cards if card.available and table not in card.tables]
    shares = {card.id: fit_to_table(card, columns, protected, mapping).share for card in open_to}
    fitting = [card for card in open_to if shares[card.id] >= LEAST_SHARE]
    return sorted(fitting, key=lambda card: -shares[card.id])[:MOST_BACKBONES]


def affordable(cards: Iterable[Card], depth: int | str, rows: int, columns: int, device: str) -> list[Card]:
    """Those whose training at that depth (as-is: reading) is estimated to stay within a minute."""
    return [card for card in cards if estimate(card, rows, columns, depth, device).seconds <= MOST_SECONDS]


def folds_of(rows: int) -> int:
    """Folds for so many training and validation rows together; 1: the validation rows are held out."""
    return next((folds for most, folds in FOLDS if rows <= most), 1)


def estimate_choice(
    cards: Sequence[Card], rows: int, columns: int, device: str = "cpu", cores: int = 2
) -> float:
    """Rough seconds of a whole run in which finxfer chooses, explanations included.

    Each candidate is trained once a fold and once more on all rows; only one backbone is fine-tuned.
    rows: training and validation rows together.
    """
    trainings = folds_of(rows) + 1
    learned = rows * (trainings - 2) // (trainings - 1) if trainings > 2 else rows

    def seconds(card: Card, depth: int | str) -> float:
        return estimate(card, learned, columns, depth, device, cores).seconds

    as_is = sum(seconds(card, "as-is") for card in cards)
    tuned = min((seconds(card, 0) for card in affordable(cards, 0, learned, columns, device)), default=0.0)
    if trainings > 2:
        tuned /= FOLD_SHARE
    per_training = BASELINE_SECONDS + BASELINE_SECONDS_PER_CELL * learned * columns + as_is + tuned
    return FIXED_SECONDS + trainings * per_training
