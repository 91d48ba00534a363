"""``python -m finxfer learning-curve``: how good the run's model class is with fewer labels."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from finxfer.commands.arguments import AsJson, Device, RunDir
from finxfer.commands.jobs import follow_job
from finxfer.errors import BadInput
from finxfer.records.folder import RunFolder
from finxfer.records.spec import JobSpec
from finxfer.runs import launcher
from finxfer.runs.reopening import finished_run

FILE = "learning_curve.json"
WIDTH = 118


def learning_curve(
    run_dir: RunDir,
    sizes: Annotated[
        str | None,
        typer.Option(metavar="N,N,...", help="Numbers of labels; 100, 300, 1000, ... unless given."),
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Draws of the training rows, 1 to 20; 5, 3 and 1 by size unless given."
        ),
    ] = None,
    device: Device = None,
    as_json: AsJson = False,
) -> None:
    """Train the run's model class and its rivals on ever more labels; measured on the run's test rows."""
    run = finished_run(RunFolder(run_dir.resolve()))
    arguments: dict[str, Any] = {"run": str(run.path), "sizes": _sizes(sizes), "seeds": seeds}
    if device is not None:
        arguments["device"] = device
    with tempfile.TemporaryDirectory() as parent:
        follow_job(launcher.launch(JobSpec("learning-curve", arguments), Path(parent) / "learning-curve"))
    found = run.read_json(FILE)
    if as_json:
        print(json.dumps(found, indent=1))
        return
    Console(width=max(WIDTH, Console().width)).print(_table(found))
    for line in (found["sentence"], *found["sentences"]):
        print(line)
    print(f"Written: {run.path / FILE}")


def _sizes(text: str | None) -> list[int] | None:
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise BadInput(
            "The sizes cannot be used.", f"They are {text[:60]!r}.", "Give for instance --sizes 100,300,1000."
        )
    return [int(part) for part in parts]


def _table(found: dict[str, Any]) -> Table:
    """Gini by number of labels."""
    models = found["models"]
    titles = (Column(f"Gini of {one['title']}", justify="right") for one in models)
    table = Table("labels", "draws", *titles, box=None)
    for place, size in enumerate(found["sizes"]):
        points = [one["points"][place] for one in models]
        cells = [f"{one['gini']:.3f} [{one['interval'][0]:.3f}, {one['interval'][1]:.3f}]" for one in points]
        table.add_row(f"{size:,}", str(points[0]["seeds"]), *cells)
    return table
