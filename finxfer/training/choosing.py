"""Which model a run keeps: what the analyst fixed, or what cross-validation on its training rows finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from finxfer.backbones.budget import MOST_STEPS
from finxfer.backbones.card import BOOSTED, Card
from finxfer.backbones.catalogue import find_card, list_backbones
from finxfer.backbones.considered import FOLD_SHARE, affordable, considered
from finxfer.backbones.controls import idle_sentence
from finxfer.backbones.placing import knows
from finxfer.backbones.protocol import FittedModel, Report, ShouldStop, TrainingData
from finxfer.errors import Damaged
from finxfer.records.spec import AS_IS, REGRESSION
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.blend import Blend, blend
from finxfer.training.boosted_transfer import BoostedTransfer
from finxfer.training.candidates import (
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
from finxfer.training.finetune import require_serving
from finxfer.training.fixed import tune_fixed
from finxfer.training.folds import Folds, make_folds
from finxfer.training.source_candidates import Corrected, Recalibrated
from finxfer.training.telling import reason, selection, tried
from finxfer.training.untreated import fit_untreated

AUTO = "auto"
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
    backbone at a named depth is tuned by the validation split (see `fixed.tune_fixed`).

    Where one of the two is "auto" the training and validation rows together judge by cross-validation (above
    3,000 rows the validation rows are held out): the fitting backbones as-is, those that know the task also
    corrected by the rows, the best of them fine-tuned, LightGBM, logistic regression and a network from
    scratch. A greedy ensemble of them is fitted on all these rows; of a named backbone only what it gave
    rise to is in it. What the same procedure makes of the baselines alone comes with it. checkpoint_dir:
    finished parts are kept there, and `baselines.fit_baselines` with the same folder shares them.

    Raises as `finetune` does.
    """
    if data.task == REGRESSION:
        settings = settings.untreated()  # it has no classes
    work = Work(settings, seed, device, report, should_stop)
    if not chooses(backbone, depth):
        return tune_fixed(backbone, depth, data, work, checkpoint_dir, home)
    if backbone != AUTO:
        card = find_card(backbone, home)
        require_serving(card, data)
        return _Choice(work, data, checkpoint_dir, trainings=6, named=card).make([card], depth)
    cards = considered(list_backbones(home), data.columns, table, data.protected, data.mapping)
    cards = affordable(cards, AS_IS, len(data.y_train), len(data.columns), device)
    cards = _serving(cards, data, work.report)
    known = sum(knows(card, data) and not card.in_context for card in cards)
    trainings = len(BASELINES) + len(cards) + known + 1
    return _Choice(work, data, checkpoint_dir, trainings).make(cards, depth)


def _serving(cards: Sequence[Card], data: TrainingData, report: Report) -> list[Card]:
    """The cards that can serve the task; of the others a sentence says why not."""
    obstacles = {card.id: card.obstacle(data.task, data.classes) for card in cards}
    for sentence in filter(None, obstacles.values()):
        report("message", text=f"Left out: {sentence}")
    return [card for card in cards if not obstacles[card.id]]


def chooses(backbone: str, depth: int | str) -> bool:
    """Whether finxfer has a say in backbone or depth, and so judges by cross-validation."""
    return AUTO in (backbone, depth)


def judge_baselines(
    data: TrainingData, work: Work, folder: Path | None, card: Card | None = None
) -> tuple[dict[str, Scored], dict[str, FittedModel]]:
    """The baselines judged as `choose` judges them, and fitted on all rows. card: of a named backbone."""
    choice = _Choice(work, data, folder, trainings=len(BASELINES), named=card)
    scored = choice.score_baselines()
    return scored, {name: choice.model(one) for name, one in scored.items()}


@dataclass(frozen=True)
class _Pool:
    """Everything judged; in_vain: names of trainings that did not help."""

    baselines: list[Scored]
    pretrained: list[Scored]
    in_vain: frozenset[str]

    @property
    def everything(self) -> list[Scored]:
        return [*self.pretrained, *self.baselines]

    def rivals(self, named: Card | None) -> list[Scored]:
        """What the choice is among: of a named backbone what it gave rise to."""
        return self.everything if named is None else self.pretrained

    def open_to(self, named: Card | None) -> list[Scored]:
        """What the model may be made of."""
        return [scored for scored in self.rivals(named) if scored.name not in self.in_vain]


