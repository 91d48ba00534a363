"""The arms of the label-efficiency benchmark: what rates the test rows, and what its figures depend on."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import train_test_split

from benchmarks.rivals import Score, logistic, tuned_catboost, tuned_lightgbm
from benchmarks.workers import never, unheard
from finxfer.backbones import catalogue
from finxfer.backbones.card import Card, write_card
from finxfer.backbones.incontext import InContextBackbone
from finxfer.backbones.protocol import TrainingData
from finxfer.records.spec import ColumnSpec
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.choosing import AUTO, choose

VALIDATION_SHARE = 0.15


@dataclass(frozen=True)
class Draw:
    """One draw of one table: the rows to learn from, the rows to rate, and the seed of both."""

    train: pd.DataFrame
    y: np.ndarray
    test: pd.DataFrame
    y_test: np.ndarray
    columns: list[ColumnSpec]
    seed: int
    target: str = ""

    def data(self) -> TrainingData:
        """The training rows as a run gets them: 15 % are validation rows, which a choice also counts in."""
        learnt, held = train_test_split(
            np.arange(len(self.y)), test_size=VALIDATION_SHARE, stratify=self.y, random_state=self.seed
        )
        frame, y = self.train, self.y
        return TrainingData(
            frame.iloc[learnt], y[learnt], frame.iloc[held], y[held], self.columns, "1", self.target
        )

    def whole(self) -> TrainingData:
        """All training rows to learn from, in `data`'s order; they validate too: nothing may be chosen."""
        data = self.data()
        frame = pd.concat([data.frame_train, data.frame_validation], ignore_index=True)
        y = np.concatenate([data.y_train, data.y_validation])
        return TrainingData(frame, y, frame, y, self.columns, "1", self.target)


Rate = Callable[[Draw, Card, Path], dict[str, np.ndarray]]
"""A draw, the backbone's card and a folder for finished parts -> probabilities of the test rows by arm."""


@dataclass(frozen=True)
class Group:
    """Arms that one piece of work measures. pretrained: their figures depend on the backbone's weights."""

    arms: tuple[str, ...]
    rate: Rate
    pretrained: bool = False


def figures(draw: Draw, probability: np.ndarray) -> dict[str, float]:
    """AUC and log loss of probabilities (N,) of the test rows."""
    clipped = np.clip(probability, 1e-6, 1 - 1e-6)
    return {
        "auc": float(roc_auc_score(draw.y_test, probability)),
        "log_loss": float(log_loss(draw.y_test, clipped, labels=[0, 1])),
    }


def _as_is(draw: Draw, card: Card, _: Path) -> dict[str, np.ndarray]:
    learner = InContextBackbone.load(card).learner(draw.whole(), TrainingSettings(), draw.seed, "cpu")
    return {"as-is": learner.model(0.0).predict(draw.test)}


def _choice(draw: Draw, card: Card, parts: Path) -> dict[str, np.ndarray]:
    """What `--backbone` left out brings, what it would without the backbone, and the backbone alone.

    "fine-tuned" is as-is where fine-tuning did not help on held-out folds, or was too dear to be tried.
    """
    with _catalogue_of(card) as (home, identifier):
        chosen = choose(
            AUTO, AUTO, draw.data(), TrainingSettings(), draw.seed, "cpu", parts, unheard, never, home
        )
        assert chosen.without_pretrained and chosen.member and chosen.selection
        as_is = fine_tuned = chosen.member(f"{identifier}, as-is")
        if any(entry["name"] == f"{identifier}, fine-tuned" for entry in chosen.selection["tried"]):
            fine_tuned = chosen.member(f"{identifier}, fine-tuned")
        models = {
            "own": chosen.model,
            "without": chosen.without_pretrained,
            "as-is": as_is,
            "fine-tuned": fine_tuned,
        }
        return {arm: model.predict(draw.test) for arm, model in models.items()}


@contextmanager
def _catalogue_of(card: Card) -> Iterator[tuple[Path, str]]:
    """A home in which the benchmark's backbone is the only one, whatever ships or was promoted; and its id.

    The checksum is in the id, so that parts kept of one checkpoint are not taken for another's.
    """
    shipped, identifier = catalogue.SHIPPED, f"{card.id}-{card.sha256[:8]}"
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "backbones" / identifier
        shutil.copytree(card.weights_path.parent, folder)
        write_card(replace(card, id=identifier), folder)
        catalogue.SHIPPED = Path(home) / "none"
        try:
            yield Path(home), identifier
        finally:
            catalogue.SHIPPED = shipped


def _rival(arm: str, score: Score) -> Rate:
    return lambda draw, card, parts: {arm: score(draw.train, draw.y, draw.test, draw.columns)}


VERSIONS = {"logistic": 1, "lightgbm": 1, "catboost": 1, "own": 2, "without": 2, "as-is": 1, "fine-tuned": 2}
"""Of each arm, raised by hand when the code behind its figures changes, so that the cache is not asked."""
GROUPS = {
    "logistic": Group(("logistic",), _rival("logistic", logistic)),
    "lightgbm": Group(("lightgbm",), _rival("lightgbm", tuned_lightgbm)),
    "catboost": Group(("catboost",), _rival("catboost", tuned_catboost)),
    "choice": Group(("own", "without", "fine-tuned", "as-is"), _choice, pretrained=True),
    "as-is": Group(("as-is",), _as_is, pretrained=True),
}


def groups_for(arms: Iterable[str]) -> list[str]:
    """The groups that together measure the arms; as-is alone is quick, a choice measures it along."""
    wanted, chosen = set(arms), []
    for name, group in GROUPS.items():
        if wanted & (set(group.arms) if name == "as-is" else set(group.arms) - {"as-is"}):
            chosen.append(name)
            wanted -= set(group.arms)
    return chosen
