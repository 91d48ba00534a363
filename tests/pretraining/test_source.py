"""A backbone from a source table, of every family that can learn from one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from finxfer.backbones.catalogue import find_card
from finxfer.errors import BadInput, Cancelled
from finxfer.pretraining.source import Source, pretrain_source
from finxfer.records.training_settings import TrainingSettings
from finxfer.training import loop
from finxfer.training.finetune import finetune
from tests.training.made import COLUMNS, QUICK, customers, never, silent, tiny, training_data


def book(rows: int = 900, seed: int = 21) -> Source:
    frame, y = customers(rows, seed)
    return Source(frame.assign(bad=y), COLUMNS, "bad", "1")


def test_a_source_backbone_serves_a_target_as_is_and_says_what_it_learned_from(tmp_path: Path) -> None:
    frame, y = customers(3000, 21)
    labels = np.where(np.arange(3000) % 50 == 0, None, y.astype(object))
    source = Source(frame.assign(bad=labels), COLUMNS, "bad", "1")
    about = {"licence": "internal", "period": ["2024-01", "2024-06"]}
    made = pretrain_source(source, tiny("tabm", 12), tmp_path / "book", about)
    card = find_card(tmp_path / "book")
    assert card == made and card.id == "book" and card.licence == "internal"
    assert not card.contains_customer_rows and card.rows == 2940
    assert card.trained_on.startswith("2,940 labelled rows of 4 columns")
    assert "2024-01 to 2024-06" in card.trained_on
    assert card.measured["source_validation_auc"] > 0.66
    found = finetune(card, "as-is", training_data(), TrainingSettings(), 0, "cpu", None, silent, never)
    assert found.judged.validation.auc > 0.66


@pytest.mark.parametrize("family", ["ft-transformer", "mlp", "autoencoder"])
def test_every_family_learns_the_task(family: str, tmp_path: Path) -> None:
    card = pretrain_source(book(2000), tiny(family, 10), tmp_path / "book")
    assert card.family == family and card.measured["source_validation_auc"] > 0.62
    found = finetune(card, "as-is", training_data(), TrainingSettings(), 0, "cpu", None, silent, never)
    assert found.judged.validation.auc > 0.62
    weights = card.importance
    assert list(weights) == [column.name for column in COLUMNS] and sum(weights.values()) == pytest.approx(
        1, abs=1e-3
    )
    assert weights["age"] < min(weights["income"], weights["debt"]), "the outcome does not depend on age"


def test_the_autoencoder_learns_without_a_target_and_the_others_do_not(tmp_path: Path) -> None:
    frame, _ = customers(1500, 21)
    frame["debt"] = frame["income"].rank(pct=True) * 3000
    more = frame.head(100).drop(columns="housing")
    card = pretrain_source(
        Source(frame, COLUMNS, unlabelled=more), tiny("autoencoder", 15), tmp_path / "book"
    )
    assert card.rows == 1600 and card.target is None and "1,600 rows without" in card.trained_on
    # Two of the four columns tell of each other, the others of nothing.
    assert 0.05 < card.measured["hidden_cells_explained"] < 0.9
    tuned = finetune(card, 1, training_data(), QUICK, 0, "cpu", None, silent, never)
    assert tuned.judged.validation.loss <= tuned.start.validation.loss
    with pytest.raises(BadInput, match="needs a target"):
        pretrain_source(Source(frame, COLUMNS), tiny("mlp"), tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_with_labels_the_autoencoder_learns_from_all_rows_first(tmp_path: Path) -> None:
    frame, y = customers(900, 21)
    labels = np.where(np.arange(900) < 300, None, y.astype(object))
    source = Source(frame.assign(bad=labels), COLUMNS, "bad", "1")
    card = pretrain_source(source, tiny("autoencoder"), tmp_path / "book")
    assert card.trained_on.startswith("900 rows without their labels and then 600 labelled rows")
    assert set(card.measured) >= {"hidden_cells_explained", "source_validation_auc"}


@pytest.mark.parametrize("family", ["tabm", "autoencoder"])
def test_the_same_seed_makes_the_same_backbone(family: str, tmp_path: Path) -> None:
    cards = [
        pretrain_source(book(600), tiny(family, 2, seed), tmp_path / str(number))
        for number, seed in enumerate((4, 4, 5))
    ]
    assert cards[0].sha256 == cards[1].sha256 != cards[2].sha256


def test_too_small_a_source_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="too small"):
        pretrain_source(book(150), tiny("tabm"), tmp_path / "book")
    with pytest.raises(BadInput, match="too few rows"):
        pretrain_source(Source(customers(150, 1)[0], COLUMNS), tiny("autoencoder"), tmp_path / "book")
    assert not (tmp_path / "book").exists()


@pytest.mark.parametrize("family", ["tabm", "autoencoder"])
def test_it_can_be_cancelled(family: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "POLL_SECONDS", 0.0)
    making = replace(tiny(family), should_stop=lambda: True)
    with pytest.raises(Cancelled):
        pretrain_source(book(), making, tmp_path / "book")
    assert not (tmp_path / "book").exists()


def test_an_autoencoder_of_a_seed_is_the_same_whatever_was_drawn_before(tmp_path: Path) -> None:
    made = []
    for drawn in (0, 99):
        torch.manual_seed(drawn)
        made.append(pretrain_source(book(600), tiny("autoencoder", 2), tmp_path / str(drawn)).sha256)
    assert made[0] == made[1]
