"""Remedies of rows: which labelled rows are not learned from. Test rows and rows to score always stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from finxfer.data.remedy_steps import is_written
from finxfer.data.times import read_times
from finxfer.records.remedy_spec import DEDUPLICATE, DROP_ROWS, RemedySpec


@dataclass(frozen=True)
class RowsLeft:
    """What one remedy of rows came to.

    Args:
        kind, columns: of the remedy.
        out: bool (N,), the rows that are left out.
        seen: how many of them only because a test row is the same row, or of the same customer.
        kept_test: test rows that the remedy would have left out had they been there to learn from.
    """

    kind: str
    columns: tuple[str, ...]
    out: np.ndarray
    seen: int = 0
    kept_test: int = 0


def rows_left_out(
    learned: pd.DataFrame, test: pd.DataFrame, remedies: Sequence[RemedySpec], ignored: Sequence[str] = ()
) -> list[RowsLeft]:
    """Which rows each remedy of rows leaves out, each looking at what the one before left.

    Args:
        learned: the training and validation rows, N.
        test: the test rows; none of them is ever left out. May lack columns.
        remedies: others than those of rows are passed over.
        ignored: columns that name a row (role id or group) and so do not count for exact copies.

    Raises:
        BadInput: the column that orders the rows in time cannot.
    """
    found = []
    there = np.ones(len(learned), dtype=bool)
    for remedy in remedies:
        if remedy.kind == DROP_ROWS:
            lacking = ~np.all([is_written(learned[name]) for name in remedy.columns], axis=0)
            names = [name for name in remedy.columns if name in test.columns]
            kept = ~np.all([is_written(test[name]) for name in names], axis=0) if names else np.zeros(0)
            one = RowsLeft(remedy.kind, remedy.columns, lacking & there, 0, int(kept.sum()))
        elif remedy.kind == DEDUPLICATE:
            one = _copies(learned, test, remedy, there, ignored)
        else:
            continue
        there &= ~one.out
        found.append(one)
    return found


def _copies(
    learned: pd.DataFrame, test: pd.DataFrame, remedy: RemedySpec, there: np.ndarray, ignored: Sequence[str]
) -> RowsLeft:
    names = list(remedy.columns) or [name for name in learned.columns if name not in ignored]
    codes, tested = _codes(learned, test, names)
    # A row without an id is a customer of its own.
    alone = codes < 0 if remedy.columns else np.zeros(len(codes), dtype=bool)
    seen = np.isin(codes, tested[tested >= 0]) & there & ~alone
    rest = np.flatnonzero(there & ~seen & ~alone)
    order = rest
    if remedy.arguments["by"]:
        when = read_times(learned[remedy.arguments["by"]]).values[rest]
        # Unknown times first, so that any known one is later.
        order = rest[np.argsort(np.where(np.isnan(when), -np.inf, when), kind="stable")]
    again = pd.Series(codes[order]).duplicated(keep="last" if remedy.columns else "first").to_numpy()
    out = seen.copy()
    out[order[again]] = True
    repeated = int(pd.Series(tested[tested >= 0]).duplicated().sum())
    return RowsLeft(remedy.kind, remedy.columns, out, int(seen.sum()), repeated)


def _codes(learned: pd.DataFrame, test: pd.DataFrame, names: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """A number for each row, the same for rows that agree in ``names``; -1 where all of them are missing."""
    if not set(names) <= set(test.columns):
        test = test.iloc[:0].reindex(columns=list(learned.columns))
    both = pd.concat([learned[names], test[names]], ignore_index=True) if len(test) else learned[names]
    hashes = np.zeros(len(both), dtype=np.uint64)
    for place, name in enumerate(names, start=1):
        # Whole numbers and the same numbers as floats are one value: a test table may spell them so.
        codes = pd.factorize(both[name], use_na_sentinel=False)[0].astype(np.uint64)
        hashes = hashes * np.uint64(0x9E3779B97F4A7C15) + (codes + np.uint64(place)) * np.uint64(
            0xC2B2AE3D27D4EB4F
        )
        hashes ^= hashes >> np.uint64(29)
    found = pd.factorize(hashes)[0].astype(np.int64)
    found[both.isna().all(axis=1).to_numpy()] = -1
    return found[: len(learned)], found[len(learned) :]
