"""What a remedy does to rows, in one sentence with counts."""

from __future__ import annotations

from typing import Any

from finxfer.data.findings import rows_word
from finxfer.data.remedies import Change, FittedRemedy
from finxfer.data.remedy_rows import RowsLeft
from finxfer.records.remedy_spec import (
    BLANK,
    CAP,
    CONSTANT,
    DATE,
    DEDUPLICATE,
    DROP_ROWS,
    FILL,
    LEVEL,
    MERGE,
    PARSE,
    STANDARDISE,
    RemedySpec,
)

LONGEST = 40


def cells_word(count: int) -> str:
    """``1 cell``, ``1,200 cells``."""
    return f"{count:,} cell{'' if count == 1 else 's'}"


def _number(value: float) -> str:
    return f"{value:,.6g}"


def cell_sentence(step: FittedRemedy, change: Change) -> str:
    """What a fitted remedy of a column did to some rows."""
    return f"{step.column}: {_WORDS[step.kind](step.learned, change)}"


def _parse(learned: dict[str, Any], change: Change) -> str:
    read, what = change.changed - change.lost, f"{learned['as']}s"
    what = "yes or no" if learned["as"] == "yes/no" else what
    unit = (learned.get("reader") or {}).get("unit")
    words = f"{cells_word(read)} read as {what}{f' of {unit}' if unit else ''}"
    if learned["as"] == DATE:
        words += ", day first" if learned["day_first"] else ", month first"
    lost = f"{cells_word(change.lost)} cannot be read and count as missing"
    return f"{words}; {lost}." if change.lost else f"{words}."


def _standardise(learned: dict[str, Any], change: Change) -> str:
    before, after = change.levels
    return f"{before:,} spellings become {after:,} levels; {cells_word(change.changed)} change."


def _blank(learned: dict[str, Any], change: Change) -> str:
    return f"{cells_word(change.changed)} that mean unknown become empty."


def _fill(learned: dict[str, Any], change: Change) -> str:
    value = learned["value"]
    shown = _number(value) if isinstance(value, float) else repr(str(value)[:LONGEST])
    return f"{cells_word(change.changed)} that are empty get {shown}."


def _cap(learned: dict[str, Any], change: Change) -> str:
    limits = [
        f"the {learned[share]:.1%} quantile {_number(learned[end])}"
        for share, end in (("lower", "low"), ("upper", "high"))
        if learned[end] is not None
    ]
    return f"{cells_word(change.changed)} drawn in to {' or '.join(limits)}."


def _merge(learned: dict[str, Any], change: Change) -> str:
    before, after = change.levels
    kept = len(learned["kept"])
    return (
        f"{max(before - after + 1, 0):,} of {before:,} levels become {learned['label'][:LONGEST]!r}; "
        f"{kept:,} levels of at least {learned['min_rows']:,} training rows stay, "
        f"{cells_word(change.changed)} change."
    )


_WORDS = {
    PARSE: _parse,
    STANDARDISE: _standardise,
    BLANK: _blank,
    FILL: _fill,
    CAP: _cap,
    MERGE: _merge,
}


def row_sentence(left: RowsLeft) -> str:
    """What a remedy of rows came to."""
    names = ", ".join(left.columns)
    what = f"without a known {names}" if left.kind == DROP_ROWS else "that repeat another"
    if left.kind == DEDUPLICATE and left.columns:
        what += f" of the same {names}"
    words = f"{rows_word(int(left.out.sum()))} {what} left out of training and validation"
    if left.seen:
        words += f", {left.seen:,} of them because a test row is the same"
    kept = f"; {rows_word(left.kept_test)} of the test like that stay"
    return f"{words}{kept if left.kept_test else ''}."


def remedy_title(remedy: RemedySpec) -> str:
    """A remedy as it was chosen, such as "fill income with the median"."""
    names, arguments = ", ".join(remedy.columns), remedy.arguments
    if remedy.kind == PARSE:
        return f"read {names} as {arguments['as']}"
    if remedy.kind == STANDARDISE:
        return f"one spelling for each level of {names}"
    if remedy.kind == BLANK:
        return f"empty {', '.join(map(repr, arguments['values'][:5]))} in {names}"
    if remedy.kind == FILL:
        given = arguments["method"] in (CONSTANT, LEVEL)
        return f"fill {names} with {arguments['value'] if given else 'the ' + arguments['method']}"
    if remedy.kind == CAP:
        ends = [f"{share:.1%}" for share in (arguments["lower"], arguments["upper"]) if share is not None]
        return f"cap {names} at the {' and '.join(ends)} quantile{'s' if len(ends) > 1 else ''}"
    if remedy.kind == MERGE:
        return f"merge levels of {names} below {arguments['min_rows']:,} rows"
    if remedy.kind == DROP_ROWS:
        return f"leave out rows without {names}"
    latest = f", the latest by {arguments['by']} stays" if arguments["by"] else ""
    return f"leave out rows that repeat {'the same ' + names if names else 'another'}{latest}"
