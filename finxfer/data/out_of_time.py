"""The split that asks what a lender asks: trained on earlier customers, how does it do on later ones?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from finxfer.data.splits import CLASS_WORDS, Split, stratified_split
from finxfer.data.times import Times
from finxfer.errors import BadInput


@dataclass(frozen=True)
class TimedSplit:
    """An out-of-time split and what it left out.

    Args:
        split: positions of the rows of each part.
        first: first time of the test rows, as text.
        undated: labelled rows without a time, which are in no part.
        seen: earlier rows of customers (groups) that are also among the test rows; in no part.
        spare: rows of the test period beyond the most test rows; in no part.
    """

    split: Split
    first: str
    undated: int
    seen: int
    spare: int


def out_of_time_split(
    y: np.ndarray,
    times: Times,
    test_share: float,
    validation_share: float,
    seed: int,
    test_rows_max: int | None = None,
    groups: np.ndarray | None = None,
    names: Sequence[str] = CLASS_WORDS,
) -> TimedSplit:
    """The latest labelled rows are the test; validation rows are drawn, stratified, from those before.

    Rows of the same time (dates: of the same day) stay on one side of the cut, which is put where the test
    part comes closest to its share. More test rows than `test_rows_max` are not made: the test period gets
    shorter, and what comes before it is trained on. Where a single date holds more rows than that, a
    stratified sample of them is the test. Earlier rows of a group that is among the test rows are left out:
    to know a customer already would flatter the model.

    Args:
        y: int (N,), the stratum of each row, -1 unknown.
        test_share: share of the labelled rows with a known time, above 0, to 0.9.
        validation_share, seed, test_rows_max, groups, names: as in
            :func:`finxfer.data.splits.stratified_split`.

    Raises:
        BadInput: all rows are of one time, a class is missing in the test period, or has fewer than two
            rows before it.
    """
    if not 0 < test_share <= 0.9:
        raise ValueError(f"test_share must be above 0 and at most 0.9, not {test_share!r}")
    labels = np.asarray(y)
    usable = np.flatnonzero((labels >= 0) & ~np.isnan(times.values))
    wanted = max(len(usable) * test_share, 2.0)
    if test_rows_max is not None:
        wanted = min(wanted, test_rows_max)
    cut = _cut(times, usable, wanted)
    later = usable[times.values[usable] >= cut]
    _check_test(labels, later, times, cut, names)
    test = _sample(labels, later, test_rows_max, seed)
    earlier = usable[times.values[usable] < cut]
    known = earlier if groups is None else earlier[~_among(groups[earlier], groups[later])]
    _check_rest(labels, known, times, cut, len(earlier) - len(known), names)
    parts = stratified_split(
        labels[known],
        0.0,
        validation_share,
        seed,
        groups=None if groups is None else groups[known],
        names=names,
    )
    return TimedSplit(
        Split(known[parts.train], known[parts.validation], test),
        times.text(cut),
        undated=int((labels >= 0).sum()) - len(usable),
        seen=len(earlier) - len(known),
        spare=len(later) - len(test),
    )


def _cut(times: Times, usable: np.ndarray, wanted: float) -> float:
    """The time from which on the number of rows is closest to the wanted one."""
    moments, counts = np.unique(times.values[usable], return_counts=True)
    if len(moments) < 2:
        raise BadInput(
            "The rows cannot be split by time.",
            f"All {len(usable):,} labelled rows have the same time in {times.column!r}."
            if len(usable)
            else f"No labelled row has a time in {times.column!r}.",
            "Choose another time column, or split the rows at random.",
        )
    after = np.cumsum(counts[::-1])[::-1][1:]  # rows from each time on; the first time is never tested
    return float(moments[1:][np.argmin(np.abs(after - wanted))])


def _check_test(
    labels: np.ndarray, later: np.ndarray, times: Times, cut: float, names: Sequence[str]
) -> None:
    # Of many classes a rare one may be missing from the test: its own figures then are.
    needed = [(1, names[1]), (0, names[0])] if len(names) == 2 else []
    for value, word in needed:
        if not (labels[later] == value).any():
            raise BadInput(
                f"The latest rows hold no {word} case, so nothing can be measured on them.",
                f"{len(later):,} rows from {times.text(cut)} on would be the test. Outcomes of the latest "
                "customers are often not known yet.",
                "Give a larger test share, leave out rows whose outcome is still open, or split at random.",
            )


def _check_rest(
    labels: np.ndarray, known: np.ndarray, times: Times, cut: float, seen: int, names: Sequence[str]
) -> None:
    for value, word in reversed(list(enumerate(names))):
        rows = int((labels[known] == value).sum())
        if rows < 2:
            of = f", once {seen:,} rows of customers who are also in the test are left out" if seen else ""
            raise BadInput(
                "Too few rows come before the test period to learn from.",
                f"Before {times.text(cut)} there {'is' if rows == 1 else 'are'} {rows} {word} "
                f"row{'' if rows == 1 else 's'}{of}.",
                "Give a smaller test share, or split the rows at random.",
            )


def _sample(labels: np.ndarray, later: np.ndarray, most: int | None, seed: int) -> np.ndarray:
    """The test rows: all later ones, or a stratified sample where one date holds too many."""
    if most is None or len(later) <= most:
        return np.sort(later)
    generator = np.random.default_rng([seed, 0x71])
    kept = []
    for value in np.unique(labels[later]):
        rows = generator.permutation(later[labels[later] == value])
        kept.append(rows[: max(1, round(most * len(rows) / len(later)))])
    return np.sort(np.concatenate(kept))


def _among(groups: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Whether each group is one of the others; a missing group is nobody's."""
    return np.asarray(pd.Series(groups).isin(pd.Series(others).dropna().unique()))
