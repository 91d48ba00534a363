"""A backbone that knows its columns, put on a table: what stands for what, and what is new to it."""

from __future__ import annotations

from collections.abc import Mapping

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import fit_to_table
from finxfer.backbones.matching import match_columns
from finxfer.backbones.protocol import TrainingData
from finxfer.errors import BadInput
from finxfer.records.spec import ColumnSpec


def knows(card: Card, data: TrainingData) -> bool:
    """Whether the backbone answers the task of these rows without training."""
    return card.knows_task(data.target, data.positive, data.task, data.classes)


def columns_read(card: Card, data: TrainingData) -> dict[str, str]:
    """Backbone column -> the table's. Raises BadInput where the table has none of them."""
    found = match_columns(card.columns or [], data.columns, data.protected, data.mapping)
    if not found:
        raise BadInput(
            f"The backbone {card.name} cannot be used on this table.",
            fit_to_table(card, data.columns, data.protected, data.mapping).sentence,
            "Choose another backbone, or rename the columns.",
        )
    return found


def reading_notes(card: Card, data: TrainingData) -> tuple[str, ...]:
    """What is to be said of the columns that one of the two lacks; empty where they are the same."""
    told = fit_to_table(card, data.columns, data.protected, data.mapping)
    return (f"{card.name}: {told.sentence}",) if told.lacking or told.unused else ()


def new_columns(card: Card, data: TrainingData, renamed: Mapping[str, str]) -> list[ColumnSpec]:
    """Features that stand for none of the backbone's columns. A backbone takes such columns up once, and none
    of the name of a column that it knows otherwise."""
    if card.config.get("new_columns"):
        return []
    known = {entry["name"] for entry in card.columns or []} | set(renamed.values())
    return [column for column in data.columns if column.name not in known]
