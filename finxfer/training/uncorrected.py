"""A model as it was before a treatment of class imbalance was taken back: what the correction is worth."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from finxfer.backbones.card import BOOSTED
from finxfer.backbones.protocol import FittedModel
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.ensemble import EnsembleModel
from finxfer.training.focal import FocalModel
from finxfer.training.recalibrated import RecalibratedModel


def uncorrected(model: FittedModel, settings: TrainingSettings) -> FittedModel:
    """The model without bend and shift of its log-odds; of an ensemble all members so.

    What a source model was recalibrated to by the target's rows is no correction of a treatment and stays.
    settings: those that it was trained with.
    """
    if isinstance(model, RecalibratedModel | FocalModel):
        return uncorrected(model.base, settings)
    if isinstance(model, EnsembleModel):
        found: EnsembleModel = copy.copy(model)
        found.members = tuple(
            replace(member, model=uncorrected(member.model, settings)) for member in model.members
        )
        return found
    plain: Any = copy.copy(model)
    if hasattr(model, "logit_shift"):
        plain.logit_shift = _none(model.logit_shift)
        if model.kind == BOOSTED:
            # Trees are put together once, with their shift in the leaves.
            plain.__dict__.pop("booster", None)
    if hasattr(model, "trees") and not model.trees.present:
        plain.trees = replace(model.trees, shift=plain.start)
    if hasattr(model, "contexts") and (settings.oversample or settings.undersample):
        plain.contexts = [replace(one, shift=_none(one.shift)) for one in model.contexts]
    return plain


def _none(shift: Any) -> Any:
    """A shift of nothing, of the same shape."""
    return tuple(0.0 for _ in shift) if isinstance(shift, tuple) else shift * 0.0
