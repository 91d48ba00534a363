"""Representations before the head: what they are, and that no row helps itself by its label."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import list_backbones
from finxfer.backbones.families import load_backbone
from finxfer.backbones.protocol import TrainingData
from finxfer.backbones.tabm import TabMBackbone
from finxfer.data.samples import find_sample
from finxfer.errors import BadInput, Cancelled
from finxfer.evaluation.transferability import linear_probe
from finxfer.records.spec import ColumnSpec
from finxfer.records.training_settings import TrainingSettings
from finxfer.training import embeddings
from finxfer.training.embeddings import embed, embed_cached
from finxfer.training.folds import Folds, make_folds
from tests.training.made import never, training_data

NUMBERS = (
    "monthly_income", "months_on_book", "credit_limit", "balance", "monthly_debt_service", "spend_3m",
    "spend_12m", "late_payments_12m", "cash_advances_6m", "credit_enquiries_6m",
)  # fmt: skip


@pytest.fixture(scope="module")
def folds() -> Folds:
    return make_folds(training_data(120), 0)


def test_a_tabm_gives_what_its_head_reads(backbones: dict[str, Card], folds: Folds) -> None:
    view = embed(backbones["tabm"], folds, never)
    found = view.features
    backbone = load_backbone(backbones["tabm"])
    assert isinstance(backbone, TabMBackbone)
    numbers, codes = map(torch.from_numpy, backbone.encoder.transform(folds.frame))
    network = backbone.network.eval()
    with torch.no_grad():
        # With one head for all members the mean log-odds are that head on the mean representation.
        network.output.weight.copy_(network.output.weight[:1].expand_as(network.output.weight))
        network.output.bias.zero_()
        logits = network(numbers, codes).mean(dim=1)
        weight = network.output.weight[0, :, 0].detach()
    assert found.shape == (120, 16) and found.dtype == np.float32
    assert np.allclose(found @ weight.numpy(), logits.numpy(), atol=1e-5)


@pytest.mark.parametrize("family", ["tabm", "incontext"])
def test_the_head_answers_the_task_that_it_knows(
    backbones: dict[str, Card], folds: Folds, family: str
) -> None:
    """A tabular head answers as its model does; an in-context one row by row from the other folds."""
    card = backbones[family]
    view = embed(card, folds, never)
    assert view.log_odds is not None and view.log_odds.shape == (120,)
    stranger = replace(folds, data=replace(folds.data, target="churned"))
    other = embed(card, stranger, never).log_odds
    assert (other is None) is (family == "tabm")
    data = folds.piece(0)
    model = load_backbone(card).learner(data, TrainingSettings(), 0, "cpu").model(0.0)
    probability = model.predict(folds.frame)[folds.asked(0)]
    if family == "tabm":
        assert np.allclose(1 / (1 + np.exp(-view.log_odds[folds.asked(0)])), probability, atol=1e-6)
    else:  # fewer looks at the same rows
        assert np.corrcoef(view.log_odds[folds.asked(0)], probability)[0, 1] > 0.5


def test_labels_do_not_change_what_a_tabm_sees(backbones: dict[str, Card], folds: Folds) -> None:
    turned = replace(folds, y=1 - folds.y)
    found = [embed(backbones["tabm"], one, never).features for one in (folds, turned)]
    assert np.array_equal(*found)


def test_a_row_in_context_never_sees_its_own_label(backbones: dict[str, Card], folds: Folds) -> None:
    before = embed(backbones["incontext"], folds, never)
    assert before.log_odds is not None
    row = 17
    y = folds.y.copy()
    y[row] = 1 - y[row]
    after = embed(backbones["incontext"], replace(folds, y=y), never)
    assert after.log_odds is not None
    same = folds.part == folds.part[row]
    assert before.features.shape == (120, 32)
    for one, other in ((before.features, after.features), (before.log_odds, after.log_odds)):
        assert np.array_equal(one[same], other[same])
        assert not np.allclose(one[~same], other[~same])


def test_equal_rows_and_labels_give_equal_representations(backbones: dict[str, Card], folds: Folds) -> None:
    for card in backbones.values():
        assert np.array_equal(embed(card, folds, never).features, embed(card, folds, never).features)


def test_a_stop_is_heard_and_a_strange_family_is_refused(backbones: dict[str, Card], folds: Folds) -> None:
    with pytest.raises(Cancelled):
        embed(backbones["incontext"], folds, lambda: True)
    with pytest.raises(BadInput, match="strange"):
        embed(replace(backbones["tabm"], family="strange"), folds, never)


def test_a_representation_is_kept_and_everything_it_depends_on_counts(
    backbones: dict[str, Card], folds: Folds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = backbones["tabm"]
    made, found = embed_cached(card, folds, tmp_path, never)
    kept, again = embed_cached(card, folds, tmp_path, never)
    assert not found and again
    assert np.array_equal(made.features, kept.features)
    assert made.log_odds is not None and np.array_equal(made.log_odds, kept.log_odds)
    part = (folds.part + 1) % 5
    changed = [
        replace(folds, y=1 - folds.y),
        replace(folds, part=part),
        replace(folds, frame=folds.frame.assign(age=folds.frame["age"] + 1)),
        replace(folds, data=replace(folds.data, columns=folds.data.columns[1:])),
        replace(folds, data=replace(folds.data, target="churned")),
    ]
    assert not any(embed_cached(card, one, tmp_path, never)[1] for one in changed)
    for path in tmp_path.glob("*.npz"):
        path.write_bytes(path.read_bytes()[:100])
    repaired, again = embed_cached(card, folds, tmp_path, never)
    assert np.array_equal(repaired.features, made.features) and not again
    monkeypatch.setattr(embeddings, "MOST_KEPT", 2)
    embed_cached(card, replace(folds, y=np.roll(folds.y, 1)), tmp_path, never)
    assert len(list(tmp_path.glob("*.npz"))) == 2


def test_a_probe_of_the_in_context_network_finds_what_its_own_head_finds() -> None:
    """It did not while narrow directions counted as much as wide ones: 0.57 instead of 0.72."""
    frame = find_sample("card-default").draw(rows=700, seed=1)
    columns = [ColumnSpec(name, "feature", "numeric") for name in NUMBERS]
    y = frame["default_12m"].to_numpy(dtype=np.int8)
    data = TrainingData(frame[:600], y[:600], frame[600:], y[600:], columns, "1", "default_12m")
    folds = make_folds(data, 0)
    card = next(card for card in list_backbones() if card.id == "incontext-small")
    view = embed(card, folds, never)
    assert view.log_odds is not None
    parts = [folds.part == number for number in range(folds.pieces)]
    head = np.mean([roc_auc_score(folds.y[part], view.log_odds[part]) for part in parts])
    assert head > 0.6
    probe = linear_probe(view.features, folds.y, folds.part)
    assert np.mean([roc_auc_score(folds.y[part], probe[part]) for part in parts]) > head - 0.03
