"""The job "worst-slices": where a finished run's model errs most, over all columns. ``slices_found.json``."""

from __future__ import annotations

import numpy as np
import pandas as pd

from finxfer.evaluation.metrics import as_labels
from finxfer.fairness.worst_slices import worst_slices
from finxfer.records.folder import RunFolder
from finxfer.records.spec import JobSpec, Spec
from finxfer.reports import write_card
from finxfer.runs.reopening import reopen, run_of
from finxfer.runs.reporter import Reporter
from finxfer.runs.slicing import slice_columns

FILE = "slices_found.json"


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """Search the test rows of the run and write ``slices_found.json`` into its folder.

    Arguments of the spec: ``run`` (folder).

    Raises:
        BadInput: the run or its table is not there.
    """
    assert isinstance(spec, JobSpec)
    target = run_of(spec)
    report.stage("worst-slices", "Opening the run")
    job = reopen(target, report)
    protected = slice_columns(job.spec, job.table, job.rows.test)
    columns = [*job.features, *(name for name in protected if name not in job.features)]
    there = [name for name in columns if name in job.rows.test.columns]
    report("message", text="Searching slices of all columns")
    report("progress", stage="worst-slices", done=1, of=2)
    scores = pd.read_parquet(target.predictions)["probability"].to_numpy(dtype=np.float64)
    y = as_labels(job.rows.y_test)
    target.write_json(FILE, worst_slices(job.rows.test, there, y, scores, job.spec.seed, protected))
    write_card(target)
