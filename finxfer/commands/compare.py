"""``python -m finxfer compare``: every pair of several runs on the same test rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from finxfer.commands.arguments import AsJson
from finxfer.evaluation.pairs import PAIRED
from finxfer.evaluation.wording import METRIC_TITLES
from finxfer.records.folder import RunFolder
from finxfer.runs import compare as runs_compared

WIDTH = 140


def compare(
    run_dirs: Annotated[list[Path], typer.Argument(metavar="RUN_DIR...", help="Two to ten finished runs.")],
    as_json: AsJson = False,
) -> None:
    """Compare every pair of runs on the same test rows: DeLong's test and paired bootstrap intervals."""
    found = runs_compared.compare([RunFolder(path.resolve()) for path in run_dirs])
    if as_json:
        print(json.dumps(found, indent=1))
        return
    Console(width=max(WIDTH, Console().width)).print(_table(found))
    print(
        f"First minus second on {found['rows']:,} test rows; 95% intervals: DeLong's for AUC, "
        f"{found['draws']:,} paired bootstrap draws for the others. p-values are adjusted for "
        f"{len(found['pairs'])} pair{'' if len(found['pairs']) == 1 else 's'} (Holm)."
    )


def _table(found: dict[str, Any]) -> Table:
    titles = ("AUC", *(METRIC_TITLES[name] for name in PAIRED), "p (DeLong, Holm)")
    table = Table(
        "first", "second", *(Column(title, justify="right", no_wrap=True) for title in titles), box=None
    )
    for pair in found["pairs"]:
        cells = [_cell(pair["delong"], 4)]
        cells += [_cell(pair["differences"][name], 4) for name in PAIRED]
        p = pair["p_holm"]
        table.add_row(pair["first"], pair["second"], *cells, "–" if p is None else f"{p:.3g}")
    return table


def _cell(entry: dict[str, Any], digits: int) -> str:
    if entry["value"] is None:
        return "–"
    interval = entry["interval"]
    between = "" if interval is None else f" [{interval[0]:+.{digits}f}, {interval[1]:+.{digits}f}]"
    return f"{entry['value']:+.{digits}f}{between}"
