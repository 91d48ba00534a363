"""``python -m finxfer windows``: a transaction log with what was before each transaction."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from finxfer.commands.arguments import Encoding, OutFile, Positive, Sheet, TableFile
from finxfer.commands.output import say
from finxfer.data.choices import ReadingChoice
from finxfer.data.windows import new_columns, with_windows
from finxfer.data.writing import check_writable, write_table
from finxfer.errors import BadInput
from finxfer.records.window_settings import DEFAULT_DELAY_DAYS, WindowSettings, parse_windows
from finxfer.runs.intake import read_file


def windows(
    table: TableFile,
    out: OutFile,
    customer: Annotated[str, typer.Option(metavar="COL", help="Who paid: a customer or a card.")],
    time: Annotated[str, typer.Option(metavar="COL", help="When: dates and times, or seconds.")],
    terminal: Annotated[str, typer.Option(metavar="COL", help="Where: a terminal or merchant.")] = "",
    amount: Annotated[str, typer.Option(metavar="COL", help="What it was worth.")] = "",
    latitude: Annotated[str, typer.Option(metavar="COL", help="Of the place, in degrees.")] = "",
    longitude: Annotated[str, typer.Option(metavar="COL", help="Of the place, in degrees.")] = "",
    target: Annotated[
        str, typer.Option(metavar="COL", help="Fraud or not, for the past fraud rate of terminals.")
    ] = "",
    positive: Positive = None,
    label_delay_days: Annotated[
        float, typer.Option(metavar="DAYS", help="A fraud is known so many days later.")
    ] = DEFAULT_DELAY_DAYS,
    lengths: Annotated[
        str, typer.Option("--windows", metavar="DAYS,DAYS,...", help="Lengths of the windows in days.")
    ] = "1,7,30",
    history: Annotated[
        Path | None, typer.Option(metavar="TABLE0", help="Earlier transactions to look back at.")
    ] = None,
    sheet: Sheet = None,
    encoding: Encoding = None,
) -> None:
    """Write TABLE with windows over each customer's and terminal's earlier rows; nothing looks ahead."""
    check_writable(out)
    settings = WindowSettings(
        customer,
        time,
        terminal,
        amount,
        latitude,
        longitude,
        target,
        positive or "",
        label_delay_days,
        parse_windows(lengths),
    )
    for path in (table, history):
        if path is not None and out.resolve() == path.resolve():
            raise BadInput(
                "A table would be overwritten.", "--out names the same file.", "Give another --out."
            )
    frame = read_file(table, None, ReadingChoice(sheet, encoding)).frame
    earlier = None if history is None else read_file(history).frame
    replaced = [name for name in new_columns(settings) if name in frame]
    if replaced:
        say(
            f"TABLE has columns of these names already; the new ones take their places: {', '.join(replaced)}"
        )
    made = with_windows(frame, settings, earlier)
    write_table(made, out)
    print(f"{len(new_columns(settings))} columns added to {len(made):,} rows: {out}")
