"""Addresses, named connections and SQLite files: what is taken, what is refused, and that nothing leaks."""

from __future__ import annotations

import datetime
import decimal
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from finxfer.data import query_values
from finxfer.data.databases import Database, find_database, named_databases, without_password
from finxfer.data.query import check_reads, column_names, fetch, first_rows, try_connection
from finxfer.errors import BadInput


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "some loans #1.db"
    with sqlite3.connect(path) as base:
        base.execute("CREATE TABLE loans (id INTEGER, amount NUMERIC, town TEXT, photo BLOB, mixed)")
        rows = [(i, i / 4, f"town {i % 3}", b"\0", i if i % 2 else "odd") for i in range(90)]
        base.executemany("INSERT INTO loans VALUES (?, ?, ?, ?, ?)", rows)
    return path


def run(file: Path, sql: str, out: Path) -> pd.DataFrame:
    fetch(find_database(f"sqlite:///{file}"), "", sql, out, lambda rows: None, lambda: False)
    return pd.read_parquet(out)


def test_a_query_on_a_sqlite_file(file: Path, tmp_path: Path) -> None:
    frame = run(
        file, "SELECT id, amount, town, photo, mixed, id FROM loans WHERE town LIKE 'town%'", tmp_path / "o"
    )
    assert list(frame.columns) == ["id", "amount", "town", "mixed", "id_2"]
    assert frame["amount"].dtype == "float64" and frame["mixed"].tolist()[:2] == ["odd", "1"]


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM loans",
        "WITH x AS (SELECT 1) DELETE FROM loans",
        "SELECT 1; DELETE FROM loans",
        "PRAGMA query_only = OFF",
        "ATTACH DATABASE 'other.db' AS other",
        "VACUUM",
        "",
        "  -- nothing\n",
        "SELECT * FROM nothing",
        "SELECT * FROM loans WHERE id < 0",
        "SELECT photo FROM loans",
    ],
)
def test_a_refused_query_changes_and_leaves_nothing(sql: str, file: Path, tmp_path: Path) -> None:
    before = file.read_bytes()
    with pytest.raises(BadInput):
        run(file, sql, tmp_path / "rows.parquet")
    assert file.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} <= {file.name, "finxfer-home"}


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database at all, but long enough to look at" * 9)
    with pytest.raises(BadInput, match="not a database"):
        first_rows(find_database(f"sqlite:///{tmp_path / 'text.db'}"), "", "SELECT 1 FROM x", 5, 5)
    with pytest.raises(BadInput, match="is not a file"):
        try_connection(find_database(f"sqlite:///{tmp_path / 'none.db'}"), "")
    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://analyst:hunter22@host/loans",
        "postgresql://host/loans?user=analyst&password=hunter22",
        "postgresql://host/loans?sslpassword=hunter22",
        "postgresql://host/loans?options=-c%20x&PWD=hunter22",
        "mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BUID%3Du%3BPWD%3Dhunter22",
        "snowflake://u@account/db?token=hunter22",
    ],
)
def test_a_password_in_an_address_is_refused_without_repeating_it(address: str) -> None:
    with pytest.raises(BadInput, match="holds a password") as caught:
        find_database(address)
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["", "  ", "loans", "://", "postgresql:/x:y", "sqlite://", "sqlite:///:memory:"]
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(BadInput):
        find_database(address)


@pytest.mark.parametrize(
    ("address", "package"),
    [
        ("mysql://u@h/d", "pymysql"),
        ("oracle://u@h/d", "oracledb"),
        ("snowflake://u@a/d", "snowflake-sqlalchemy"),
    ],
)
def test_a_lacking_driver_is_named(address: str, package: str) -> None:
    with pytest.raises(BadInput, match=f"pip install '{package}'"):
        try_connection(find_database(address), "")


def test_an_unknown_kind_of_database() -> None:
    with pytest.raises(BadInput, match="not known"):
        try_connection(find_database("nosuch://host/d"), "")


