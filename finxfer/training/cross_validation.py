"""Candidates judged by rows that they have not learned from.

What a row is rated with was chosen by the rows of the other parts alone: the variant of a candidate here, the
weights of an ensemble in `ensemble`. It is the out-of-fold selection of Tsamardinos, Greasidou & Borboudakis
(2018, "Bootstrapping the out-of-sample predictions for efficient and accurate cross-validation"), with the
folds in place of bootstrap draws: no training is done a second time within a fold.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from finxfer.backbones.outputs import Shift
from finxfer.backbones.protocol import FittedModel
from finxfer.records.files import write_atomically
from finxfer.records.spec import BINARY
from finxfer.training.candidates import Candidate, Work
from finxfer.training.fitted import load_fitted
from finxfer.training.focal import FocalModel
from finxfer.training.folds import Folds
from finxfer.training.guard import Validation, bent, ranking, validate

UNFIT = 30.0
"""Loss of a row that has no answer: it loses against any other."""


@dataclass(frozen=True)
class Scored:
    """A candidate with its raw output for the judged rows, (J,) or (J, C), each row's variant chosen by the
    other parts.

    variant: the one that all judged rows choose; logit_shift, focal_gamma: what its log-odds need after
    training with other class shares or the focal loss (`guard.Validation`). losses: of each judged row (J,).
    seconds: of its trainings.
    """

    candidate: Candidate
    raw: np.ndarray
    losses: np.ndarray
    auc: float | None
    variant: int
    logit_shift: Shift
    seconds: float
    focal_gamma: float = 0.0

    @property
    def name(self) -> str:
        return self.candidate.name

    @property
    def loss(self) -> float:
        return float(self.losses.mean())

    @property
    def untouched(self) -> bool:
        """Whether training was asked for and none is best."""
        return self.candidate.untouched(self.variant)


def chosen_elsewhere(losses: np.ndarray, parts: np.ndarray) -> tuple[np.ndarray, int]:
    """The first best variant by the rows of the other parts, for each row (J,); and by all rows.

    losses: (variants, J). parts: (J,). With a single part its own rows have to do.
    """
    numbers = np.unique(parts)
    sums = np.stack([losses[:, parts == number].sum(axis=1) for number in numbers], axis=1)
    total = sums.sum(axis=1, keepdims=True)
    best = np.argmin(total - sums if len(numbers) > 1 else total, axis=0)
    return best[np.searchsorted(numbers, parts)], int(np.argmin(total[:, 0]))


class Keeper:
    """What is finished, in a folder by the rows and settings it belongs to; None keeps nothing."""

    def __init__(self, folder: Path | None, folds: Folds, work: Work) -> None:
        self._device = work.device
        self._folder: Path | None = None
        if folder is not None:
            identity = hashlib.sha256(json.dumps([asdict(work.settings), work.seed, work.device]).encode())
            names = [column.name for column in folds.data.columns]
            identity.update(json.dumps([names, folds.data.positive, folds.crossed]).encode())
            y = np.asarray(folds.y, dtype=np.int8 if folds.data.task == BINARY else np.float64)
            identity.update(folds.part.tobytes() + y.tobytes())
            self._folder = folder / identity.hexdigest()[:12]

    def _place(self, candidate: Candidate, file: str) -> Path | None:
        """By name and weights: another backbone of the same name begins anew."""
        if self._folder is None:
            return None
        weights = candidate.card.sha256[:12] if candidate.card else ""
        return self._folder / re.sub(r"[^a-z0-9]+", "-", f"{candidate.name} {weights}".lower()) / file

    def raw(self, candidate: Candidate, piece: int) -> tuple[np.ndarray, float] | None:
        """Raw output and seconds of a candidate's training, if it is done."""
        path = self._place(candidate, f"raw-{piece}.npz")
        if path is None or not path.is_file():
            return None
        with np.load(path, allow_pickle=False) as content:
            return content["raw"], float(content["seconds"])

    def keep(self, candidate: Candidate, piece: int, raw: np.ndarray, seconds: float) -> None:
        path = self._place(candidate, f"raw-{piece}.npz")
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)

            def write(temporary: Path) -> None:
                with temporary.open("wb") as stream:
                    np.savez(stream, raw=raw, seconds=np.float64(seconds))

            write_atomically(path, write)

    def model(self, scored: Scored, folds: Folds) -> FittedModel:
        """The candidate fitted for good, now or earlier."""
        path = self._place(scored.candidate, "model")
        if path is not None and (path / "model.json").is_file():
            return load_fitted(path, self._device)
        bent = scored.focal_gamma > 0
        model = scored.candidate.fit(folds, scored.variant, 0.0 if bent else scored.logit_shift)
        if bent:
            model = FocalModel(model, scored.focal_gamma, scored.logit_shift, folds.data.output)
        if path is not None:
            model.save(path)
        return model


