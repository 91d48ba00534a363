"""Boosted trees of a source table as a backbone: ten blocks of trees in order, and new trees on top.

A bag of boosters is one forest: their trees in turn, every leaf divided by their number. The trees read whole
numbers alone (bins between rounded edges, category codes), so their text holds no value of a customer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd

from finxfer.backbones.card import BOOSTED, BOOSTER_FILE, ENCODER_FILE, Card
from finxfer.backbones.forest import Forest
from finxfer.backbones.outputs import Shift, binary_shift
from finxfer.backbones.placing import columns_read, reading_notes
from finxfer.backbones.protocol import TrainingData
from finxfer.backbones.scoring import require_columns
from finxfer.backbones.tabular_encoder import TabularEncoder
from finxfer.backbones.weights import checksums, file_sha256
from finxfer.errors import Damaged
from finxfer.records.files import read_json, write_json, write_text
from finxfer.records.spec import ColumnSpec

BLOCKS = 10
NEW_BINS, NEW_CATEGORY_ROWS = 32, 5
"""Of a column that only the target has: bins, and rows that a category needs to be one of its own."""
_AGAIN = "Make the backbone again, or take its folder from a copy that is whole."


@dataclass(frozen=True)
class BoostedBackbone:
    """Trees with what stands around them.

    blocks: BLOCKS parts of the source's trees; head: trees that a target added. intercept: log-odds that the
    trees start from.
    """

    card: Card
    encoder: TabularEncoder
    blocks: tuple[Forest, ...]
    head: Forest
    intercept: float

    title = "Boosted trees"

    @classmethod
    def load(cls, card: Card) -> BoostedBackbone:
        """Raises Damaged where files are lacking, have another checksum or do not fit together."""
        return cls._load(card, card.weights_path.parent, card.sha256)

    @classmethod
    def load_model(cls, folder: Path) -> BoostedModel:
        """The model that `BoostedModel.save` wrote. Raises Damaged where its files do not fit together."""
        content = read_json(folder / "model.json")
        backbone = cls._load(Card.from_json(content["backbone"], folder), folder, None)
        return BoostedModel(backbone, dict(content["renamed"]), float(content["logit_shift"]))

    @classmethod
    def _load(cls, card: Card, folder: Path, sha256: str | None) -> BoostedBackbone:
        try:
            data = (folder / BOOSTER_FILE).read_bytes()
        except OSError as error:
            raise Damaged(f"The trees of {card.name} cannot be read.", f"{error}.", _AGAIN) from None
        if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
            why = f"The SHA-256 of {folder / BOOSTER_FILE} is not the one of the card."
            raise Damaged(f"The trees of {card.name} have a wrong checksum.", why, _AGAIN)
        forest = Forest.parse(data.decode("utf-8", errors="replace"))
        sizes = [int(size) for size in card.config.get("blocks", [])]
        if len(sizes) != len(card.stages) or sum(sizes) > len(forest):
            why = f"It has {len(forest)} trees, and the card tells of blocks of {sizes}."
            raise Damaged(f"The trees of {card.name} do not fit its card.", why, _AGAIN)
        ends = np.cumsum([0, *sizes])
        blocks = tuple(forest.part(first, last) for first, last in pairwise(ends))
        encoder = TabularEncoder.from_json(read_json(folder / ENCODER_FILE))
        intercept = float(card.config.get("intercept", 0.0))
        return cls(card, encoder, blocks, forest.part(int(ends[-1])), intercept)

    @property
    def forest(self) -> Forest:
        """All trees in order."""
        return sum(self.blocks, Forest()) + self.head

    def on(self, data: TrainingData) -> BoostedReading:
        """The backbone put on a table as it is. Raises BadInput where the table has none of its columns."""
        return BoostedReading(self, columns_read(self.card, data), reading_notes(self.card, data))

    def with_new_columns(self, frame: pd.DataFrame, new: Sequence[ColumnSpec]) -> BoostedBackbone:
        """The same with columns that only the target has, which new trees may read. `new` may be empty."""
        if not new:
            return self
        encoder = TabularEncoder.fit(frame, new, NEW_BINS, NEW_CATEGORY_ROWS, keep_counts=True)
        known = [*(self.card.columns or []), *({"name": c.name, "kind": c.kind} for c in new)]
        card = replace(self.card, columns=known, config={**self.card.config, "new_columns": len(new)})
        return replace(self, card=card, encoder=replace(self.encoder, new=encoder))

    def view(self, frame: pd.DataFrame, data: TrainingData) -> tuple[np.ndarray, np.ndarray]:
        """What every block of trees says of each row of `frame`, float32 (N, BLOCKS), and the log-odds of the
        whole, float64 (N,). data: says the columns of the rows and what they stand for."""
        matrix = self.encoder.bins(frame, columns_read(self.card, data))
        said = np.stack([block.log_odds(matrix) for block in self.blocks], axis=1)
        return said.astype(np.float32), said.sum(axis=1) + self.head.log_odds(matrix) + self.intercept

    def described(self) -> BoostedBackbone:
        """The same, and its card tells the leaves of every part."""
        stages, first = [], 1
        members = int(self.card.config.get("members", 1))
        for number, block in enumerate(self.blocks, start=1):
            last = first + -(-len(block) // members) - 1
            title = f"Trees {first} to {last}" if last > first else f"Tree {first}"
            stages.append({"name": f"block_{number}", "title": title, "parameters": block.leaf_count})
            first = last + 1
        head = {**self.card.head, "parameters": self.head.leaf_count} if len(self.head) else self.card.head
        config = {
            **self.card.config,
            "blocks": [len(block) for block in self.blocks],
            "intercept": self.intercept,
        }
        total = sum(int(stage["parameters"]) for stage in [*stages, head])
        card = replace(self.card, stages=stages, head=head, parameters=total, config=config)
        return replace(self, card=card)

    def save(self, folder: Path) -> tuple[str, int]:
        """Writes trees and encoder; returns the trees' (SHA-256, bytes)."""
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / ENCODER_FILE, self.encoder.to_json())
        path = folder / BOOSTER_FILE
        write_text(path, self.forest.text(len(self.encoder.bin_names())))
        return file_sha256(path), path.stat().st_size


