"""What a run says of why its models decide as they do: ``explanations/``."""

from __future__ import annotations

import numpy as np
import pandas as pd

from finxfer.explanations.explain import explain_models
from finxfer.runs.job import Job
from finxfer.runs.resolved import note_budgets


def explain_run(job: Job) -> None:
    """Explain some test rows for the model and every baseline."""
    chosen = _explained_positions(len(job.rows.test), job.spec.explained_rows, job.spec.seed)
    meta = explain_models(
        job.models,
        pd.read_parquet(job.folder.model / "reference.parquet"),
        job.rows.test.iloc[chosen],
        job.rows.test_ids[chosen],
        job.features,
        job.folder.explanations,
        job.report,
        job.report.should_stop,
        job.spec.seed,
    )
    note_budgets(job.folder, explained_rows=meta["rows"], reference_rows=meta["reference_group"]["rows"])


def _explained_positions(rows: int, wanted: int, seed: int) -> np.ndarray:
    """Positions of the explained test rows, in order: all of them or a random part."""
    if rows <= wanted:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, wanted, replace=False))
