"""The shipped in-context checkpoint: whole, loadable by tabicl, better than a linear model on few rows."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from tabicl._model.tabicl import TabICL

from finxfer.backbones.card import Card, read_card
from finxfer.backbones.incontext_looks import plain_looks
from finxfer.backbones.incontext_network import ContextReading, build_network, stage_prefixes, standardise
from finxfer.backbones.weights import load_weights
from finxfer.pretraining.prior import Shape, sample_tables

FOLDER = Path(__file__).parents[2] / "assets" / "backbones" / "incontext-small"


@pytest.fixture(scope="module")
def card() -> Card:
    return read_card(FOLDER)


@pytest.fixture(scope="module")
def network(card: Card) -> TabICL:
    """Loaded by tabicl's own class from the card's config, checksum checked."""
    made = TabICL(**card.config)
    made.load_state_dict(load_weights(card.weights_path, card.sha256), strict=True)
    return made


def test_the_card_tells_the_truth_about_the_weights(card: Card, network: TabICL) -> None:
    assert card.bytes == card.weights_path.stat().st_size < 30e6
    trained = sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
    assert card.parameters == trained == card.trainable_parameters(0)
    assert [stage["title"] for stage in card.stages] == [title for _, title, _ in stage_prefixes(network)][
        :-1
    ]
    assert "no real table" in card.trained_on and not card.contains_customer_rows
    assert card.trained_on.startswith("90,443 synthetic tables")
    (last,) = json.loads((FOLDER / "learning_curve.json").read_text())["curve"][-1:]
    assert f"({last['tables']:,} of them in its last part)" in card.trained_on
    assert f"({90_443 - last['tables']:,} synthetic tables" in card.made_by
    assert all(value.isfinite().all() for value in network.state_dict().values())
    assert build_network(card.config).state_dict().keys() == network.state_dict().keys()


def test_it_ranks_new_synthetic_tables_better_than_a_linear_model(network: TabICL) -> None:
    tables = sample_tables(Shape(24, 100, 300, 8), torch.Generator().manual_seed(2**41 + 7))
    inputs = standardise(tables.x, 100)
    ours, linear = [], []
    for x, y, usable in zip(inputs, tables.y, tables.usable, strict=True):
        if not usable or len(y[100:].unique()) < 2:
            continue
        logits = ContextReading(network, x[:100], y[:100], plain_looks(x.shape[1], 2)).logits(x[100:])
        ours.append(roc_auc_score(y[100:], logits[:, 1] - logits[:, 0]))
        fitted = LogisticRegression(C=0.1).fit(x[:100].numpy(), y[:100].numpy())
        linear.append(roc_auc_score(y[100:], fitted.decision_function(x[100:].numpy())))
    assert len(ours) >= 16
    assert np.mean(ours) > np.mean(linear)
