"""How a run begins, whatever it does then: what an earlier attempt left, the table, the rows."""

from __future__ import annotations

from finxfer.records.folder import RunFolder
from finxfer.records.spec import Spec
from finxfer.records.tables import TableStore
from finxfer.runs.job import Job
from finxfer.runs.reporter import Reporter
from finxfer.runs.resolved import FILE as RESOLVED
from finxfer.runs.resolved import resolve, spec_has_changed
from finxfer.runs.rows import split_rows
from finxfer.runs.stages import StageBook, forget

ROWS = "rows.json"
"""What is to be known of how the rows were split, for the report: {"said": [sentences]}."""


def begin(folder: RunFolder, spec: Spec, device: str, report: Reporter) -> Job:
    """Resolve the spec, read the table and split its rows.

    Raises:
        BadInput: the table or the spec cannot be used.
        Cancelled: the analyst asked for it.
    """
    if spec_has_changed(folder, spec):
        report("message", text="The spec was changed since the last attempt: everything starts again.")
        forget(folder)
        (folder.path / RESOLVED).unlink(missing_ok=True)
    resolved = resolve(folder, spec, device)
    report("device", device=resolved["device"], precision=resolved["precision"], threads=resolved["threads"])
    job = Job(folder, spec, report, StageBook(folder), resolved)
    _read_and_split(job)
    return job


def _read_and_split(job: Job) -> None:
    spec, store = job.spec, TableStore()
    job.report.stage("read", "Reading the table")
    with job.book.work("read") as outcome:
        job.table = store.open(spec.table)
        test_table = store.open(spec.test_table) if spec.test_table else None
        outcome["rows"] = len(job.table)
    job.report.stage("split", "Splitting into training, validation and test rows")
    with job.book.work("split") as outcome:
        job.rows = split_rows(spec, job.table, test_table)
        outcome["test"] = len(job.rows.test)
        job.folder.write_json(ROWS, {"said": list(job.rows.said)})
        for sentence in job.rows.warnings():
            job.report("message", text=sentence)
