"""What quality says of every row of a table that is otherwise looked at by a sample."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from finxfer.records.stored_columns import Columns

_PRIME = np.uint64(0x100000001B3)


@dataclass(frozen=True)
class Whole:
    """The whole table behind the rows that are looked at.

    Args:
        y: the target of every row: 1, 0 or -1 (N,).
        copies: rows that are exact copies of an earlier row.
    """

    y: np.ndarray
    copies: int


def count_copies(table: Columns, names: Sequence[str]) -> int:
    """Rows that equal an earlier row in all of these columns, by a hash of 64 bits."""
    if not names or len(table) < 2:
        return 0
    hashes = np.zeros(len(table), dtype=np.uint64)
    texts, copies = [], len(table)
    for name in names:
        column = table[name]
        if column.dtype.kind in "iufbM":
            hashes = _with(hashes, column)
        else:
            texts.append(name)
    if len(texts) < len(names):
        copies = _copies(hashes)
    # Texts take long to hash: only where the numbers leave something to find.
    for name in texts if copies else ():
        hashes = _with(hashes, table[name])
    return _copies(hashes) if texts and copies else copies


def _with(hashes: np.ndarray, column: pd.Series) -> np.ndarray:
    cells = pd.util.hash_pandas_object(column, index=False).to_numpy()
    return np.asarray((hashes ^ cells) * _PRIME)


def _copies(hashes: np.ndarray) -> int:
    ordered = np.sort(hashes)
    return int((ordered[1:] == ordered[:-1]).sum())
