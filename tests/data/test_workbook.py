"""Workbooks as people make them, refusals of those that are no table or would fill the memory."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xlsxwriter

from finxfer.data.choices import ReadingChoice
from finxfer.data.reading import ReadResult, read_table
from finxfer.data.workbook_header import find_header
from finxfer.errors import BadInput

Fill = Callable[[Any, Any], None]


@pytest.fixture
def read_book(tmp_path: Path) -> Callable[..., ReadResult]:
    """Make a workbook of sheets (name -> what fills it) and read it."""

    def read(
        sheets: dict[str, Fill], sheet: str | None = None, options: dict[str, Any] | None = None
    ) -> ReadResult:
        path = tmp_path / "book.xlsx"
        with xlsxwriter.Workbook(str(path), options or {}) as book:
            for name, fill in sheets.items():
                fill(book.add_worksheet(name), book)
        return read_table(path, None, ReadingChoice(sheet))

    return read


def rows(*given: list[Any]) -> Fill:
    def fill(sheet: Any, book: Any) -> None:
        for place, row in enumerate(given):
            sheet.write_row(place, 0, row)

    return fill


def loans(sheet: Any, book: Any) -> None:
    """A title, a source line, a header of two lines with merged cells, a note below; not from A1 on."""
    day, rate = book.add_format({"num_format": "dd.mm.yyyy"}), book.add_format({"num_format": "0.0%"})
    sheet.merge_range("C2:H2", "Loan book, second quarter")
    sheet.write("C3", "Source: core banking")
    for place, name in (("C5:C6", "id"), ("G5:G6", "opened"), ("H5:H6", "bad")):
        sheet.merge_range(place, name)
    sheet.merge_range("D5:E5", "Amount")
    sheet.write_row("D6", ["EUR", "USD"])
    sheet.merge_range("F5:F6", "rate")
    for row in range(6, 46):
        sheet.write_row(row, 2, [f"C{row:03d}", 1000 + row, str(2000 + row) if row % 9 == 0 else 2000 + row])
        sheet.write_number(row, 5, 0.07, rate)
        sheet.write_datetime(row, 6, dt.datetime(2020, 1, 1) + dt.timedelta(days=row), day)
        sheet.write_formula(row, 7, "=NA()", None, "#N/A" if row == 10 else row % 2)
    sheet.write(48, 2, "Prepared by controlling")


def test_three_sheets_with_merged_headers(read_book):
    sheets = {
        "Cover": rows(["Loan book"], ["Confidential"]),
        "Loans": loans,
        "Cards": rows(["a", "b"], [1, "x"], [2, "y"]),
    }
    result = read_book(sheets)
    frame, report = result.frame, result.report
    assert list(frame.columns) == ["id", "Amount EUR", "Amount USD", "rate", "opened", "bad"]
    assert (
        len(frame) == 40
        and frame["id"].iloc[0] == "C006"
        and frame["opened"].iloc[-1] == dt.datetime(2020, 2, 15)
    )
    assert frame["Amount USD"].tolist() == [2000 + row for row in range(6, 46)]
    assert frame["rate"].tolist() == [7.0] * 40
    assert frame["bad"].isna().tolist() == [row == 10 for row in range(6, 46)]
    assert (report.format, report.part, report.parts) == ("xlsx", "Loans", ("Cover", "Loans", "Cards"))
    said = " ".join(report.repairs)
    for word in (
        "'Loans' was read",
        "2 lines above",
        "two lines",
        "below the table: ",
        "per cent",
        "as text",
        "#N/A",
    ):
        assert word in said, word
    cards = read_book(sheets, "cards")
    assert cards.frame["b"].tolist() == ["x", "y"] and cards.report.chosen == "part=Cards"
    assert read_book(sheets, "Loans").report.chosen == ""
    with pytest.raises(BadInput, match="no table 'Accounts'"):
        read_book(sheets, "Accounts")


def test_hidden_sheets_and_chart_sheets_come_last_or_not_at_all(tmp_path: Path):
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        rows(["code", "word"], [1, "x"])(hidden := book.add_worksheet("Lists"), book)
        rows(["a", "b"], [1, 2])(book.add_worksheet("Data"), book)
        hidden.hide()
        book.add_chartsheet("Picture")
        book.get_worksheet_by_name("Data").activate()
    result = read_table(path)
    assert result.report.parts == ("Data", "Lists") and list(result.frame) == ["a", "b"]


@pytest.mark.parametrize("since_1904", [False, True])
def test_dates_of_both_calendars(read_book, since_1904):
    def fill(sheet: Any, book: Any) -> None:
        rows(["day", "moment", "clock", "mixed"])(sheet, book)
        formats = [
            book.add_format({"num_format": code}) for code in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm", "hh:mm")
        ]
        for row in (1, 2, 3):
            sheet.write_datetime(row, 0, dt.datetime(2021, 5, row), formats[0])
            sheet.write_datetime(row, 1, dt.datetime(2021, 5, row, 6, 30), formats[1])
            sheet.write_datetime(row, 2, dt.time(1, row), formats[2])
            sheet.write_datetime(row, 3, dt.datetime(2021, 5, row), formats[0])
        sheet.write_string(4, 3, "04.05.2021")

    frame = read_book({"S": fill}, options={"date_1904": since_1904}).frame
    assert frame["day"].dropna().dt.day.tolist() == [1, 2, 3]
    assert frame["moment"].iloc[0] == pd.Timestamp(2021, 5, 1, 6, 30)
    assert frame["clock"].dropna().tolist() == [3660, 3720, 3780]
    assert frame["mixed"].tolist() == list(pd.date_range("2021-05-01", periods=4))


def test_cells_of_several_kinds_in_one_column(read_book):
    cells = [
        ["n", "code", "flag", "all"],
        [1.5, "00123", True, 1],
        ["n/a", "00456", False, "x"],
        ["2.5", "1", True, True],
    ]
    frame = read_book({"S": rows(*cells)}).frame
    assert frame["n"].tolist()[::2] == [1.5, 2.5] and pd.isna(frame["n"].iloc[1])
    assert frame["code"].tolist() == ["00123", "00456", "1"]
    assert frame["flag"].tolist() == [True, False, True]
    assert frame["all"].tolist() == ["1", "x", "True"]


def test_a_last_row_with_one_cell_is_a_row_unless_it_is_a_note(read_book):
    table = [["a", "b", "c"], ["x", 1, 2], ["y"]]
    assert len(read_book({"S": rows(*table)}).frame) == 2
    assert len(read_book({"S": rows(*table, [], ["Source: somebody"])}).frame) == 2


def test_formulas_without_results_are_said(tmp_path: Path):
    path = tmp_path / "book.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        rows(["a", "b", "c"], [1, 2], [3, 4])(sheet, book)
        for row in (1, 2):
            sheet.write_formula(row, 2, f"=A{row + 1}+B{row + 1}", None, "")
    result = read_table(path)
    assert result.frame["c"].isna().all()
    assert any("formulas whose results are not in the file" in line for line in result.report.repairs)


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ([], "empty"),
        ([["a", "b"]], "no row below"),
        ([[1.5, 2.5], [3, 4], [5, 6]], "no column names"),
        ([["a", "a"], [1, 2]], "both called"),
    ],
)
def test_sheets_that_are_no_table(read_book, given, word):
    with pytest.raises(BadInput, match=word):
        read_book({"S": rows(*given)})


def test_merged_names_over_a_single_header_line_are_told_apart():
    top = [["name", "", "bad"], ["Ann", "Lee", 1.0], ["Bo", "Ray", 0.0]]
    header = find_header(top, [((0, 0), (0, 1))], 0)
    assert (header.names, header.first_row) == (["name", "name 2", "bad"], 1)
    units = [["id", "amount", "age"], ["", "EUR", "years"], ["x", 1.0, 2.0], ["y", 3.0, 4.0]]
    assert find_header(units, [], 0).names == ["id", "amount EUR", "age years"]
    words = [["id", "city"], ["x", "Rome"], ["y", "Oslo"]]
    assert find_header(words, [], 0).first_row == 1


def book_bytes(sheet: bytes, shared: bytes | None = None) -> bytes:
    """A small workbook whose sheet's XML, and texts, are replaced."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        book.add_worksheet().write_row(0, 0, ["a", "b"])
    made = io.BytesIO()
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = re.sub(rb"<sheetData>.*</sheetData>", lambda _: sheet, content, flags=re.DOTALL)
            elif name == "xl/sharedStrings.xml" and shared is not None:
                content = shared
            new.writestr(name, content)
    return made.getvalue()


