"""Large stored tables a column at a time, or by a sample of their rows: what pages look at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from finxfer.records.files import write_atomically

SAMPLE_ROWS = 50_000
WHOLE_CELLS = 2_000_000
"""Tables of up to so many cells are looked at whole."""


class StoredColumns:
    """A stored table whose columns are read when they are asked for, and not kept.

    It answers ``columns``, ``len``, ``in`` and ``table[name]`` as a data frame does.

    Args:
        path: the table's Parquet file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with pq.ParquetFile(path) as file:
            self._rows = int(file.metadata.num_rows)
            self.columns = list(file.schema_arrow.names)

    def __len__(self) -> int:
        return self._rows

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __getitem__(self, name: str) -> pd.Series:
        series = pd.read_parquet(self._path, columns=[name])[name]
        # What was needed to decode it goes back to the system: the web process is to stay small.
        pa.default_memory_pool().release_unused()
        return series

    def missing(self) -> list[float]:
        """Share of missing cells of each column, 0 to 1, from the file's own counts."""
        with pq.ParquetFile(self._path) as file:
            groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
        counts = [[group.column(place).statistics for group in groups] for place in range(len(self.columns))]
        if any(found is None or not found.has_null_count for column in counts for found in column):
            return [float(self[name].isna().mean()) for name in self.columns]
        return [sum(found.null_count for found in column) / self._rows for column in counts]


Columns: TypeAlias = pd.DataFrame | StoredColumns


def is_large(path: Path) -> bool:
    """Whether pages look at a sample of the table's rows, and read its columns one at a time."""
    with pq.ParquetFile(path) as file:
        rows, columns = file.metadata.num_rows, file.metadata.num_columns
        return rows > SAMPLE_ROWS and rows * columns > WHOLE_CELLS


def sample_of(path: Path, sha256: str, kept: Path) -> pd.DataFrame:
    """The same :data:`SAMPLE_ROWS` rows every time, drawn at random, in the table's order.

    Args:
        path: the table's Parquet file.
        sha256: of the table; the seed of the draw.
        kept: where the sample is kept; it is made there the first time.
    """
    if not kept.is_file():
        kept.parent.mkdir(parents=True, exist_ok=True)
        drawn = _draw(path, int(sha256[:8], 16))
        write_atomically(kept, lambda temporary: pq.write_table(drawn, temporary))
    frame = pd.read_parquet(kept)
    pa.default_memory_pool().release_unused()
    return frame


def _draw(path: Path, seed: int) -> pa.Table:
    with pq.ParquetFile(path) as file:
        rows = file.metadata.num_rows
        places = np.sort(np.random.default_rng(seed).choice(rows, min(SAMPLE_ROWS, rows), replace=False))
        parts, first = [], 0
        for batch in file.iter_batches(batch_size=SAMPLE_ROWS):
            here = places[(places >= first) & (places < first + len(batch))] - first
            parts.append(batch.take(pa.array(here)))
            first += len(batch)
        return pa.Table.from_batches(parts, file.schema_arrow)
