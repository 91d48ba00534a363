"""Fine-tuning of boosted trees: blocks kept, blocks re-estimated with decay, new trees on top.

At depth k the first k blocks keep their leaves bit for bit. The splits of the others stay, and LightGBM's
`refit` estimates their leaves anew on the target, on top of what the kept blocks say: decay x the source's
leaf + (1 - decay) x the target's; a leaf that no row of the target reaches stays as it is. Then the intercept
moves to the target's rate, and a few shallow trees continue, which may read columns that only the target has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import lightgbm
import numpy as np
from threadpoolctl import threadpool_limits

from finxfer.backbones.boosted import BLOCKS, BoostedBackbone, BoostedModel
from finxfer.backbones.card import Card
from finxfer.backbones.families import load_boosted
from finxfer.backbones.forest import Forest, leaf_values
from finxfer.backbones.imbalance import Treatment, softplus
from finxfer.backbones.outputs import Shift, binary_shift
from finxfer.backbones.placing import knows, new_columns
from finxfer.backbones.protocol import FittedModel, Report, ShouldStop, TrainingData
from finxfer.errors import Cancelled
from finxfer.records.spec import AS_IS
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.candidates import Work
from finxfer.training.finetune import FINE_TUNED, FineTuned
from finxfer.training.focal import FocalModel, tree_objective
from finxfer.training.folds import Folds
from finxfer.training.freezing import checked_depth
from finxfer.training.guard import Validation, rate_shift, validate
from finxfer.training.validation import Judged, judge

DECAYS = (0.3, 0.5, 0.7, 0.9)
"""Weights of a source leaf against the target's that are tried."""
NEW_TREES = (0, 10, 20, 40, 80)
"""Numbers of new trees that are looked at."""
HEAD: dict[str, float] = {
    "num_leaves": 4,
    "learning_rate": 0.03,
    "min_data_in_leaf": 10,
    "lambda_l2": 50.0,
    "feature_fraction": 0.6,
}
PRIOR_ROWS = 1.0
"""The shift of the intercept is drawn towards 0 as by a normal prior of this variance's inverse."""
SHIFT_STEPS = 30


@dataclass(frozen=True)
class Placed:
    """A backbone on the rows of a target.

    start: what answers before any training: the backbone, or, where it answers another task, the target's
    rate. tuned: what is trained: with new columns, and without the new trees of another task. rows, y,
    weights: matrix, labels and weights of the rows that are learned from; focal_gamma: of the loss.
    """

    start: BoostedModel
    tuned: BoostedBackbone
    renamed: dict[str, str]
    notes: tuple[str, ...]
    rows: np.ndarray
    y: np.ndarray
    weights: np.ndarray
    focal_gamma: float = 0.0

    def model(self, backbone: BoostedBackbone, logit_shift: Shift = 0.0) -> BoostedModel:
        return BoostedModel(backbone, self.renamed, binary_shift(logit_shift))

    def matrix(self, data: TrainingData) -> np.ndarray:
        """Of the validation rows."""
        return self.tuned.encoder.bins(data.frame_validation, self.renamed)


def place(card: Card, data: TrainingData, settings: TrainingSettings, seed: int = 0) -> Placed:
    """seed: of the rows that are left out or repeated where the settings ask for it.

    Under the focal loss the kept trees' leaves are estimated again with each row weighed by what the loss
    makes of the source's answer; the new trees learn by the loss itself.

    Raises Damaged where the trees are not those of the card, BadInput where the table has none of its
    columns."""
    backbone = load_boosted(card)
    reading = backbone.on(data)
    y = np.asarray(data.y_train, dtype=np.float64)
    start = reading.model()
    if not knows(card, data):
        rate = rate_shift(np.zeros(1), float(y.mean()))
        nothing = replace(backbone, blocks=(Forest(),) * BLOCKS, head=Forest(), intercept=rate)
        start, backbone = BoostedModel(nothing.described(), reading.renamed), replace(backbone, head=Forest())
    new = new_columns(backbone.card, data, reading.renamed)
    backbone = backbone.with_new_columns(data.frame_train, new)
    renamed = reading.renamed | {column.name: column.name for column in new}
    rows = backbone.encoder.bins(data.frame_train, renamed)
    treatment = Treatment.of(y, settings)
    taken = treatment.rows(y, np.random.default_rng([seed, 0xB7]))
    rows, y = rows[taken], y[taken]
    weights = treatment.row_weights(y).astype(np.float64)
    return Placed(start, backbone, renamed, reading.notes, rows, y, weights, treatment.gamma)


@dataclass(frozen=True)
class Grown:
    """One depth and decay, trained. backbone: without its new trees; added: as many as were grown."""

    depth: int
    decay: float
    backbone: BoostedBackbone
    added: Forest

    def with_trees(self, trees: int) -> BoostedBackbone:
        head = self.backbone.head + self.added.part(0, trees)
        return replace(self.backbone, head=head).described()

    def log_odds(self, matrix: np.ndarray) -> np.ndarray:
        """After each number of `NEW_TREES`, or as many as there are: float64 (len(NEW_TREES), N)."""
        said = self.backbone.forest.log_odds(matrix) + self.backbone.intercept
        parts = [self.added.part(first, last) for first, last in pairwise((0, *NEW_TREES))]
        return said + np.cumsum([part.log_odds(matrix) for part in parts], axis=0)