@dataclass(frozen=True)
class BoostedReading:
    """A backbone on one table, as it is. notes: sentences on what it reads of the table."""

    backbone: BoostedBackbone
    renamed: dict[str, str]
    notes: tuple[str, ...] = ()

    def model(self, logit_shift: Shift = 0.0) -> BoostedModel:
        return BoostedModel(self.backbone, self.renamed, binary_shift(logit_shift))


class BoostedModel:
    """Trees that score raw rows of a table."""

    kind = BOOSTED

    def __init__(self, backbone: BoostedBackbone, renamed: dict[str, str], logit_shift: float = 0.0) -> None:
        self.backbone, self.renamed, self.logit_shift = backbone, renamed, logit_shift

    @property
    def features(self) -> list[str]:
        return list(self.renamed.values())

    @property
    def matrix_names(self) -> list[str]:
        """Feature of each matrix column; an empty text for one that the table lacks."""
        return [self.renamed.get(name, "") for name in self.backbone.encoder.bin_names()]

    def matrix(self, frame: pd.DataFrame) -> np.ndarray:
        """float64 (N, columns) in the trees' order, NaN where missing or unseen."""
        return self.backbone.encoder.bins(frame, self.renamed)

    @cached_property
    def booster(self) -> lightgbm.Booster:
        """All trees, with the intercept in the leaves of the first: its raw output is the log-odds."""
        start = self.backbone.intercept + self.logit_shift
        return self.backbone.forest.shifted(start).booster(len(self.matrix_names))

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        require_columns(frame, self.features)
        if not len(frame):
            return np.zeros(0)
        raw = self.booster.predict(self.matrix(frame), raw_score=True, num_threads=1)
        return 1.0 / (1.0 + np.exp(-np.asarray(raw, dtype=np.float64)))

    def save(self, folder: Path) -> None:
        self.backbone.save(folder)
        content: dict[str, Any] = {
            "kind": self.kind,
            "features": self.features,
            "renamed": self.renamed,
            "logit_shift": self.logit_shift,
            "backbone": self.backbone.card.to_json(),
            "sha256": checksums(folder, BOOSTER_FILE, ENCODER_FILE),
        }
        write_json(folder / "model.json", content)
