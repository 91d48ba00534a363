"""Small made-up tables and backbones for the tests of the rooms backbones and training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from finxfer.backbones.card import Card, read_card, write_card
from finxfer.backbones.incontext import rest_constants
from finxfer.backbones.incontext_network import NetworkConfig, build_network, stage_prefixes
from finxfer.backbones.protocol import Stage, TrainingData, stage_records
from finxfer.backbones.weights import save_weights
from finxfer.pretraining.source import Making, Source, pretrain_source
from finxfer.records.spec import ColumnSpec
from finxfer.records.training_settings import TrainingSettings

COLUMNS = [
    ColumnSpec("income", "feature", "numeric"),
    ColumnSpec("debt", "feature", "numeric"),
    ColumnSpec("age", "feature", "numeric"),
    ColumnSpec("housing", "feature", "category"),
]
TINY_TABM: dict[str, Any] = {"k": 4, "width": 16, "blocks": 2, "embedding": 4, "bins": 6}
TINY: dict[str, dict[str, Any]] = {
    "tabm": TINY_TABM,
    "ft-transformer": {"width": 16, "blocks": 2, "bins": 6},
    "mlp": {"width": 16, "blocks": 2, "embedding": 4, "bins": 6},
    "autoencoder": {"width": 16, "blocks": 2, "embedding": 4, "bins": 6},
    "boosted": {"members": 2, "bins": 6, "trees": 20, "patience": 20, "leaves": 4},
}
TINY_NETWORK = NetworkConfig(
    embed_dim=16,
    col_num_blocks=1,
    col_nhead=2,
    col_num_inds=4,
    row_num_blocks=1,
    row_nhead=2,
    icl_num_blocks=2,
    icl_nhead=2,
)
QUICK = TrainingSettings(epochs=4, patience=4)


def silent(*_: object, **__: object) -> None:
    """A report callback for tests that do not look at the events."""


def never() -> bool:
    return False


def customers(rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """A table with missing numbers and categories, and a target that depends on all columns but age."""
    generator = np.random.default_rng(seed)
    income = np.exp(generator.normal(8, 0.6, rows))
    debt = generator.gamma(2, 500, rows)
    housing = generator.choice(["owner", "tenant", "family"], rows, p=[0.5, 0.35, 0.15])
    logit = -1.2 - 1.2 * (np.log(income) - 8) + 1.0 * (debt > 1200) + 0.8 * (housing == "tenant")
    y = (generator.random(rows) < 1 / (1 + np.exp(-logit))).astype(np.int8)
    frame = pd.DataFrame(
        {"income": income, "debt": debt, "age": generator.integers(18, 80, rows), "housing": housing}
    )
    frame.loc[generator.random(rows) < 0.1, "income"] = np.nan
    frame.loc[generator.random(rows) < 0.1, "housing"] = None
    return frame, y


def training_data(rows: int = 240, seed: int = 1) -> TrainingData:
    frame, y = customers(rows, seed)
    cut = rows * 3 // 4
    return TrainingData(frame[:cut], y[:cut], frame[cut:], y[cut:], list(COLUMNS), "1", "bad")


def tiny(family: str, epochs: int = 3, seed: int = 0) -> Making:
    """How a tiny backbone of a family is made in a moment; boosted trees are small as they are."""
    settings = TrainingSettings(epochs=epochs, patience=epochs)
    return Making(family, seed, "cpu", silent, never, settings, TINY.get(family))


def make_tabular(family: str, folder: Path, rows: int = 1500) -> Card:
    """A tiny network of a family trained for a moment on a source table."""
    frame, y = customers(rows, 7)
    return pretrain_source(Source(frame.assign(bad=y), COLUMNS, "bad", "1"), tiny(family), folder)


def make_incontext(folder: Path) -> Card:
    """A tiny in-context network with random weights."""
    with torch.random.fork_rng():
        torch.manual_seed(3)
        network = build_network(TINY_NETWORK.to_json())
        # Fresh residual branches start as the identity; random ones make a change of any part visible.
        with torch.no_grad():
            for parameter in network.parameters():
                if parameter.requires_grad:
                    parameter.add_(0.05 * torch.randn_like(parameter))
    rest_constants(network)
    *stages, head = (Stage(*stage) for stage in stage_prefixes(network))
    sha256, size = save_weights(network.state_dict(), folder / "weights.safetensors")
    card = Card(
        id=folder.name,
        name="Tiny in-context",
        family="incontext",
        stages=stage_records(network, tuple(stages)),
        head=stage_records(network, (head,))[0],
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        config=TINY_NETWORK.to_json(),
        sha256=sha256,
        bytes=size,
    )
    return write_card(card, folder)


def made_backbone(family: str, folder: Path) -> Card:
    """A tiny backbone of a family, in folder/<family>."""
    if family == "incontext":
        make_incontext(folder / family)
    else:
        make_tabular(family, folder / family)
    return read_card(folder / family)
