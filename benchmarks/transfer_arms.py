"""The arms of the source-transfer benchmark: what rates the test rows of a target segment."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd

from benchmarks.label_arms import Draw
from benchmarks.rivals import logistic, tuned_catboost, tuned_lightgbm
from benchmarks.workers import never, unheard
from finxfer.backbones.card import Card, write_card
from finxfer.backbones.catalogue import find_card
from finxfer.backbones.incontext import InContextBackbone
from finxfer.data.encoding import TableEncoder
from finxfer.data.splits import binary_target
from finxfer.records.spec import ColumnSpec
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.choosing import AUTO, choose
from finxfer.training.finetune import finetune

BAG = 5
SOURCE_SETTINGS: dict[str, Any] = {
    "objective": "binary",
    "num_leaves": 15,
    "learning_rate": 0.04,
    "min_data_in_leaf": 50,
    "feature_fraction": 0.5,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "num_threads": 1,
    "verbose": -1,
}
MOST_TREES, PATIENCE, HELD_OUT = 2000, 60, 7
"""Trees of the source model are stopped early on a seventh of its rows."""
CONTEXT_SOURCE_ROWS = 1500
"""Source rows beside the labelled ones in the context of the in-context backbone."""


@dataclass(frozen=True)
class Place:
    """A draw of a segment. source: the rows of its table outside the segment. cards: of the backbones that
    learned from these, by family. folder: for finished parts of a choice."""

    draw: Draw
    source: pd.DataFrame
    cards: dict[str, Card]
    folder: Path


Rate = Callable[[Place], dict[str, np.ndarray]]


def target_only(place: Place) -> dict[str, np.ndarray]:
    """What an analyst would train on the labelled rows."""
    draw = place.draw
    rows = draw.train, draw.y, draw.test, draw.columns
    return {
        "logistic": logistic(*rows),
        "lightgbm": tuned_lightgbm(*rows),
        "catboost": tuned_catboost(*rows),
    }


def source_only(place: Place) -> dict[str, np.ndarray]:
    """LightGBM of the source's rows alone: one, and the mean log-odds of a bag of five."""
    draw = place.draw
    y = binary_target(place.source[draw.target], "1")
    scores = _bag(place.source, y, draw.test, draw.columns, BAG)
    return {"source": _probability(scores[0]), "source-bag": _probability(scores.mean(axis=0))}


def pooled(place: Place) -> dict[str, np.ndarray]:
    """LightGBM of the source's and the target's labelled rows together: one, and a bag of five."""
    draw = place.draw
    names = [column.name for column in draw.columns]
    rows = pd.concat([place.source[names], draw.train[names]], ignore_index=True)
    y = np.concatenate([binary_target(place.source[draw.target], "1"), draw.y])
    scores = _bag(rows, y, draw.test, draw.columns, BAG)
    return {"pooled": _probability(scores[0]), "pooled-bag": _probability(scores.mean(axis=0))}


def in_context(place: Place) -> dict[str, np.ndarray]:
    """The shipped in-context backbone as it is, without and with source rows in its context."""
    draw, names = place.draw, [column.name for column in place.draw.columns]
    card = find_card("incontext-small")
    some = place.source.sample(min(CONTEXT_SOURCE_ROWS, len(place.source)), random_state=draw.seed)
    both = replace(
        draw,
        train=pd.concat([draw.train[names], some[names]], ignore_index=True),
        y=np.concatenate([draw.y, binary_target(some[draw.target], "1")]),
    )
    found = {}
    for arm, one in (("in-context", draw), ("in-context-source", both)):
        learner = InContextBackbone.load(card).learner(one.whole(), TrainingSettings(), draw.seed, "cpu")
        found[arm] = learner.model(0.0).predict(draw.test)
    return found


def depths_of(family: str) -> Rate:
    """One backbone fine-tuned at every depth; 15 % of the labelled rows stop it."""

    def rate(place: Place) -> dict[str, np.ndarray]:
        card, draw = place.cards[family], place.draw
        known = card.knows_task(draw.target, "1")
        found = {}
        for depth in [*(["as-is"] if known else []), *range(card.depth_count, -1, -1)]:
            tuned = finetune(
                card, depth, draw.data(), TrainingSettings(), draw.seed, "cpu", None, unheard, never
            )
            found[f"{family}@{depth}"] = tuned.model.predict(draw.test)
        return found

    return rate


def own_of(families: Sequence[str] | None) -> Rate:
    """finxfer's transfer: depth and method chosen on the labelled rows. None: of every backbone there is, the
    shipped ones too; else of one named family."""

    def rate(place: Place) -> dict[str, np.ndarray]:
        draw = place.draw
        fixed = (draw.data(), TrainingSettings(), draw.seed, "cpu")
        if families is None:
            with _catalogue_of(list(place.cards.values())) as home:
                chosen = choose(AUTO, AUTO, *fixed, place.folder / "own", unheard, never, home)
            assert chosen.without_pretrained is not None
            without = chosen.without_pretrained.predict(draw.test)
            return {"own": chosen.model.predict(draw.test), "without": without}
        (family,) = families
        folder = str(place.cards[family].weights_path.parent)
        chosen = choose(folder, AUTO, *fixed, place.folder / "own", unheard, never)
        return {f"own:{family}": chosen.model.predict(draw.test)}

    return rate


def _bag(
    rows: pd.DataFrame, y: np.ndarray, asked: pd.DataFrame, columns: list[ColumnSpec], count: int
) -> np.ndarray:
    """Log-odds (count, N) of LightGBM models that differ in seed and in the rows that stop them."""
    table = TableEncoder.fit(rows, columns)
    known, unknown = _matrix(table, rows), _matrix(table, asked)
    scores = []
    for seed in range(count):
        order = np.random.default_rng(seed).permutation(len(y))
        held, kept = order[: len(y) // HELD_OUT], order[len(y) // HELD_OUT :]
        train = lightgbm.Dataset(known[kept], y[kept])
        check = lightgbm.Dataset(known[held], y[held], reference=train)
        stop = lightgbm.early_stopping(PATIENCE, verbose=False)
        settings = {**SOURCE_SETTINGS, "seed": seed}
        booster = lightgbm.train(settings, train, MOST_TREES, [check], callbacks=[stop])
        scores.append(booster.predict(unknown, raw_score=True))
    return np.stack(scores)


def _matrix(table: TableEncoder, frame: pd.DataFrame) -> np.ndarray:
    encoded = table.transform(frame)
    codes = np.where(encoded.codes == 0, np.nan, encoded.codes.astype(np.float64))
    return np.concatenate((encoded.numeric, codes), axis=1)


def _probability(log_odds: np.ndarray) -> np.ndarray:
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))


@contextmanager
def _catalogue_of(cards: Sequence[Card]) -> Iterator[Path]:
    """A home with the segment's backbones; the shipped ones are there as always."""
    with tempfile.TemporaryDirectory() as home:
        for card in cards:
            identifier = f"{card.family}-source"
            folder = Path(home) / "backbones" / identifier
            shutil.copytree(card.weights_path.parent, folder)
            write_card(replace(card, id=identifier), folder)
        yield Path(home)
