"""From a file to a table: what the content says counts, and every repair is reported."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from finxfer.data.cells import Column, parse_column
from finxfer.data.delimited import read_delimited_file
from finxfer.data.parquet import is_text, read_parquet, typed_column
from finxfer.data.sniffing import HEAD_BYTES, file_kind
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
_SUFFIXES = {".csv": "csv", ".txt": "csv", ".tsv": "csv", ".parquet": "parquet", ".pq": "parquet"}
_FORMATS = {"csv": "a text table", "parquet": "Parquet"}


@dataclass(frozen=True)
class ReadReport:
    """What was read, for the analyst.

    Args:
        format: ``csv`` or ``parquet``.
        encoding, delimiter, decimal: of a text table (the delimiter in words); empty for Parquet.
        rows, columns: size of the table.
        repairs: one sentence for everything that is not as it stood in the file.
        date_columns: names of the columns that hold dates.
    """

    format: str
    encoding: str
    delimiter: str
    decimal: str
    rows: int
    columns: int
    repairs: tuple[str, ...] = ()
    date_columns: tuple[str, ...] = ()

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


def read_table(path: Path, name: str | None = None) -> ReadResult:
    """Read a CSV or Parquet file by its content.

    Args:
        path: the file.
        name: the name that people know it by; None takes the file's own.

    Raises:
        BadInput: the file is missing, empty, no table, damaged, has no rows, has columns of the same
            name or too many of them, or lines of different widths.
    """
    shown = name or path.name
    if not path.is_file():
        raise BadInput(
            f"There is no table {shown!r}.",
            f"{path} is {'a folder' if path.is_dir() else 'not there'}.",
            "Give the path of a CSV or Parquet file.",
        )
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head.strip(b" \t\r\n\xef\xbb\xbf\xff\xfe\0"):
        raise BadInput(
            f"The file {shown!r} is empty.", "It holds nothing to read.", "Export the table again."
        )
    kind = file_kind(head)
    if kind not in _FORMATS and kind != "text":
        raise _no_table(shown, kind)
    source = read_parquet(path) if kind == "parquet" else read_delimited_file(path)
    promised = _SUFFIXES.get(Path(shown).suffix.lower())
    if promised is not None and promised != source.format:
        suffix, found = Path(shown).suffix, _FORMATS[source.format]
        source.repairs.insert(0, f"The name ends in {suffix}, but the content is {found}; that was read.")
    return assemble(source)


def _no_table(shown: str, kind: str) -> BadInput:
    advice = "Export the table as CSV (UTF-8) or Parquet."
    if "Excel" in kind:
        advice = "Open it in Excel and save the sheet as CSV UTF-8, or export Parquet."
    elif "archive" in kind:
        advice = "Unpack it first, then give the CSV or Parquet file inside."
    return BadInput(
        f"The file {shown!r} is not a table that finxfer reads.",
        f"By its content it is {kind}, whatever its name says.",
        advice,
    )


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
        decimal="" if source.format == "parquet" else "," if "," in decimals else ".",
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
