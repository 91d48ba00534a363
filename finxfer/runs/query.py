"""The query job: rows of a database into the table store. The password comes over standard input alone."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from finxfer.data.databases import Database
from finxfer.data.query import Fetched, fetch
from finxfer.records.folder import RunFolder
from finxfer.records.home import uploads_dir
from finxfer.records.spec import JobSpec, Spec
from finxfer.records.tables import TableMeta
from finxfer.runs import launcher
from finxfer.runs.arguments import text_argument
from finxfer.runs.intake import read_file
from finxfer.runs.reporter import Reporter

TELL_SECONDS = 0.5


def start_query(database: Database, password: str, sql: str, name: str) -> RunFolder:
    """Launch the job; returns at once.

    Args:
        name: what the table is to be called.

    Raises:
        Fault: the worker could not be started.
    """
    arguments = {"address": database.address, "database": database.name, "sql": sql, "name": name}
    return launcher.launch(JobSpec("query", arguments), secret=password)


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """Run ``arguments["sql"]`` on ``arguments["address"]`` and write ``result.json`` with the table's hash.

    Raises:
        BadInput: whatever of address, password or query cannot be used; see :func:`finxfer.data.query.fetch`.
        Cancelled: the analyst asked for it.
    """
    assert isinstance(spec, JobSpec)
    password = sys.stdin.readline().rstrip("\n")
    report.stage("query", "Running the query")
    database = Database(text_argument(spec, "address"), str(spec.arguments.get("database") or ""))
    sql, name = text_argument(spec, "sql"), text_argument(spec, "name")
    parent = Path(tempfile.mkdtemp(prefix="query-", dir=uploads_dir()))
    try:
        path = parent / "rows.parquet"
        fetched = fetch(database, password, sql, path, _teller(report), report.should_stop)
        report.check()
        report.status(message=f"Storing {fetched.rows:,} rows")
        meta = keep(path, name, database, sql, fetched)
    finally:
        shutil.rmtree(parent, ignore_errors=True)
    folder.write_json("result.json", {"table": meta.sha256, "rows": meta.rows, "columns": meta.columns})


def keep(path: Path, name: str, database: Database, sql: str, fetched: Fetched) -> TableMeta:
    """Put fetched rows into the table store, addressed by the SHA-256 of their Parquet file."""
    read = read_file(path, name)
    report = read.meta.report
    repairs = [*fetched.repairs, *report.get("repairs", ())]
    report = report | {"format": "query", "repairs": repairs} | origin(database, sql, fetched)
    return replace(read, meta=replace(read.meta, report=report)).keep()


def origin(database: Database, sql: str, fetched: Fetched) -> dict[str, Any]:
    """Where a table came from, for its reading report; there is no password in it."""
    return {
        "database": database.name,
        "address": database.address,
        "query": sql,
        "queried": time.time(),
        "seconds": round(fetched.seconds, 1),
    }


def _teller(report: Reporter) -> Callable[[int], None]:
    """Rows so far into the status, at most twice a second."""
    last = 0.0

    def tell(rows: int) -> None:
        nonlocal last
        if time.monotonic() - last > TELL_SECONDS:
            last = time.monotonic()
            report.status(message=f"{rows:,} rows so far")

    return tell
