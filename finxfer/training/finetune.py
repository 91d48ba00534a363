"""One fine-tuning: a backbone, a freezing depth, the analyst's labelled rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from finxfer.backbones.card import BOOSTED, Card
from finxfer.backbones.controls import idle_sentence
from finxfer.backbones.families import load_backbone
from finxfer.backbones.outputs import Shift
from finxfer.backbones.placing import knows
from finxfer.backbones.protocol import FittedModel, Learner, Report, ShouldStop, TrainingData
from finxfer.errors import BadInput
from finxfer.records.spec import AS_IS, BINARY
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.checkpoint import copied
from finxfer.training.focal import corrected
from finxfer.training.loop import Trained, TrainingRun, train
from finxfer.training.validation import Judged, judge

__all__ = ["FINE_TUNED", "FineTuned", "Start", "TrainingData", "finetune"]

FINE_TUNED = "fine-tuned"


@dataclass(frozen=True)
class Start:
    """Where a training goes on from: a network's weights, the model that it is on all validation rows, and
    what that model does to its log-odds."""

    judged: Judged
    weights: dict[str, Tensor] = field(repr=False)
    logit_shift: Shift
    focal_gamma: float = 0.0


@dataclass(frozen=True)
class FineTuned:
    """A fine-tuned (or as-is) model and how it came about.

    choice: "fine-tuned" or "as-is". fell_back: training was asked for, but validated worse than the
    start, which is therefore kept. judged: the model on all validation rows; start: the backbone
    before training. trainable_parameters: of the depth, 0 for as-is. weights: of the network; trees, which
    are trained in a second, have none to go on from.
    """

    model: FittedModel
    depth: int | str
    choice: str
    fell_back: bool
    judged: Judged
    start: Judged
    trainable_parameters: int
    total_parameters: int
    weights: dict[str, Tensor] = field(repr=False)
    logit_shift: Shift = 0.0
    focal_gamma: float = 0.0
    best_epoch: int = 0
    steps: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)

    def going_on(self) -> Start:
        """The start of a training that goes on from here."""
        return Start(self.judged, self.weights, self.logit_shift, self.focal_gamma)


def finetune(
    card: Card,
    depth: int | str,
    data: TrainingData,
    settings: TrainingSettings,
    seed: int,
    device: str,
    checkpoint_dir: Path | None,
    report: Report,
    should_stop: ShouldStop,
    warm: Start | None = None,
) -> FineTuned:
    """Fine-tunes the backbone of `card` at `depth` (0..S or "as-is").

    Never returns a model that validates worse (by the loss) than its start: the backbone as-is, or,
    where its head is of another task, a head that answers the default rate, or `warm`, an earlier
    fine-tuning of the same backbone on the same data to go on from. Raises BadInput for a depth or
    table that the backbone cannot serve, Damaged for wrong weights, Cancelled on request.
    """
    _require_same_task(card, data, depth)
    idle = idle_sentence(card, depth, settings)
    if idle:
        report("message", text=idle)
    if card.family == BOOSTED:
        from finxfer.training.boosted_transfer import finetune_boosted

        return finetune_boosted(card, depth, data, settings, seed, report, should_stop)
    learner = load_backbone(card).learner(data, settings, seed, device)
    for note in learner.notes:
        report("message", text=note)
    source = copied(learner.network) if warm is not None and settings.l2_sp else None
    if warm is not None:
        learner.network.load_state_dict(warm.weights)
    start = Start(
        judged=warm.judged if warm else judge(learner.model(0.0), data),
        weights=copied(learner.network),
        logit_shift=warm.logit_shift if warm else 0.0,
        focal_gamma=warm.focal_gamma if warm else 0.0,
    )
    if depth == AS_IS:
        return _as_is(learner, card, start)
    identity = {"backbone": card.sha256, "rows": len(data.y_train), "columns": [c.name for c in data.columns]}
    run = TrainingRun(
        int(depth), settings, seed, device, checkpoint_dir, report, should_stop,
        identity=identity, warm=warm is not None, source=source,
    )  # fmt: skip
    return _guarded(learner, card, data, start, train(learner, run), int(depth))


def require_serving(card: Card, data: TrainingData) -> None:
    """Raises BadInput where the backbone cannot serve the task, whatever is trained."""
    obstacle = card.obstacle(data.task, data.classes)
    if obstacle:
        raise BadInput(
            f"The backbone {card.name} cannot be used here.",
            obstacle,
            "Choose another backbone, or let finxfer choose.",
        )


def _require_same_task(card: Card, data: TrainingData, depth: int | str) -> None:
    require_serving(card, data)
    if depth == AS_IS and not knows(card, data):
        known = f"{card.target!r} = {card.positive!r}" if card.task == BINARY else f"{card.target!r}"
        asked = f"{data.target!r} = {data.positive!r}" if data.task == BINARY else f"{data.target!r}"
        raise BadInput(
            f"The backbone {card.name} cannot be used as-is here.",
            f"Its head answers {known} ({card.task}), not {asked} ({data.task}).",
            "Fine-tune at least its head, or choose an in-context backbone.",
        )


def _as_is(learner: Learner, card: Card, start: Start) -> FineTuned:
    judged = start.judged
    model = learner.model(0.0)
    return FineTuned(model, AS_IS, AS_IS, False, judged, judged, 0, card.parameters, start.weights)


def _guarded(
    learner: Learner, card: Card, data: TrainingData, start: Start, trained: Trained, depth: int
) -> FineTuned:
    """The trained model, unless it validates worse on all validation rows than the start."""
    shift, gamma = trained.best.logit_shift, trained.best.focal_gamma
    judged = start.judged if trained.fell_back else judge(corrected(learner, shift, gamma), data)
    fell_back = not judged.validation.better_than(start.judged.validation)
    if fell_back:
        learner.network.load_state_dict(start.weights)
        judged, shift, gamma = start.judged, start.logit_shift, start.focal_gamma
    return FineTuned(
        model=corrected(learner, shift, gamma),
        depth=depth,
        choice=AS_IS if fell_back else FINE_TUNED,
        fell_back=fell_back,
        judged=judged,
        start=start.judged,
        trainable_parameters=trained.trainable_parameters,
        total_parameters=sum(parameter.numel() for parameter in learner.network.parameters()),
        weights=copied(learner.network),
        logit_shift=shift,
        focal_gamma=gamma,
        best_epoch=trained.best_epoch,
        steps=trained.steps,
        history=trained.history,
    )
