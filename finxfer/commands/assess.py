"""``python -m finxfer assess``: measure a finished run again, without training."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from finxfer.commands.arguments import RunDir
from finxfer.commands.jobs import follow_job
from finxfer.records.alert_settings import AlertSettings
from finxfer.records.assessment import Assessment, assessment_of
from finxfer.records.files import read_json
from finxfer.records.folder import RunFolder
from finxfer.records.spec import JobSpec
from finxfer.runs import launcher
from finxfer.runs.finished import finished_run


def assess(
    run_dir: RunDir,
    settings: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An assessment.json with other settings.")
    ] = None,
    gain: Annotated[float | None, typer.Option(metavar="MONEY", help="An approved good customer.")] = None,
    loss: Annotated[float | None, typer.Option(metavar="MONEY", help="An approved bad customer.")] = None,
    currency: Annotated[str | None, typer.Option(metavar="SIGN", help="In front of amounts.")] = None,
    champion: Annotated[
        str | None, typer.Option(metavar="NAME", help="Today's score: a column, or a baseline.")
    ] = None,
    approval_rate: Annotated[
        float | None, typer.Option(metavar="SHARE", help="Approved by model and champion, 0.01 to 0.99.")
    ] = None,
    alerts_a_day: Annotated[
        float | None, typer.Option(metavar="N", help="Alerts a day that can be looked at.")
    ] = None,
) -> None:
    """Measure a finished run again: fairness, decisions and all else that needs no training."""
    run = finished_run(RunFolder(run_dir.resolve()))
    chosen = assessment_of(run) if settings is None else Assessment.from_json(read_json(settings))
    said: dict[str, Any] = {"gain": gain, "loss": loss, "currency": currency, "champion": champion}
    said |= {"approval_rate": approval_rate}
    changed = {name: value for name, value in said.items() if value is not None}
    if "gain" in changed or "loss" in changed:
        changed["exposure"] = None
    chosen = replace(chosen, decisions=replace(chosen.decisions, **changed))
    if alerts_a_day is not None:
        chosen = replace(chosen, alerts=AlertSettings(alerts_a_day))
    arguments = {"run": str(run.path), "assessment": chosen.to_json()}
    with tempfile.TemporaryDirectory() as parent:
        follow_job(launcher.launch(JobSpec("assess", arguments), Path(parent) / "assess"))
    print(f"Written: {run.path}")
