"""Where a sheet's table begins: titles above it, merged and two-line headers, its columns' names."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from finxfer.data.names import clean_name
from finxfer.data.numbers import MISSING_NUMBERS
from finxfer.data.values import value_text
from finxfer.errors import BadInput

Row = list[object]
Merge = tuple[tuple[int, int], tuple[int, int]]
"""First and last cell of merged cells: (row, column), counted from 0, both inside."""
TOP_ROWS = 60
_SHARE = 0.6
_NUMBERS = (int, float, dt.date, dt.time, dt.timedelta)


@dataclass(frozen=True)
class Header:
    """What stands above the rows.

    Args:
        names: one per column, cleaned; empty where none is given.
        first_row: the first row below the header.
        repairs: sentences on what was left out or joined.
    """

    names: list[str]
    first_row: int
    repairs: list[str]


def find_header(top: Sequence[Row], merges: Sequence[Merge], left: int) -> Header:
    """The header among the first rows of a sheet.

    Args:
        top: at most :data:`TOP_ROWS` rows, all of one length.
        merges: merged cells of the sheet.
        left: the sheet's column that the rows begin with.

    Raises:
        BadInput: the line that should hold names holds values.
    """
    spans = _spans(merges, left, len(top), len(top[0]))
    filled = [_with_merges(row, index, spans, top) for index, row in enumerate(top)]
    usual = median([sum(map(_is_filled, row)) for row in filled if any(map(_is_filled, row))] or [1])
    at = _header_row(top, filled, usual)
    repairs = _titles(top[:at])
    names = [_name(cell) for cell in filled[at]]
    first_row = at + 1
    if _two_lines(top, filled, spans, at):
        lower = [_name(cell) for cell in filled[at + 1]]
        names = [_joined(upper, below) for upper, below in zip(_carried(names, lower), lower, strict=True)]
        repairs.append(f"The header has two lines; they were joined to names such as {_example(names)!r}.")
        first_row = at + 2
    elif any(row == at for row, _, _ in spans.values()):
        names, doubled = _numbered(names)
        if doubled:
            repairs.append(f"Merged header cells were taken apart, into names such as {doubled!r}.")
    _refuse_values(filled[at], names, first_row > at + 1)
    return Header(names, first_row, repairs)


def _spans(
    merges: Sequence[Merge], left: int, rows: int, width: int
) -> dict[tuple[int, int], tuple[int, int, int]]:
    """Cell -> (first row, first column, last column) of the merged cells that it belongs to."""
    found = {}
    for (top, first), (bottom, last) in merges:
        if top >= rows or first < left:
            continue
        for row in range(top, min(bottom, rows - 1) + 1):
            for column in range(first - left, min(last - left, width - 1) + 1):
                found[row, column] = (top, first - left, last - left)
    return found


def _with_merges(
    row: Row, index: int, spans: dict[tuple[int, int], tuple[int, int, int]], top: Sequence[Row]
) -> Row:
    """The row with the text of merged cells in each of them."""
    cells = list(row)
    for column in range(len(cells)):
        span = spans.get((index, column))
        if span is not None and span[1] < len(cells):
            cells[column] = top[span[0]][span[1]]
    return cells


def _is_filled(cell: object) -> bool:
    return cell is not None and cell != "" and not (isinstance(cell, str) and not cell.strip())


def _is_word(cell: object) -> bool:
    return isinstance(cell, str) and cell.strip().lower() not in MISSING_NUMBERS


def _header_row(top: Sequence[Row], filled: Sequence[Row], usual: float) -> int:
    """The first row as full as most are, and not one title over everything."""
    for index, row in enumerate(filled):
        one_title = usual >= 2 and sum(map(_is_filled, top[index])) == 1
        if sum(map(_is_filled, row)) >= max(1, _SHARE * usual) and not one_title:
            return index
    return next((i for i, row in enumerate(filled) if any(map(_is_filled, row))), 0)


def _titles(rows: Sequence[Row]) -> list[str]:
    titles = [row for row in rows if any(map(_is_filled, row))]
    if not titles:
        return []
    shown = _name(next(cell for cell in titles[0] if _is_filled(cell)))[:60]
    lines = "1 line" if len(titles) == 1 else f"{len(titles)} lines"
    return [f"{lines} above the header, such as {shown!r}, left out."]


def _two_lines(
    top: Sequence[Row], filled: Sequence[Row], spans: dict[tuple[int, int], tuple[int, int, int]], at: int
) -> bool:
    """Whether the row below belongs to the header: words above numbers, or below merged cells."""
    below = next((i for i in range(at + 2, len(top)) if any(map(_is_filled, top[i]))), None)
    if below is None or not all(not _is_filled(cell) or _is_word(cell) for cell in top[at + 1]):
        return False
    lower = filled[at + 1]
    body = [row for row in top[at + 2 : at + 22] if any(map(_is_filled, row))]
    evidence = merged = 0
    for column, cell in enumerate(lower):
        values = [row[column] for row in body if _is_filled(row[column])]
        numeric = bool(values) and sum(isinstance(v, _NUMBERS) for v in values) >= 0.9 * len(values)
        if numeric and _is_filled(cell) and _is_filled(top[at + 1][column]):
            evidence += 1
        elif numeric and not _is_filled(cell) and not _is_filled(filled[at][column]):
            return False
        _, first, last = spans.get((at, column), (at, column, column))
        merged += last > first and _is_filled(top[at + 1][column])
    names = [_joined(_name(a), _name(b)) for a, b in zip(filled[at], lower, strict=True)]
    return evidence >= 2 or (evidence >= 1 and merged >= 1) or (merged >= 2 and len(set(names)) == len(names))


def _carried(upper: list[str], lower: list[str]) -> list[str]:
    """Upper names carried on to the right where only the lower line has one: cells centred, not merged."""
    carried, last = [], ""
    for above, below in zip(upper, lower, strict=True):
        last = above or (last if below else "")
        carried.append(last)
    return carried


def _joined(upper: str, lower: str) -> str:
    return upper if upper == lower or not lower else f"{upper} {lower}".strip()


def _example(names: list[str]) -> str:
    return max(names, key=lambda name: name.count(" "))[:60]


def _numbered(names: list[str]) -> tuple[list[str], str]:
    """Names that merged cells repeat, with 2, 3 ... behind them; the first one stays as it is."""
    seen: dict[str, int] = {}
    made, example = [], ""
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        if name and seen[name] > 1:
            example = example or f"{name} {seen[name]}"
            made.append(f"{name} {seen[name]}")
        else:
            made.append(name)
    return made, example


def _name(cell: object) -> str:
    if isinstance(cell, dt.date) and not isinstance(cell, dt.datetime):
        return cell.isoformat()
    return clean_name(value_text(cell) or "") if _is_filled(cell) else ""


def _refuse_values(row: Row, names: list[str], joined: bool) -> None:
    """Numbers in the place of all names are values, unless they count the columns or name years."""
    cells = [cell for cell in row if _is_filled(cell)]
    if joined or not cells or not all(isinstance(cell, _NUMBERS) for cell in cells):
        return
    given = [name for name in names if name]
    counting = given == [str(i) for i in range(len(given))] or given == [
        str(i + 1) for i in range(len(given))
    ]
    if not counting:
        raise BadInput(
            "The table has no column names.",
            f"Its first line holds values: {', '.join(given[:5])}.",
            "Add a first line with a name for every column.",
        )
