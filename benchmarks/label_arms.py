"""The arms of the label-efficiency benchmark: what rates the test rows, and what its figures depend on."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import train_test_split

from benchmarks.rivals import Score, logistic, tuned_catboost, tuned_lightgbm
from finxfer.backbones import catalogue
from finxfer.backbones.card import Card
from finxfer.backbones.incontext import InContextBackbone
from finxfer.backbones.protocol import TrainingData
from finxfer.records.spec import ColumnSpec, TrainingSettings
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
        """All training rows to learn from; for a model that chooses nothing, as they validate as well."""
        return TrainingData(self.train, self.y, self.train, self.y, self.columns, "1", self.target)


Rate = Callable[[Draw, Card], dict[str, np.ndarray]]


@dataclass(frozen=True)
class Group:
    """Arms that one piece of work measures.

    version: raised by hand when the code behind the figures changes, so that the cache is not asked.
    pretrained: whether the figures depend on the backbone's weights.
    """

    arms: tuple[str, ...]
    version: int
    rate: Rate
    pretrained: bool = False


def figures(draw: Draw, probability: np.ndarray) -> dict[str, float]:
    """AUC and log loss of probabilities (N,) of the test rows."""
    clipped = np.clip(probability, 1e-6, 1 - 1e-6)
    return {
        "auc": float(roc_auc_score(draw.y_test, probability)),
        "log_loss": float(log_loss(draw.y_test, clipped, labels=[0, 1])),
    }


def _as_is(draw: Draw, card: Card) -> dict[str, np.ndarray]:
    learner = InContextBackbone.load(card).learner(draw.whole(), TrainingSettings(), draw.seed, "cpu")
    return {"as-is": learner.model(0.0).predict(draw.test)}


def _own_choice(draw: Draw, card: Card) -> dict[str, np.ndarray]:
    """What `--backbone` left out brings, and what the same procedure picks among the baselines only."""
    with _catalogue_of(card) as home:
        chosen = choose(
            AUTO, AUTO, draw.data(), TrainingSettings(), draw.seed, "cpu", None, _unheard, _never, home
        )
    assert chosen.without_pretrained is not None
    return {"own": chosen.model.predict(draw.test), "without": chosen.without_pretrained.predict(draw.test)}


def _fine_tuned(draw: Draw, card: Card) -> dict[str, np.ndarray]:
    """At the depth that "auto" picks for this backbone, the guard's fall-back to as-is included."""
    folder = str(card.weights_path.parent)
    settings, seed = TrainingSettings(), draw.seed
    chosen = choose(folder, AUTO, draw.data(), settings, seed, "cpu", None, _unheard, _never)
    return {"fine-tuned": chosen.model.predict(draw.test)}


@contextmanager
def _catalogue_of(card: Card) -> Iterator[Path]:
    """A home in which the benchmark's backbone is the only one, whatever ships or was promoted."""
    shipped = catalogue.SHIPPED
    with tempfile.TemporaryDirectory() as home:
        shutil.copytree(card.weights_path.parent, Path(home) / "backbones" / card.id)
        catalogue.SHIPPED = Path(home) / "none"
        try:
            yield Path(home)
        finally:
            catalogue.SHIPPED = shipped


def _unheard(event: str, **fields: object) -> None:
    """Takes a run's reports and tells nobody."""


def _never() -> bool:
    return False


def _rival(arm: str, score: Score) -> Rate:
    return lambda draw, _: {arm: score(draw.train, draw.y, draw.test, draw.columns)}


GROUPS = {
    "logistic": Group(("logistic",), 1, _rival("logistic", logistic)),
    "lightgbm": Group(("lightgbm",), 1, _rival("lightgbm", tuned_lightgbm)),
    "catboost": Group(("catboost",), 1, _rival("catboost", tuned_catboost)),
    "as-is": Group(("as-is",), 1, _as_is, pretrained=True),
    "fine-tuned": Group(("fine-tuned",), 1, _fine_tuned, pretrained=True),
    "choice": Group(("own", "without"), 1, _own_choice, pretrained=True),
}
