"""From a file to a table: what the content says counts, and every repair is reported."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from finxfer.data.cells import Column, parse_column
from finxfer.data.choices import AS_IT_COMES, ReadingChoice
from finxfer.data.parquet import is_text, typed_column
from finxfer.data.parts import chosen_part
from finxfer.data.source import Source
from finxfer.data.writing import check_writable, spreadsheet_safe, write_csv, write_table
from finxfer.errors import BadInput

__all__ = [
    "ReadReport",
    "ReadResult",
    "check_writable",
    "hash_file",
    "read_table",
    "spreadsheet_safe",
    "write_csv",
    "write_table",
]


@dataclass(frozen=True)
class ReadReport:
    """What was read, for the analyst.

    Args:
        format: ``csv``, ``xlsx`` or ``parquet``.
        encoding, delimiter, decimal: of a text table (the delimiter in words); empty for Parquet.
        rows, columns: size of the table.
        repairs: one sentence for everything that is not as it stood in the file.
        date_columns: names of the columns that hold dates.
        container, part, parts, chosen: where in the file it was; see :class:`finxfer.data.parts.Part`.
    """

    format: str
    encoding: str
    delimiter: str
    decimal: str
    rows: int
    columns: int
    repairs: tuple[str, ...] = ()
    date_columns: tuple[str, ...] = ()
    container: str = ""
    part: str = ""
    parts: tuple[str, ...] = ()
    chosen: str = ""

    def to_json(self) -> dict[str, Any]:
        """A plain object for ``json.dumps``."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}


@dataclass(frozen=True)
class ReadResult:
    """A table and what was read.

    The columns of ``table`` are float64, int64, bool, timestamp[us] or string with null for missing, those
    of ``frame`` float64, int64, bool, datetime64[us] or str with NaN or NaT; no value is infinite.
    """

    table: pa.Table
    report: ReadReport

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The table for pandas."""
        return self.table.to_pandas()


def hash_file(path: Path) -> str:
    """SHA-256 of a file's bytes, 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_table(path: Path, name: str | None = None, choice: ReadingChoice = AS_IT_COMES) -> ReadResult:
    """Read a table by its content: CSV, XLSX or Parquet, also in a gzip or zip file, or a Parquet folder.

    Args:
        path: the file, or the folder of a Parquet dataset.
        name: the name that people know it by; None takes the file's own.
        choice: sheet or member, and encoding, where the content is not to decide.

    Raises:
        BadInput: the file is missing, empty, no table, damaged, too large, has no rows, has columns of the
            same name or too many of them, lines of different widths, or no part of the chosen name.
    """
    part = chosen_part(path, name or path.name, choice)
    result = assemble(part.source)
    report = replace(
        result.report, container=part.container, part=part.part, parts=part.parts, chosen=part.chosen
    )
    return replace(result, report=report)


def assemble(source: Source) -> ReadResult:
    """Parse the cells of what a reader gave, several columns at a time.

    Raises:
        BadInput: every column is empty and without a name.
    """
    with ThreadPoolExecutor(pa.cpu_count()) as pool:
        parsed = list(pool.map(lambda raw, name: _column(raw, name, source), source.columns, source.names))
    columns: dict[str, pa.ChunkedArray] = {}
    repairs = list(source.repairs)
    decimals = set()
    for name, column in zip(source.names, parsed, strict=True):
        empty = column.values.null_count == len(column.values)
        if empty and name == source.names[-1] and name.startswith("column_") and len(columns):
            # A delimiter at the end of every line makes a column of nothing.
            repairs = [line for line in repairs if repr(name) not in line]
            repairs.append("An empty column at the end, without a name, was left out.")
            continue
        columns[name] = column.values
        repairs.extend(column.repairs)
        decimals.add(column.decimal)
    if not columns:
        raise BadInput("The table has no columns.", "Every column was empty.", "Export the table again.")
    table = pa.table(columns)
    report = ReadReport(
        format=source.format,
        encoding=source.encoding,
        delimiter=source.delimiter,
        decimal="" if source.format != "csv" else "," if "," in decimals else ".",
        rows=table.num_rows,
        columns=table.num_columns,
        repairs=tuple(repairs),
        date_columns=tuple(field.name for field in table.schema if pa.types.is_timestamp(field.type)),
    )
    return ReadResult(table, report)


def _column(raw: pa.ChunkedArray, name: str, source: Source) -> Column:
    if pa.types.is_dictionary(raw.type):
        raw = pc.cast(raw, raw.type.value_type)
    if is_text(raw.type):
        return parse_column(pc.cast(raw, pa.string()), name, source.habits)
    return typed_column(raw, name)
