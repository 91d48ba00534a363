"""``python -m finxfer anomaly``: a score without labels, beside that of a finished run."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from finxfer.commands.arguments import AsJson, RunDir
from finxfer.commands.jobs import follow_job
from finxfer.evaluation.alerts_wording import TITLES
from finxfer.records.folder import RunFolder
from finxfer.records.spec import JobSpec
from finxfer.runs import launcher
from finxfer.runs.finished import finished_run

FILE = "alerts.json"
WIDTH = 118
SHOWN = {"average_precision": "average precision", "precision_top": "in the top 100", "recall_at": "found"}


def anomaly(run_dir: RunDir, as_json: AsJson = False) -> None:
    """Train an autoencoder on a finished run's rows without labels; what it finds beside the model."""
    run = finished_run(RunFolder(run_dir.resolve()))
    with tempfile.TemporaryDirectory() as parent:
        follow_job(launcher.launch(JobSpec("anomaly", {"run": str(run.path)}), Path(parent) / "anomaly"))
    found = run.read_json(FILE)
    if as_json:
        print(json.dumps(found, indent=1))
        return
    table = Table("", *(Column(title, justify="right") for title in SHOWN.values()), box=None)
    for name, one in found["models"].items():
        table.add_row(TITLES.get(name, name), *(_cell(one[metric]) for metric in SHOWN))
    Console(width=max(WIDTH, Console().width)).print(table)
    for line in (found["sentence"], *found["sentences"]):
        print(line)
    print(f"Written: {run.path / FILE}")


def _cell(entry: dict[str, object] | None) -> str:
    if entry is None:
        return "–"
    ends = entry["interval"]
    between = f" [{ends[0]:.3f}, {ends[1]:.3f}]" if isinstance(ends, list) else ""
    return f"{entry['value']:.3f}{between}"
