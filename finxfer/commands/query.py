"""``python -m finxfer query``: rows of a database into a file."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from finxfer.commands.arguments import OutFile
from finxfer.commands.output import say
from finxfer.data.databases import PASSWORD_VARIABLE, Database, find_database
from finxfer.data.query import fetch
from finxfer.data.writing import check_writable, write_table
from finxfer.errors import BadInput
from finxfer.settings import check_settings


def query(
    database: Annotated[
        str, typer.Argument(metavar="DATABASE", help="A named database, or an address without a password.")
    ],
    out: OutFile,
    sql: Annotated[str | None, typer.Option("--sql", metavar="TEXT", help="The query.")] = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="A file with the query.")
    ] = None,
) -> None:
    """Write the rows of a query that reads to FILE; the password is asked for or in the environment."""
    check_settings()
    check_writable(out)
    text = _query_text(sql, file)
    found = find_database(database)
    password = _password(found)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as parent:
        path = Path(parent) / "rows.parquet"
        fetched = fetch(found, password, text, path, _tell, lambda: False)
        if out.suffix.lower() == ".parquet":
            os.replace(path, out)
        else:
            import pandas as pd

            write_table(pd.read_parquet(path), out)
    for sentence in fetched.repairs:
        say(sentence)
    print(f"{fetched.rows:,} rows of {found.name} in {fetched.seconds:.1f} s: {out}")


def _query_text(sql: str | None, file: Path | None) -> str:
    if (sql is None) == (file is None):
        given = (
            "Both --sql and --file are given." if sql is not None else "Neither --sql nor --file is given."
        )
        raise BadInput("It is not clear which query to run.", given, "Give one of the two.")
    if file is None:
        return str(sql)
    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise BadInput(
            f"The query in {file.name!r} cannot be read.", f"{why}.", "Give a text file."
        ) from None


def _password(database: Database) -> str:
    """From the environment, else asked for on a terminal; elsewhere none."""
    known = database.known_password()
    if known or not database.may_need_password or not sys.stdin.isatty():
        return known
    variable = database.password_variable or PASSWORD_VARIABLE
    asked = f"Password for {database.address} (Enter for none; or set {variable})"
    return str(typer.prompt(asked, default="", hide_input=True, show_default=False, err=True))


def _tell(rows: int) -> None:
    """Rows so far, on a terminal alone."""
    if sys.stderr.isatty():
        print(f"\r{rows:,} rows", end="\r", file=sys.stderr, flush=True)