class _Choice:
    """One choice: folds, what is kept, and the models that were fitted for good.

    trainings: candidates, for the progress. named: the backbone that the analyst chose; the model is made of
    it alone, and what is wrong with it ends the run.
    """

    def __init__(
        self, work: Work, data: TrainingData, folder: Path | None, trainings: int, named: Card | None = None
    ) -> None:
        self.work, self.data, self.named = work, data, named
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
            FromScratch(BASELINES[2], self.work, self.named, keeps),
        )
        return {candidate.name: self.trials.score(candidate) for candidate in makers}

    def make(self, cards: Sequence[Card], depth: int | str) -> Chosen:
        baselines = self.score_baselines()
        as_is, corrected = self._untrained(cards, depth)
        lead = min(as_is, key=lambda scored: scored.loss).candidate.card if as_is else None
        tuned = [] if depth == AS_IS else self._tuned(as_is, lead, cards, depth)
        pool = _Pool(list(baselines.values()), [*as_is, *corrected, *tuned], _in_vain(as_is, tuned))
        own, without = blend(pool.open_to(self.named), self.folds), blend(pool.baselines, self.folds)
        return self._chosen(pool, own, without, lead or (cards[0] if cards else None))

    def _untrained(self, cards: Sequence[Card], depth: int | str) -> tuple[list[Scored], list[Scored]]:
        """The backbones that know the task as they are, and corrected by the rows."""
        as_is, corrected = [], []
        rows = len(self.folds.y)
        for card in cards:
            if not knows(card, self.data):
                continue
            if card.in_context:
                as_is += self._scored(AsIs(card, self.work))
                continue
            as_is += self._scored(Recalibrated(card, self.work, rows))
            if depth != AS_IS:
                corrected += self._scored(Corrected(card, self.work, rows))
        return as_is, corrected

    def _scored(self, candidate: Candidate, start: Scored | None = None) -> list[Scored]:
        """The candidate judged; empty where its backbone is spoilt and nobody asked for it by name."""
        try:
            return [self.trials.score(candidate, start)]
        except Damaged as error:
            if self.named is not None or candidate.card is None:
                raise
            self.work.report("message", text=f"{candidate.card.id} was passed over: {error}")
            return []

    def _tuned(
        self, as_is: Sequence[Scored], lead: Card | None, cards: Sequence[Card], depth: int | str
    ) -> list[Scored]:
        """The best backbone as-is, and those whose head answers another task, fine-tuned."""
        new_heads = [card for card in cards if not knows(card, self.data)]
        # Boosted trees are fine-tuned in a moment, so that they need not lead.
        open_to = [card for card in cards if card in (lead, *new_heads) or card.family == BOOSTED]
        if self.named is None:
            rows, columns = len(self.data.y_train), len(self.data.columns)
            open_to = affordable(open_to, 0, rows, columns, self.work.device)
        found = []
        for card in open_to:
            note = idle_sentence(card, 0 if depth == AUTO else depth, self.work.settings)
            if note:
                self.work.report("message", text=note)
            start = next((one for one in as_is if one.candidate.card is card), None)
            found += self._scored(self._tuning(card, depth), start)
        return found

    def _tuning(self, card: Card, depth: int | str) -> Candidate:
        if card.family == BOOSTED:
            depths = _depths(card) if depth == AUTO else (min(int(depth), card.depth_count),)
            known = knows(card, self.data)
            return BoostedTransfer(card, depths, self.work, known)
        piece = self.folds.piece(0)
        most = backbone_learner(card, piece, self.work).epoch_limit(self.work.settings.epochs)
        depths = _depths(card) if depth == AUTO else (min(int(depth), card.depth_count),)
        keeps = not self.folds.crossed
        if not keeps:
            most = max(1, most // FOLD_SHARE)
        return Tuned(card, depths, _looks(most, keeps), self.work, piece, keeps)

    def _untreated(self, own: Blend) -> FittedModel | None:
        """The same members with nothing done about a rare class; None where nothing was done."""
        if not self.work.settings.treats_imbalance:
            return None
        return own.fit(lambda scored: fit_untreated(scored, self.folds), self.data.output)

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

        output = self.data.output
        judged = {"model": own, "without_pretrained": without} | {one.name: one for one in pool.baselines}
        return Chosen(
            model=own.fit(self.model, output),
            backbone_id=card.id if card else "",
            depth=depth,
            stages=card.depth_count if card else 0,
            choice=own.members[0].candidate.kind if len(own.members) == 1 and lead else own.name,
            fell_back=lead is None or (self.named is not None and depth == AS_IS and bool(pool.in_vain)),
            reason=reason(own, pool.rivals(self.named), len(self.folds.targets), output.loss_name),
            tried=tried(pool.everything, pool.in_vain, output.loss_name),
            trainable_parameters=card.trainable_parameters(depth) if card and depth is not None else None,
            total_parameters=card.parameters if card and lead else None,
            baselines={scored.name: self.model(scored) for scored in pool.baselines},
            without_pretrained=without.fit(self.model, output),
            selection=selection(
                own, without, pool.everything, pool.rivals(self.named), pool.in_vain, self.folds
            ),
            out_of_fold=OutOfFold(
                self.folds.targets,
                {name: output.predict(one.raw) for name, one in judged.items()},
            ),
            member=member,
            untreated=self._untreated(own),
        )


def _in_vain(as_is: Sequence[Scored], tuned: Sequence[Scored]) -> frozenset[str]:
    """Trainings that are not clearly better than the same backbone as-is: it stands for them.

    Clearly: by more than a standard error of the paired difference. On a hundred rows chance alone makes
    a training look better every other time, and what is gained by chance is lost on the next customers.
    Of a source that knows the task a training stays beside its start: the prior of the mean weighs the two,
    which was better on six segments than to drop one of them (docs/source_transfer.md).
    """
    starts = {scored.candidate.card.id: scored for scored in as_is if scored.candidate.card}
    found = set()
    for scored in tuned:
        start = starts.get(scored.candidate.card.id) if scored.candidate.card else None
        gains = None if start is None or scored.candidate.from_source else start.losses - scored.losses
        if scored.untouched or (gains is not None and gains.mean() <= gains.std() / np.sqrt(len(gains))):
            found.add(scored.name)
    return frozenset(found)


def _depths(card: Card) -> tuple[int, ...]:
    """Depths that are tried unasked: training everything pays most; a small network's head is cheap too."""
    return (0,) if card.in_context else tuple(dict.fromkeys((card.depth_count, 0)))


def _looks(most: int, few: bool) -> tuple[int, ...]:
    """Epochs at which a fine-tuning is looked at: 1, 2, 4, ... and the last; `few`: half-way and the last."""
    if few:
        return tuple(dict.fromkeys((max(1, most // 2), most)))
    return (*(1 << power for power in range(MOST_STEPS.bit_length()) if 1 << power < most), most)
