"""``python -m finxfer cross-validate``: a run's whole recipe and its baselines on many other splits."""

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
from finxfer.commands.output import say
from finxfer.evaluation.resampled import NAMES
from finxfer.evaluation.wording import MODEL_TITLES
from finxfer.records.folder import RunFolder
from finxfer.records.spec import JobSpec
from finxfer.runs import launcher
from finxfer.runs.reopening import finished_run

FILE = "cross_validation.json"
WIDTH = 118


def cross_validate(
    run_dir: RunDir,
    folds: Annotated[int, typer.Option(metavar="N", help="Folds of a repeat, 2 to 20.")] = 5,
    repeats: Annotated[int, typer.Option(metavar="N", help="Repeats, 1 to 20.")] = 2,
    device: Device = None,
    as_json: AsJson = False,
) -> None:
    """Train the run's recipe and its baselines on folds x repeats other splits of its table."""
    run = finished_run(RunFolder(run_dir.resolve()))
    arguments: dict[str, Any] = {"run": str(run.path), "folds": folds, "repeats": repeats}
    if device is not None:
        arguments["device"] = device
    took = sum((run.metrics() or {}).get("seconds", {}).get(name, 0.0) for name in ("baselines", "train"))
    say(f"{folds * repeats} trainings of what took this run {took:,.0f} s; a new start goes on from there.")
    with tempfile.TemporaryDirectory() as parent:
        follow_job(launcher.launch(JobSpec("cross-validate", arguments), Path(parent) / "cross-validate"))
    found = run.read_json(FILE)
    if as_json:
        print(json.dumps(found, indent=1))
        return
    Console(width=max(WIDTH, Console().width)).print(_table(found))
    print(found["sentence"])
    print(f"Written: {run.path / FILE}")


def _table(found: dict[str, Any]) -> Table:
    """Mean of the gain's metric of each model, and the gain over each baseline."""
    metric = found["metric"]
    name = NAMES[metric]
    table = Table(
        "model", Column(f"mean {name}", justify="right"), Column("gain over it", justify="right"), box=None
    )
    for model, means in found["models"].items():
        gain = found["gains"].get(model, {}).get(metric)
        table.add_row(MODEL_TITLES.get(model, model), _words(means[metric]), _words(gain) if gain else "")
    return table


def _words(one: dict[str, Any]) -> str:
    if one["mean"] is None:
        return "unknown"
    between = "" if one["interval"] is None else f" [{one['interval'][0]:.3f}, {one['interval'][1]:.3f}]"
    return f"{one['mean']:.3f}{between}"
