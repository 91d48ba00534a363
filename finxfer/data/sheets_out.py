"""A table as the one sheet of an Excel workbook, written row by row in little memory."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from finxfer.errors import BadInput

SHEET_ROWS, SHEET_COLUMNS = 1_048_576, 16_384
CELL_LETTERS = 32_767
"""The most that a cell of a sheet holds."""
_EXACT = 2**53
_FIRST_DAY = pd.Timestamp(1900, 3, 1)
"""Excel counts a 29 February 1900, so that days before this one come out shifted."""
_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_sheet(frame: pd.DataFrame, path: Path) -> None:
    """Write a table whose texts are harmless already (see :func:`finxfer.data.writing.spreadsheet_safe`).

    Raises:
        BadInput: more columns than a sheet has, or a text longer than a cell holds.
        OSError: the disk is full.
    """
    import xlsxwriter

    if frame.shape[1] > SHEET_COLUMNS:
        raise BadInput(
            "The result does not fit into a sheet.",
            f"It has {frame.shape[1]:,} columns, and a sheet has {SHEET_COLUMNS:,}.",
            "Let the name end in .csv or .parquet.",
        )
    for name in frame.columns:
        _check_lengths(frame[name], str(name))
    # Rows wait in a temporary file: beside the result rather than in a folder that others can read.
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".sheet-") as place:
        book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": place, **_OPTIONS})
        try:
            sheet = book.add_worksheet("Table")
            for column, name in enumerate(frame.columns):
                sheet.write_string(0, column, str(name))
            writers = [_writer(sheet, book, frame[name]) for name in frame.columns]
            for row, cells in enumerate(zip(*(frame[name] for name in frame.columns), strict=True), start=1):
                for column, (write, cell) in enumerate(zip(writers, cells, strict=True)):
                    write(row, column, cell)
        finally:
            book.close()


def _check_lengths(series: pd.Series, name: str) -> None:
    if not (pd.api.types.is_string_dtype(series.dtype) or series.dtype == object):
        return
    longest = series.dropna().astype(str).str.len().max()
    if longest > CELL_LETTERS:
        raise BadInput(
            f"The column {name[:60]!r} does not fit into a sheet.",
            f"It holds a text of {int(longest):,} letters, and a cell holds {CELL_LETTERS:,}.",
            "Let the name end in .csv or .parquet.",
        )


def _writer(sheet: Any, book: Any, series: pd.Series) -> Callable[[int, int, Any], object]:
    """What writes one cell of the column; a missing one stays empty."""
    if pd.api.types.is_bool_dtype(series.dtype):
        return lambda row, column, cell: sheet.write_boolean(row, column, bool(cell))
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        days = (series.dropna() == series.dropna().dt.normalize()).all()
        style = book.add_format({"num_format": "yyyy-mm-dd" if days else "yyyy-mm-dd hh:mm:ss"})
        return lambda row, column, cell: _write_moment(sheet, row, column, cell, style)
    if pd.api.types.is_numeric_dtype(series.dtype):
        return lambda row, column, cell: _write_number(sheet, row, column, cell)
    return lambda row, column, cell: None if pd.isna(cell) else sheet.write_string(row, column, str(cell))


def _write_moment(sheet: Any, row: int, column: int, cell: Any, style: Any) -> None:
    if pd.isna(cell):
        return
    moment = pd.Timestamp(cell).tz_localize(None)
    if moment < _FIRST_DAY:
        sheet.write_string(row, column, str(moment.date()))
    else:
        sheet.write_datetime(row, column, moment.to_pydatetime(warn=False), style)


def _write_number(sheet: Any, row: int, column: int, cell: Any) -> None:
    if pd.isna(cell) or not math.isfinite(cell):
        return
    # A sheet keeps 15 digits: a longer number would come out as another one.
    if isinstance(cell, int) and abs(cell) >= _EXACT:
        sheet.write_string(row, column, str(cell))
    else:
        sheet.write_number(row, column, cell)
