"""What finxfer tries unasked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from finxfer.backbones.catalogue import list_backbones
from finxfer.backbones.considered import affordable, considered, folds_of
from finxfer.records.spec import ColumnSpec

COLUMNS = [ColumnSpec(f"column {number}", "feature", "numeric") for number in range(6)]


def test_a_backbone_is_considered_where_it_fits_is_here_and_has_not_seen_the_table() -> None:
    any_table = next(card for card in list_backbones() if card.columns is None and card.available)
    known = [{"name": column.name, "kind": "numeric"} for column in COLUMNS]
    half = replace(
        any_table, id="half", columns=[*known[:3], *({"name": n, "kind": "numeric"} for n in "abc")]
    )
    less = replace(half, id="less", columns=[*half.columns[1:], {"name": "d", "kind": "numeric"}])
    seen = replace(any_table, id="seen", tables=["a" * 64])
    absent = replace(any_table, id="absent", folder=None)
    cards = [half, less, seen, any_table]
    assert [card.id for card in considered(cards, COLUMNS, "a" * 64)] == [any_table.id, "half"]
    assert len(considered([any_table] * 9, COLUMNS, "")) == 6
    assert absent.available or considered([absent], COLUMNS, "") == []


def test_what_would_take_long_is_not_tried_unasked() -> None:
    card = next(card for card in list_backbones() if card.family == "incontext" and card.available)
    assert affordable([card], "as-is", 800, 20, "cpu") == [card]
    assert affordable([replace(card, parameters=card.parameters)], 0, 10**9, 500, "cpu") in ([], [card])


@pytest.mark.parametrize(("rows", "folds"), [(100, 5), (601, 4), (3000, 3), (3001, 1)])
def test_few_rows_are_crossed_and_many_are_held_out(rows: int, folds: int) -> None:
    assert folds_of(rows) == folds
