"""Arguments that several commands take, each said once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

TableFile = Annotated[
    Path,
    typer.Argument(metavar="TABLE", help="CSV, XLSX or Parquet, also in a zip or gzip; a Parquet folder."),
]
Sheet = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Sheet of a workbook or file of a zip; else the first table."),
]
Encoding = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Encoding of a text table, such as gb18030; else by content."),
]
RunDir = Annotated[Path, typer.Argument(metavar="RUN_DIR", help="The folder of a run.")]
OutFile = Annotated[Path, typer.Option("--out", metavar="FILE", help="A new .csv, .xlsx or .parquet file.")]
Target = Annotated[str | None, typer.Option(metavar="COL", help="The column to predict.")]
Positive = Annotated[str | None, typer.Option(metavar="VALUE", help="The value that counts as the event.")]
Task = Annotated[
    str | None,
    typer.Option(metavar="binary|multiclass|regression", help="What to predict; else the values decide."),
]
Backbone = Annotated[str | None, typer.Option(metavar="ID", help="Catalogue id or backbone folder.")]
FreezeDepth = Annotated[str | None, typer.Option(metavar="K|as-is|auto", help="Stages kept.")]
SpecFile = Annotated[Path | None, typer.Option(metavar="FILE", help="A spec.json with further settings.")]
SearchMinutes = Annotated[
    float | None,
    typer.Option(metavar="N", help="Time to look for better training settings of the named backbone."),
]
Recalibrate = Annotated[
    str | None,
    typer.Option(metavar="none|platt|isotonic", help="Correct the probabilities on rows kept out."),
]
Drop = Annotated[list[str] | None, typer.Option(metavar="COL", help="Leave this column out; repeatable.")]
Protected = Annotated[
    list[str] | None,
    typer.Option(metavar="COL", help="Keep out of the model, compare its groups; repeatable."),
]
Maps = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="KNOWN=COLUMN",
        help="The backbone's column KNOWN is COLUMN here; KNOWN= for none; repeatable.",
    ),
]
Seed = Annotated[int | None, typer.Option(metavar="N", help="Seed of every draw, 0 or more.")]
Device = Annotated[str | None, typer.Option(metavar="auto|cpu|cuda", help="Where to compute.")]
Split = Annotated[
    str | None, typer.Option(metavar="random|out-of-time", help="What is held out: any rows, or the latest.")
]
Time = Annotated[str | None, typer.Option(metavar="COL", help="The column that orders the rows in time.")]
Group = Annotated[
    list[str] | None,
    typer.Option(metavar="COL", help="Rows of equal values stay together (one customer); repeatable."),
]
Imbalance = Annotated[
    str | None,
    typer.Option(
        metavar="NAME[=NUMBER]",
        help="none, weights (strength 0 to 1), focal (gamma), oversample, undersample or smote (share).",
    ),
]
Remedies = Annotated[
    list[str] | None,
    typer.Option(
        "--remedy",
        metavar="KIND:COLUMN[:ARGS]",
        help="parse, standardise, blank, fill, cap, merge, drop_rows or deduplicate, such as "
        "fill:income:median; learned from training rows; repeatable.",
    ),
]
OutcomeDays = Annotated[
    int | None, typer.Option(metavar="N", help="Days that an outcome takes to show: later rows are named.")
]
Extracted = Annotated[
    str | None, typer.Option(metavar="DATE", help="When TABLE was extracted; its last time unless given.")
]
Immature = Annotated[
    str | None,
    typer.Option(
        metavar="keep|leave-out", help="What to do with rows that had no time to show their outcome."
    ),
]
TestFile = Annotated[Path | None, typer.Option(metavar="TABLE2", help="A table to test on.")]
TestSheet = Annotated[str | None, typer.Option(metavar="NAME", help="The same of TABLE2.")]
NewRunDir = Annotated[Path, typer.Option(metavar="RUN_DIR", help="A new folder for the run.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
