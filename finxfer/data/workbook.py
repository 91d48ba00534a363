"""Excel workbooks (XLSX, XLSM): one sheet as a table.

python-calamine reads them: it took 0.7 s for a million cells where openpyxl took 4.4 s, and it knows merged
cells and both calendars (1900 and 1904). What it does not say (number formats, formulas never computed) and
what it does not guard against is in workbook_scan.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from finxfer.data.names import clean_names
from finxfer.data.source import Habits, Source
from finxfer.data.workbook_cells import CellColumn
from finxfer.data.workbook_header import TOP_ROWS, Row, find_header
from finxfer.data.workbook_scan import Look, check_workbook, look_at
from finxfer.errors import BadInput

ROWS_AT_ONCE = 4096
FOOTER_ROWS = 3


def sheet_names(path: Path, shown: str) -> list[str]:
    """Names of the sheets that may hold a table, the hidden ones last.

    Raises:
        BadInput: damaged, a bomb, too large, protected by a password, or without any sheet.
    """
    check_workbook(path, shown)
    with _opened(path, shown) as book:
        from python_calamine import SheetTypeEnum, SheetVisibleEnum

        sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
        sheets.sort(key=lambda sheet: sheet.visible != SheetVisibleEnum.Visible)
    if not sheets:
        raise BadInput(
            f"The workbook {shown!r} holds no sheet with cells.",
            "It has charts or macros only.",
            "Give a workbook with the table in a sheet.",
        )
    return [sheet.name for sheet in sheets]


def read_sheet(path: Path, shown: str, sheet: str) -> Source:
    """Read one sheet of a workbook that :func:`sheet_names` has let through.

    Raises:
        BadInput: damaged, empty, without names, names twice the same, or too many columns.
    """
    with _opened(path, shown) as book:
        cells = _guarded(lambda: book.get_sheet_by_name(sheet), shown)
        if cells.start is None or not cells.width:
            raise _no_rows(sheet, "It is empty.")
        rows = cells.iter_rows()
        top = list(islice(rows, cells.start[0] + TOP_ROWS))
        header = find_header(top, cells.merged_cell_ranges or [], cells.start[1])
        if cells.start != (0, 0):
            header.repairs.insert(0, "The empty rows and columns before the table were passed over.")
        columns = [CellColumn() for _ in range(cells.width)]
        body = _Body(top[header.first_row :], rows)
        for piece in body:
            for column, values in zip(columns, zip(*piece, strict=True), strict=True):
                column.add(values)
    if not body.rows:
        raise _no_rows(sheet, "There is no row below its header.")
    look = look_at(path, sheet)
    return _source(header.names, columns, header.repairs + body.repairs(), look, cells.start[1])


def _no_rows(sheet: str, why: str) -> BadInput:
    return BadInput(
        f"The sheet {sheet[:60]!r} holds no table.", why, "Choose another sheet, or export again."
    )


class _Body:
    """The rows below the header, without blank ones and without notes below the table."""

    def __init__(self, first: list[Row], rest: Iterator[Row]) -> None:
        self._first, self._rest = first, rest
        self.rows = 0
        self.notes: list[Row] = []

    def __iter__(self) -> Iterator[list[Row]]:
        held: list[tuple[Row, bool]] = []
        blank = False
        for piece in self._pieces():
            for row in piece:
                if any(cell != "" for cell in row):
                    held.append((row, blank))
                    blank = False
                else:
                    blank = True
            ready, held = held[:-FOOTER_ROWS], held[-FOOTER_ROWS:]
            if ready:
                self.rows += len(ready)
                yield [row for row, _ in ready]
        last = self._without_notes(held)
        if last:
            self.rows += len(last)
            yield last

    def _pieces(self) -> Iterator[list[Row]]:
        if self._first:
            yield self._first
        while piece := list(islice(self._rest, ROWS_AT_ONCE)):
            yield piece

    def _without_notes(self, last: list[tuple[Row, bool]]) -> list[Row]:
        """The last rows but notes: lines of one text each, below a blank line and a table of many cells."""
        rows = [row for row, _ in last]
        for place, (_, after_blank) in enumerate(last):
            if after_blank and self.rows + place > 0 and all(map(_is_note, rows[place:])):
                self.notes = rows[place:]
                return rows[:place]
        return rows

    def repairs(self) -> list[str]:
        """What was left out."""
        if not self.notes:
            return []
        shown = next(str(cell) for cell in self.notes[0] if cell != "")[:60]
        return [f"Lines left out below the table: {len(self.notes):,}, such as {shown!r}."]


def _is_note(row: Row) -> bool:
    filled = [cell for cell in row if cell != ""]
    return len(row) >= 3 and len(filled) == 1 and isinstance(filled[0], str)


def _source(names: list[str], columns: list[CellColumn], repairs: list[str], look: Look, left: int) -> Source:
    habits = Habits()
    given = list(zip(range(len(names)), names, columns, strict=True))
    finished = [one for one in given if one[1] or one[2].filled]
    empty = len(given) - len(finished)
    if empty:
        repairs.append(f"{empty} empty column{'s' if empty > 1 else ''} without a name left out.")
    cleaned, said = clean_names([name for _, name, _ in finished])
    repairs += said
    arrays = []
    for name, (place, _, column) in zip(cleaned, finished, strict=True):
        array, changes = column.finish(name, place + left in look.percent, habits)
        arrays.append(array)
        repairs += changes
        if place + left in look.hollow:
            repairs.append(
                f"{name}: formulas whose results are not in the file, read as missing; open the workbook in "
                "Excel and save it to have them."
            )
    if look.errors:
        cells = f"{look.errors:,} cell{'s' if look.errors > 1 else ''}"
        repairs.append(f"{cells} with an error such as #N/A or #DIV/0! read as missing.")
    return Source("xlsx", cleaned, arrays, repairs, habits)


@contextmanager
def _opened(path: Path, shown: str) -> Iterator[Any]:
    from python_calamine import CalamineWorkbook

    book = _guarded(lambda: CalamineWorkbook.from_path(str(path)), shown)
    try:
        yield book
    finally:
        book.close()


def _guarded(work: Callable[[], Any], shown: str) -> Any:
    """Do something of the library's; whatever it trips over is the file's fault and is said so."""
    from python_calamine import CalamineError, PasswordError

    try:
        return work()
    except PasswordError:
        raise protected(shown) from None
    except BaseException as error:
        # A panic of the library's own language comes as an exception that is no Exception.
        if (
            not isinstance(error, (CalamineError, OSError, ValueError))
            and type(error).__name__ != "PanicException"
        ):
            raise
        detail = (str(error).splitlines() or [""])[0][:120] or type(error).__name__
        raise BadInput(
            f"The workbook {shown!r} cannot be read.",
            f"It is cut short or damaged ({detail}).",
            "Open it in Excel, save it again, and give that file.",
        ) from None


def protected(shown: str) -> BadInput:
    """The refusal of a workbook that only opens with a password."""
    return BadInput(
        f"The workbook {shown!r} is protected by a password.",
        "Its content is encrypted, and finxfer asks for no passwords.",
        "Open it in Excel, take the password off (File, Info, Protect Workbook), and save it.",
    )
