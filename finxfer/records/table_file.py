"""The Parquet file of a stored table: written by row groups, so that pages read parts of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeAlias

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROW_GROUP = 131_072
HEAD_ROWS = 20_000
FEW = 0.2
"""Share of distinct values up to which a column of texts or whole numbers is stored as a dictionary."""

Storable: TypeAlias = pd.DataFrame | pa.Table | Iterable[pa.RecordBatch]


def write_rows(table: Storable, path: Path) -> None:
    """Write a data frame, an arrow table, or record batches of one schema as they come.

    Raises:
        OSError: the disk is full.
        ValueError: there is no batch.
    """
    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(table, preserve_index=False)
    if isinstance(table, pa.Table):
        with _writer(path, table.slice(0, HEAD_ROWS)) as writer:
            writer.write_table(table, row_group_size=ROW_GROUP)
        return
    batches: Iterator[pa.RecordBatch] = iter(table)
    first = next(batches, None)
    if first is None:
        raise ValueError("a table needs at least one batch")
    with _writer(path, pa.Table.from_batches([first])) as writer:
        writer.write_batch(first, ROW_GROUP)
        for batch in batches:
            writer.write_batch(batch, ROW_GROUP)


def _writer(path: Path, head: pa.Table) -> pq.ParquetWriter:
    repeated = [
        field.name
        for field, column in zip(head.schema, head.columns, strict=True)
        if not pa.types.is_floating(field.type) and pc.count_distinct(column).as_py() <= FEW * len(column)
    ]
    return pq.ParquetWriter(path, head.schema, use_dictionary=repeated)
