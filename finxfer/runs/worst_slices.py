"""The job "worst-slices": where a finished run's model errs most, over all columns. ``slices_found.json``."""

from __future__ import annotations

import pandas as pd

from finxfer.fairness.row_errors import LOSSES
from finxfer.fairness.worst_slices import worst_slices
from finxfer.records.folder import RunFolder
from finxfer.records.spec import JobSpec, Spec
from finxfer.reports import write_card
from finxfer.runs.predictions import MODEL, predictions_in
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
    kept, spec = pd.read_parquet(target.predictions), job.spec
    told = predictions_in(kept, spec.task, len(spec.classes), ())[MODEL]
    errors = LOSSES[spec.task](job.rows.y_test, told)
    target.write_json(FILE, worst_slices(job.rows.test, there, errors, spec.seed, protected))
    write_card(target)
