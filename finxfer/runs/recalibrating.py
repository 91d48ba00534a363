"""The recalibration that a spec asks for: part of the stored model, not optimistic about its own rows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from finxfer.backbones.protocol import FittedModel
from finxfer.evaluation.recalibration import NONE, cross_fitted, recalibrate
from finxfer.runs.job import Job
from finxfer.training.chosen import Chosen
from finxfer.training.recalibrated import RecalibratedModel

BEFORE = "before_recalibration.parquet"
"""Probabilities of the model underneath: `part` is "choosing" or "test", rows as in validation.parquet and
predictions.parquet."""


def recalibrated(job: Job, chosen: Chosen) -> FittedModel:
    """The chosen model, recalibrated where the spec asks for it.

    Fitted on out-of-fold probabilities where finxfer chose, else on the validation rows.
    """
    method = job.spec.recalibration
    if method == NONE:
        return chosen.model
    if chosen.out_of_fold is not None:
        y, p = chosen.out_of_fold.y, chosen.out_of_fold.probability["model"]
    else:
        y, p = job.rows.y_validation, chosen.model.predict(job.rows.validation)
    function = recalibrate(np.asarray(y, dtype=np.int64), np.asarray(p, dtype=np.float64), method)
    return RecalibratedModel(chosen.model, function)


def unseen_recalibrated(job: Job, y: np.ndarray, out_of_fold: np.ndarray | None) -> np.ndarray | None:
    """The model's probabilities (V,) of the choosing rows by functions that other rows fitted.

    They choose threshold, bands and grades. None where nothing is recalibrated. What the model underneath
    says is kept in `BEFORE`. out_of_fold: its probabilities where finxfer chose; None asks it on the
    validation rows.
    """
    model = job.models["model"]
    if not isinstance(model, RecalibratedModel):
        return None
    base = model.base
    raw = base.predict(job.rows.validation) if out_of_fold is None else out_of_fold
    raw, test = np.asarray(raw, dtype=np.float64), np.asarray(base.predict(job.rows.test), dtype=np.float64)
    part = np.repeat(["choosing", "test"], [len(raw), len(test)])
    job.write_parquet(BEFORE, pd.DataFrame({"part": part, "probability": np.concatenate([raw, test])}))
    return cross_fitted(np.asarray(y, dtype=np.int64), raw, model.function.method, job.spec.seed)
