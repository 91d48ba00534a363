"""Rows at the end of the table that had no time to show their outcome: said, left out where wanted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from finxfer.data.tasks import is_known, target_values
from finxfer.data.times import Times, read_times
from finxfer.errors import BadInput
from finxfer.evaluation.immature import Tail, falling_tail
from finxfer.records.spec import BINARY, Spec

KEEP, LEAVE_OUT = "keep", "leave-out"


@dataclass(frozen=True)
class Maturity:
    """What is known of the latest rows.

    Args:
        left: bool (N,), rows that the spec leaves out; of them `left_rows` have a known outcome.
        until: the latest time that should be kept, as text, where later rows are immature; else "".
        rows: labelled rows after it, not left out already.
        declared: whether an outcome window says so; else `tail` is what the event rate says, and `start` its
            first time as text.
        said: sentences.
    """

    left: np.ndarray
    left_rows: int = 0
    until: str = ""
    rows: int = 0
    declared: bool = False
    tail: Tail | None = None
    start: str = ""
    said: tuple[str, ...] = ()


def maturity(spec: Spec, table: pd.DataFrame, y: np.ndarray) -> Maturity:
    """The latest rows by the column with the role time; without one nothing is known.

    y: targets (N,), as :func:`finxfer.data.tasks.target_values` gives them.

    Raises:
        BadInput: rows are to be left out or an outcome window is declared, and no single column orders the
            rows; or a date of them cannot be read.
    """
    names = [column.name for column in spec.columns if column.role == "time"]
    asked = bool(spec.outcome_days or spec.mature_until)
    if len(names) != 1:
        if asked:
            raise _no_time(names)
        return Maturity(np.zeros(len(y), dtype=bool))
    try:
        times = read_times(table[names[0]])
    except BadInput:
        if asked:
            raise
        return Maturity(np.zeros(len(y), dtype=bool))
    known = is_known(y) & ~np.isnan(times.values)
    left = np.zeros(len(y), dtype=bool)
    said: list[str] = []
    if spec.mature_until:
        cut = read_time(spec.mature_until, times)
        left = times.values > cut
        said.append(
            f"{int((left & known).sum()):,} rows after {times.text(cut)} were left out: their outcome had "
            f"not "
            "had its time to show. Without them a test on the latest rows ends earlier."
        )
    found = _declared(spec, times, known & ~left) or _detected(spec, times, y, known & ~left)
    if found is None:
        return Maturity(left, int((left & known).sum()), said=tuple(said))
    until, rows, declared, tail, sentence = found
    start = times.text(tail.start) if tail else ""
    return Maturity(left, int((left & known).sum()), until, rows, declared, tail, start, (*said, sentence))


_Found = tuple[str, int, bool, Tail | None, str]


def _declared(spec: Spec, times: Times, known: np.ndarray) -> _Found | None:
    """Rows within the declared outcome window before the day on which the table was extracted."""
    if not spec.outcome_days or not known.any():
        return None
    end = read_time(spec.extracted, times) if spec.extracted else float(np.nanmax(times.values))
    cut = end - spec.outcome_days
    rows = int((known & (times.values > cut)).sum())
    if not rows:
        return None
    sentence = (
        f"{rows:,} rows after {times.text(cut)} had fewer than {spec.outcome_days:,} days until "
        f"{times.text(end)} to show their outcome: some that count as good are not known yet. Leave them out "
        "(--immature leave-out), or test on an earlier window."
    )
    return times.text(cut), rows, True, None, sentence


def _detected(spec: Spec, times: Times, y: np.ndarray, known: np.ndarray) -> _Found | None:
    """Rows from where the event rate falls off at the end; not looked for where a window is declared."""
    if spec.task != BINARY or spec.outcome_days:
        return None
    tail = falling_tail(times.values[known], np.asarray(y)[known])
    if tail is None:
        return None
    before = times.values[known & (times.values < tail.start)]
    until = times.text(float(before.max()))
    low, high = tail.interval
    sentence = (
        f"The share of {spec.target} = {spec.positive} falls off from {times.text(tail.start)} on: "
        f"{tail.rate:.1%} of {tail.rows:,} rows where {tail.expected:.1%} was to be expected "
        f"({tail.ratio:.2f} [{max(low, 0):.2f}, {high:.2f}] of it, 99% interval). These rows may not have "
        f"had "
        "time to show their outcome. Leave them out (--immature leave-out), or test on an earlier window."
    )
    return until, tail.rows, False, tail, sentence


def without_immature(spec: Spec, table: pd.DataFrame) -> Spec:
    """The spec with the immature rows left out; as it is where there are none.

    Raises as `maturity` does.
    """
    y = target_values(table[spec.target], spec.task, spec.positive, spec.classes)
    until = maturity(spec, table, y).until
    return replace(spec, mature_until=until) if until else spec


def read_time(text: str, times: Times) -> float:
    """A date such as 2020-06-30, or a number where the column orders the rows by one.

    Raises:
        BadInput: it is neither.
    """
    try:
        if times.dates:
            return float(np.datetime64(text.strip(), "D").astype(np.int64))
        return float(text.replace(",", ""))
    except ValueError:
        raise BadInput(
            f"{text[:40]!r} is no time of the column {times.column!r}.",
            f"Its rows go up to {times.text(float(np.nanmax(times.values)))}.",
            "Give a date such as 2020-06-30." if times.dates else "Give a number.",
        ) from None


def _no_time(names: list[str]) -> BadInput:
    return BadInput(
        "Nothing is known of how old the rows are.",
        f"{len(names)} columns have the role time: {', '.join(map(repr, names))}."
        if names
        else "No column has the role time.",
        "Give exactly one column the role time (--time COL), or leave outcome window and cut out.",
    )
