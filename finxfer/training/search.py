"""A search over training settings within a time. The settings as they are stay unless others clearly win.

Trials are judged by cross-validation on the training and validation rows (see `folds.make_folds`); test rows
have no part in it. Nothing is pickled: the study is a JSON file, from which a resumed search goes on.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import optuna

from finxfer.backbones.card import Card
from finxfer.backbones.protocol import TrainingData
from finxfer.errors import Cancelled, Damaged
from finxfer.records.files import read_json, write_json
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.candidates import Work, backbone_learner
from finxfer.training.finetune import FineTuned, finetune
from finxfer.training.folds import Folds, make_folds
from finxfer.training.guard import log_odds_of, rate_shift, row_losses
from finxfer.training.search_space import Space

MOST_TRIALS = 200
FOLDS = 3
"""At most: a trial takes as many trainings."""
FREE_TRIALS = 4
"""Trials that are never ended early, so that there is something to compare with."""
RUNGS = 11
"""Looks at a training: after 1, 2, 4, ... epochs, up to 1,024."""
FIRST_LOOKS = 5
"""Looks of a trial after which it may be ended: 16 epochs, or a whole training that was shorter. Gradual
unfreezing and small rates start slowly."""
WORST = 100.0
"""Log loss of a training that went astray."""
CONFIRMING = 1
"""Added to the seed for the folds and trainings that have the last word."""
COMPLETE, PRUNED, CUT = "complete", "pruned", "cut"


@dataclass(frozen=True)
class Searched:
    """settings: to train with; content: what `search.json` and metrics.json say."""

    settings: TrainingSettings
    content: dict[str, Any]


class _Ended(Exception):
    """A trial that lags behind the others."""


@dataclass
class _Looks:
    """What the looks at a trial's trainings found: mean of the best losses of the folds so far, by step."""

    judge: Callable[[int, float], None]
    found: dict[int, float] = field(default_factory=dict)
    folds: list[float] = field(default_factory=list)
    best: float = WORST
    rung: int = 0

    def report(self, kind: str, **fields: Any) -> None:
        """Takes the place of a training's report."""
        if kind != "epoch":
            return
        loss = fields["validation_loss"]
        self.best = min(self.best, WORST if loss is None else float(loss))
        if fields["epoch"] >= 1 << self.rung:
            self._look()

    def end_fold(self, loss: float) -> None:
        """A training that ended early counts as it is at all looks that it did not reach."""
        self.best = loss
        while self.rung < RUNGS:
            self._look()
        self.folds.append(loss)
        self.best, self.rung = WORST, 0

    def _look(self) -> None:
        step = len(self.folds) * RUNGS + self.rung
        self.rung += 1
        self.found[step] = float(np.mean([*self.folds, self.best]))
        self.judge(step, self.found[step])


