"""Whatever bytes come in: a table that keeps its promises, or a message; never anything else."""

from __future__ import annotations

import contextlib
import gzip
import io
import re
import tempfile
import zipfile
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from finxfer.data.quality import assess
from finxfer.data.reading import ReadResult, read_table, spreadsheet_safe
from finxfer.data.roles import positive_class, propose_roles
from finxfer.data.splits import binary_target
from finxfer.errors import BadInput

FEW = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
RELAXED = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


def read(content: bytes, name: str) -> ReadResult | None:
    """The table, or None after a message that says what, why and what next."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload"
        path.write_bytes(content)
        try:
            return read_table(path, name)
        except BadInput as error:
            assert error.what.endswith((".", "?"))
            assert error.why
            assert error.next
            return None


def check(result: ReadResult | None) -> None:
    """What every table that was read promises."""
    if result is None:
        return
    frame = result.frame
    assert len(frame) >= 1
    assert len(set(frame.columns)) == frame.shape[1]
    assert all(isinstance(name, str) and name == name.strip() != "" for name in frame.columns)
    for name in frame.columns:
        dtype = frame[name].dtype
        assert str(dtype) in ("float64", "int64", "bool", "datetime64[us]", "str"), dtype
        if dtype.kind == "f":
            assert not np.isinf(frame[name]).any()
    assert (result.report.rows, result.report.columns) == frame.shape
    proposals = propose_roles(frame)
    assert [proposal.column for proposal in proposals] == list(frame.columns)
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)


CELLS = (
    "", " ", "NA", "1", "-1.5", "1,5", "1.234,5", "inf", "nan", "true", "00", "=1+1", "2020-01-02",
    "31/12/2020", "9" * 25, "1e400", "男", '"', '""', "'", "\x00", "\x1a", "\u202e", "é", "a;b", "12%", "€ 3",
    "(4)", "0x1F",
)  # fmt: skip
CELL = st.one_of(st.sampled_from(CELLS), st.text(max_size=6))


@RELAXED
@given(
    rows=st.lists(st.lists(CELL, min_size=1, max_size=4), min_size=1, max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    ending=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1", "gb18030"]),
)
def test_any_lines_of_cells(rows, delimiter, ending, encoding):
    text = ending.join(delimiter.join(row) for row in rows)
    check(read(text.encode(encoding, errors="replace"), "t.csv"))


@RELAXED
@given(content=st.binary(max_size=400))
@example(content=b"PAR1")
@example(content=b"PAR1" + b"\0" * 40 + b"PAR1")
@example(content=b"\xff\xfe\x00")
@example(content=b"\xff\xfea\x00,\x00b\x00\n\x00\xd8")
@example(content=b"a,b\n1,\xff\xfe\n")
@example(content=b"a,b\n1,2\n\x00")
def test_any_bytes(content):
    check(read(content, "t.csv"))
    check(read(content, "t.parquet"))


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def clean_parquet() -> bytes:
    buffer = io.BytesIO()
    frame = pd.DataFrame({"a": np.arange(50.0), "b": ["x", "y"] * 25, "y": [0, 1] * 25})
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()


PARQUET = clean_parquet()


@RELAXED
@given(place=st.integers(0, len(PARQUET) - 1), value=st.integers(0, 255), cut=st.integers(0, 60))
def test_a_parquet_file_with_a_wrong_byte(place, value, cut):
    content = bytearray(PARQUET)
    content[place] = value
    check(read(bytes(content[: len(content) - cut]), "t.parquet"))


@RELAXED
@given(
    columns=st.lists(
        st.one_of(
            st.lists(st.one_of(st.none(), st.floats()), min_size=6, max_size=6),
            st.lists(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), min_size=6, max_size=6),
            st.lists(st.one_of(st.none(), CELL), min_size=6, max_size=6),
            st.lists(st.one_of(st.none(), st.booleans()), min_size=6, max_size=6),
        ),
        min_size=1,
        max_size=4,
    ),
    target=st.lists(st.sampled_from(["yes", "no", None]), min_size=6, max_size=6),
)
def test_any_parquet_columns(columns, target):
    buffer = io.BytesIO()
    frame = pd.DataFrame({f"c{i}": pd.Series(column, dtype=object) for i, column in enumerate(columns)})
    try:
        frame.assign(y=target).to_parquet(buffer, index=False)
    except (ValueError, TypeError, OverflowError):
        return
    result = read(buffer.getvalue(), "t.parquet")
    check(result)
    if result is None:
        return
    try:
        positive = positive_class(result.frame["y"])
    except BadInput:
        return
    assert set(binary_target(result.frame["y"], positive)) >= {0, 1}
    assess(result.frame, [proposal.spec for proposal in propose_roles(result.frame, "y")], "y", positive)


@RELAXED
@given(
    cells=st.lists(st.text(max_size=8), min_size=1, max_size=6),
    name=st.text(min_size=1, max_size=8),
)
def test_exported_cells_are_never_formulas(cells, name):
    safe = spreadsheet_safe(pd.DataFrame({name: cells}))
    for text in [*safe.iloc[:, 0], safe.columns[0]]:
        first = text.lstrip(" \u00a0\ufeff")[:1]
        if first in ("=", "+", "-", "@", "\t", "\r"):
            assert is_number(text)


def made_book(rows: list[list[object]], merges: list[tuple[int, int, int, int]]) -> bytes:
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"in_memory": True, "nan_inf_to_errors": True}) as book:
        sheet = book.add_worksheet()
        for place, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write(place, column, cell)
        for merge in merges:
            # Overlaps and single cells are refused by the writer; what stays is still odd enough.
            with contextlib.suppress(xlsxwriter.exceptions.XlsxWriterException):
                sheet.merge_range(*merge, "merged")
    return buffer.getvalue()


BOOK_CELL = st.one_of(
    st.none(), CELL, st.floats(), st.booleans(), st.integers(-(2**53), 2**53),
    st.datetimes(min_value=datetime(1900, 3, 1), max_value=datetime(9999, 1, 1)),
)  # fmt: skip


@FEW
@given(
    rows=st.lists(st.lists(BOOK_CELL, max_size=4), max_size=8),
    merges=st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 3), st.integers(2, 4), st.integers(3, 5)), max_size=2
    ),
)
def test_any_cells_of_a_workbook(rows, merges):
    check(read(made_book(rows, merges), "t.xlsx"))


BOOK = made_book([["a", "b", "y"], *([n, "x" * (n % 3), n % 2] for n in range(30))], [])
ZIPPED = io.BytesIO()
with zipfile.ZipFile(ZIPPED, "w", zipfile.ZIP_DEFLATED) as _archive:
    _archive.writestr("t.csv", "a,b\n" + "1,x\n" * 40)
    _archive.writestr("t.parquet", PARQUET)
PACKED = {"t.xlsx": BOOK, "t.zip": ZIPPED.getvalue(), "t.csv.gz": gzip.compress(b"a,b\n" + b"1,x\n" * 40)}


@RELAXED
@given(
    name=st.sampled_from(sorted(PACKED)),
    place=st.floats(0, 0.9999),
    value=st.integers(0, 255),
    cut=st.integers(0, 40),
)
def test_a_packed_file_with_a_wrong_byte(name, place, value, cut):
    content = bytearray(PACKED[name])
    content[int(place * len(content))] = value
    check(read(bytes(content[: len(content) - cut]), name))


SHEET = re.compile(rb"<sheetData>.*</sheetData>", re.DOTALL)
TAGS = st.sampled_from(
    [b"<row>", b"</row>", b"<row r='9'>", b'<c r="A1">', b'<c r="B2" t="s">', b"<c>", b"</c>", b"<v>1</v>",
     b"<v>9</v>", b"<v>x</v>", b'<c r="C1" t="e">', b'<c r="A1" t="d">', b"<f>1/0</f>", b"<is><t>x</t></is>",
     b"&amp;", b"<!--", b"-->"]
)  # fmt: skip


@FEW
@given(tags=st.lists(TAGS, max_size=12))
def test_any_tags_in_a_sheet(tags):
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(BOOK)) as old, zipfile.ZipFile(made, "w") as new:
        for part in old.namelist():
            body = b"<sheetData>" + b"".join(tags) + b"</sheetData>"
            new.writestr(part, SHEET.sub(lambda _: body, old.read(part)))  # noqa: B023
    check(read(made.getvalue(), "t.xlsx"))


NESTED = st.recursive(
    st.sampled_from([pa.int64(), pa.string(), pa.bool_(), pa.binary(), pa.date32(), pa.null()]),
    lambda inner: st.one_of(
        inner.map(pa.list_),
        st.lists(inner, min_size=1, max_size=3).map(
            lambda kinds: pa.struct([(f"f{place}", kind) for place, kind in enumerate(kinds)])
        ),
        inner.map(lambda kind: pa.map_(pa.string(), kind)),
    ),
    max_leaves=5,
)


@FEW
@given(kinds=st.lists(NESTED, min_size=1, max_size=3), rows=st.integers(0, 4))
def test_any_nested_parquet(kinds, rows):
    buffer = io.BytesIO()
    table = pa.table(
        {f"c{place}": pa.nulls(rows, kind) for place, kind in enumerate(kinds)} | {"y": [1] * rows}
    )
    try:
        pq.write_table(table, buffer)
    except pa.ArrowException:
        return
    check(read(buffer.getvalue(), "t.parquet"))


@FEW
@given(files=st.lists(st.tuples(st.sampled_from("xyz"), NESTED, st.integers(0, 3)), min_size=1, max_size=3))
def test_any_folder_of_parquet_files(files):
    with tempfile.TemporaryDirectory() as folder:
        for place, (column, kind, rows) in enumerate(files):
            table = pa.table({column: pa.nulls(rows, kind), "y": pa.array([place] * rows, pa.int64())})
            inside = Path(folder) / f"part={place % 2}"
            inside.mkdir(exist_ok=True)
            try:
                pq.write_table(table, inside / f"{place}.parquet")
            except pa.ArrowException:
                (inside / f"{place}.parquet").write_bytes(b"PAR1")
        try:
            check(read_table(Path(folder), "folder"))
        except BadInput as error:
            assert error.what and error.why and error.next


def test_a_category_of_200_levels_is_a_category():
    levels = [f"branch {number:03d}" for number in range(200)] * 5
    content = pd.DataFrame({"branch": levels, "y": [0, 1] * 500}).to_csv(index=False).encode()
    result = read(content, "t.csv")
    assert result is not None
    check(result)
    kinds = {proposal.column: (proposal.role, proposal.kind) for proposal in propose_roles(result.frame, "y")}
    assert kinds["branch"] == ("feature", "category")
    assess(result.frame, [proposal.spec for proposal in propose_roles(result.frame, "y")], "y", "1")
