"""The fetch-backbone job: official weights from an uploaded file, or by an allowed download."""

from __future__ import annotations

from pathlib import Path

from finxfer.backbones.catalogue import find_card
from finxfer.backbones.official import install
from finxfer.records.folder import RunFolder
from finxfer.records.home import uploads_dir
from finxfer.records.spec import JobSpec, Spec
from finxfer.runs.arguments import text_argument
from finxfer.runs.reporter import Reporter


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """Install ``arguments["backbone"]`` from ``arguments["upload"]``, or download it where there is none.

    ``result.json`` names the backbone; the upload is dropped whatever happens.

    Raises:
        BadInput: the file is not the pinned one, or the download is not allowed or failed.
    """
    assert isinstance(spec, JobSpec)
    report.stage("fetch-backbone", "Fetching the weights")
    card = find_card(text_argument(spec, "backbone"))
    upload = Path(text_argument(spec, "upload")) if "upload" in spec.arguments else None
    try:
        made = install(card, report, report.should_stop, upload)
    finally:
        if upload is not None and upload.resolve().is_relative_to(uploads_dir().resolve()):
            upload.unlink(missing_ok=True)
    folder.write_json("result.json", {"backbone": made.id})
