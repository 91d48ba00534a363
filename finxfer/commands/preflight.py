"""``python -m finxfer preflight``: which backbones suit a table, before any run."""

from __future__ import annotations

import json
from typing import Any

from rich.console import Console
from rich.table import Column, Table

from finxfer.commands.arguments import (
    AsJson,
    Drop,
    Encoding,
    Maps,
    Positive,
    Protected,
    Seed,
    Sheet,
    TableFile,
    Target,
)
from finxfer.commands.output import progress_bar, say
from finxfer.data.choices import ReadingChoice
from finxfer.records.tables import TableStore
from finxfer.runs.preflight import compare
from finxfer.runs.preparing import Options, prepare


def preflight(
    table: TableFile,
    target: Target = None,
    positive: Positive = None,
    drop: Drop = None,
    protected: Protected = None,
    seed: Seed = None,
    maps: Maps = None,
    as_json: AsJson = False,
    sheet: Sheet = None,
    encoding: Encoding = None,
) -> None:
    """Rank the backbones for TABLE by its training rows, before any fine-tuning.

    The rows are those that `finetune` would learn from with the same options; its test rows play no part.
    """
    prepared = prepare(
        Options(
            table,
            target,
            positive,
            drop=tuple(drop or ()),
            protected=tuple(protected or ()),
            seed=seed,
            maps=tuple(maps or ()),
            choice=ReadingChoice(sheet, encoding),
        )
    )
    for notice in prepared.notices:
        say(notice)
    spec, store = prepared.spec, TableStore()
    cache = store.derived(spec.table) if store.has(spec.table) else None
    with progress_bar() as bar:
        found = compare(spec, prepared.files[0].frame, None, cache, bar.event, lambda: False)
    if as_json:
        print(json.dumps(found, indent=1))
        return
    Console().print(_table(found))
    for line in _sentences(found):
        print(line)


def _table(found: dict[str, Any]) -> Table:
    """The ranked backbones."""
    names = ("id", "AUC untrained", "LogME", "H-score", "columns")
    table = Table("rank", *(Column(name, no_wrap=True) for name in names), box=None)
    for one in found["backbones"]:
        if one["rank"]:
            scores = [f"{one[name]:.3f} ({one[f'{name}_rank']})" for name in ("log_me", "h_score")]
            table.add_row(str(one["rank"]), one["id"], _measured(one), *scores, f"{one['share']:.0%}")
    table.add_row("", "(columns alone)", _measured(found["columns_alone"]))
    return table


def _measured(measured: dict[str, Any]) -> str:
    low, high = measured["interval"] or (None, None)
    return f"{measured['auc']:.3f}" + ("" if low is None else f" [{low:.3f}, {high:.3f}]")


def _sentences(found: dict[str, Any]) -> list[str]:
    """Who is not ranked and why, and whether the order is clear."""
    lines = [f"Not ranked: {one['id']}. {one['reason']}" for one in found["backbones"] if not one["rank"]]
    basis = f"{found['folds']} folds of {found['rows']:,} training rows, {found['seconds']:.0f} s"
    first = found["first"]
    if first is None:
        return [*lines, f"No backbone can be ranked ({basis})."]
    second = first["over_second"]
    if second is not None and second["clear"]:
        lines.append(f"{first['id']} is clearly first ({basis}).")
    elif second is not None:
        level = [one["id"] for one in found["backbones"] if one["level"]]
        lines.append(f"No clear order: {', '.join(level)} are within each other's error ({basis}).")
    else:
        lines.append(f"Only {first['id']} can be ranked ({basis}).")
    if not first["over_columns"]["clear"]:
        lines.append("The first is not clearly better than a linear model of the columns themselves.")
    return lines
