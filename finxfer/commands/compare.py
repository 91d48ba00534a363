"""``python -m finxfer compare``: every pair of several runs on the same test rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from finxfer.commands.arguments import AsJson
from finxfer.evaluation.amounts import with_ends
from finxfer.evaluation.pairs import PAIRED
from finxfer.evaluation.wording import METRIC_TITLES
from finxfer.records.folder import RunFolder
from finxfer.records.spec import BINARY
from finxfer.runs import compare as runs_compared

WIDTH = 130
_SHOWN = tuple(name for name in PAIRED if name != "gini")  # which is twice the AUC's difference


def compare(
    run_dirs: Annotated[list[Path], typer.Argument(metavar="RUN_DIR...", help="Two to ten finished runs.")],
    as_json: AsJson = False,
) -> None:
    """Compare every pair of runs on the same test rows: DeLong's test and paired bootstrap intervals."""
    found = runs_compared.compare([RunFolder(path.resolve()) for path in run_dirs])
    if as_json:
        print(json.dumps(found, indent=1))
        return
    if found["task"] != BINARY:
        _print_task(found)
        return
    for number, name in enumerate(found["runs"], start=1):
        print(f"{number}: {name}, Gini {_number(found['models'][name]['gini'])}")
    Console(width=max(WIDTH, Console().width)).print(_table(found))
    pairs = len(found["pairs"])
    print(
        f"First minus second on {found['rows']:,} test rows; 95% intervals: DeLong's for AUC, "
        f"{found['draws']:,} paired bootstrap draws for the others. p: DeLong's test, adjusted for "
        f"{pairs} pair{'' if pairs == 1 else 's'} (Holm)."
    )


def _print_task(found: dict[str, Any]) -> None:
    """Runs of a regression or of several classes: no test, paired intervals alone."""
    metrics = list(found["pairs"][0]["differences"])
    for number, name in enumerate(found["runs"], start=1):
        figures = found["models"][name]
        said = (f"{METRIC_TITLES[metric]} {_level(figures[metric])}" for metric in metrics[:3])
        print(f"{number}: {name}, {', '.join(said)}")
    places = {name: place for place, name in enumerate(found["runs"], start=1)}
    for pair in found["pairs"]:
        print(f"{places[pair['first']]} - {places[pair['second']]}")
        for metric in metrics:
            one = pair["differences"][metric]
            words = "–" if one["value"] is None else with_ends(one["value"], one["interval"], sign=True)
            print(f"  {METRIC_TITLES[metric]}: {words}")
    print(
        f"First minus second on {found['rows']:,} test rows; 95% intervals: {found['draws']:,} paired "
        "bootstrap draws."
    )


def _level(value: float | None) -> str:
    return "–" if value is None else with_ends(value, None)


def _table(found: dict[str, Any]) -> Table:
    titles = ("AUC", *(METRIC_TITLES[name] for name in _SHOWN), "p")
    table = Table("pair", *(Column(title, justify="right", no_wrap=True) for title in titles), box=None)
    number = {name: place for place, name in enumerate(found["runs"], start=1)}
    for pair in found["pairs"]:
        cells = [_cell(pair["delong"]), *(_cell(pair["differences"][name]) for name in _SHOWN)]
        p = pair["p_holm"]
        names = f"{number[pair['first']]} - {number[pair['second']]}"
        table.add_row(names, *cells, "–" if p is None else f"{p:.2g}")
    return table


def _cell(entry: dict[str, Any]) -> str:
    if entry["value"] is None:
        return "–"
    interval = entry["interval"]
    between = "" if interval is None else f" [{interval[0]:+.4f}, {interval[1]:+.4f}]"
    return f"{entry['value']:+.4f}{between}"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
