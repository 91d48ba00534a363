"""Tables out: in the format of the file's name, and harmless to spreadsheets."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from finxfer.data.sheets_out import SHEET_ROWS, write_sheet
from finxfer.data.values import map_values
from finxfer.errors import BadInput
from finxfer.records.files import write_atomically

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")


def spreadsheet_safe(frame: pd.DataFrame) -> pd.DataFrame:
    """A copy in which no cell and no column name is a formula to a spreadsheet.

    Texts that begin with a sign of a formula (after blanks) get an apostrophe in front, as OWASP
    advises ("CSV Injection"). Plain numbers written as text, such as -5, stay as they are.
    """
    safe = {}
    for position in range(frame.shape[1]):
        series = frame.iloc[:, position]
        if not (
            pd.api.types.is_numeric_dtype(series.dtype) or pd.api.types.is_datetime64_any_dtype(series.dtype)
        ):
            values = map_values(series, _safe_cell, None)
            series = pd.Series(values, index=frame.index, dtype=object)
            if all(value is None or isinstance(value, str) for value in pd.unique(series)):
                series = series.astype("str")
        safe[position] = series
    result = pd.DataFrame(safe, index=frame.index)
    result.columns = pd.Index([_safe_cell(str(name)) for name in frame.columns])
    return result


def _safe_cell(value: object) -> object:
    if not isinstance(value, str):
        return value
    if value.lstrip(" \u00a0\ufeff").startswith(_DANGEROUS) and not _is_number(value):
        return "'" + value
    return value


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def write_csv(frame: pd.DataFrame, path: Path) -> None:
    """UTF-8 CSV; every text is quoted, so that another delimiter cannot cut a cell into a formula."""
    safe = spreadsheet_safe(frame)
    safe.to_csv(path, index=False, quoting=csv.QUOTE_NONNUMERIC, encoding="utf-8", lineterminator="\n")


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV, XLSX or Parquet by the extension of ``path``; nothing half-written is left.

    Raises:
        BadInput: another extension, the folder is not there, or a sheet has no room for the table.
        OSError: the disk is full.
    """
    check_writable(path, len(frame))
    suffix = path.suffix.lower()
    if suffix == ".csv":
        write_atomically(path, lambda temporary: write_csv(frame, temporary))
    elif suffix == ".xlsx":
        write_atomically(path, lambda temporary: write_sheet(spreadsheet_safe(frame), temporary))
    else:
        write_atomically(path, lambda temporary: frame.to_parquet(temporary, index=False))


def check_writable(path: Path, rows: int = 0) -> None:
    """Whether :func:`write_table` can write there; worth asking before long work.

    Raises:
        BadInput: the extension is none of .csv, .xlsx, .parquet, the folder is not there, or there are more
            rows than a sheet holds.
    """
    if path.suffix.lower() not in (".csv", ".xlsx", ".parquet"):
        raise BadInput(
            f"The result cannot be written to {path.name!r}.",
            f"The extension {path.suffix!r} names no format that finxfer writes.",
            "Let the name end in .csv, .xlsx or .parquet.",
        )
    if not path.parent.is_dir():
        raise BadInput(
            f"The result cannot be written to {path.name!r}.",
            f"The folder {str(path.parent)!r} is not there.",
            "Create the folder first, or choose another.",
        )
    if path.suffix.lower() == ".xlsx" and rows >= SHEET_ROWS:
        raise BadInput(
            f"The result cannot be written to {path.name!r}.",
            f"It has {rows:,} rows, and a sheet has room for {SHEET_ROWS - 1:,} below its header.",
            "Let the name end in .csv or .parquet.",
        )
