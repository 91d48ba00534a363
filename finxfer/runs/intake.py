"""Bring a table file into the store; the same for the ingest job and the command line."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow as pa

from finxfer.data.reading import hash_file, read_table
from finxfer.errors import BadInput
from finxfer.records.tables import TableMeta, TableStore


@dataclass(frozen=True)
class ReadFile:
    """A table file as read, not stored yet."""

    table: pa.Table
    meta: TableMeta

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The table for pandas."""
        return self.table.to_pandas()

    def keep(self) -> TableMeta:
        """Put it into the table store, addressed by the hash of the file.

        Raises:
            OSError: the disk is full; nothing half-written is left.
        """
        return TableStore().add(self.table, self.meta)


def read_file(path: Path, name: str | None = None) -> ReadFile:
    """Read a CSV or Parquet file.

    Args:
        path: the file.
        name: its name for people; None takes the file's own.

    Raises:
        BadInput: there is no such file, or it is no table; see :func:`finxfer.data.reading.read_table`.
    """
    if not path.is_file():
        raise BadInput(
            f"There is no table {path.name!r}.",
            f"{path} is {'a folder' if path.is_dir() else 'not there'}.",
            "Give the path of a CSV or Parquet file.",
        )
    shown = name or path.name
    with ThreadPoolExecutor(1) as pool:
        sha256 = pool.submit(hash_file, path)
        result = read_table(path, shown)
    meta = TableMeta(
        sha256=sha256.result(),
        name=shown,
        rows=result.table.num_rows,
        columns=result.table.num_columns,
        bytes=path.stat().st_size,
        report=result.report.to_json(),
    )
    return ReadFile(result.table, meta)
