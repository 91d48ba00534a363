"""A finished run opened again by a job that comes after it; what the run decided stays as it is."""

from __future__ import annotations

from pathlib import Path

from finxfer.records.folder import RunFolder
from finxfer.records.spec import JobSpec, Spec
from finxfer.records.tables import TableStore
from finxfer.runs.arguments import text_argument
from finxfer.runs.finished import finished_run
from finxfer.runs.job import Job
from finxfer.runs.reporter import Reporter
from finxfer.runs.resolved import FILE as RESOLVED
from finxfer.runs.rows import split_rows
from finxfer.runs.stages import StageBook


def run_of(spec: JobSpec) -> RunFolder:
    """The finished run that a job's argument ``run`` names by its folder.

    Raises:
        BadInput: there is no such run, or it is not a finished fine-tuning.
    """
    return finished_run(RunFolder(Path(text_argument(spec, "run")).resolve()))


def reopen(run: RunFolder, report: Reporter) -> Job:
    """The run with its table and the same rows in the same parts; nothing of it is written.

    Raises:
        BadInput: its table is not stored here any more, or the run is none that is finished.
        Damaged: a file of it cannot be read.
    """
    spec, store = finished_run(run).spec(), TableStore()
    assert isinstance(spec, Spec)
    job = Job(run, spec, report, StageBook(run), run.read_json(RESOLVED))
    # A run of a GPU opens on a machine without one: what comes after a run needs no training.
    job.resolved = {**job.resolved, "device": "cpu"}
    job.table = store.open(spec.table)
    job.rows = split_rows(spec, job.table, store.open(spec.test_table) if spec.test_table else None)
    return job