def decays_of(depth: int) -> tuple[float, ...]:
    """Decays that make a difference at a depth: none where every block is kept."""
    return DECAYS if depth < BLOCKS else DECAYS[-1:]


def grow_on(
    placed: Placed, depth: int, decay: float, settings: TrainingSettings, seed: int, should_stop: ShouldStop
) -> Grown:
    """Trains one depth (0..BLOCKS) with one decay. Raises Cancelled on request."""
    if should_stop():
        raise Cancelled("The training was cancelled.", "It was asked to stop.", "Resume it to go on.")
    tuned, rows = placed.tuned, placed.rows
    kept, blocks, head = tuned.blocks[:depth], tuned.blocks[depth:], tuned.head
    offset = tuned.intercept + sum((block.log_odds(rows) for block in kept), np.zeros(len(rows)))
    if blocks:
        sizes = [len(block) for block in blocks]
        moving = refitted(sum(blocks, Forest()) + head, rows, placed, offset, decay)
        ends = np.cumsum([0, *sizes])
        blocks = tuple(moving.part(int(ends[n]), int(ends[n + 1])) for n in range(len(sizes)))
        head = moving.part(int(ends[-1]))
    backbone = replace(tuned, blocks=(*kept, *blocks), head=head)
    said = tuned.intercept + backbone.forest.log_odds(rows)
    shift = intercept_shift(said, placed.y)
    backbone = replace(backbone, intercept=tuned.intercept + shift)
    return Grown(depth, decay, backbone, _new_trees(placed, said + shift, settings, seed))


def refitted(forest: Forest, rows: np.ndarray, placed: Placed, offset: np.ndarray, decay: float) -> Forest:
    """The same trees, their leaves estimated anew on top of `offset` (N,), where rows reach them."""
    if not len(forest):
        return forest
    booster = forest.booster(rows.shape[1])
    # num_threads does not reach all of refit; on a busy machine waiting threads made 5 s of 0.2.
    with threadpool_limits(1, user_api="openmp"):
        again = booster.refit(
            rows,
            placed.y,
            decay_rate=decay,
            weight=_focused(forest, rows, placed, offset),
            init_score=offset,
            dataset_params={"min_data_in_bin": 1, "feature_pre_filter": False},
            **_FIXED,
        )
    reached = np.asarray(booster.predict(rows, pred_leaf=True, num_threads=1)).reshape(len(rows), -1)
    leaves = []
    for number, (old, new) in enumerate(zip(forest.trees, leaf_values(again), strict=True)):
        values, places = np.array(old.leaves), np.unique(reached[:, number].astype(np.int64))
        values[places] = new[places]
        leaves.append(values)
    return forest.with_leaves(leaves)


def _focused(forest: Forest, rows: np.ndarray, placed: Placed, offset: np.ndarray) -> np.ndarray:
    """Weights of the rows, times what the focal loss makes of the answer so far."""
    if not placed.focal_gamma:
        return placed.weights
    said = offset + forest.log_odds(rows)
    own = np.where(placed.y > 0, said, -said)
    weights = placed.weights * np.exp(-placed.focal_gamma * softplus(own))
    return np.asarray(weights / weights.mean())


_FIXED: dict[str, Any] = {
    "objective": "binary",
    "boost_from_average": False,
    "num_threads": 1,
    "deterministic": True,
    "force_row_wise": True,
    "verbosity": -1,
}


def intercept_shift(log_odds: np.ndarray, y: np.ndarray) -> float:
    """The most likely shift of all log-odds under a normal prior around 0, by Newton's method."""
    shift = 0.0
    for _ in range(SHIFT_STEPS):
        p = 1.0 / (1.0 + np.exp(-(log_odds + shift)))
        shift += float((np.sum(y - p) - PRIOR_ROWS * shift) / (np.sum(p * (1 - p)) + PRIOR_ROWS))
    return shift


def _new_trees(placed: Placed, offset: np.ndarray, settings: TrainingSettings, seed: int) -> Forest:
    """As many new trees as are looked at, or as find a split."""
    options: dict[str, Any] = {**_FIXED, **HEAD, "min_data_in_bin": 1, "seed": seed}
    if settings.learning_rate is not None:
        options["learning_rate"] = settings.learning_rate
    if placed.focal_gamma:
        options["objective"] = tree_objective(placed.y, placed.weights, placed.focal_gamma)
    rows = lightgbm.Dataset(
        placed.rows, placed.y, weight=placed.weights, init_score=offset, params=options, free_raw_data=False
    )
    grown = Forest.of(lightgbm.train(options, rows, NEW_TREES[-1]))
    return Forest(tuple(tree for tree in grown.trees if len(tree.leaves) > 1))


