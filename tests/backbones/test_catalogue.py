"""The catalogue: what is there, how it fits, what it costs."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from finxfer.backbones import catalogue
from finxfer.backbones.card import Card, write_card
from finxfer.backbones.catalogue import (
    delete_backbone,
    estimate,
    find_card,
    fit_to_table,
    list_backbones,
)
from finxfer.backbones.families import FAMILIES, load_backbone
from finxfer.backbones.weights import file_sha256
from finxfer.errors import BadInput
from finxfer.records.spec import ColumnSpec
from tests.training.made import COLUMNS


def column(name: str, kind: str = "numeric") -> ColumnSpec:
    return ColumnSpec(name, "feature", kind)


def test_the_catalogue_is_light_and_its_shipped_backbones_are_whole() -> None:
    code = (
        "import sys; from finxfer.backbones.catalogue import *; cards = list_backbones();"
        "[estimate(card, 1000, 20, 0) for card in cards]; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
    shipped = [card for card in list_backbones() if card.source is None]
    assert {card.family for card in shipped} == {"incontext", "tabm"}
    for card in shipped:
        assert card.available and not card.contains_customer_rows
        assert card.sha256 == file_sha256(card.weights_path)
        assert card.bytes == card.weights_path.stat().st_size
        assert card.licence and card.trained_on and card.made_by and card.created and card.measured
        backbone = load_backbone(card)
        assert [stage.title for stage in backbone.stages] == [stage["title"] for stage in card.stages]
        assert card.parameters == card.trainable_parameters(0)


def test_own_backbones_are_listed_found_and_deleted_and_spoilt_ones_left_out(
    tmp_path: Path, backbones: dict[str, Card], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "SHIPPED", tmp_path / "nothing")
    write_card(replace(backbones["tabm"], id="mine"), tmp_path / "backbones" / "mine")
    (tmp_path / "backbones" / "half").mkdir()
    assert [card.id for card in list_backbones(tmp_path)] == ["mine"]
    assert not find_card("mine", tmp_path).available
    assert find_card(backbones["tabm"].folder or "", tmp_path).available
    delete_backbone("mine", tmp_path)
    assert list_backbones(tmp_path) == []
    with pytest.raises(BadInput, match="cannot be deleted"):
        delete_backbone("mine", tmp_path)
    with pytest.raises(BadInput):
        delete_backbone("../outside", tmp_path)
    with pytest.raises(BadInput, match="no backbone 'mine'"):
        find_card("mine", tmp_path)


def test_columns_are_matched_by_name_and_kind(backbones: dict[str, Card]) -> None:
    card = backbones["tabm"]
    whole = fit_to_table(card, COLUMNS)
    assert whole.share == 1 and not whole.lacking and "(100%)" in whole.sentence
    part = fit_to_table(
        card, [column("Income "), column("housing"), column("debt", "boolean"), column("new")]
    )
    assert set(part.matched) == {"Income ", "debt"}
    assert set(part.lacking) == {"age", "housing"} and set(part.unused) == {"housing", "new"}
    assert (
        part.share == 0.5 and "2 of the 4 columns" in part.sentence and "2 of your columns" in part.sentence
    )
    nothing = fit_to_table(card, [column("other")])
    assert not nothing.fits and "None of the 4" in nothing.sentence
    assert fit_to_table(backbones["incontext"], [column("other")]).share == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_estimates_grow_with_the_work(family: str, backbones: dict[str, Card]) -> None:
    card = backbones[family]
    few, many = estimate(card, 500, 10, 0), estimate(card, 1000, 20, 0)
    assert few.trainable == few.total == card.parameters
    assert 0 < few.seconds <= many.seconds and 0 < few.memory_bytes <= many.memory_bytes
    assert estimate(card, 1000, 20, card.depth_count).seconds <= many.seconds
    as_is = estimate(card, 1000, 20, "as-is")
    assert as_is.trainable == 0 and as_is.seconds <= many.seconds
    assert estimate(card, 1000, 20, 0, "cuda").seconds <= many.seconds
