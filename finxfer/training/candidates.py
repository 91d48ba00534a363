"""What may become a run's model: each is trained on some rows, asked about others, and fitted at the end.

A candidate has *variants* (a strength, a number of trees, a depth and a number of epochs). One training
answers for many of them at once, and which one is taken is chosen by rows that the training has not seen.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from torch import Tensor

from finxfer.backbones.card import Card
from finxfer.backbones.families import TABULAR, load_backbone, read_as_is, tabular_family
from finxfer.backbones.outputs import Shift
from finxfer.backbones.placing import knows
from finxfer.backbones.protocol import FittedModel, Learner, Report, ShouldStop, TrainingData
from finxfer.backbones.tabular import TabularBackbone
from finxfer.records.spec import AS_IS
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.boosting import SEARCH, TREES, fit_trees, staged_raw
from finxfer.training.checkpoint import copied
from finxfer.training.finetune import FINE_TUNED
from finxfer.training.folds import Folds
from finxfer.training.guard import Validation, validate
from finxfer.training.logistic import STRENGTHS, fit_strengths
from finxfer.training.loop import TrainingRun
from finxfer.training.steps import train_through

BASELINE = "baseline"
TUNED_PATIENCE = 2
"""Looks at a fine-tuning without progress after which it ends."""

SCRATCH_PATIENCE = 5
"""Epochs of a network from scratch without progress after which it ends: it is trained once a fold."""


@dataclass(frozen=True)
class Work:
    """What every training needs beside its rows."""

    settings: TrainingSettings
    seed: int
    device: str
    report: Report
    should_stop: ShouldStop


class Candidate(Protocol):
    """One entry of the comparison. `raw` of a candidate is the same for the same rows, always."""

    name: str
    kind: str
    from_source: bool
    """Whether it goes out from a backbone that has learned this very task from a table."""
    exact: bool
    """Whether its log-odds come without what is done about a rare class, which others take back by the rows
    that judge them."""

    @property
    def card(self) -> Card | None:
        """Of its backbone."""

    def raw(self, data: TrainingData, report: Report) -> np.ndarray:
        """Raw output (variants, V) or (variants, V, C) for the validation rows, learned from the training
        rows."""

    def untouched(self, variant: int) -> bool:
        """Whether this variant is the backbone as-is."""

    def depth(self, variant: int) -> int | str | None:
        """0..S, "as-is", or None of a baseline."""

    def fit(self, folds: Folds, variant: int, logit_shift: Shift) -> FittedModel:
        """The model that the run keeps."""


class Baseline:
    """What all candidates without a backbone share."""

    kind = BASELINE
    card: Card | None = None
    from_source = False
    exact = True

    def __init__(self, name: str, work: Work) -> None:
        self.name, self.work = name, work

    def untouched(self, variant: int) -> bool:
        return False

    def depth(self, variant: int) -> int | str | None:
        return None


class Logistic(Baseline):
    """Logistic regression; its variants are strengths."""

    def raw(self, data: TrainingData, report: Report) -> np.ndarray:
        models = fit_strengths(data, self.work.settings)
        return np.stack([model.raw(data.frame_validation) for model in models])

    def fit(self, folds: Folds, variant: int, logit_shift: Shift) -> FittedModel:
        (model,) = fit_strengths(folds.whole(), self.work.settings, STRENGTHS[variant : variant + 1])
        return model.shifted(logit_shift)


class Boosted(Baseline):
    """LightGBM; its variants are configurations and numbers of trees."""

    def raw(self, data: TrainingData, report: Report) -> np.ndarray:
        staged = staged_raw(data, self.work.settings, self.work.seed, self.work.should_stop)
        return staged.reshape(-1, *staged.shape[2:])

    def fit(self, folds: Folds, variant: int, logit_shift: Shift) -> FittedModel:
        """On all rows, with as many more trees as there are more rows."""
        entry, trees = SEARCH[variant // len(TREES)], TREES[variant % len(TREES)]
        whole = folds.whole()
        scaled = round(trees * len(whole.y_train) / len(folds.piece(0).y_train))
        settings, stop = self.work.settings, self.work.should_stop
        return fit_trees(whole, settings, self.work.seed, stop, entry, scaled, logit_shift)


class AsIs:
    """An in-context backbone, which answers without any training; all rows are its context."""

    kind = AS_IS
    from_source = False
    exact = True

    def __init__(self, card: Card, work: Work) -> None:
        self.name, self.card, self.work = f"{card.id}, as-is", card, work

    def raw(self, data: TrainingData, report: Report) -> np.ndarray:
        model = as_is_model(self.card, data, self.work)
        return data.output.raw_of(model.predict(data.frame_validation))[None]

    def untouched(self, variant: int) -> bool:
        return True

    def depth(self, variant: int) -> int | str | None:
        return AS_IS

    def fit(self, folds: Folds, variant: int, logit_shift: Shift) -> FittedModel:
        return as_is_model(self.card, folds.whole(), self.work)


@dataclass(frozen=True)
class _Kept:
    """Weights of one variant, so that a training which is not repeated on more rows need not be repeated."""

    loss: float
    variant: int
    weights: dict[str, Tensor]


class Network(ABC):
    """A network that is trained; its variants are depths and, within each, the epochs at which it is asked.

    depths: of the backbone, one training each. patience: looks without a better log loss of the asked
    rows after which a training ends; of further looks nothing is known (NaN). starts: whether the
    first variant is the start itself. keeps: whether the best weights stay as they are instead of
    being trained anew on all rows.
    """

    kind: str = BASELINE
    card: Card | None = None
    from_source = False
    exact = False
    starts = False

    def __init__(
        self, name: str, work: Work, depths: Sequence[int], epochs: Sequence[int], patience: int, keeps: bool
    ) -> None:
        self.name, self.work, self.patience, self.keeps = name, work, patience, keeps
        self.depths, self.epochs = tuple(depths), tuple(epochs)
        self._kept: _Kept | None = None

    @abstractmethod
    def learner(self, data: TrainingData) -> Learner:
        """A learner with the weights of the start."""

    @property
    def variants(self) -> list[tuple[int, int]]:
        """(depth, epochs) of each variant; 0 epochs is the start."""
        start = [(self.depths[0], 0)] if self.starts else []
        return start + [(depth, epochs) for depth in self.depths for epochs in self.epochs]

    def untouched(self, variant: int) -> bool:
        return self.variants[variant][1] == 0

    def depth(self, variant: int) -> int | str | None:
        depth, epochs = self.variants[variant]
        return None if self.card is None else depth if epochs else AS_IS

    def raw(self, data: TrainingData, report: Report) -> np.ndarray:
        found = [asked(self.learner(data), data)] if self.starts else []
        for depth in self.depths:
            found += self._path(data, depth, len(found), report)
        return np.stack(found)

    def _path(self, data: TrainingData, depth: int, first: int, report: Report) -> list[np.ndarray]:
        """Raw output at the looks of one depth; `first` is the number of its first variant."""
        learner = self.learner(data)
        found: list[np.ndarray] = []
        losses: list[float] = []

        def look(epoch: int, train_loss: float) -> bool:
            found.append(asked(learner, data))
            settings = self.work.settings
            judged = validate(
                data.y_validation, found[-1], settings.shifts_rate, settings.focal_gamma, data.output
            )
            losses.append(judged.loss)
            self._tell(report, depth, epoch, train_loss, judged)
            if self.keeps and (self._kept is None or losses[-1] < self._kept.loss):
                self._kept = _Kept(losses[-1], first + len(found) - 1, copied(learner.network))
            waited = len(losses) - 1 - int(np.argmin(losses))
            return not np.isfinite(train_loss) or waited >= self.patience

        train_through(learner, self._run(depth, report), self.epochs, look)
        return found + [np.full(found[0].shape, np.nan)] * (len(self.epochs) - len(found))

    def _run(self, depth: int, report: Report) -> TrainingRun:
        work = self.work
        return TrainingRun(depth, work.settings, work.seed, work.device, None, report, work.should_stop)

    def _tell(self, report: Report, depth: int, epoch: int, train_loss: float, judged: Validation) -> None:
        losses = {"train_loss": train_loss, "validation_loss": judged.loss, "validation_auc": judged.auc}
        known = {name: float(value) if np.isfinite(value) else None for name, value in losses.items()}
        report("epoch", model=self.name, depth=depth, epoch=epoch, of=self.epochs[-1], **known)

    def fit(self, folds: Folds, variant: int, logit_shift: Shift) -> FittedModel:
        """Trained on all rows for as many epochs, or with `keeps` the weights that were judged.

        A backbone takes all rows as its context either way; a new network's encoder belongs to the rows
        that its weights come from.
        """
        depth, epochs = self.variants[variant]
        learner = self.learner(folds.piece(0) if self.keeps else folds.whole())
        if self._kept is not None and self._kept.variant == variant:
            learner.network.load_state_dict(self._kept.weights)
        elif epochs:
            train_through(learner, self._run(depth, self.work.report), (epochs,))
        if self.keeps and self.card is not None:
            weights = copied(learner.network)
            learner = self.learner(folds.whole())
            learner.network.load_state_dict(weights)
        learner.network.eval()
        return learner.model(logit_shift)


class FromScratch(Network):
    """A network with fresh weights, see `fresh_network`; like: the backbone that it is compared with."""

    def __init__(self, name: str, work: Work, like: Card | None, keeps: bool) -> None:
        epochs = range(1, work.settings.epochs + 1)
        patience = min(work.settings.patience, SCRATCH_PATIENCE)
        work = replace(work, settings=work.settings.from_scratch())
        super().__init__(name, work, (0,), epochs, patience, keeps)
        self.like = like

    def learner(self, data: TrainingData) -> Learner:
        work = self.work
        network = fresh_network(self.like, data, work.seed)
        return network.learner(data, work.settings, work.seed, work.device)


class Tuned(Network):
    """A backbone that is fine-tuned. Where its head answers the same task, its start is a variant too."""

    kind = FINE_TUNED

    def __init__(
        self,
        card: Card,
        depths: Sequence[int],
        epochs: Sequence[int],
        work: Work,
        data: TrainingData,
        keeps: bool,
    ) -> None:
        super().__init__(f"{card.id}, fine-tuned", work, depths, epochs, TUNED_PATIENCE, keeps)
        self.card: Card = card
        self.starts = knows(card, data)
        self.from_source = self.starts and not card.in_context

    def learner(self, data: TrainingData) -> Learner:
        return backbone_learner(self.card, data, self.work)


def backbone_learner(card: Card, data: TrainingData, work: Work) -> Learner:
    """The backbone on these rows. Raises Damaged for wrong weights."""
    return load_backbone(card).learner(data, work.settings, work.seed, work.device)


def fresh_network(like: Card | None, data: TrainingData, seed: int) -> TabularBackbone:
    """The card's network with fresh weights for these columns; a TabM where it has none."""
    known = like if like is not None and like.family in TABULAR else None
    family = tabular_family(known.family if known else "tabm")
    # The backbone's head may be of another task; a head of this task is put on when it meets the rows.
    config = {name: value for name, value in known.config.items() if name != "outputs"} if known else None
    return family.from_scratch(data.frame_train, data.columns, seed, config)


def as_is_model(card: Card, data: TrainingData, work: Work) -> FittedModel:
    """The backbone as it is, on a table of these columns. Raises Damaged for wrong weights."""
    return read_as_is(card, data, work.settings, work.seed, work.device).model(0.0)


def asked(learner: Learner, data: TrainingData) -> np.ndarray:
    """Raw output for the validation rows by the network as it is now, with every look and context."""
    return data.output.raw_of(learner.model(0.0).predict(data.frame_validation))
