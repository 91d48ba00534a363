"""``python -m finxfer mitigate``: what narrowing the gaps of a protected column would buy and cost."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from finxfer.commands.arguments import AsJson, RunDir
from finxfer.commands.jobs import follow_job
from finxfer.records.folder import RunFolder
from finxfer.records.spec import JobSpec
from finxfer.runs import launcher
from finxfer.runs.reopening import finished_run

FILE = "mitigation.json"


def mitigate(
    run_dir: RunDir,
    column: Annotated[
        list[str], typer.Option(metavar="COL", help="A protected column; several are crossed.")
    ],
    base: Annotated[
        str, typer.Option(metavar="lightgbm|logistic_regression", help="The model that is trained.")
    ] = "lightgbm",
    as_json: AsJson = False,
) -> None:
    """Try reweighing, constraints and group thresholds on a finished run: an analysis, no new model."""
    run = finished_run(RunFolder(run_dir.resolve()))
    arguments = {"run": str(run.path), "columns": column, "base": base}
    with tempfile.TemporaryDirectory() as parent:
        follow_job(launcher.launch(JobSpec("mitigate", arguments), Path(parent) / "mitigate"))
    entry = run.read_json(FILE)["entries"][-1]
    if as_json:
        print(json.dumps(entry, indent=1))
        return
    for line in (*(one["sentence"] for one in entry["approaches"]), entry["sentence"], *entry["notes"]):
        print(line)
    print(f"Written: {run.path / FILE}")
