"""``python -m finxfer assess``: measure a finished run again, without training."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from finxfer.commands.arguments import RunDir
from finxfer.commands.jobs import follow_job
from finxfer.records.assessment import Assessment, assessment_of
from finxfer.records.files import read_json
from finxfer.records.folder import RunFolder
from finxfer.records.spec import JobSpec
from finxfer.runs import launcher
from finxfer.runs.reopening import finished_run


def assess(
    run_dir: RunDir,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An assessment.json with other settings.")
    ] = None,
) -> None:
    """Measure a finished run again: fairness and all else that needs no training."""
    run = finished_run(RunFolder(run_dir.resolve()))
    chosen = assessment_of(run) if settings is None else Assessment.from_json(read_json(settings))
    arguments = {"run": str(run.path), "assessment": chosen.to_json()}
    with tempfile.TemporaryDirectory() as parent:
        follow_job(launcher.launch(JobSpec("assess", arguments), Path(parent) / "assess"))
    print(f"Written: {run.path}")
