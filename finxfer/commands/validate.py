"""``python -m finxfer validate``: does a table still look like what a model learned, or keep given rules."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from finxfer.commands.arguments import Encoding, Sheet, TableFile
from finxfer.commands.output import say
from finxfer.data.choices import ReadingChoice
from finxfer.data.validation import Outcome, failure_table, validate_frame
from finxfer.data.writing import check_writable, write_table
from finxfer.errors import BadInput
from finxfer.records.folder import RunFolder
from finxfer.runs.finished import finished_run
from finxfer.runs.intake import read_file
from finxfer.runs.validating import file_rules, hold_to_run

FAILED_EXIT = 2


def validate(
    table: TableFile,
    run: Annotated[
        Path | None, typer.Option(metavar="RUN_DIR", help="A finished run: the rules it learned.")
    ] = None,
    rules: Annotated[Path | None, typer.Option(metavar="FILE", help="A rules.json.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="A new .csv, .xlsx or .parquet file for the failure table."),
    ] = None,
    sheet: Sheet = None,
    encoding: Encoding = None,
) -> None:
    """Hold TABLE to rules; exit status 2 where rows break one that is not only a warning."""
    if (run is None) == (rules is None):
        given = "Both --run and --rules are given." if run is not None else "Neither --run nor --rules is."
        raise BadInput("It is not clear which rules are meant.", given, "Give one of the two.")
    if out is not None:
        check_writable(out)
    kept = file_rules(rules) if rules is not None else None
    folder = finished_run(RunFolder(run.resolve())) if run is not None else None
    frame = read_file(table, None, ReadingChoice(sheet, encoding)).frame
    if kept is not None:
        outcome = validate_frame(frame, kept)
    else:
        assert folder is not None
        outcome = _of_run(folder, hold_to_run(folder, frame))
    if out is not None:
        write_table(failure_table(outcome.to_json()["failures"]), out)
    _print(outcome)
    if outcome.problems:
        raise typer.Exit(FAILED_EXIT)


def say_differences(run: RunFolder, frame: pd.DataFrame) -> None:
    """One line on stderr where a table to score differs from what the run learned."""
    outcome = hold_to_run(run, frame)
    if outcome is not None and outcome.failures:
        say(f"The table and what was learned: {outcome.sentence()} finxfer validate tells more.")


def _of_run(folder: RunFolder, outcome: Outcome | None) -> Outcome:
    if outcome is None:
        raise BadInput(
            "This run has no rules.",
            f"{folder.path} was made before runs learned rules.",
            "Run the fine-tuning again, or give --rules.",
        )
    return outcome


def _print(outcome: Outcome) -> None:
    print(outcome.sentence())
    for one in outcome.failures:
        rows = "lacking" if one.rows is None else f"{one.rows:,} rows ({100 * (one.share or 0):.2g}%)"
        shown = f", such as {', '.join(map(repr, one.examples[:3]))}" if one.examples else ""
        print(f"{one.severity}: {one.column!r}, {one.expected}: {rows}{shown}")
