"""Bring a table file into the store; the same for the ingest job and the command line."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd
import pyarrow as pa

from finxfer.data.choices import AS_IT_COMES, ReadingChoice
from finxfer.data.folders import folder_bytes, hash_folder
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


def read_file(path: Path, name: str | None = None, choice: ReadingChoice = AS_IT_COMES) -> ReadFile:
    """Read a table from a file, or from a folder of Parquet files.

    Args:
        path: the file or folder.
        name: its name for people; None takes the file's own.
        choice: sheet or member, and encoding, where the content is not to decide.

    Raises:
        BadInput: there is no such file, or it is no table; see :func:`finxfer.data.reading.read_table`.
    """
    shown = name or path.resolve().name
    if not path.exists():
        raise BadInput(
            f"There is no table {shown!r}.",
            f"{path} is not there.",
            "Give the path of a table or of its folder.",
        )
    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(file_address, path)
        result = read_table(path, shown, choice)
    meta = TableMeta(
        sha256=table_address(found.result(), result.report.chosen),
        name=shown,
        rows=result.table.num_rows,
        columns=result.table.num_columns,
        bytes=folder_bytes(path) if path.is_dir() else path.stat().st_size,
        report=result.report.to_json(),
    )
    return ReadFile(result.table, meta)


def file_address(path: Path) -> str:
    """The address of the table that a file or folder holds when nothing is chosen: its SHA-256."""
    return hash_folder(path) if path.is_dir() else hash_file(path)


def table_address(sha256: str, chosen: str) -> str:
    """Where the table of a file is kept: the file's SHA-256, unless another part or encoding was chosen.

    Args:
        sha256: of the file.
        chosen: what was chosen; see :class:`finxfer.data.parts.Part`.
    """
    return hashlib.sha256(f"{sha256}\n{chosen}".encode()).hexdigest() if chosen else sha256