def test_named_databases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "databases.toml"
    monkeypatch.setenv("FINXFER_DATABASES", str(path))
    path.write_text(
        '[loans]\naddress = "postgres://analyst@host/loans"\npassword_variable = "LOANS_PASSWORD"\n'
        '["old book"]\naddress = "sqlite:////data/book.db"\n'
    )
    loans = find_database(" loans ")
    assert loans == Database("postgresql://analyst@host/loans", "loans", "LOANS_PASSWORD")
    assert list(named_databases()) == ["loans", "old book"]
    monkeypatch.setenv("FINXFER_DATABASE_PASSWORD", "of any other")
    assert (
        loans.known_password() == "" and find_database("postgresql://h/d").known_password() == "of any other"
    )
    monkeypatch.setenv("LOANS_PASSWORD", "of loans")
    assert loans.known_password() == "of loans"
    monkeypatch.setenv("FINXFER_TYPED_DATABASES", "no")
    assert find_database("loans") == loans
    with pytest.raises(BadInput, match="may not be typed"):
        find_database("postgresql://host/d")


@pytest.mark.parametrize(
    "content",
    [
        "password = hunter22",
        'loans = "x"',
        '[loans]\nurl = "postgresql://h/d"',
        '[loans]\naddress = "postgresql://u:hunter22@h/d"',
        '[loans]\naddress = "postgresql://u@h/d"\npassword = "hunter22"',
    ],
)
def test_a_file_of_names_that_cannot_be_used(
    content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "d.toml").write_text(content)
    monkeypatch.setenv("FINXFER_DATABASES", str(tmp_path / "d.toml"))
    with pytest.raises(BadInput) as caught:
        named_databases()
    assert "hunter22" not in str(caught.value)


def test_a_message_of_a_driver_loses_the_password() -> None:
    said = without_password("bad conninfo 'password=a b/c' and\n a%20b%2Fc and a+b%2Fc", "a b/c")
    assert said == "bad conninfo 'password=***' and *** and ***"


@pytest.mark.parametrize(
    "sql", ["select 1", "(SELECT 1)", "/* x */ with a as (select 1) select 1", "-- x\nVALUES (1)"]
)
def test_what_reads(sql: str) -> None:
    check_reads(sql)


def test_names_of_a_join_are_told_apart() -> None:
    names, repairs = column_names(["id", "id_2", "id", "", "id", ""])
    assert names == ["id", "id_2", "id_3", "column_4", "id_4", "column_6"]
    assert len(repairs) == 4


@pytest.mark.parametrize(
    ("cells", "kind", "stored"),
    [
        ([1, None], "int", [1, None]),
        ([1, 2.5], "float", [1.0, 2.5]),
        ([decimal.Decimal("1.10"), None], "float", [1.1, None]),
        ([decimal.Decimal("9007199254740993")], "text", ["9007199254740993"]),
        ([2**70], "text", [str(2**70)]),
        ([True, None], "bool", [True, None]),
        ([1, "a"], "text", ["1", "a"]),
        ([None, None], "nothing", [None, None]),
        ([{"a": 1}, None], "nested", [None, None]),
        ([datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2, 3)], "moment", None),
        (["lone \ud800"], "text", ["lone ?"]),
    ],
)
def test_kinds_of_values(cells: list, kind: str, stored: list | None) -> None:
    found = query_values.kind_of_all(cells)
    assert found == kind
    array = query_values.to_arrow(cells, found)
    assert array.type == query_values.arrow_type(kind)
    if stored is not None:
        assert array.to_pylist() == stored


values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.text(st.characters()),
    st.dates(),
    st.datetimes(datetime.datetime(1900, 1, 1)),
    st.datetimes(datetime.datetime(1900, 1, 1), timezones=st.just(datetime.UTC)),
    st.times(),
    st.timedeltas(datetime.timedelta(-900), datetime.timedelta(900)),
    st.uuids(),
    st.binary(),
    st.lists(st.integers()),
)


@given(st.lists(st.lists(values, min_size=1, max_size=4), min_size=1, max_size=4))
def test_any_parts_join_into_one_column(parts: list[list[object]]) -> None:
    """Whatever a driver gives, batch by batch: no traceback, no cell lost, none made up."""
    kinds = [query_values.kind_of_all(part) for part in parts]
    whole = query_values.NOTHING
    for kind in kinds:
        whole = query_values.wider(whole, kind)
    if whole == query_values.NESTED:
        return
    for part, kind in zip(parts, kinds, strict=True):
        array = pa.chunked_array([query_values.to_arrow(part, kind)])
        joined = query_values.cast(array, query_values.arrow_type(whole))
        for cell, stored in zip(part, joined.to_pylist(), strict=True):
            missing = cell is None or (isinstance(cell, decimal.Decimal) and cell.is_nan())
            assert missing or stored is not None
            assert cell is not None or stored is None
            if isinstance(cell, float) and np.isfinite(cell) and whole == "float":
                assert stored == cell
