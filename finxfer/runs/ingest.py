"""The ingest job: read an upload, a file of an allowed folder, or a stored table's file in another way."""

from __future__ import annotations

from pathlib import Path

from finxfer.data.allowed import allowed_path
from finxfer.data.choices import ReadingChoice
from finxfer.errors import BadInput
from finxfer.records.folder import RunFolder
from finxfer.records.home import uploads_dir
from finxfer.records.spec import JobSpec, Spec
from finxfer.records.tables import TableMeta, TableStore
from finxfer.runs.arguments import text_argument
from finxfer.runs.reporter import Reporter
from finxfer.runs.taking_in import read_again, take_in


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """Put a table into the store and write ``result.json`` with its address.

    Arguments: ``upload`` (a file that is dropped when it has been read), ``file`` (in a folder of the
    setting ``data_folders``) or ``table`` (a stored one, to be read in another way); ``name``, ``part``,
    ``encoding``.

    Raises:
        BadInput: an argument is missing, the file is gone or not allowed, or it is no table.
    """
    assert isinstance(spec, JobSpec)
    report.stage("ingest", "Reading the table")
    choice = ReadingChoice(_said(spec, "part"), _said(spec, "encoding"))
    if "table" in spec.arguments:
        meta = read_again(TableStore().meta(text_argument(spec, "table")), choice)
    elif "file" in spec.arguments:
        # Checked again: whoever wrote the job, and whatever has become of the file since.
        path = allowed_path(Path(text_argument(spec, "file")))
        meta = take_in(path, str(spec.arguments.get("name") or path.name), choice, str(path))
    else:
        meta = _uploaded(spec, choice)
    folder.write_json("result.json", {"table": meta.sha256, "rows": meta.rows, "columns": meta.columns})


def _said(spec: JobSpec, name: str) -> str | None:
    value = spec.arguments.get(name)
    return None if value is None else str(value)


def _uploaded(spec: JobSpec, choice: ReadingChoice) -> TableMeta:
    upload = Path(text_argument(spec, "upload"))
    if not upload.is_file():
        raise BadInput("The upload is gone.", f"{upload.name} is no longer there.", "Upload the table again.")
    meta = take_in(upload, str(spec.arguments.get("name") or upload.name), choice)
    if upload.resolve().is_relative_to(uploads_dir().resolve()):
        upload.unlink(missing_ok=True)
    return meta
