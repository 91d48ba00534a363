"""What a user would pick instead, on the same rows: the run's baselines."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import find_card
from finxfer.backbones.protocol import FittedModel, Report, ShouldStop, TrainingData
from finxfer.backbones.tabm import TabMBackbone
from finxfer.records.spec import TrainingSettings
from finxfer.training.boosting import fit_lightgbm
from finxfer.training.fitted import load_fitted
from finxfer.training.guard import Validation
from finxfer.training.logistic import fit_logistic
from finxfer.training.loop import TrainingRun, train
from finxfer.training.validation import judge

NAMES = ("logistic_regression", "lightgbm", "from_scratch")


def fit_baselines(
    data: TrainingData,
    backbone: str,
    settings: TrainingSettings,
    seed: int,
    device: str,
    folder: Path | None,
    report: Report,
    should_stop: ShouldStop,
    home: Path | None = None,
) -> dict[str, FittedModel]:
    """Logistic regression, LightGBM and a network from scratch by name, on the training rows.

    backbone: what the run uses (catalogue id, folder or "auto"); of a TabM the same architecture is
    trained from scratch, otherwise the standard TabM. folder: finished baselines are kept there, so
    that a resumed run does not train them again. Validation rows choose strengths, configurations
    and epochs. Raises Cancelled on request.
    """
    card = None if backbone == "auto" else find_card(backbone, home)

    def logistic() -> tuple[FittedModel, Validation]:
        return fit_logistic(data, settings)

    def boosted() -> tuple[FittedModel, Validation]:
        return fit_lightgbm(data, settings, seed, report, should_stop)

    def network() -> tuple[FittedModel, Validation]:
        return fit_from_scratch(data, card, settings, seed, device, report, should_stop, folder)

    makers: tuple[Callable[[], tuple[FittedModel, Validation]], ...] = (logistic, boosted, network)
    fitted: dict[str, FittedModel] = {}
    for name, make in zip(NAMES, makers, strict=True):
        began = time.monotonic()
        kept = folder / name if folder else None
        if kept is not None and (kept / "model.json").is_file():
            fitted[name] = load_fitted(kept, device)
            found = judge(fitted[name], data).validation
        else:
            fitted[name], found = make()
            if kept is not None:
                fitted[name].save(kept)
        seconds = round(time.monotonic() - began, 2)
        report("baseline", name=name, validation_auc=found.to_json()["auc"], seconds=seconds)
    return fitted


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
    """A TabM with fresh weights, trained to the end on the training rows alone."""
    config = card.config if card is not None and card.family == "tabm" else None
    backbone = TabMBackbone.from_scratch(data.frame_train, data.columns, seed, config)
    learner = backbone.learner(data, settings, seed, device)
    kept = folder / "from_scratch_training" if folder else None
    identity = {"rows": len(data.y_train), "columns": [column.name for column in data.columns]}
    run = TrainingRun(0, settings, seed, device, kept, report, should_stop, "from_scratch", identity)
    trained = train(learner, run)
    return learner.model(trained.best.logit_shift), trained.best
