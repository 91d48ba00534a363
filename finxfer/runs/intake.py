"""Bring a table file into the store; the same for the ingest job and the command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from finxfer.data.reading import hash_file, read_table
from finxfer.records.tables import TableMeta, TableStore


def store_table(path: Path, name: str | None = None) -> tuple[pd.DataFrame, TableMeta]:
    """Read a CSV or Parquet file and keep it in the table store, addressed by its hash.

    Args:
        path: the file.
        name: its name for people; None takes the file's own.

    Raises:
        BadInput: the file cannot be read as a table; see :func:`finxfer.data.reading.read_table`.
        OSError: the disk is full.
    """
    shown = name or path.name
    result = read_table(path, shown)
    sha256 = hash_file(path)
    meta = TableMeta(
        sha256=sha256,
        name=shown,
        rows=len(result.frame),
        columns=result.frame.shape[1],
        bytes=path.stat().st_size,
        report=result.report.to_json(),
    )
    stored = TableStore().add(result.frame, meta)
    return result.frame, replace(stored, name=shown)
