"""``python -m finxfer worst-slices``: where a finished run's model errs most, over all columns."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from finxfer.commands.arguments import AsJson, RunDir
from finxfer.commands.jobs import follow_job
from finxfer.evaluation.amounts import amount, with_ends
from finxfer.records.folder import RunFolder
from finxfer.records.spec import JobSpec
from finxfer.runs import launcher
from finxfer.runs.reopening import finished_run

FILE = "slices_found.json"


def worst_slices(run_dir: RunDir, as_json: AsJson = False) -> None:
    """Search for groups of customers that a finished run's model is worst at, over all columns."""
    run = finished_run(RunFolder(run_dir.resolve()))
    with tempfile.TemporaryDirectory() as parent:
        spec = JobSpec("worst-slices", {"run": str(run.path)})
        follow_job(launcher.launch(spec, Path(parent) / "worst"))
    found = run.read_json(FILE)
    if as_json:
        print(json.dumps(found, indent=1))
        return
    for one in found["slices"]:
        there = one["judged"]
        if there["loss"] is None:
            continue
        print(
            f"{one['verdict']:<14} {one['text']}: {there['rows']:,} rows, {_figures(found['metric'], there)}"
        )
    print(found["sentence"])
    print(f"Written: {run.path / FILE}")


def _figures(metric: str, there: dict[str, Any]) -> str:
    if metric != "log_loss":
        more = with_ends(there["difference"], there["interval"], sign=True)
        return f"mean absolute error {amount(there['loss'])}, {more} against the rest"
    low, high = there["interval"]
    return (
        f"log loss {there['loss']:.3f}, {there['difference']:+.3f} [{low:+.3f}, {high:+.3f}] against the "
        f"rest, {there['expected']:.3f} if the probabilities were right"
    )