class _Search:
    def __init__(
        self, card: Card, depth: int, data: TrainingData, work: Work, seconds: float, file: Path
    ) -> None:
        self.card, self.depth, self.data, self.work = card, depth, data, work
        self.budget, self.file = seconds, file
        self.folds = make_folds(data, work.seed, FOLDS)
        learner = backbone_learner(card, self.folds.piece(0), work)
        batch = getattr(learner, "batch_size", None)
        self.space = Space(card, depth, work.settings, learner.default_learning_rate, batch)
        self.distributions = self.space.distributions()
        self.began = time.monotonic()
        content = [card.sha256, depth, asdict(work.settings), work.seed, len(self.folds.y)]
        self.fingerprint = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        earlier = self._earlier()
        self.before, self.history = earlier.get("seconds", 0.0), earlier.get("history", [])
        self.done: dict[str, Any] | None = (
            earlier if earlier.get("finished") and earlier["minutes"] == seconds / 60 else None
        )

    def _earlier(self) -> dict[str, Any]:
        try:
            content = read_json(self.file) if self.file.is_file() else {}
        except Damaged:
            return {}
        return content if content.get("fingerprint") == self.fingerprint else {}

    @property
    def seconds(self) -> float:
        return self.before + time.monotonic() - self.began

    def run(self) -> Searched:
        if self.done is None:
            study = self._study()
            while not self.history or self._may_go_on():
                self._try_one(study)
                self._keep(finished=False)
            self.done = self._keep(finished=True, **self._confirmed())
        settings = self.space.settings(self.done["best"]) if self.done["taken"] else self.space.start
        return Searched(settings, self.done)

    def _may_go_on(self) -> bool:
        return (
            self._deadline() > self.seconds
            and len(self.history) < MOST_TRIALS
            and (self.history[-1]["state"] != CUT)
        )

    def _deadline(self) -> float:
        """When the trials end: the confirmation takes about two more."""
        seconds = [entry["seconds"] for entry in self.history if entry["state"] == COMPLETE]
        return self.budget - 2 * float(np.mean(seconds))

    def _study(self) -> optuna.Study:
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        pruner = optuna.pruners.MedianPruner(n_startup_trials=FREE_TRIALS, n_warmup_steps=FIRST_LOOKS)
        study = optuna.create_study(direction="minimize", pruner=pruner)
        for entry in self.history:
            study.add_trial(self._as_trial(entry))
        return study

    def _as_trial(self, entry: dict[str, Any]) -> optuna.trial.FrozenTrial:
        states = {COMPLETE: optuna.trial.TrialState.COMPLETE, PRUNED: optuna.trial.TrialState.PRUNED}
        return optuna.trial.create_trial(
            state=states.get(entry["state"], optuna.trial.TrialState.FAIL),
            value=entry["loss"] if entry["state"] == COMPLETE else None,
            params=entry["parameters"],
            distributions=self.distributions,
            intermediate_values={int(step): value for step, value in entry["looks"].items()},
        )

    def _try_one(self, study: optuna.Study) -> None:
        """One trial more. Each has random numbers of its own, so that a resumed search draws the same."""
        number, began = len(self.history), time.monotonic()
        study.sampler = optuna.samplers.TPESampler(seed=self.work.seed * 10_007 + number)
        fixed = [self.space.parameters(), *self.space.opening()]
        if number < len(fixed):
            study.enqueue_trial(fixed[number])
        trial = study.ask(self.distributions)
        self._tell(number)
        curve = self.history[0]["curve"] if number else {}

        def judge(step: int, loss: float) -> None:
            # Folds differ in how hard they are: what counts is the difference to the first trial.
            trial.report(loss - curve.get(str(step), loss), step)
            if number and trial.should_prune():
                raise _Ended

        looks = _Looks(judge)
        state, loss = COMPLETE, None
        settings = self.space.settings(trial.params) if number else self.space.start
        try:
            loss = float(np.mean(self._losses(settings, looks, timed=number > 0)))
            study.tell(trial, loss)
        except _Ended:
            state = PRUNED
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        except Cancelled:
            if self.work.should_stop():
                raise
            state = CUT
        reported = study.trials[-1].intermediate_values
        ahead = reported[max(reported)] if reported else None
        self.history.append(
            {
                "number": number,
                "state": state,
                "loss": loss,
                "ahead": ahead if number else 0.0,
                "parameters": trial.params,
                "seconds": round(time.monotonic() - began, 2),
                "looks": {str(step): value for step, value in reported.items()},
            }
            | ({} if number else {"curve": {str(step): value for step, value in looks.found.items()}})
        )

    def _losses(
        self,
        settings: TrainingSettings,
        looks: _Looks,
        timed: bool = True,
        folds: Folds | None = None,
        seed: int = 0,
    ) -> np.ndarray:
        """Log loss of each judged row (J,), in the order of the pieces."""
        folds, work = folds or self.folds, self.work
        deadline = self._deadline() if timed else float("inf")

        def should_stop() -> bool:
            return work.should_stop() or self.seconds > deadline

        found = []
        for number in range(folds.pieces):
            tuned = finetune(
                self.card, self.depth, folds.piece(number), settings, work.seed + seed, work.device, None,
                looks.report, should_stop,
            )  # fmt: skip
            losses = judged_losses(tuned, np.asarray(folds.piece(number).y_validation), settings)
            looks.end_fold(float(losses.mean()))
            found.append(losses)
        return np.concatenate(found)

    def _confirmed(self) -> dict[str, Any]:
        """The best trial beside the first on folds drawn anew: the best of many looks better than it is."""
        complete = [entry for entry in self.history if entry["state"] == COMPLETE]
        best = min(complete, key=lambda entry: entry["loss"])
        found = {"best": best["parameters"], "best_number": best["number"], "best_loss": best["loss"]}
        if best["number"] == 0:
            return found | {"margin": 0.0, "margin_error": None, "taken": False}
        self._tell(len(self.history), confirming=True)
        folds = make_folds(self.data, self.work.seed + CONFIRMING, FOLDS)
        pair = []
        for settings in (self.space.start, self.space.settings(best["parameters"])):
            looks = _Looks(lambda step, loss: None)
            pair.append(self._losses(settings, looks, timed=False, folds=folds, seed=CONFIRMING))
        gains = pair[0] - pair[1]
        margin, error = float(gains.mean()), float(gains.std(ddof=1) / np.sqrt(len(gains)))
        return found | {"margin": margin, "margin_error": error, "taken": margin > error}

    def _keep(self, finished: bool, **found: Any) -> dict[str, Any]:
        content = {
            "fingerprint": self.fingerprint,
            "finished": finished,
            "minutes": self.budget / 60,
            "seconds": round(self.seconds, 2),
            "trials": len(self.history),
            "pruned": sum(entry["state"] == PRUNED for entry in self.history),
            "folds": self.folds.pieces,
            "rows": len(self.folds.targets),
            "default_loss": self.history[0]["loss"],
            **found,
            "history": self.history,
        }
        write_json(self.file, content)
        return content

    def _tell(self, number: int, confirming: bool = False) -> None:
        candidate = "the best settings once more" if confirming else f"settings {number + 1}"
        done = min(self.seconds, self.budget)
        self.work.report("progress", done=round(done, 1), of=self.budget, candidate=candidate)


