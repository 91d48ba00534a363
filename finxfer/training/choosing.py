"""Which backbone, how deep, or no backbone at all: decided on training and validation rows only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import find_card, fit_to_table, list_backbones
from finxfer.backbones.protocol import FittedModel, Report, ShouldStop, TrainingData
from finxfer.errors import BadInput, Damaged
from finxfer.records.spec import TrainingSettings
from finxfer.training.finetune import AS_IS, FineTuned, finetune
from finxfer.training.validation import Judged, judge

AUTO = "auto"
MOST_BACKBONES = 6
LEAST_SHARE = 0.5
"""A backbone of named columns is considered where the table has at least this share of them."""
NOISE = 0.5
"""A less simple candidate must win by this many standard errors of the paired difference."""
SIMPLEST_BASELINES = ("logistic_regression", "lightgbm", "from_scratch")


@dataclass(frozen=True)
class Chosen:
    """The model of a run and why it is this one.

    depth: 0..S, "as-is", or None where a baseline was chosen. stages: S of the backbone. choice:
    "fine-tuned", "as-is" or the baseline's name. fell_back: fine-tuning was done, but validated worse
    than its start (or, in auto, than a baseline), which was taken instead. tried: all that was looked at.
    """

    model: FittedModel
    backbone_id: str
    depth: int | str | None
    stages: int
    choice: str
    fell_back: bool
    reason: str
    tried: list[dict[str, Any]]
    trainable_parameters: int | None
    total_parameters: int | None
    history: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class _Candidate:
    """One entry of the comparison; tuned is None for a baseline."""

    title: str
    model: FittedModel
    judged: Judged
    card: Card | None = None
    tuned: FineTuned | None = None

    @property
    def loss(self) -> float:
        return self.judged.validation.log_loss

    @property
    def in_vain(self) -> bool:
        """Whether training did not improve on its start: the model is then that of the start."""
        return self.tuned is not None and self.tuned.fell_back

    def to_json(self) -> dict[str, Any]:
        auc = self.judged.validation.auc
        return {
            "title": self.title,
            "backbone": self.card.id if self.card else None,
            "depth": self.tuned.depth if self.tuned else None,
            "choice": self.tuned.choice if self.tuned else self.title,
            "fell_back": self.in_vain,
            "validation": {"auc": None if np.isnan(auc) else round(auc, 5), "log_loss": round(self.loss, 5)},
        }


@dataclass(frozen=True)
class _Work:
    data: TrainingData
    settings: TrainingSettings
    seed: int
    device: str
    folder: Path | None
    report: Report
    should_stop: ShouldStop

    def tune(self, card: Card, depth: int | str, warm: FineTuned | None = None) -> _Candidate:
        title = f"{card.id}, {'as-is' if depth == AS_IS else f'depth {depth}'}"
        self.report("message", text=f"Trying {title}.")
        folder = self.folder / f"{card.id}-{depth}" if self.folder else None
        tuned = finetune(
            card,
            depth,
            self.data,
            self.settings,
            self.seed,
            self.device,
            folder,
            self.report,
            self.should_stop,
            warm,
        )
        return _Candidate(title, tuned.model, tuned.judged, card, tuned)

    def hastily(self) -> _Work:
        """The same work with half the epochs and patience, where several depths are tried."""
        half = replace(
            self.settings,
            epochs=max(2, self.settings.epochs // 2),
            patience=max(2, self.settings.patience // 2),
        )
        return replace(self, settings=half)

    def ladder(self, card: Card, as_is: _Candidate | None) -> list[_Candidate]:
        """As-is where that makes sense, the head, the later half, everything; each goes on from the best."""
        if as_is is None and card.knows_task(self.data.target, self.data.positive):
            as_is = self.tune(card, AS_IS)
        climbed = [as_is] if as_is else []
        warm: FineTuned | None = None
        for depth in dict.fromkeys((card.depth_count, card.depth_count // 2, 0)):
            candidate = self.hastily().tune(card, depth, warm)
            climbed.append(candidate)
            if not candidate.in_vain:
                warm = candidate.tuned
        return climbed


def choose(
    backbone: str,
    depth: int | str,
    data: TrainingData,
    baselines: dict[str, FittedModel],
    settings: TrainingSettings,
    seed: int,
    device: str,
    checkpoint_dir: Path | None,
    report: Report,
    should_stop: ShouldStop,
    home: Path | None = None,
    table: str = "",
) -> Chosen:
    """The run's model: what the analyst fixed, and finxfer's choice for what is "auto".

    backbone: a catalogue id, a folder or "auto". depth: 0..S, "as-is" or "auto": as-is, the head
    alone, the later half and everything are tried, each going on from the best so far. table: its SHA-256,
    so that "auto" passes over backbones that have learned from its rows, test rows included. baselines:
    fitted, by name; they compete only where the backbone is "auto". Validation log loss decides: what
    is worse than the best baseline is out; among the rest a simpler one stays unless it loses by more than
    half a standard error of the paired difference. Raises as `finetune` does.
    """
    work = _Work(data, settings, seed, device, checkpoint_dir, report, should_stop)
    if backbone == AUTO:
        return _choose_backbone(work, depth, baselines, home, table)
    card = find_card(backbone, home)
    if depth != AUTO:
        candidate = work.tune(card, depth)
        return _chosen(candidate, [candidate], _reason_fixed(candidate), card, candidate.in_vain)
    candidates = work.ladder(card, None)
    best = _simplest_of_the_best(candidates, [])
    kept = best.tuned is not None and best.tuned.choice == AS_IS
    return _chosen(best, candidates, _reason_depth(best, candidates), card, kept)


def _choose_backbone(
    work: _Work, depth: int | str, baselines: dict[str, FittedModel], home: Path | None, table: str
) -> Chosen:
    rivals = [
        _Candidate(name, baselines[name], judge(baselines[name], work.data))
        for name in SIMPLEST_BASELINES
        if name in baselines
    ]
    cards = _fitting(work.data, home, table)
    known = _tried_as_is(work, cards)
    lead = min(known, key=lambda candidate: candidate.loss) if known else None
    card = lead.card if lead and lead.card else cards[0] if cards else None
    candidates: list[_Candidate] = [] if card is None else _candidates_of(work, card, lead, depth)
    everything = [*candidates, *(other for other in known if other is not lead), *rivals]
    if not everything:
        raise BadInput(
            "There is nothing to choose from.",
            "No backbone of the catalogue fits this table, and no baseline was fitted.",
            "Give a backbone by name.",
        )
    best = _simplest_of_the_best([*candidates, *rivals], rivals)
    return _chosen(best, everything, _reason_auto(best, rivals), card, best.tuned is None)


def _candidates_of(work: _Work, card: Card, lead: _Candidate | None, depth: int | str) -> list[_Candidate]:
    if depth == AUTO:
        return work.ladder(card, lead)
    if depth == AS_IS:
        return [lead] if lead else []
    return [work.tune(card, min(int(depth), card.depth_count))]


def _fitting(data: TrainingData, home: Path | None, table: str) -> list[Card]:
    """Backbones that can read at least half of what they know in this table; the best fit first.

    One that has learned from the table itself would be judged on rows that it has seen.
    """
    cards = [card for card in list_backbones(home) if card.available and table not in card.tables]
    shares = {card.id: fit_to_table(card, data.columns).share for card in cards}
    fitting = [card for card in cards if shares[card.id] >= LEAST_SHARE]
    return sorted(fitting, key=lambda card: -shares[card.id])[:MOST_BACKBONES]


def _tried_as_is(work: _Work, cards: list[Card]) -> list[_Candidate]:
    tried = []
    for card in cards:
        if card.knows_task(work.data.target, work.data.positive):
            try:
                tried.append(work.tune(card, AS_IS))
            except Damaged as error:  # one spoilt backbone must not end a run that did not ask for it
                work.report("message", text=f"{card.id} was passed over: {error}")
    return tried


def _simplest_of_the_best(candidates: list[_Candidate], rivals: list[_Candidate]) -> _Candidate:
    """candidates: the simplest first, rivals among them; see `choose` for the rule."""
    floor = min((rival.loss for rival in rivals), default=float("inf"))
    useful = [candidate for candidate in candidates if not candidate.in_vain] or candidates[:1]
    eligible = [candidate for candidate in useful if candidate.loss <= floor] or useful
    best = eligible[0]
    for candidate in eligible[1:]:
        gains = best.judged.losses - candidate.judged.losses
        if gains.mean() > NOISE * gains.std() / np.sqrt(len(gains)):
            best = candidate
    return best


def _chosen(
    best: _Candidate, tried: list[_Candidate], reason: str, card: Card | None, fell_back: bool
) -> Chosen:
    tuned = best.tuned
    as_is = tuned is not None and tuned.choice == AS_IS
    return Chosen(
        model=best.model,
        backbone_id=card.id if card else "",
        depth=None if tuned is None else tuned.depth,
        stages=card.depth_count if card else 0,
        choice=best.title if tuned is None else tuned.choice,
        fell_back=fell_back,
        reason=reason,
        tried=[candidate.to_json() for candidate in tried],
        trainable_parameters=None if tuned is None else 0 if as_is else tuned.trainable_parameters,
        total_parameters=None if tuned is None else tuned.total_parameters,
        history=[] if tuned is None else tuned.history,
    )


def _reason_fixed(candidate: _Candidate) -> str:
    if candidate.in_vain:
        return (
            f"{candidate.title}, as you chose; training did not bring the validation log loss below the"
            f" start's {candidate.loss:.4f}, so the start was kept."
        )
    return f"{candidate.title}, as you chose; its validation log loss is {candidate.loss:.4f}."


def _reason_depth(best: _Candidate, candidates: Iterable[_Candidate]) -> str:
    others = [f"{other.title} {other.loss:.4f}" for other in candidates if other is not best]
    return f"{best.title} was chosen by validation log loss: {best.loss:.4f} against {'; '.join(others)}."


def _reason_auto(best: _Candidate, rivals: list[_Candidate]) -> str:
    if not rivals:
        return f"{best.title} was chosen by validation log loss: {best.loss:.4f}."
    strongest = min(rivals, key=lambda rival: rival.loss)
    if best.tuned is None:
        return (
            f"No backbone validated at least as well as {strongest.title.replace('_', ' ')}"
            f" (log loss {strongest.loss:.4f}), so that was taken."
        )
    return (
        f"{best.title} was chosen by validation log loss: {best.loss:.4f}, against"
        f" {strongest.loss:.4f} for {strongest.title.replace('_', ' ')}, the best baseline."
    )
