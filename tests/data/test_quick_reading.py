"""The quick ways through a large file give what the careful ones give on the same content."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finxfer.data import cells, delimited
from finxfer.data.cells import parse_column
from finxfer.data.column import Column, Habits
from finxfer.data.dates import parse_dates
from finxfer.data.fixed_dates import fixed_dates
from finxfer.data.quick_texts import quick_texts
from finxfer.data.reading import read_table
from finxfer.errors import BadInput

NUMBERS = st.one_of(
    st.integers(-(10**6), 10**6).map(str),
    st.floats(-1e9, 1e9).map(repr),
    st.floats(-1e4, 1e4).map(lambda value: f"{value:.2f}"),
    st.floats(-1e4, 1e4).map(lambda value: f"{value:.2f}".replace(".", ",")),
)
ODD = st.sampled_from(
    ["", " ", "NA", "?", "unknown", "007", "0x1F", "+5", "1e5", "inf", "-", "12%", "(3)", "1,234", "1.234",
     "9007199254740993", "99999999999999999999", " 7", "7 ", "−3", "€ 5", "5,", ",5", "True", "x", "20200318"]
)  # fmt: skip
DATES = st.one_of(
    st.datetimes().map(lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S").zfill(19)),
    st.dates().map(lambda day: day.isoformat()),
    st.tuples(st.integers(0, 40), st.integers(0, 14), st.integers(1900, 2100)).map(
        lambda parts: "{:02d}/{:02d}/{:04d}".format(*parts)
    ),
)
HABITS = st.sampled_from([Habits("."), Habits(","), Habits(".", day_first=False)])


def careful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the quick ways out."""
    monkeypatch.setattr(cells, "quick_numbers", lambda *_: None)
    monkeypatch.setattr(cells, "_quick_dates", lambda *_: None)
    monkeypatch.setattr(cells, "quick_texts", lambda *_: None)


def columns_of(texts: list[str | None], habits: Habits, name: str) -> tuple[Column, Column]:
    """The column read quickly and carefully; an empty text is null in the first, as a file is read."""
    half = len(texts) // 2
    chunks = [pa.array([text or None for text in part], pa.string()) for part in (texts[:half], texts[half:])]
    quick = parse_column(pa.chunked_array(chunks), name, habits)
    with pytest.MonkeyPatch.context() as monkeypatch:
        careful(monkeypatch)
        slow = parse_column(pa.chunked_array([pa.array(texts, pa.string())]), name, habits)
    return quick, slow


def check_same(quick: Column, slow: Column) -> None:
    assert quick.values.type == slow.values.type
    assert quick.values.combine_chunks().equals(slow.values.combine_chunks())
    assert quick.repairs == slow.repairs
    assert quick.decimal == slow.decimal


@settings(deadline=None, max_examples=80)
@given(st.lists(NUMBERS, max_size=40), st.lists(ODD, max_size=3), HABITS, st.sampled_from(["amount", "date"]))
def test_numbers_with_a_few_odd_cells(numbers: list[str], odd: list[str], habits: Habits, name: str) -> None:
    check_same(*columns_of([*numbers, *odd], habits, name))


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([".", ","]), st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=30), st.booleans())
def test_columns_of_one_decimal_sign(sign: str, numbers: list[float], gap: bool) -> None:
    texts: list[str | None] = [f"{number:.3f}".replace(".", sign) for number in numbers]
    for habits in (Habits("."), Habits(",")):
        check_same(*columns_of([*texts, *([""] if gap else [])], habits, "x"))


@settings(deadline=None, max_examples=60)
@given(st.lists(DATES, min_size=1, max_size=30), st.lists(ODD, max_size=1), HABITS)
def test_dates_with_an_odd_cell(dates: list[str], odd: list[str], habits: Habits) -> None:
    check_same(*columns_of([*dates, *odd], habits, "opened"))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.dates(), min_size=1, max_size=30), st.sampled_from(["%d.%m.%Y", "%m/%d/%Y", "%Y/%m/%d"]))
def test_dates_of_one_shape_are_read_at_once(days: list, shape: str) -> None:
    texts = [day.replace(year=max(day.year, 1000)).strftime(shape) for day in days]
    found, known = fixed_dates(pa.array(texts)), parse_dates(texts)
    assert found is not None and known is not None
    np.testing.assert_array_equal(found.values, known.values)
    assert (found.order, found.guessed) == (known.order, known.guessed)


