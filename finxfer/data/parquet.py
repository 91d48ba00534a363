"""Parquet files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from finxfer.data.column import EXACT, Column, from_numpy
from finxfer.data.limits import check_cells
from finxfer.data.names import clean_names
from finxfer.data.nested import flattened
from finxfer.data.source import Source
from finxfer.errors import BadInput


def read_parquet(path: Path, shown: str | None = None) -> Source:
    """Read a Parquet file; structures become columns, and columns of lists or bytes are left out and named.

    Args:
        path: the file.
        shown: its name for people; None takes the file's own.

    Raises:
        BadInput: damaged, no rows, no usable column, names twice the same, too many columns or cells.
    """
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            clean_names(schema.names)
            rows = file.metadata.num_rows
            if rows == 0:
                raise BadInput(
                    "The table has no rows.",
                    f"The file describes {len(schema.names):,} columns and holds no row.",
                    "Export the table again, with its rows.",
                )
            check_cells(rows * len(schema.names), shown or path.name)
            names, columns, repairs = flattened(file.read())
    except (pa.ArrowException, OSError) as error:
        detail = (str(error).splitlines() or [type(error).__name__])[0][:160]
        raise BadInput(
            "The Parquet file cannot be read.",
            f"It is cut short or damaged ({detail}).",
            "Export or upload it again.",
        ) from None
    return parquet_source(names, columns, repairs)


def parquet_source(raw_names: Sequence[str], columns: Sequence[pa.ChunkedArray], said: list[str]) -> Source:
    """The columns that a model can read, under clean names; the others are named in the repairs.

    Raises:
        BadInput: no row, no usable column, names twice the same, or too many columns.
    """
    names, repairs = clean_names(raw_names)
    repairs = [*said, *repairs]
    kept_names, kept = [], []
    for name, raw, column in zip(names, raw_names, columns, strict=True):
        if raw.startswith("__index_level_"):
            repairs.append("The row index that pandas had stored was left out.")
        elif _readable(column.type):
            kept_names.append(name)
            kept.append(column)
        else:
            repairs.append(f"{name}: left out, since it holds {column.type}, which a model cannot read.")
    if not kept:
        raise BadInput(
            "The Parquet file holds no column that can be read.",
            "Its columns are lists, maps or bytes.",
            "Export plain columns: numbers, texts, dates, true or false.",
        )
    if not len(kept[0]):
        raise BadInput(
            "The table has no rows.",
            f"{len(kept):,} columns are described and no row is there.",
            "Export the table again, with its rows.",
        )
    return Source("parquet", kept_names, kept, repairs)


def _readable(kind: pa.DataType) -> bool:
    types = pa.types
    if types.is_dictionary(kind):
        return _readable(kind.value_type)
    return bool(
        types.is_integer(kind)
        or types.is_floating(kind)
        or types.is_decimal(kind)
        or types.is_boolean(kind)
        or types.is_null(kind)
        or types.is_temporal(kind)
        or is_text(kind)
    )


def is_text(kind: pa.DataType) -> bool:
    """Whether the arrow type holds texts."""
    types = pa.types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def typed_column(column: pa.ChunkedArray, name: str) -> Column:
    """A column that is not text, as float64, int64, bool, datetime64[us] or str."""
    types, kind = pa.types, column.type
    if types.is_null(kind):
        return Column(pc.cast(column, pa.float64()))
    if types.is_boolean(kind):
        return Column(column if column.null_count == 0 else pc.if_else(column, "True", "False"))
    if types.is_timestamp(kind) or types.is_date(kind):
        return _moments(column, name)
    if types.is_duration(kind) or types.is_time(kind):
        unit = kind.unit
        whole = pc.cast(column, pa.int64() if unit in ("us", "ns") or types.is_duration(kind) else pa.int32())
        factor = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}[unit]
        values = pc.cast(whole, pa.float64()).to_numpy() * factor
        return Column(from_numpy(values), (f"{name}: a duration or time of day, read as seconds.",))
    return _numbers(column, name)


def _moments(column: pa.ChunkedArray, name: str) -> Column:
    repairs: tuple[str, ...] = ()
    if pa.types.is_timestamp(column.type) and column.type.tz is not None:
        column = pc.cast(column, pa.timestamp(column.type.unit, "UTC"))
        column = pc.cast(column, pa.timestamp(column.type.unit))
        repairs = (f"{name}: times were turned to UTC.",)
    return Column(pc.cast(column, pa.timestamp("us"), safe=False), repairs)


def _numbers(column: pa.ChunkedArray, name: str) -> Column:
    kind = column.type
    if pa.types.is_integer(kind):
        fits = kind != pa.uint64() or column.null_count == len(column) or pc.max(column).as_py() < 2**63
        if fits and column.null_count == 0:
            return Column(pc.cast(column, pa.int64()))
        known = column.drop_null()
        if len(known) and max(abs(pc.min(known).as_py()), abs(pc.max(known).as_py())) >= EXACT:
            # A float would turn such numbers into others; as texts they stay what they are.
            return Column(pc.cast(column, pa.string()))
    values = pc.cast(column, pa.float64()).to_numpy(zero_copy_only=False).astype(np.float64)
    infinite = np.isinf(values)
    if not infinite.any():
        return Column(from_numpy(values))
    count = int(infinite.sum())
    sentence = f"{name}: {count:,} infinite value{'s' if count > 1 else ''} read as missing."
    return Column(from_numpy(np.where(infinite, np.nan, values)), (sentence,))
