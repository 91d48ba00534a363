"""The freezing ladder: a backbone fine-tuned at every depth, each depth judged by rows it has not seen.

Within every fold, and once more on all training rows for the model whose test figures are drawn, the depths
are climbed from the shallowest: each training goes on from the weights of the one before it and ends by
validation rows that are neither the fold's judging rows nor test rows.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import estimate
from finxfer.backbones.ladder_cost import MOST_FOLDS, rung_epochs, rung_patience
from finxfer.backbones.outputs import read_shift
from finxfer.backbones.protocol import TrainingData
from finxfer.records.spec import AS_IS, BINARY
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.candidates import Work
from finxfer.training.checkpoint import Snapshot, read_snapshot, write_snapshot
from finxfer.training.climb import Climb, shallow_to_deep
from finxfer.training.finetune import FineTuned, Start, require_serving
from finxfer.training.folds import make_folds
from finxfer.training.guard import Validation, ranking
from finxfer.training.validation import Judged

WHOLE = "whole"
FIXED_SECONDS = 0.5
"""Of a training, beside what its steps take."""


@dataclass(frozen=True)
class Rung:
    """One depth. losses: of each judged row (J,) by a model that has not learned from it.

    validation, asked: predictions (V,), (T,), of several classes (V, C), (T, C), of the model trained on all
    training rows. fell_back: that model is no better on validation rows than what its training went on from,
    which is kept. seconds, epochs: of its training; cv_seconds: of those in the folds. memory: bytes at the
    most, None unmeasured.
    """

    depth: int | str
    losses: np.ndarray
    auc: float | None
    validation: np.ndarray
    asked: np.ndarray
    trainable_parameters: int
    total_parameters: int
    fell_back: bool
    seconds: float
    cv_seconds: float
    epochs: int
    memory: int | None

    @property
    def loss(self) -> float:
        return float(self.losses.mean())

    @property
    def error(self) -> float:
        """Standard error of `loss`."""
        return float(self.losses.std() / np.sqrt(len(self.losses)))


@dataclass(frozen=True)
class _Answer:
    """What one training leaves: predictions for its validation rows and of the rows it is asked about."""

    validation: np.ndarray
    asked: np.ndarray
    facts: dict[str, Any]


@dataclass
class _Branch:
    """The chain of trainings of one fold, or on all rows. begun: the depth that `climb` is to go on from."""

    name: str
    climb: Climb
    asked: pd.DataFrame
    begun: int | str | None = None
    answers: list[_Answer] = field(default_factory=list)


class Ladder:
    """Every depth of a backbone on one table.

    asked: the rows (T) that each depth's model is asked about in the end. folder: finished trainings are
    kept there and not done again; None keeps nothing.
    """

    def __init__(
        self, card: Card, data: TrainingData, work: Work, asked: pd.DataFrame, folder: Path | None
    ) -> None:
        require_serving(card, data)
        self.card, self.data, self.work, self.folder = card, data, work, folder
        self.depths = shallow_to_deep(card, data)
        self.folds = make_folds(data, work.seed, MOST_FOLDS)
        parts = max(2, round(1 + len(data.y_train) / max(1, len(data.y_validation))))
        self.branches = [
            self._branch(f"fold-{number}", self.folds.learning(number, parts), self.folds.asked(number))
            for number in range(self.folds.pieces)
        ]
        self.branches.append(_Branch(WHOLE, Climb(card, data, work), asked))
        self._done = 0.0

    def _branch(self, name: str, data: TrainingData, rows: np.ndarray) -> _Branch:
        frame = self.folds.frame.iloc[rows].reset_index(drop=True)
        return _Branch(name, Climb(self.card, data, self.work), frame)

    def rungs(self) -> Iterator[Rung]:
        """The depths, the shallowest first. Raises as `finetune` does."""
        for depth in self.depths:
            answers = [self._answer(branch, depth) for branch in self.branches]
            rung = self._rung(depth, answers[:-1], answers[-1])
            self._tell(rung)
            yield rung

    def settings(self, depth: int | str) -> TrainingSettings:
        """Those of the run, bounded: a training that goes on from another needs few epochs."""
        wanted = self.work.settings
        epochs = min(wanted.epochs, rung_epochs(self.card, depth))
        return replace(wanted, epochs=epochs, patience=min(wanted.patience, rung_patience(self.card)))

    def _rung(self, depth: int | str, folds: list[_Answer], whole: _Answer) -> Rung:
        rows = np.concatenate([self.folds.asked(number) for number in range(self.folds.pieces)])
        predictions = np.concatenate([answer.asked for answer in folds])[np.argsort(rows, kind="stable")]
        y, output = self.folds.targets, self.data.output
        raw = output.raw_of(predictions)
        return Rung(
            depth=depth,
            losses=output.row_losses(y, raw),
            auc=ranking(output, y, raw),
            validation=whole.validation,
            asked=whole.asked,
            cv_seconds=round(sum(answer.facts["seconds"] for answer in folds), 3),
            **whole.facts,
        )

    def _answer(self, branch: _Branch, depth: int | str) -> _Answer:
        """The training of one depth in one branch, now or earlier."""
        self._progress(branch, depth)
        self._done += self._cost(depth)
        kept = self._read(branch, depth)
        if kept is not None:
            if depth != AS_IS and not kept.facts["fell_back"]:
                branch.begun, branch.climb.start = depth, None
            return kept
        if branch.begun is not None and branch.climb.start is None:
            branch.climb.start = self._start(branch, branch.begun)
        answer, start = self._train(branch, depth)
        self._keep(branch, depth, answer, start)
        return answer

    def _train(self, branch: _Branch, depth: int | str) -> tuple[_Answer, Start | None]:
        cuda = self.work.device.startswith("cuda")
        if cuda:
            torch.cuda.reset_peak_memory_stats()
        began = time.monotonic()
        folder = self.folder / branch.name / "training" if self.folder else None
        report = self.work.report if branch.name == WHOLE else self._without_messages
        tuned = branch.climb.step(depth, self.settings(depth), folder, report)
        seconds = round(time.monotonic() - began, 3)
        of_use = depth != AS_IS and not tuned.fell_back
        asked = np.asarray(tuned.model.predict(branch.asked), dtype=np.float64)
        memory = int(torch.cuda.max_memory_allocated()) if cuda else None
        facts = _facts(tuned) | {"seconds": seconds, "memory": memory}
        return _Answer(tuned.judged.prediction, asked, facts), tuned.going_on() if of_use else None

    def _without_messages(self, kind: str, **fields: Any) -> None:
        """What a training says of its rows is said once, by the one on all of them."""
        if kind != "message":
            self.work.report(kind, **fields)

    def _cost(self, depth: int | str) -> float:
        """About the seconds of a training, for the progress."""
        rows, columns = len(self.data.y_train), len(self.data.columns)
        epochs = self.settings(depth).epochs
        guess = estimate(self.card, rows, columns, depth, self.work.device, epochs=epochs)
        return FIXED_SECONDS + guess.seconds

    def _progress(self, branch: _Branch, depth: int | str) -> None:
        fold = {}
        if self.folds.crossed and branch.name != WHOLE:
            fold = {"fold": self.branches.index(branch) + 1, "folds": self.folds.pieces}
        self.work.report(
            "progress",
            done=self._done,
            of=len(self.branches) * sum(self._cost(one) for one in self.depths),
            weight=self._cost(depth),
            candidate=_name(self.card, depth),
            **fold,
        )

    def _tell(self, rung: Rung) -> None:
        self.work.report(
            "candidate",
            name=_name(self.card, rung.depth),
            backbone=self.card.id,
            depth=rung.depth,
            **{self.data.output.loss_name: round(rung.loss, 5)},
            auc=rung.auc,
            seconds=round(rung.seconds + rung.cv_seconds, 2),
            fell_back=rung.fell_back,
        )

    # What is kept: an answer for each branch and depth, and the weights that the next depth goes on from.

    def _fingerprint(self, branch: _Branch, depth: int | str) -> str:
        data, settings = branch.climb.data, self.settings(depth)
        names = [column.name for column in data.columns]
        said = [
            self.card.sha256,
            asdict(settings),
            self.work.seed,
            self.work.device,
            names,
            branch.name,
            depth,
        ]
        digest = hashlib.sha256(json.dumps(said).encode())
        digest.update(
            np.asarray(data.y_train, dtype=np.int8 if data.task == BINARY else np.float64).tobytes()
        )
        return digest.hexdigest()

    def _keep(self, branch: _Branch, depth: int | str, answer: _Answer, start: Start | None) -> None:
        if self.folder is None:
            return
        folder, fingerprint = self.folder / branch.name, self._fingerprint(branch, depth)
        if start is not None:
            tensors = {f"network/{name}": tensor for name, tensor in start.weights.items()}
            judged = start.judged
            tensors |= {
                "judged/prediction": _tensor(judged.prediction),
                "judged/losses": _tensor(judged.losses),
            }
            state = {"validation": asdict(judged.validation), "logit_shift": start.logit_shift}
            state["focal_gamma"] = start.focal_gamma
            write_snapshot(folder / f"start-{depth}", Snapshot(tensors, state | {"fingerprint": fingerprint}))
        tensors = {"validation": _tensor(answer.validation), "asked": _tensor(answer.asked)}
        write_snapshot(folder / str(depth), Snapshot(tensors, answer.facts | {"fingerprint": fingerprint}))
        if start is not None:
            branch.begun = depth
            for old in folder.glob("start-*"):
                if old.name != f"start-{depth}":
                    shutil.rmtree(old)

    def _read(self, branch: _Branch, depth: int | str) -> _Answer | None:
        if self.folder is None:
            return None
        found = read_snapshot(self.folder / branch.name / str(depth), self._fingerprint(branch, depth))
        if found is None:
            return None
        facts = {name: value for name, value in found.state.items() if name != "fingerprint"}
        return _Answer(found.tensors["validation"].numpy(), found.tensors["asked"].numpy(), facts)

    def _start(self, branch: _Branch, depth: int | str) -> Start | None:
        if self.folder is None:
            return None
        folder = self.folder / branch.name / f"start-{depth}"
        found = read_snapshot(folder, self._fingerprint(branch, depth))
        if found is None:
            return None
        judged = found.part("judged")
        validation = Validation.from_json(found.state["validation"])
        weights = {name: tensor.to(self.work.device) for name, tensor in found.part("network").items()}
        return Start(
            Judged(judged["prediction"].numpy(), judged["losses"].numpy(), validation),
            weights,
            read_shift(found.state["logit_shift"]),
            float(found.state.get("focal_gamma", 0.0)),
        )


def _facts(tuned: FineTuned) -> dict[str, Any]:
    return {
        "trainable_parameters": tuned.trainable_parameters,
        "total_parameters": tuned.total_parameters,
        "fell_back": tuned.fell_back,
        "epochs": len(tuned.history),
    }


def _name(card: Card, depth: int | str) -> str:
    return f"{card.id}, {AS_IS if depth == AS_IS else f'depth {depth}'}"


def _tensor(values: np.ndarray) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(values, dtype=np.float64))