def search_settings(
    card: Card, depth: int, data: TrainingData, work: Work, minutes: float, file: Path
) -> Searched:
    """Looks for better settings than `work.settings` for about `minutes`.

    depth: 0..S. The first trial is the settings as they are; then each control alone; then what optuna's TPE
    sampler proposes. Trials that lag behind the median of the others are ended early. The best replaces the
    settings where, on folds drawn anew, it is better by more than one standard error of the paired
    differences between the rows' log losses.

    file: JSON, written after each trial (loss: mean log loss, None of a trial that did not end; ahead: the
    last known difference to the first trial, below 0 where it was better); a search that was cancelled or
    killed goes on from there. Raises Cancelled on request, and what `finetune` raises.
    """
    return _Search(card, depth, data, work, minutes * 60, file).run()


def judged_losses(tuned: FineTuned, y: np.ndarray, settings: TrainingSettings) -> np.ndarray:
    """Log loss of each validation row (V,).

    Where training saw other class shares, the log-odds were shifted by these very rows, which would flatter:
    each half is then shifted by what the other half asks for.
    """
    if tuned.fell_back or not settings.treats_imbalance:
        return tuned.judged.losses
    log_odds = log_odds_of(tuned.judged.prediction)
    shifted = np.empty_like(log_odds)
    half = np.arange(len(y)) % 2 == 0
    for mine, other in ((half, ~half), (~half, half)):
        shifted[mine] = log_odds[mine] + rate_shift(log_odds[other], float(np.mean(y[other])))
    return row_losses(y, shifted)


def told(content: dict[str, Any]) -> dict[str, Any]:
    """`Searched.content` for metrics.json: without what only resuming needs."""
    kept = {name: value for name, value in content.items() if name not in ("fingerprint", "finished")}
    drop = ("looks", "curve")
    history = [{k: v for k, v in entry.items() if k not in drop} for entry in kept["history"]]
    return kept | {"history": history}
