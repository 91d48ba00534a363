"""A TabM from a source table: what it learns, what it leaves behind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from finxfer.backbones.catalogue import find_card
from finxfer.errors import BadInput, Cancelled
from finxfer.pretraining.source import pretrain_source_tabm
from finxfer.records.spec import TrainingSettings
from finxfer.training import loop
from finxfer.training.finetune import finetune
from tests.training.made import COLUMNS, TINY_TABM, customers, never, silent, training_data

SETTINGS = TrainingSettings(epochs=12, patience=4)


def test_a_source_backbone_serves_a_target_as_is_and_holds_no_row(tmp_path: Path) -> None:
    frame, y = customers(3000, 21)
    frame["debt"] = frame["debt"].round(2)
    frame.loc[:9, "housing"] = "villa of Jane Roe"
    labels = np.where(np.arange(3000) % 50 == 0, None, y.astype(object))
    made = pretrain_source_tabm(
        frame.assign(bad=labels), COLUMNS, "bad", "1", tmp_path / "book", 0, "cpu", silent, never, SETTINGS,
        about={"licence": "internal"}, config=TINY_TABM,
    )  # fmt: skip
    card = find_card(tmp_path / "book")
    assert card == made and card.id == "book" and card.licence == "internal"
    assert not card.contains_customer_rows and "2,940 labelled rows" in card.trained_on
    assert card.measured["source_validation_auc"] > 0.66
    found = finetune(card, "as-is", training_data(), TrainingSettings(), 0, "cpu", None, silent, never)
    assert found.judged.validation.auc > 0.66
    text = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "book").glob("*.json"))
    assert "villa" not in text
    assert not any(str(value) in text for value in frame["debt"] if not float(value).is_integer())


def test_the_same_seed_makes_the_same_backbone(tmp_path: Path) -> None:
    frame, y = customers(600, 21)
    short = TrainingSettings(epochs=2)
    arguments = (frame.assign(bad=y), COLUMNS, "bad", "1")
    cards = [
        pretrain_source_tabm(
            *arguments, tmp_path / str(number), seed, "cpu", silent, never, short, config=TINY_TABM
        )
        for number, seed in enumerate((4, 4, 5))
    ]
    assert cards[0].sha256 == cards[1].sha256 != cards[2].sha256


def test_too_small_a_source_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    frame, y = customers(150, 21)
    with pytest.raises(BadInput, match="too small"):
        pretrain_source_tabm(
            frame.assign(bad=y), COLUMNS, "bad", "1", tmp_path / "book", 0, "cpu", silent, never
        )
    assert not (tmp_path / "book").exists()


def test_it_can_be_cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "POLL_SECONDS", 0.0)
    frame, y = customers(900, 21)
    with pytest.raises(Cancelled):
        pretrain_source_tabm(
            frame.assign(bad=y), COLUMNS, "bad", "1", tmp_path / "book", 0, "cpu", silent, lambda: True
        )
    assert not (tmp_path / "book").exists()