@dataclass
class Trials:
    """Judges candidates on the same folds, with what is finished kept for a resume.

    done, of: units of work (a candidate on a fold) behind and in all, for the progress.
    """

    folds: Folds
    work: Work
    keeper: Keeper
    of: int
    done: int = 0

    def score(self, candidate: Candidate, start: Scored | None = None) -> Scored:
        """The candidate on all folds. Raises Cancelled on request.

        start: the same backbone as-is. A training that does not improve on it on the first of several folds
        is not tried on the others: the start stands for it.
        """
        pieces = [self._piece(candidate, 0)]
        losses = self._losses(self.folds.piece(0).y_validation, pieces[0][0])
        best = int(np.argmin(losses.mean(axis=1)))
        if start is not None and self.folds.pieces > 1 and candidate.untouched(best):
            self.done += self.folds.pieces - 1
            scored = replace(start, candidate=candidate, variant=0, seconds=pieces[0][1])
            self._tell(scored)
            return scored
        pieces += [self._piece(candidate, number) for number in range(1, self.folds.pieces)]
        return self._judged(candidate, [raw for raw, _ in pieces], sum(seconds for _, seconds in pieces))

    def _losses(self, y: np.ndarray, raw: np.ndarray) -> np.ndarray:
        """(variants, V) of raw output (variants, V) or (variants, V, C), some of it perhaps not finite."""
        known = np.isfinite(raw).all(axis=tuple(range(2, raw.ndim))) if raw.ndim > 2 else np.isfinite(raw)
        filled = np.where(np.isfinite(raw), raw, 0.0)
        return np.where(known, self.folds.data.output.row_losses(y, filled), UNFIT)

    def _piece(self, candidate: Candidate, number: int) -> tuple[np.ndarray, float]:
        fold = {"fold": number + 1, "folds": self.folds.pieces} if self.folds.crossed else {}
        self.work.report("progress", done=self.done, of=self.of, candidate=candidate.name, **fold)
        self.done += 1
        kept = self.keeper.raw(candidate, number)
        if kept is not None:
            return kept
        began = time.monotonic()
        # One fold's epochs are told; those of the others would lie over them.
        report = self.work.report if number == 0 else _silent
        raw = candidate.raw(self.folds.piece(number), report)
        seconds = time.monotonic() - began
        self.keeper.keep(candidate, number, raw, seconds)
        return raw, seconds

    def _judged(self, candidate: Candidate, pieces: list[np.ndarray], seconds: float) -> Scored:
        folds, y, output = self.folds, self.folds.targets, self.folds.data.output
        rows = np.concatenate([folds.asked(number) for number in range(folds.pieces)])
        table = np.concatenate(pieces, axis=1)[:, np.argsort(rows, kind="stable")]
        # What a training did not reach on one fold (it had ended, or gone astray) is open to none.
        known = np.isfinite(table).reshape(len(table), -1).all(axis=1)
        settings, corrections = self.work.settings, [Validation(0.0, 0.0)] * len(table)
        if settings.treats_imbalance and not candidate.exact:
            for place in np.flatnonzero(known):
                if not candidate.untouched(int(place)):
                    found = validate(y, table[place], settings.shifts_rate, settings.focal_gamma, output)
                    corrections[place] = found
                    table[place] = bent(output, table[place], found.focal_gamma) + found.logit_shift
        table[~known] = np.nan
        mine, variant = chosen_elsewhere(self._losses(y, table), folds.parts)
        raw = np.where(np.isfinite(table), table, 0.0)[mine, np.arange(len(y))]
        taken = corrections[variant]
        scored = Scored(
            candidate, raw, output.row_losses(y, raw), ranking(output, y, raw), variant, taken.logit_shift,
            seconds, taken.focal_gamma,
        )  # fmt: skip
        self._tell(scored)
        return scored

    def _tell(self, scored: Scored) -> None:
        card = scored.candidate.card
        self.work.report(
            "candidate",
            name=scored.name,
            backbone=card.id if card else None,
            depth=scored.candidate.depth(scored.variant),
            **{self.folds.data.output.loss_name: round(scored.loss, 5)},
            auc=scored.auc,
            seconds=round(scored.seconds, 2),
            fell_back=scored.untouched,
        )


def _silent(kind: str, **fields: object) -> None:
    """Report to nobody."""
