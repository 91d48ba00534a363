"""A model's twin, for which nothing was done about a rare class: what the treatment is compared with."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

from finxfer.backbones.protocol import FittedModel
from finxfer.training.cross_validation import Scored
from finxfer.training.folds import Folds


def fit_untreated(scored: Scored, folds: Folds) -> FittedModel:
    """The candidate's variant fitted on all rows with nothing done about a rare class."""
    candidate: Any = copy.copy(scored.candidate)
    work = candidate.work
    candidate.work = replace(work, settings=work.settings.untreated())
    if hasattr(candidate, "_kept"):
        candidate._kept = None  # weights that were judged had the treatment
    model: FittedModel = candidate.fit(folds, scored.variant, 0.0)
    return model
