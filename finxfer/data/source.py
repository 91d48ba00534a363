"""A table as a reader hands it over: arrow columns whose cells are not parsed yet."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from finxfer.data.cells import Habits


@dataclass(frozen=True)
class Source:
    """A file as read, its cells not parsed yet.

    Args:
        format: ``csv`` or ``parquet``.
        names: clean column names.
        columns: one arrow column per name; texts are parsed later, an empty text or null is missing.
        repairs: sentences on what was repaired so far.
        habits: decimal sign and date order of the file.
        encoding, delimiter: of a text file; empty otherwise.
    """

    format: str
    names: list[str]
    columns: list[pa.ChunkedArray]
    repairs: list[str] = field(default_factory=list)
    habits: Habits = field(default_factory=Habits)
    encoding: str = ""
    delimiter: str = ""
