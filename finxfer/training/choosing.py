"""Which model a run keeps: what the analyst fixed, or what cross-validation on its training rows finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from finxfer.backbones.budget import MOST_STEPS
from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import list_backbones
from finxfer.backbones.considered import FOLD_SHARE, affordable, considered
from finxfer.backbones.protocol import FittedModel, Report, ShouldStop, TrainingData
from finxfer.errors import Damaged
from finxfer.records.spec import TrainingSettings
from finxfer.training.blend import Blend, blend
from finxfer.training.candidates import (
    AS_IS,
    AsIs,
    Boosted,
    Candidate,
    FromScratch,
    Logistic,
    Tuned,
    Work,
    backbone_learner,
)
from finxfer.training.chosen import Chosen, OutOfFold
from finxfer.training.cross_validation import Keeper, Scored, Trials
from finxfer.training.folds import Folds, make_folds
from finxfer.training.ladder import AUTO, tune_fixed
from finxfer.training.telling import reason, selection, tried

BASELINES = ("logistic_regression", "lightgbm", "from_scratch")


def choose(
    backbone: str,
    depth: int | str,
    data: TrainingData,
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

    backbone: a catalogue id, a folder or "auto". depth: 0..S, "as-is" or "auto". table: its SHA-256, so
    that "auto" passes over backbones that have learned from its rows, test rows included. A named
    backbone is tuned by the validation split (see `ladder.tune_fixed`).

    With "auto" the training and validation rows together judge by cross-validation (above 3,000 rows the
    validation rows are held out): the fitting backbones as-is, the best of them fine-tuned, LightGBM,
    logistic regression and a network from scratch. A greedy ensemble of them is fitted on all these rows;
    what the same procedure makes of the baselines alone comes with it. checkpoint_dir: finished parts are
    kept there, and `baselines.fit_baselines` with the same folder shares them.

    Raises as `finetune` does.
    """
    work = Work(settings, seed, device, report, should_stop)
    if backbone != AUTO:
        return tune_fixed(backbone, depth, data, work, checkpoint_dir, home)
    cards = considered(list_backbones(home), data.columns, table, data.protected, data.mapping)
    cards = affordable(cards, AS_IS, len(data.y_train), len(data.columns), device)
    return _Choice(work, data, checkpoint_dir, trainings=3 + 2 * len(cards)).make(cards, depth)


def judge_baselines(
    data: TrainingData, work: Work, folder: Path | None
) -> tuple[dict[str, Scored], dict[str, FittedModel]]:
    """The baselines judged as `choose` judges them, and fitted on all rows."""
    choice = _Choice(work, data, folder, trainings=len(BASELINES))
    scored = choice.score_baselines()
    return scored, {name: choice.model(one) for name, one in scored.items()}


@dataclass(frozen=True)
class _Pool:
    """Everything judged; useful: what may be in the model."""

    baselines: list[Scored]
    pretrained: list[Scored]
    in_vain: frozenset[str]

    @property
    def everything(self) -> list[Scored]:
        return [*self.pretrained, *self.baselines]

    @property
    def useful(self) -> list[Scored]:
        return [scored for scored in self.everything if scored.name not in self.in_vain]


