"""Outcomes and probabilities as a run keeps them: of the rows that may choose, and of the test rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from finxfer.errors import BadInput
from finxfer.evaluation.metrics import as_labels
from finxfer.runs.job import Job
from finxfer.runs.recalibrating import BEFORE
from finxfer.training.folds import make_folds

MODEL = "probability"
"""The column of the run's own model; baselines go by their names."""
VALIDATION = "validation.parquet"


@dataclass(frozen=True)
class Scores:
    """Rows of one part of a run with known outcome.

    Args:
        y: int64 (N,), 0 or 1.
        probability: by model, "model" and the baselines, each (N,).
        places: positions (N,) of these rows in the part's frame.
        before: the model's probabilities before recalibration (N,); None where there is none.
    """

    y: np.ndarray
    probability: dict[str, np.ndarray]
    places: np.ndarray
    before: np.ndarray | None = None

    @property
    def model(self) -> tuple[np.ndarray, np.ndarray]:
        """Outcomes and the model's probabilities."""
        return self.y, self.probability["model"]

    @property
    def underneath(self) -> tuple[np.ndarray, np.ndarray]:
        """Outcomes and the model's probabilities before any recalibration."""
        return self.y, self.probability["model"] if self.before is None else self.before


def choosing_scores(job: Job) -> Scores:
    """The rows that may choose; raises BadInput where the run was made before these were kept."""
    path = job.folder.path / VALIDATION
    if not path.is_file():
        raise BadInput(
            "This run cannot be assessed.",
            f"It keeps no {VALIDATION}: an earlier version of finxfer made it.",
            "Start the run again with the same spec; equal specs give equal runs.",
        )
    return _scores(job, pd.read_parquet(path), "choosing")


def test_scores(job: Job) -> Scores:
    """The test rows whose outcome is known."""
    return _scores(job, pd.read_parquet(job.folder.predictions), "test")


def _scores(job: Job, table: pd.DataFrame, part: str) -> Scores:
    labels = as_labels(table["target"].to_numpy(dtype=np.float64, na_value=np.nan))
    known = np.flatnonzero(labels >= 0)
    names = {MODEL: "model"} | {name: name for name in job.baselines}
    found = {
        name: table[column].to_numpy(dtype=np.float64)[known]
        for column, name in names.items()
        if column in table
    }
    before = None
    if job.spec.recalibration != "none" and (job.folder.path / BEFORE).is_file():
        kept = pd.read_parquet(job.folder.path / BEFORE)
        before = kept.loc[kept["part"] == part, "probability"].to_numpy(dtype=np.float64)[known]
    return Scores(labels[known], found, known, before)


def choosing_frame(job: Job) -> pd.DataFrame:
    """The raw rows of `choosing_scores`, in its order."""
    if not job.chooses:
        return job.rows.validation
    folds = make_folds(job.data, job.spec.seed)
    return folds.frame.iloc[folds.judged].reset_index(drop=True)