FAR = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
SPARSE = b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row>' + FAR + b"</sheetData>"
BEYOND = b'<sheetData><row r="1"><c r="A4000000000"><v>1</v></c></row></sheetData>'
ODD = b"<sheetData><row r='1'><c r='XFD1048576'><v>1</v></c></row></sheetData>"
NAMELESS = (
    b"<sheetData>" + b"<row/>" * 400_000 + b"<row>" + b"<c><v>1</v></c>" * 16_000 + b"</row></sheetData>"
)


@pytest.mark.parametrize("sheet", [SPARSE, BEYOND, ODD, NAMELESS])
def test_a_workbook_with_room_for_billions_of_cells_is_refused_before_it_is_opened(read_bytes, sheet):
    with pytest.raises(BadInput, match="too large"):
        read_bytes(book_bytes(sheet), "book.xlsx")


def test_a_long_text_in_millions_of_cells_is_refused(read_bytes, monkeypatch):
    monkeypatch.setenv("FINXFER_UNPACKED_GB", "0.05")
    cells = b'<c t="s"><v>0</v></c>' * 10
    sheet = b"<sheetData>" + (b"<row>" + cells + b"</row>") * 400 + b"</sheetData>"
    shared = b"<sst><si><t>" + b"x" * 32_000 + b"</t></si></sst>"
    with pytest.raises(BadInput, match="texts of its cells"):
        read_bytes(book_bytes(sheet, shared), "book.xlsx")


def test_a_wide_sheet_that_fits_is_read(read_bytes):
    row = "".join(f'<c r="{letters}{{0}}"><v>{place}</v></c>' for place, letters in ((0, "A"), (1, "EZ")))
    head = '<row r="1"><c r="A1" t="str"><v>a</v></c><c r="EZ1" t="str"><v>b</v></c></row>'
    body = "".join(f'<row r="{n}">{row.format(n)}</row>' for n in (2, 3))
    frame = read_bytes(book_bytes(f"<sheetData>{head}{body}</sheetData>".encode()), "book.xlsx").frame
    assert frame.to_dict("list") == {"a": [0, 0], "b": [1, 1]}


def test_a_workbook_with_a_password_is_refused_by_that_name(read_bytes):
    content = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(1000)
        + "EncryptedPackage".encode("utf-16-le")
        + bytes(500)
    )
    with pytest.raises(BadInput, match="protected by a password"):
        read_bytes(content, "book.xlsx")
