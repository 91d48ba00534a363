"""What a run's treatment of class imbalance cost: the same model without it, and before its correction."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from finxfer.evaluation.imbalance_report import (
    AFTER,
    BEFORE,
    UNTREATED,
    imbalance_report,
    imbalance_sentences,
)
from finxfer.records.home import home
from finxfer.records.imbalance import imbalance_of
from finxfer.records.spec import BINARY
from finxfer.records.training_settings import TrainingSettings
from finxfer.runs.job import Job
from finxfer.training.candidates import Work
from finxfer.training.chosen import Chosen
from finxfer.training.fitted import load_fitted
from finxfer.training.fixed import tune_fixed
from finxfer.training.uncorrected import uncorrected

FILE = "imbalance.parquet"
"""Probabilities of the test rows, in the order of predictions.parquet: "untreated" and "before"."""
TWIN = "checkpoints/untreated"


def keep_untreated(job: Job, chosen: Chosen, settings: TrainingSettings) -> None:
    """Train the run's model once more with nothing done about class imbalance, and keep it to be measured.

    Where finxfer chose, its members were fitted so already. settings: those of the training.
    """
    if not settings.treats_imbalance or job.spec.task != BINARY:
        return
    twin = chosen.untreated
    if twin is None:
        job.report("message", text="The same model without the treatment of class imbalance is trained.")
        work = Work(settings.untreated(), job.spec.seed, job.device, job.report, job.report.should_stop)
        depth = job.spec.freezing_depth
        twin = tune_fixed(job.spec.backbone, depth, job.data, work, None, home()).model
    twin.save(job.folder.path / TWIN)


def write_untreated(job: Job) -> None:
    """`FILE`, where the run has a twin without treatment."""
    folder = job.folder.path / TWIN
    if not (folder / "model.json").is_file():
        return
    model, test = job.models["model"], job.rows.test
    twin = load_fitted(folder, job.device)
    found = {UNTREATED: twin, BEFORE: uncorrected(model, job.spec.training)}
    job.write_parquet(
        FILE, pd.DataFrame({name: np.asarray(one.predict(test), np.float64) for name, one in found.items()})
    )


def imbalance_entry(
    job: Job, y: np.ndarray, p: np.ndarray, places: np.ndarray, draws: int
) -> dict[str, Any] | None:
    """The entry "imbalance" of calibration.json; None where nothing was treated or measured.

    y, p: labels and the model's probabilities of the labelled test rows (N,). places: their positions among
    the test rows.
    """
    path = job.folder.path / FILE
    if not path.is_file() or not len(y):
        return None
    table = pd.read_parquet(path)
    probabilities = {name: table[name].to_numpy()[places] for name in (UNTREATED, BEFORE)} | {AFTER: p}
    name, number = imbalance_of(job.spec.training)
    found = {
        "treatment": name,
        "number": number,
        "figures": imbalance_report(y, probabilities, draws, job.spec.seed),
    }
    return found | {"sentences": imbalance_sentences(found)}
