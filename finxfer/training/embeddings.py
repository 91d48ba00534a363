"""What a backbone makes of the rows of a table just before its head: one vector per row."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import torch
from pandas.util import hash_pandas_object

from finxfer import __version__
from finxfer.backbones.card import Card
from finxfer.backbones.families import TABULAR, load_backbone
from finxfer.backbones.protocol import Backbone, ShouldStop
from finxfer.errors import BadInput, Cancelled
from finxfer.records.files import write_atomically
from finxfer.records.spec import TrainingSettings
from finxfer.training.folds import Folds

LOOKS, LARGE = 2, 4_000_000
"""Looks at the columns that are averaged (the first two differ in everything); one where the network has so
many parameters. 1,000 rows x 20 columns take the official TabICLv2 2 s a fold and look on one core, the
shipped network 0.2 s."""
SEED = 0
MOST_KEPT = 40
"""Representations kept for a table; the oldest go first."""


def embed(card: Card, folds: Folds, should_stop: ShouldStop) -> np.ndarray:
    """The representation of every row of the crossed folds, float32 (N, D).

    No row is represented with the help of its own label: a family that reads labels gets those of the other
    folds alone.

    Raises:
        BadInput: the weights are not here, the backbone has none of the table's columns, or its family has no
            representation to look at.
        Damaged: the weights are not those of the card.
        Cancelled: `should_stop` said so.
    """
    if card.family == "incontext":
        found = _in_context(load_backbone(card), folds, should_stop)
    elif card.family in TABULAR:
        found = _tabular(load_backbone(card), folds)
    else:
        raise BadInput(
            f"{card.name} cannot be compared before a run.",
            f"A backbone of the family {card.family!r} has no representation to look at.",
            "Start a run from it instead.",
        )
    return np.nan_to_num(found.astype(np.float32), posinf=0.0, neginf=0.0)


def embed_cached(
    card: Card, folds: Folds, cache: Path | None, should_stop: ShouldStop
) -> tuple[np.ndarray, bool]:
    """As `embed`, and whether it was found in the folder `cache`, where it is kept otherwise."""
    if cache is None:
        return embed(card, folds, should_stop), False
    path = cache / f"{_key(card, folds)}.npy"
    try:
        return np.load(path, allow_pickle=False), True
    except (OSError, ValueError, EOFError):
        # Not there yet, or cut off: it is made anew.
        found = embed(card, folds, should_stop)
    cache.mkdir(parents=True, exist_ok=True)
    write_atomically(path, lambda temporary: _save(found, temporary))
    for old in sorted(cache.glob("*.npy"), key=lambda file: file.stat().st_mtime)[:-MOST_KEPT]:
        old.unlink(missing_ok=True)
    return found, False


def _save(found: np.ndarray, path: Path) -> None:
    with path.open("wb") as stream:
        np.save(stream, found, allow_pickle=False)


def _key(card: Card, folds: Folds) -> str:
    """Hash of all that a representation depends on: weights, columns, rows, labels, folds."""
    columns = [(column.name, column.kind) for column in folds.data.columns]
    names = [name for name, _ in columns]
    read_as = sorted(folds.data.mapping.items()), sorted(column.name for column in folds.data.protected)
    said = json.dumps([__version__, card.sha256, columns, read_as])
    digest = hashlib.sha256(said.encode("utf-8"))
    digest.update(hash_pandas_object(folds.frame[names], index=False).to_numpy().tobytes())
    digest.update(np.asarray(folds.y, dtype=np.int8).tobytes())
    digest.update(np.asarray(folds.part, dtype=np.int8).tobytes())
    return digest.hexdigest()[:40]


def _tabular(backbone: Backbone, folds: Folds) -> np.ndarray:
    """Output of the last block, the mean over the members: (N, width)."""
    from finxfer.backbones.tabular import TabularBackbone

    assert isinstance(backbone, TabularBackbone)
    return backbone.representation(folds.frame, folds.data)


def _in_context(backbone: Backbone, folds: Folds, should_stop: ShouldStop) -> np.ndarray:
    """Output of the last in-context block for rows of one fold, the other folds being the context.

    Everything about the context, encoding and looks included, is what a run that learns from those rows
    would make; the representations that two looks give are averaged.
    """
    from finxfer.backbones.incontext import InContextBackbone
    from finxfer.backbones.incontext_network import FittedLook, episode_rows

    assert isinstance(backbone, InContextBackbone)
    found: np.ndarray | None = None
    for number in range(folds.pieces):
        if should_stop():
            raise Cancelled("The comparison was stopped.", "You asked for it.", "Start it again.")
        learner = backbone.learner(folds.piece(number), TrainingSettings(), SEED, "cpu")
        learner.network.eval()
        made = []
        for look in learner.looks[: 1 if backbone.card.parameters >= LARGE else LOOKS]:
            fitted = FittedLook(look, learner.rows, torch.Generator().manual_seed(SEED))
            rows = fitted(torch.cat((learner.rows, learner.validation_rows)))
            with torch.no_grad():
                made.append(episode_rows(learner.network, rows[None], learner.targets[None])[0])
        part = np.asarray(torch.stack(made).mean(dim=0))
        found = np.zeros((len(folds.y), part.shape[1]), dtype=np.float32) if found is None else found
        found[folds.asked(number)] = part
    assert found is not None
    return found
