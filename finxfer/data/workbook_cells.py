"""Cells of a workbook's column, each of a type of its own, become one arrow column."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from finxfer.data.cells import parse_column
from finxfer.data.source import Habits

_KINDS: dict[str, tuple[tuple[type, ...], pa.DataType]] = {
    "number": ((float, int), pa.float64()),
    "text": ((str,), pa.string()),
    "date": ((dt.date, dt.datetime), pa.timestamp("us")),
    "truth": ((bool,), pa.bool_()),
    "clock": ((dt.time, dt.timedelta), pa.duration("us")),
}
_NUMBER_TEXT = r"^\s*[+-]?(0|[1-9][0-9]*)([.,][0-9]+)?\s*$"
_WHOLE = 2**53


class CellColumn:
    """The cells of one column, taken in piece by piece."""

    def __init__(self) -> None:
        self.rows = 0
        self._pieces: dict[str, list[tuple[int, pa.Array]]] = {}

    @property
    def filled(self) -> bool:
        """Whether any cell so far holds something."""
        return bool(self._pieces)

    def add(self, cells: Sequence[object]) -> None:
        """Take in the next cells: numbers, texts, dates, times, true and false; an empty text is missing."""
        types = {type(cell) for cell in cells}
        for kind, (wanted, arrow_type) in _KINDS.items():
            if not types.intersection(wanted):
                continue
            piece = pa.array(_of_kind(cells, kind, wanted, types), arrow_type)
            if piece.null_count < len(piece):
                self._pieces.setdefault(kind, []).append((self.rows, piece))
        self.rows += len(cells)

    def finish(self, name: str, percent: bool, habits: Habits) -> tuple[pa.ChunkedArray, list[str]]:
        """The column and sentences on what was done to it.

        Args:
            name: of the column, for the sentences.
            percent: whether its numbers are shown as per cent.
            habits: how the file writes dates.
        """
        found = {kind: self._whole(kind) for kind in self._pieces}
        repairs = []
        if percent and "number" in found:
            found["number"] = pc.round(pc.multiply(found["number"], 100.0), 10)
            repairs.append(f"{name}: shown as per cent in the workbook; 12% is the number 12.")
        if "text" in found:
            count = _count(pc.match_substring_regex(found["text"], _NUMBER_TEXT))
            if count:
                repairs.append(
                    f"{name}: {count:,} cell{'s hold' if count > 1 else ' holds'} a number as text."
                )
            if set(found) == {"text", "date"}:
                found["text"] = _dates_as_written(found["text"], name, habits)
        if not found:
            return pa.chunked_array([pa.nulls(self.rows)]), repairs
        if len(found) == 1:
            return _tidy(next(iter(found.values()))), repairs
        return pc.coalesce(*(_as_text(column) for column in found.values())), repairs

    def _whole(self, kind: str) -> pa.ChunkedArray:
        arrow_type = _KINDS[kind][1]
        arrays, at = [], 0
        for start, piece in self._pieces[kind]:
            if start > at:
                arrays.append(pa.nulls(start - at, arrow_type))
            arrays.append(piece)
            at = start + len(piece)
        if at < self.rows:
            arrays.append(pa.nulls(self.rows - at, arrow_type))
        return pa.chunked_array(arrays, arrow_type)


def _of_kind(
    cells: Sequence[object], kind: str, wanted: tuple[type, ...], types: set[type]
) -> Sequence[object]:
    """The cells of one kind, None in place of the others."""
    if kind in ("date", "clock"):
        return [_plain(cell) if type(cell) in wanted else None for cell in cells]
    if kind == "text":
        return [cell if type(cell) is str and cell != "" else None for cell in cells]
    return cells if types.issubset(wanted) else [cell if type(cell) in wanted else None for cell in cells]


def _plain(cell: object) -> object:
    """Dates with a time of day, times of day as durations: one type each for arrow."""
    if type(cell) is dt.date:
        return dt.datetime(cell.year, cell.month, cell.day)
    if isinstance(cell, dt.time):
        return dt.timedelta(
            hours=cell.hour, minutes=cell.minute, seconds=cell.second, microseconds=cell.microsecond
        )
    return cell


def _tidy(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A workbook knows no whole numbers: a column of nothing else becomes int64, as from a text table."""
    if not pa.types.is_floating(column.type) or column.null_count:
        return column
    # NaN and infinities are no whole numbers: the comparison is false for them.
    whole = pc.and_(pc.equal(pc.floor(column), column), pc.less(pc.abs(column), float(_WHOLE)))
    return pc.cast(column, pa.int64()) if pc.all(whole).as_py() else column


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Each cell as a text table would spell it."""
    if pa.types.is_timestamp(column.type):
        days = pc.cast(pc.floor_temporal(column, unit="day"), pa.date32())
        if pc.all(pc.equal(pc.cast(days, column.type), column)).as_py():
            return pc.cast(days, pa.string())
        return pc.strftime(column, format="%Y-%m-%d %H:%M:%S")
    if pa.types.is_boolean(column.type):
        return pc.if_else(column, "True", "False")
    if pa.types.is_duration(column.type):
        return pc.cast(pc.divide(pc.cast(pc.cast(column, pa.int64()), pa.float64()), 1e6), pa.string())
    return pc.cast(column, pa.string())


def _dates_as_written(texts: pa.ChunkedArray, name: str, habits: Habits) -> pa.ChunkedArray:
    """Dates that were typed as text among real ones, spelled as those are."""
    parsed = pa.chunked_array(parse_column(texts, name, habits).values)
    return _as_text(parsed) if pa.types.is_timestamp(parsed.type) else texts


def _count(truths: pa.ChunkedArray) -> int:
    return int(pc.sum(truths).as_py() or 0)
