"""The ingest job: read a large upload in the background and put it into the table store."""

from __future__ import annotations

from pathlib import Path

from finxfer.errors import BadInput
from finxfer.records.folder import RunFolder
from finxfer.records.home import uploads_dir
from finxfer.records.spec import JobSpec, Spec
from finxfer.runs.arguments import text_argument
from finxfer.runs.intake import read_file
from finxfer.runs.reporter import Reporter


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """Read ``arguments["upload"]`` and write ``result.json`` with the table's hash; drop the upload.

    Raises:
        BadInput: an argument is missing, the upload is gone, or it is no table.
    """
    assert isinstance(spec, JobSpec)
    report.stage("ingest", "Reading the table")
    upload = Path(text_argument(spec, "upload"))
    if not upload.is_file():
        raise BadInput("The upload is gone.", f"{upload.name} is no longer there.", "Upload the table again.")
    meta = read_file(upload, str(spec.arguments.get("name") or upload.name)).keep()
    folder.write_json("result.json", {"table": meta.sha256, "rows": meta.rows, "columns": meta.columns})
    if upload.resolve().is_relative_to(uploads_dir().resolve()):
        upload.unlink(missing_ok=True)
