"""``python -m finxfer pack`` and ``replay``: a run for an examiner, and the same run made again."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from finxfer.commands.arguments import AsJson, Encoding, RunDir, Sheet, TestSheet
from finxfer.commands.jobs import check_new_folder, follow_job, nothing_left_behind
from finxfer.commands.output import say
from finxfer.data.choices import ReadingChoice
from finxfer.errors import BadInput
from finxfer.records.folder import RunFolder
from finxfer.runs.differences import Replayed
from finxfer.runs.pack_file import PackFile
from finxfer.runs.packing import write_pack
from finxfer.runs.replaying import Sources
from finxfer.runs.replaying import replay as replay_pack

WARNING = (
    "Warning: this pack holds customer rows: the table and the prediction of every test row. "
    "Keep it where customer data may be kept."
)
DIFFERS_EXIT = 2


def pack(
    run_dir: RunDir,
    out: Annotated[Path, typer.Option(metavar="FILE", help="A new .zip file.")],
    with_data: Annotated[
        bool, typer.Option("--with-data", help="Add the table and the predictions: customer rows.")
    ] = False,
) -> None:
    """Write what an examiner needs to read a run and to run it again; no customer row unless asked for."""
    if out.exists():
        raise BadInput(f"{out} is there already.", "Nothing is written over.", "Give --out a new file.")
    if out.suffix.lower() != ".zip" or not out.absolute().parent.is_dir():
        raise BadInput(
            f"The pack cannot be written to {out}.",
            "It must be a .zip file in a folder that exists.",
            "Give for instance --out pack.zip.",
        )
    if with_data:
        say(WARNING)
    facts = write_pack(RunFolder(run_dir.resolve()), out, with_data)
    for backbone in facts["backbones"]:
        if not backbone["in_pack"] and backbone["origin"] != "catalogue":
            say(f"The backbone {backbone['id']} is in the pack by its checksum only.")
    print(f"Written: {out} ({out.stat().st_size:,} bytes)")


def replay(
    file: Annotated[Path, typer.Argument(metavar="PACK", help="A pack of a run.")],
    table: Annotated[
        Path | None, typer.Option(metavar="TABLE", help="The run's table; may be left out with --with-data.")
    ] = None,
    test: Annotated[Path | None, typer.Option(metavar="TABLE2", help="Its separate test table.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="RUN_DIR", help="Keep the new run here.")] = None,
    as_json: AsJson = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit status 2 where a figure or verdict differs.")
    ] = False,
    sheet: Sheet = None,
    test_sheet: TestSheet = None,
    encoding: Encoding = None,
) -> None:
    """Run a pack's spec again with its table, seed and threads, and print the difference per metric."""
    if out is not None:
        check_new_folder(out)
    opened = PackFile(file)
    chosen = ReadingChoice(sheet, encoding), ReadingChoice(test_sheet, encoding)
    with tempfile.TemporaryDirectory(prefix="finxfer-replayed-") as parent:
        place = out if out is not None else Path(parent) / "run"
        with nothing_left_behind(place):
            found = replay_pack(opened, Sources(table, test, *chosen), place, follow_job)
    if as_json:
        print(json.dumps(found.to_json() | {"run": str(out) if out else None}, indent=1))
    else:
        _print(found, out)
    if strict and not found.close:
        raise typer.Exit(DIFFERS_EXIT)


def _print(found: Replayed, out: Path | None) -> None:
    for line in found.notes:
        say(line)
    for version in found.versions:
        other = version["now"] or "none"
        say(f"Another version: {version['name']} {version['then']} then, {other} now.")
    numbers = (Column(name, justify="right", no_wrap=True) for name in ("then", "now", "difference"))
    table = Table("model", "metric", *numbers, box=None)
    for metric in found.metrics:
        then, now = _number(metric.then), _number(metric.now)
        table.add_row(metric.model, metric.metric, then, now, _number(metric.difference, "+"))
    Console(width=max(100, Console().width)).print(table)
    for verdict in found.verdicts:
        same = verdict["then"] == verdict["now"]
        print(f"{verdict['what']}: {verdict['then']}" + (", the same" if same else f", now {verdict['now']}"))
    for one in found.files:
        differs = "equal"
        if one.different:
            size = f"at most by {one.largest:.3g}" if one.largest else "in words or in what there is"
            differs = f"{one.different:,} differ, {size}, first at {one.places[0]}"
        print(f"{one.name}: {one.figures:,} figures, {differs}")
    if found.not_replayed:
        print(f"Made after the run, not replayed: {', '.join(found.not_replayed)}")
    print(found.sentence)
    if out is not None:
        print(f"Written: {out}")


def _number(value: float | None, sign: str = "") -> str:
    if value is None:
        return "–"
    return "0" if sign and value == 0 else f"{value:{sign}.6g}"
