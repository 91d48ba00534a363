"""Python values as database drivers give them, batch by batch, into arrow columns of one kind each."""

from __future__ import annotations

import datetime
import decimal
import uuid
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

EXACT = 2**53
"""Whole numbers beyond it are other numbers as floats; such a column stays text."""
NOTHING, NESTED, TEXT = "nothing", "nested", "text"
_KINDS: dict[type, str] = {
    bool: "bool",
    int: "int",
    float: "float",
    decimal.Decimal: "float",
    datetime.date: "date",
    datetime.time: "time",
    datetime.timedelta: "duration",
    str: TEXT,
    uuid.UUID: TEXT,
    bytes: NESTED,
    bytearray: NESTED,
    memoryview: NESTED,
    dict: NESTED,
    list: NESTED,
    tuple: NESTED,
    set: NESTED,
}
_TYPES = {
    NOTHING: pa.null(),
    NESTED: pa.null(),
    "bool": pa.bool_(),
    "int": pa.int64(),
    "float": pa.float64(),
    "date": pa.date32(),
    "moment": pa.timestamp("us"),
    "zoned": pa.timestamp("us", "UTC"),
    "time": pa.time64("us"),
    "duration": pa.duration("us"),
    TEXT: pa.string(),
}
_PAIRS = {frozenset(("int", "float")): "float", frozenset(("date", "moment")): "moment"}


def arrow_type(kind: str) -> pa.DataType:
    """The arrow type of a kind."""
    return _TYPES[kind]


def wider(one: str, other: str) -> str:
    """The kind that holds values of both: text where nothing narrower does."""
    if one == other or other == NOTHING:
        return one
    if one == NOTHING:
        return other
    if NESTED in (one, other):
        return NESTED
    return _PAIRS.get(frozenset((one, other)), TEXT)


def kind_of_all(cells: Sequence[Any], known: str = NOTHING) -> str:
    """The kind of a batch of one column; ``nested`` stays what it was known as."""
    if known == NESTED:
        return NESTED
    kind = NOTHING
    types = set(map(type, cells)) - {type(None)}
    for one in types:
        kind = wider(kind, _kind_of_type(one, cells))
    if kind == "int" and any(cell is not None and not -(2**63) <= cell < 2**63 for cell in cells):
        return TEXT
    whole = (decimal.Decimal, int) if kind == "float" else ()
    return TEXT if any(isinstance(cell, whole) and _loses_digits(cell) for cell in cells) else kind


def _kind_of_type(one: type, cells: Sequence[Any]) -> str:
    if issubclass(one, datetime.datetime):
        zones = {cell.tzinfo is not None for cell in cells if isinstance(cell, datetime.datetime)}
        return {frozenset((True,)): "zoned", frozenset((False,)): "moment"}.get(frozenset(zones), TEXT)
    return _KINDS.get(one, TEXT)


def _loses_digits(cell: Any) -> bool:
    """Whether a whole number, such as an account's, would be another one as a float."""
    if isinstance(cell, decimal.Decimal):
        if not cell.is_finite() or abs(cell) < EXACT:
            return False
        return cell == cell.to_integral_value()
    return abs(cell) >= EXACT


def to_arrow(cells: Sequence[Any], kind: str) -> pa.Array:
    """One batch of a column as an arrow array of its kind; cells of ``nested`` are dropped."""
    if kind in (NOTHING, NESTED):
        return pa.nulls(len(cells))
    if kind == "float":
        cells = [_number(cell) for cell in cells]
    elif kind == "moment":
        cells = [_moment(cell) for cell in cells]
    elif kind == TEXT:
        cells = [None if cell is None else cell_text(cell) for cell in cells]
    return pa.array(cells, _TYPES[kind])


def _number(cell: Any) -> float | None:
    if isinstance(cell, decimal.Decimal) and cell.is_nan():
        return None
    return None if cell is None else float(cell)


def _moment(cell: Any) -> Any:
    if isinstance(cell, datetime.date) and not isinstance(cell, datetime.datetime):
        return datetime.datetime(cell.year, cell.month, cell.day)
    return cell


def cell_text(cell: Any) -> str:
    """A cell as text; characters that no UTF-8 can hold are replaced."""
    text = cell.isoformat(sep=" ") if isinstance(cell, datetime.datetime) else str(cell)
    return text.encode("utf-8", "replace").decode("utf-8")


def cast(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """A part's column in the type that the whole column has."""
    return column if column.type == kind else pc.cast(column, kind)