class _Choice:
    """One choice: folds, what is kept, and the models that were fitted for good."""

    def __init__(self, work: Work, data: TrainingData, folder: Path | None, trainings: int) -> None:
        self.work, self.data = work, data
        self.folds: Folds = make_folds(data, work.seed)
        self.keeper = Keeper(folder, self.folds, work)
        self.trials = Trials(self.folds, work, self.keeper, of=trainings * self.folds.pieces)
        self._fitted: dict[str, FittedModel] = {}

    def model(self, scored: Scored) -> FittedModel:
        """The candidate fitted on all rows, once."""
        if scored.name not in self._fitted:
            self._fitted[scored.name] = self.keeper.model(scored, self.folds)
        return self._fitted[scored.name]

    def score_baselines(self) -> dict[str, Scored]:
        keeps = not self.folds.crossed
        makers: tuple[Candidate, ...] = (
            Logistic(BASELINES[0], self.work),
            Boosted(BASELINES[1], self.work),
            FromScratch(BASELINES[2], self.work, None, keeps),
        )
        return {candidate.name: self.trials.score(candidate) for candidate in makers}

    def make(self, cards: Sequence[Card], depth: int | str) -> Chosen:
        baselines = self.score_baselines()
        as_is = self._as_is(cards)
        lead = min(as_is, key=lambda scored: scored.loss).candidate.card if as_is else None
        tuned = [] if depth == AS_IS else self._tuned(as_is, lead, cards, depth)
        pool = _Pool(list(baselines.values()), [*as_is, *tuned], _in_vain(as_is, tuned))
        own, without = blend(pool.useful, self.folds), blend(pool.baselines, self.folds)
        return self._chosen(pool, own, without, lead or (cards[0] if cards else None))

    def _as_is(self, cards: Sequence[Card]) -> list[Scored]:
        found = []
        for card in cards:
            if card.knows_task(self.data.target, self.data.positive):
                try:
                    found.append(self.trials.score(AsIs(card, self.work)))
                except Damaged as error:  # one spoilt backbone must not end a run that did not ask for it
                    self.work.report("message", text=f"{card.id} was passed over: {error}")
        return found

    def _tuned(
        self, as_is: Sequence[Scored], lead: Card | None, cards: Sequence[Card], depth: int | str
    ) -> list[Scored]:
        """The best backbone as-is, and those whose head answers another task, fine-tuned."""
        new_heads = [card for card in cards if not card.knows_task(self.data.target, self.data.positive)]
        found = []
        open_to = [*([lead] if lead else []), *new_heads]
        rows, columns = len(self.data.y_train), len(self.data.columns)
        for card in affordable(open_to, 0, rows, columns, self.work.device):
            try:
                start = next((one for one in as_is if one.candidate.card is card), None)
                found.append(self.trials.score(self._tuning(card, depth), start))
            except Damaged as error:
                self.work.report("message", text=f"{card.id} was passed over: {error}")
        return found

    def _tuning(self, card: Card, depth: int | str) -> Tuned:
        piece = self.folds.piece(0)
        most = backbone_learner(card, piece, self.work).epoch_limit(self.work.settings.epochs)
        depths = _depths(card) if depth == AUTO else (min(int(depth), card.depth_count),)
        keeps = not self.folds.crossed
        if not keeps:
            most = max(1, most // FOLD_SHARE)
        return Tuned(card, depths, _looks(most, keeps), self.work, piece, keeps)

    def _chosen(self, pool: _Pool, own: Blend, without: Blend, card: Card | None) -> Chosen:
        lead = own.pretrained
        card = lead.candidate.card if lead else card
        depth = lead.candidate.depth(lead.variant) if lead else None
        by_name = {scored.name: scored for scored in pool.everything}

        def member(name: str) -> FittedModel:
            scored = by_name[name]
            twin = next(
                (one for one in pool.pretrained if one.candidate.card is scored.candidate.card), scored
            )
            return self.model(twin if name in pool.in_vain else scored)

        probability = {"model": own, "without_pretrained": without} | {
            one.name: one for one in pool.baselines
        }
        return Chosen(
            model=own.fit(self.model),
            backbone_id=card.id if card else "",
            depth=depth,
            stages=card.depth_count if card else 0,
            choice=own.members[0].candidate.kind if len(own.members) == 1 and lead else own.name,
            fell_back=lead is None,
            reason=reason(own, pool.everything, len(self.folds.targets)),
            tried=tried(pool.everything, pool.in_vain),
            trainable_parameters=card.trainable_parameters(depth) if card and depth is not None else None,
            total_parameters=card.parameters if card and lead else None,
            baselines={scored.name: self.model(scored) for scored in pool.baselines},
            without_pretrained=without.fit(self.model),
            selection=selection(own, without, pool.everything, pool.in_vain, self.folds),
            out_of_fold=OutOfFold(
                self.folds.targets,
                {name: 1.0 / (1.0 + np.exp(-one.log_odds)) for name, one in probability.items()},
            ),
            member=member,
        )


def _in_vain(as_is: Sequence[Scored], tuned: Sequence[Scored]) -> frozenset[str]:
    """Trainings that are not clearly better than the same backbone as-is: it stands for them.

    Clearly: by more than a standard error of the paired difference. On a hundred rows chance alone makes
    a training look better every other time, and what is gained by chance is lost on the next customers.
    """
    starts = {scored.candidate.card.id: scored for scored in as_is if scored.candidate.card}
    found = set()
    for scored in tuned:
        start = starts.get(scored.candidate.card.id) if scored.candidate.card else None
        gains = None if start is None else start.losses - scored.losses
        if scored.untouched or (gains is not None and gains.mean() <= gains.std() / np.sqrt(len(gains))):
            found.add(scored.name)
    return frozenset(found)


def _depths(card: Card) -> tuple[int, ...]:
    """Depths that are tried unasked: training everything pays most; a small network's head is cheap too."""
    return (0,) if card.family == "incontext" else tuple(dict.fromkeys((card.depth_count, 0)))


def _looks(most: int, few: bool) -> tuple[int, ...]:
    """Epochs at which a fine-tuning is looked at: 1, 2, 4, ... and the last; `few`: half-way and the last."""
    if few:
        return tuple(dict.fromkeys((max(1, most // 2), most)))
    return (*(1 << power for power in range(MOST_STEPS.bit_length()) if 1 << power < most), most)
