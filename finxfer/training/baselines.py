"""What a user would pick instead, on the same rows: the run's baselines."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import find_card
from finxfer.backbones.protocol import FittedModel, Report, ShouldStop, TrainingData
from finxfer.records.spec import REGRESSION
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.boosting import fit_lightgbm
from finxfer.training.candidates import Work, fresh_network
from finxfer.training.choosing import AUTO, chooses, judge_baselines
from finxfer.training.fitted import load_fitted
from finxfer.training.focal import corrected
from finxfer.training.guard import Validation
from finxfer.training.logistic import fit_logistic
from finxfer.training.loop import TrainingRun, train
from finxfer.training.validation import judge


def fit_baselines(
    data: TrainingData,
    backbone: str,
    depth: int | str,
    settings: TrainingSettings,
    seed: int,
    device: str,
    folder: Path | None,
    report: Report,
    should_stop: ShouldStop,
    home: Path | None = None,
) -> dict[str, FittedModel]:
    """Logistic regression, LightGBM and a network from scratch by name, on the model's rows.

    backbone, depth: what the run uses (catalogue id, folder or "auto"; 0..S, "as-is" or "auto"). Where both
    are named the baselines learn from the training rows, and the validation rows choose strengths,
    configurations and epochs. Where one is "auto" they are cross-validated like every other candidate of
    `choosing.choose` and fitted on all rows. From scratch: the named backbone's network, else a TabM. folder:
    finished baselines are kept there, so that a resumed run does not train them again. Raises Cancelled on
    request.
    """
    if data.task == REGRESSION:
        settings = settings.untreated()  # it has no classes
    card = None if backbone == AUTO else find_card(backbone, home)
    if chooses(backbone, depth):
        work = Work(settings, seed, device, report, should_stop)
        scored, fitted = judge_baselines(data, work, folder, card)
        for name, one in scored.items():
            report("baseline", name=name, validation_auc=one.auc, seconds=round(one.seconds, 2))
        return fitted
    makers: dict[str, Callable[[], tuple[FittedModel, Validation]]] = {
        "logistic_regression": lambda: fit_logistic(data, settings),
        "lightgbm": lambda: fit_lightgbm(data, settings, seed, report, should_stop),
        "from_scratch": lambda: fit_from_scratch(
            data, card, settings, seed, device, report, should_stop, folder
        ),
    }
    kept: dict[str, FittedModel] = {}
    for name, make in makers.items():
        began = time.monotonic()
        place = folder / name if folder else None
        if place is not None and (place / "model.json").is_file():
            kept[name] = load_fitted(place, device)
            found = judge(kept[name], data).validation
        else:
            kept[name], found = make()
            if place is not None:
                kept[name].save(place)
        seconds = round(time.monotonic() - began, 2)
        report("baseline", name=name, validation_auc=found.to_json()["auc"], seconds=seconds)
    return kept


def fit_from_scratch(
    data: TrainingData,
    card: Card | None,
    settings: TrainingSettings,
    seed: int,
    device: str,
    report: Report,
    should_stop: ShouldStop,
    folder: Path | None = None,
) -> tuple[FittedModel, Validation]:
    """The card's network with fresh weights, else a TabM, trained to the end on the training rows alone."""
    backbone = fresh_network(card, data, seed)
    settings = settings.from_scratch()
    learner = backbone.learner(data, settings, seed, device)
    kept = folder / "from_scratch_training" if folder else None
    identity = {"rows": len(data.y_train), "columns": [column.name for column in data.columns]}
    run = TrainingRun(0, settings, seed, device, kept, report, should_stop, "from_scratch", identity)
    trained = train(learner, run)
    best = trained.best
    return corrected(learner, best.logit_shift, best.focal_gamma), best