ROWS = st.lists(st.tuples(NUMBERS, st.text("abc ,\"'\n;ä€", max_size=6), ODD), min_size=1, max_size=12)


@settings(deadline=None, max_examples=80)
@given(
    ROWS, st.sampled_from(["", "\n", "\nshort\n", "\n1,2,3,4,5\n"]), st.sampled_from(["utf-8", "utf-8-sig"])
)
def test_files_are_parsed_alike_by_one_thread_and_several(
    rows: list[tuple[str, str, str]], end: str, encoding: str
) -> None:
    quoted = ['"' + cell.replace('"', '""') + '"' for row in rows for cell in row]
    lines = [",".join(quoted[place : place + 3]) for place in range(0, len(quoted), 3)]
    content = ("number,text,odd\n" + "\n".join(lines) + end).encode(encoding)

    def read() -> object:
        try:
            source = delimited.read_delimited(content)
        except BadInput as error:
            return str(error)
        # A cell of nothing is null, or the text "".
        cells_of = [[cell or None for cell in column.to_pylist()] for column in source.columns]
        return source.names, cells_of, source.repairs, source.encoding, source.delimiter

    quick = read()
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(delimited, "_utf8_text", lambda _: None)
        monkeypatch.setattr(delimited, "QUICK_BLOCK_BYTES", 1)  # too small for any line: read by one thread
        assert read() == quick


def test_what_stands_in_the_last_block_counts(tmp_path: Path) -> None:
    rows, filler = 20_000, "word " * 90
    lines = [
        f"{number},{2000 + number % 20}-{1 + number % 12:02d}-{1 + number % 28:02d},{number}.5,{number},"
        + filler
        for number in range(rows)
    ]
    assert sum(map(len, lines)) > 2 * delimited.QUICK_BLOCK_BYTES
    lines += ["x7,2020-02-30,NA,0012,end"]
    path = tmp_path / "long.csv"
    path.write_text("plain,day,gap,code,filler\n" + "\n".join(lines) + "\nTotal: many rows\n")
    result = read_table(path)
    assert result.report.rows == rows + 1
    assert [str(kind) for kind in result.table.schema.types] == [
        "double",
        "timestamp[us]",
        "double",
        "string",
        "string",
    ]
    assert result.table["plain"].null_count == result.table["day"].null_count == 1
    assert result.table["gap"].null_count == 1
    assert result.table["code"][-1].as_py() == "0012"
    told = " ".join(result.report.repairs)
    for words in ("'Total: many rows'", "'x7'", "'2020-02-30'", "'NA'"):
        assert words in told


def test_text_that_turns_out_not_to_be_utf8_far_down_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "late.csv"
    path.write_bytes(b"a,b\n" + b"1,plain\n" * 200_000 + "2,naïve café\n".encode("latin-1"))
    result = read_table(path)
    assert result.report.encoding == "latin-1"
    assert result.table["b"][-1].as_py() == "naïve café"
    assert result.report.rows == 200_001


CODES = st.one_of(
    st.integers(0, 10**6).map("CONTRACT-{:06d}".format),
    st.text("abcXYZ ü-12", min_size=1, max_size=8),
    st.integers(0, 10**4).map("EUR {}".format),
    st.dates().map(lambda day: f"{day:%d %B %Y}"),
)


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(st.lists(CODES, min_size=30, max_size=60), st.lists(DATES, min_size=30, max_size=60)),
    st.lists(st.one_of(ODD, st.sampled_from(["missing", "nan", "n/a "])), max_size=2),
    HABITS,
)
def test_texts_that_differ_stay_as_the_careful_reading_leaves_them(
    codes: list[str], odd: list[str], habits: Habits
) -> None:
    texts = [*codes, *odd]
    found = quick_texts(pa.chunked_array([pa.array([text or None for text in texts])]), habits, 1)
    if found is not None:
        check_same(found, columns_of(texts, habits, "code")[1])


def test_codes_without_anything_odd_are_read_quickly() -> None:
    codes = pa.chunked_array([pa.array([f"CUSTOMER-{number:07d}" for number in range(30_000)])])
    found = quick_texts(codes, Habits())
    assert found is not None and found.values.equals(codes)
    last = pa.chunked_array([*codes.chunks, pa.array(["N/A"])])
    assert quick_texts(last, Habits()) is None
