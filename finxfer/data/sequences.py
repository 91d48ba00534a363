"""Rows of each customer (or terminal) in order of time, and what was before each of them.

"Before" means a strictly earlier instant: a row sees neither itself nor any other row of the same instant.
Everything is sorted once and then found by bisection, so that a million rows take seconds.
"""

from __future__ import annotations

import numpy as np

from finxfer.data.moments import UNKNOWN


class Sequences:
    """The rows of a log by group and time.

    Rows of the same group and instant keep the order in which they stand in the log.

    Args:
        groups: int64 (N,), -1 for none.
        moments: int64 (N,) microseconds, UNKNOWN where the time is not known. Rows without a group or a time
            are in no sequence.

    Attributes (M rows in sequences, in order):
        rows: int64 (M,), positions in the log.
        first: int64 (M,), where the row's group begins.
        before: int64 (M,), where the row's instant begins: the group's earlier rows are [first, before).
    """

    def __init__(self, groups: np.ndarray, moments: np.ndarray) -> None:
        placed = np.flatnonzero((groups >= 0) & (moments != UNKNOWN))
        self.rows = placed[np.lexsort((moments[placed], groups[placed]))]
        self._groups, self.moments = groups[self.rows], moments[self.rows]
        self._instants = np.unique(self.moments)
        self._keys = self._key(self.moments)
        self.starts = np.flatnonzero(np.r_[True, self._groups[1:] != self._groups[:-1]][: len(self.rows)])
        sizes = np.diff(np.append(self.starts, len(self.rows)))
        self.first = np.repeat(self.starts, sizes)
        self.before = np.searchsorted(self._keys, self._keys, "left")

    def _key(self, moments: np.ndarray) -> np.ndarray:
        """A number that grows with group, then time: rank of the instant rather than the instant itself, so
        that it never overflows."""
        return self._groups * (len(self._instants) + 1) + np.searchsorted(self._instants, moments, "left")

    def since(self, microseconds: int) -> np.ndarray:
        """int64 (M,): the first row of the group that is at most so long before each row."""
        # Long before the first instant, where the difference could overflow, everything is since.
        shifted = np.maximum(self.moments, self._floor(microseconds)) - microseconds
        return np.searchsorted(self._keys, self._key(shifted), "left")

    def _floor(self, microseconds: int) -> int:
        return int(np.iinfo(np.int64).min) + microseconds + 1

    def running(self, values: np.ndarray) -> np.ndarray:
        """Sums within each group up to and with each row: (M,) in extended precision.

        values: float (N,) of the log, none missing. Each group begins anew, so that large numbers of one
        customer do not round those of another.
        """
        found = values[self.rows].astype(np.longdouble)
        ends = np.append(self.starts[1:], len(found))
        long = ends - self.starts > 1
        for start, end in zip(self.starts[long].tolist(), ends[long].tolist(), strict=True):
            np.cumsum(found[start:end], out=found[start:end])
        return found

    def between(self, running: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Sums over the rows [low, high) of the row's own group: float64 (M,), exactly 0 where none is."""
        upper = np.where(high > low, running[np.maximum(high - 1, 0)], 0)
        lower = np.where((high > low) & (low > self.first), running[np.maximum(low - 1, 0)], 0)
        return (upper - lower).astype(np.float64)

    def counted(self, flags: np.ndarray) -> np.ndarray:
        """int64 (M + 1,): flagged rows (bool (N,) of the log) before each place, over all groups."""
        return np.concatenate([[0], np.cumsum(flags[self.rows], dtype=np.int64)])

    def last(self, flags: np.ndarray) -> np.ndarray:
        """int64 (M,): place of the latest flagged row before each row's instant; -1 where there is none."""
        places = np.where(flags[self.rows], np.arange(len(self.rows)), -1)
        latest = np.maximum.accumulate(places) if len(places) else places
        found = np.where(self.before > self.first, latest[np.maximum(self.before - 1, 0)], -1)
        return np.where(found >= self.first, found, -1)

    def spread(self, values: np.ndarray, rows: int, missing: float = np.nan) -> np.ndarray:
        """Values (M,) of the sequences back in the order of the log: float32 (rows,)."""
        found = np.full(rows, missing, dtype=np.float32)
        found[self.rows] = values
        return found
