"""Cards: JSON in and out, and what is said of a spoilt one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from finxfer.backbones.card import CARD_FILE, Card, read_card, write_card
from finxfer.errors import Damaged

STAGES = [{"name": "a", "title": "A", "parameters": 5}, {"name": "b", "title": "B", "parameters": 7}]
HEAD = {"name": "head", "title": "Head", "parameters": 2}


def card(**changes: object) -> Card:
    fields = {"id": "one", "name": "One", "family": "tabm", "stages": STAGES, "head": HEAD, "parameters": 14}
    return Card(**{**fields, **changes})  # type: ignore[arg-type]


def test_a_card_comes_back_as_it_was_written(tmp_path: Path) -> None:
    written = write_card(card(columns=[{"name": "α", "kind": "numeric"}], measured={"auc": 0.8}), tmp_path)
    assert read_card(tmp_path) == written
    assert written.folder == tmp_path
    assert "folder" not in json.loads((tmp_path / CARD_FILE).read_text(encoding="utf-8"))


def test_depth_counts_trained_parameters() -> None:
    assert card().depth_count == 2
    assert [card().trainable_parameters(depth) for depth in ("as-is", 0, 1, 2)] == [0, 14, 9, 2]


def test_a_newer_cards_unknown_fields_are_ignored() -> None:
    assert Card.from_json({**card().to_json(), "smell": "fresh"}) == card()


@pytest.mark.parametrize(
    "content", ["[]", "{", '{"id": 1}', json.dumps({**card().to_json(), "stages": [{"name": "a"}]})]
)
def test_a_spoilt_card_is_damaged(content: str, tmp_path: Path) -> None:
    (tmp_path / CARD_FILE).write_text(content, encoding="utf-8")
    with pytest.raises(Damaged):
        read_card(tmp_path)


def test_a_folder_without_a_card_is_no_backbone(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="is not a backbone"):
        read_card(tmp_path)


def test_as_is_makes_sense_for_the_same_task_only() -> None:
    head = card(target="Default", positive="1")
    assert head.knows_task("default", "1")
    assert not head.knows_task("default", "0") and not head.knows_task("churn", "1")
    assert not card().knows_task("", "1")
    assert card(family="incontext").knows_task("anything", "x")
