"""``python -m finxfer ladder``: one backbone at every freezing depth, and which depth to take."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table

from finxfer.commands.arguments import (
    AsJson,
    Device,
    Drop,
    Encoding,
    Maps,
    Positive,
    Protected,
    Seed,
    Sheet,
    TableFile,
    Target,
    TestFile,
    TestSheet,
)
from finxfer.commands.jobs import check_new_folder, follow_job, nothing_left_behind
from finxfer.commands.output import say
from finxfer.data.choices import ReadingChoice
from finxfer.records.folder import RunFolder
from finxfer.records.spec import LADDER
from finxfer.runs import launcher
from finxfer.runs.preparing import Options, prepare

FILE = "ladder.json"
WIDTH = 118
"""Columns of the terminal that the table takes at least, rather than be broken into many lines."""


def ladder(
    table: TableFile,
    out: Annotated[Path, typer.Option(metavar="RUN_DIR", help="A new folder for the ladder.")],
    backbone: Annotated[str, typer.Option(metavar="ID", help="Catalogue id or backbone folder.")],
    target: Target = None,
    positive: Positive = None,
    test: TestFile = None,
    drop: Drop = None,
    protected: Protected = None,
    seed: Seed = None,
    device: Device = None,
    maps: Maps = None,
    as_json: AsJson = False,
    sheet: Sheet = None,
    test_sheet: TestSheet = None,
    encoding: Encoding = None,
) -> None:
    """Fine-tune a backbone at every depth and recommend one by cross-validation on training rows."""
    check_new_folder(out)
    prepared = prepare(
        Options(
            table,
            target,
            positive,
            test,
            backbone,
            "auto",
            tuple(drop or ()),
            tuple(protected or ()),
            seed,
            device,
            maps=tuple(maps or ()),
            choice=ReadingChoice(sheet, encoding),
            test_sheet=test_sheet,
        )
    )
    spec = replace(prepared.spec, job=LADDER)
    for notice in prepared.notices:
        say(notice)
    prepared.keep_tables()
    with nothing_left_behind(out):
        follow_job(launcher.launch(spec, out), said=prepared.notices)
    run = RunFolder(out)
    if as_json:
        print(json.dumps(run.read_json(FILE), indent=1))
    else:
        print_ladder(run)


def print_ladder(run: RunFolder) -> None:
    """The depths of a finished ladder as a table, and what to make of them, on stdout."""
    found = run.read_json(FILE)
    Console(width=max(WIDTH, Console().width)).print(_table(found))
    for line in (found["sentence"], *found["sentences"]):
        print(line)
    print(f"Written: {run.path}")


def _table(found: dict[str, Any]) -> Table:
    names = (
        "CV log loss",
        "above the best",
        "test Gini",
        "trained",
        "seconds",
        "memory",
        "calibration error",
        "ratio",
    )
    table = Table("depth", *(Column(name, justify="right", no_wrap=True) for name in names), box=None)
    for rung in found["rungs"]:
        mark = " *" if rung["depth"] == found["recommended"] else ""
        ratio = (rung["worst_fairness_ratio"] or {}).get("value")
        table.add_row(
            f"{rung['depth']}{mark}",
            _number(rung["cv_log_loss"], 4),
            f"{_number(rung['behind'], 4)} ± {_number(rung['behind_error'], 4)}",
            _with_interval(rung["test"], "gini"),
            f"{rung['trainable_parameters']:,}",
            _number(rung["seconds"], 1),
            f"{rung['memory_bytes'] / 1e9:.1f} GB",
            _with_interval(rung["test"], "calibration_error"),
            _number(ratio, 2),
        )
    return table


def _with_interval(values: dict[str, Any], name: str) -> str:
    interval = values[f"{name}_interval"]
    between = "" if interval is None else f" [{interval[0]:.3f}, {interval[1]:.3f}]"
    return _number(values[name], 3) + between


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
