"""Bring a table file into the store; the same for the ingest job and the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from finxfer.data.reading import hash_file, read_table
from finxfer.errors import BadInput
from finxfer.records.tables import TableMeta, TableStore


@dataclass(frozen=True)
class ReadFile:
    """A table file as read, not stored yet."""

    frame: pd.DataFrame
    meta: TableMeta

    def keep(self) -> TableMeta:
        """Put it into the table store, addressed by the hash of the file.

        Raises:
            OSError: the disk is full; nothing half-written is left.
        """
        return TableStore().add(self.frame, self.meta)


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
    result = read_table(path, shown)
    meta = TableMeta(
        sha256=hash_file(path),
        name=shown,
        rows=len(result.frame),
        columns=result.frame.shape[1],
        bytes=path.stat().st_size,
        report=result.report.to_json(),
    )
    return ReadFile(result.frame, meta)
