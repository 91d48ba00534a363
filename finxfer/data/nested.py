"""Nested Parquet columns: structures become columns of their own, named with dots."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

MOST_LEVELS = 20


def flattened(table: pa.Table) -> tuple[list[str], list[pa.ChunkedArray], list[str]]:
    """Names, columns and sentences; what a structure holds is named after it, as in ``address.city``.

    Lists and maps stay as they are: they have no place in a row, and the reader leaves them out by name.
    """
    names, columns, repairs = [], [], []
    for name, column in zip(table.column_names, table.columns, strict=True):
        if not pa.types.is_struct(column.type):
            names.append(name)
            columns.append(column)
            continue
        inner = _fields(str(name), column, MOST_LEVELS)
        repairs.append(
            f"{name}: a structure, read as {len(inner):,} column{'' if len(inner) == 1 else 's'}"
            + (f" such as {inner[0][0]!r}." if inner else ".")
        )
        names += [path for path, _ in inner]
        columns += [values for _, values in inner]
    return names, columns, repairs


def _fields(path: str, column: pa.ChunkedArray, levels: int) -> list[tuple[str, pa.ChunkedArray]]:
    """The fields of a structure, and of those within; where the whole is missing, so are they."""
    if not pa.types.is_struct(column.type) or not levels:
        return [(path, column)]
    found = []
    for place, field in enumerate(column.type):
        found += _fields(f"{path}.{field.name}", pc.struct_field(column, [place]), levels - 1)
    return found
