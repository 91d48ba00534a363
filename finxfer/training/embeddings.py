"""What a backbone as it is makes of the rows of a table: what its head reads, and what its head says."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast
from zipfile import BadZipFile

import numpy as np
import pandas as pd
import torch
from pandas.util import hash_pandas_object

from finxfer import __version__
from finxfer.backbones.card import BOOSTED, Card
from finxfer.backbones.families import load_backbone, load_boosted
from finxfer.backbones.placing import knows
from finxfer.backbones.protocol import Backbone, ShouldStop, TrainingData
from finxfer.errors import Cancelled
from finxfer.records.files import write_atomically
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.folds import Folds

if TYPE_CHECKING:
    from finxfer.backbones.incontext import InContextLearner

LOOKS, LARGE = 2, 4_000_000
"""Looks at the columns that are averaged (the first two differ in everything); one where the network has so
many parameters. 1,000 rows x 20 columns take the official TabICLv2 2 s a fold and look on one core, the
shipped network 0.2 s."""
SEED = 0
MOST_KEPT = 40
"""Views kept for a table; the oldest go first."""


@dataclass(frozen=True)
class View:
    """Rows through the eyes of a backbone, before any training.

    features: what the head reads, float32 (N, D). log_odds: what the head says, float64 (N,), where it knows
    the task; else None. No row is seen with the help of its own label: a family that reads labels gets those
    of the other folds alone.
    """

    features: np.ndarray
    log_odds: np.ndarray | None


class _Seeing(Protocol):
    """A backbone that knows its columns: labels do not change what it makes of a row."""

    def view(self, frame: pd.DataFrame, data: TrainingData) -> tuple[np.ndarray, np.ndarray]:
        """What its head reads of the rows (N, D), and says of them (N,)."""


def embed(card: Card, folds: Folds, should_stop: ShouldStop) -> View:
    """The view of every row of the crossed folds.

    Raises:
        BadInput: the weights are not here, the backbone has none of the table's columns, or this version
            does not know its family.
        Damaged: the weights are not those of the card.
        Cancelled: `should_stop` said so.
    """
    if card.family == "incontext":
        features, log_odds = _in_context(load_backbone(card), folds, should_stop)
    else:
        backbone = load_boosted(card) if card.family == BOOSTED else load_backbone(card)
        features, log_odds = cast(_Seeing, backbone).view(folds.frame, folds.data)
    features = np.nan_to_num(features.astype(np.float32), posinf=0.0, neginf=0.0)
    known = knows(card, folds.data)
    return View(features, log_odds.astype(np.float64) if known else None)


def embed_cached(card: Card, folds: Folds, cache: Path | None, should_stop: ShouldStop) -> tuple[View, bool]:
    """As `embed`, and whether it was found in the folder `cache`, where it is kept otherwise."""
    if cache is None:
        return embed(card, folds, should_stop), False
    path = cache / f"{_key(card, folds)}.npz"
    try:
        return _kept(path), True
    except (OSError, ValueError, EOFError, BadZipFile):
        # Not there yet, or cut off: it is made anew.
        found = embed(card, folds, should_stop)
    cache.mkdir(parents=True, exist_ok=True)
    write_atomically(path, lambda temporary: _save(found, temporary))
    for old in sorted(cache.glob("*.npz"), key=lambda file: file.stat().st_mtime)[:-MOST_KEPT]:
        old.unlink(missing_ok=True)
    return found, False


def _kept(path: Path) -> View:
    with np.load(path, allow_pickle=False) as kept:
        return View(kept["features"], kept.get("log_odds"))


def _save(found: View, path: Path) -> None:
    said = {} if found.log_odds is None else {"log_odds": found.log_odds}
    with path.open("wb") as stream:
        np.savez(stream, allow_pickle=False, features=found.features, **said)


def _key(card: Card, folds: Folds) -> str:
    """Hash of all that a view depends on: weights, columns, rows, labels, folds."""
    columns = [(column.name, column.kind) for column in folds.data.columns]
    names = [name for name, _ in columns]
    read_as = sorted(folds.data.mapping.items()), sorted(column.name for column in folds.data.protected)
    task = folds.data.target, folds.data.positive
    said = json.dumps([__version__, card.sha256, columns, read_as, task])
    digest = hashlib.sha256(said.encode("utf-8"))
    digest.update(hash_pandas_object(folds.frame[names], index=False).to_numpy().tobytes())
    digest.update(np.asarray(folds.y, dtype=np.int8).tobytes())
    digest.update(np.asarray(folds.part, dtype=np.int8).tobytes())
    return digest.hexdigest()[:40]


def _in_context(backbone: Backbone, folds: Folds, should_stop: ShouldStop) -> tuple[np.ndarray, np.ndarray]:
    """Output of the last in-context block for rows of one fold, the other folds being the context, and the
    head's log-odds.

    Everything about the context, encoding and looks included, is what a run that learns from those rows
    would make; what two looks give is averaged.
    """
    from finxfer.backbones.incontext import InContextBackbone

    assert isinstance(backbone, InContextBackbone)
    features: np.ndarray | None = None
    log_odds = np.zeros(len(folds.y))
    for number in range(folds.pieces):
        if should_stop():
            raise Cancelled("The comparison was stopped.", "You asked for it.", "Start it again.")
        learner = backbone.learner(folds.piece(number), TrainingSettings(), SEED, "cpu")
        read, said = _asked(learner, 1 if backbone.card.parameters >= LARGE else LOOKS)
        features = np.zeros((len(folds.y), read.shape[1]), np.float32) if features is None else features
        features[folds.asked(number)], log_odds[folds.asked(number)] = read, said
    assert features is not None
    return features, log_odds


@torch.no_grad()
def _asked(learner: InContextLearner, looks: int) -> tuple[np.ndarray, np.ndarray]:
    """What the head reads of the learner's validation rows (V, D), and its log-odds (V,); over the looks."""
    from finxfer.backbones.incontext_network import FittedLook, episode_rows

    network, made = learner.network.eval(), []
    for look in learner.looks[:looks]:
        fitted = FittedLook(look, learner.rows, torch.Generator().manual_seed(SEED))
        rows = fitted(torch.cat((learner.rows, learner.validation_rows)))
        made.append(episode_rows(network, rows[None], learner.targets[None])[0])
    head: Any = network.icl_predictor
    logits = torch.stack([head.decoder(rows) for rows in made]).mean(dim=0).double()
    return torch.stack(made).mean(dim=0).numpy(), (logits[:, 1] - logits[:, 0]).numpy()