class BoostedTransfer:
    """A boosted backbone that is fine-tuned, as a candidate (see `candidates.Candidate`).

    Its variants are depths, decays and numbers of new trees; where its trees answer the same task, the first
    is the backbone as it is. depths: of 0..BLOCKS.
    """

    kind = FINE_TUNED
    exact = False

    def __init__(self, card: Card, depths: Sequence[int], work: Work, starts: bool) -> None:
        self.name, self.work = f"{card.id}, fine-tuned", work
        self.card: Card = card
        tuned = [(d, decay, trees) for d in depths for decay in decays_of(d) for trees in NEW_TREES]
        self.depths, self.from_source = tuple(depths), starts
        self.variants: list[tuple[int, float, int] | None] = [*([None] if starts else []), *tuned]

    def raw(self, data: TrainingData, report: Report) -> np.ndarray:
        placed = place(self.card, data, self.work.settings, self.work.seed)
        matrix = placed.matrix(data)
        found = []
        if self.variants[0] is None:
            asked = placed.start.backbone
            found.append(asked.forest.log_odds(matrix) + asked.intercept)
        for depth in self.depths:
            for decay in decays_of(depth):
                found += list(self._grown(placed, depth, decay).log_odds(matrix))
        return np.stack(found)

    def _grown(self, placed: Placed, depth: int, decay: float) -> Grown:
        work = self.work
        return grow_on(placed, depth, decay, work.settings, work.seed, work.should_stop)

    def untouched(self, variant: int) -> bool:
        return self.variants[variant] is None

    def depth(self, variant: int) -> int | str | None:
        chosen = self.variants[variant]
        return AS_IS if chosen is None else chosen[0]

    def fit(self, folds: Folds, variant: int, logit_shift: Shift) -> FittedModel:
        """On all rows, with as many more new trees as there are more rows."""
        whole, chosen = folds.whole(), self.variants[variant]
        placed = place(self.card, whole, self.work.settings, self.work.seed)
        if chosen is None:
            return placed.model(placed.start.backbone, logit_shift)
        depth, decay, trees = chosen
        scaled = round(trees * len(whole.y_train) / len(folds.piece(0).y_train))
        return placed.model(self._grown(placed, depth, decay).with_trees(scaled), logit_shift)


def finetune_boosted(
    card: Card,
    depth: int | str,
    data: TrainingData,
    settings: TrainingSettings,
    seed: int,
    report: Report,
    should_stop: ShouldStop,
) -> FineTuned:
    """Fine-tunes at `depth` (0..BLOCKS), or "as-is", where the card's trees must answer the task.

    Decay and number of new trees are chosen by the log loss of the validation rows; a training that is not
    better there than the start is not kept. Raises BadInput for a depth or a table that the trees cannot
    serve, Damaged for wrong trees, Cancelled on request.
    """
    placed = place(card, data, settings, seed)
    for note in placed.notes:
        report("message", text=note)
    start = judge(placed.start, data)
    if depth == AS_IS:
        return _result(placed.start, start, start, AS_IS, AS_IS)
    best: tuple[Validation, Grown, int] | None = None
    matrix = placed.matrix(data)
    for decay in decays_of(checked_depth(int(depth), card.depth_count)):
        grown = grow_on(placed, int(depth), decay, settings, seed, should_stop)
        for trees, log_odds in zip(NEW_TREES, grown.log_odds(matrix), strict=True):
            found = validate(data.y_validation, log_odds, settings.shifts_rate, settings.focal_gamma)
            if best is None or found.better_than(best[0]):
                best = found, grown, trees
    assert best is not None
    found, grown, trees = best
    bent = found.focal_gamma > 0
    base = placed.model(grown.with_trees(trees), 0.0 if bent else found.logit_shift)
    model = FocalModel(base, found.focal_gamma, found.logit_shift) if bent else base
    judged = judge(model, data)
    if not judged.validation.better_than(start.validation):
        return _result(placed.start, start, start, int(depth), AS_IS)
    report("message", text=_told(grown, trees))
    return _result(model, judged, start, int(depth), FINE_TUNED)


def _told(grown: Grown, trees: int) -> str:
    again = BLOCKS - grown.depth
    moved = f"; {again} estimated again, {grown.decay:.0%} of each leaf from the source" if again else ""
    return f"{grown.depth} of {BLOCKS} blocks of trees kept{moved}; {trees} new trees."


def _result(
    model: BoostedModel | FocalModel, judged: Judged, start: Judged, depth: int | str, choice: str
) -> FineTuned:
    base = model.base if isinstance(model, FocalModel) else model
    assert isinstance(base, BoostedModel)
    card = base.backbone.card
    return FineTuned(
        model=model,
        depth=depth,
        choice=choice,
        fell_back=depth != choice == AS_IS,
        judged=judged,
        start=start,
        trainable_parameters=card.trainable_parameters(depth),
        total_parameters=card.parameters,
        weights={},
        logit_shift=model.logit_shift,
    )
