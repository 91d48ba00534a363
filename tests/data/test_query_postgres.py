"""Queries on a real PostgreSQL server: every type, every refusal, and nothing half stored."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import psutil
import pytest

from finxfer.data.databases import Database, find_database
from finxfer.data.query import Fetched, fetch, first_rows, try_connection
from finxfer.data.reading import read_table
from finxfer.errors import BadInput, Cancelled
from tests.postgres import PASSWORD, Server, running_server


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_server() as started:
        yield started


@pytest.fixture
def database(server: Server) -> Database:
    return find_database(server.address)


@pytest.fixture
def ask(database: Database, tmp_path: Path) -> Callable[..., Fetched]:
    def run(
        sql: str,
        tell: Callable[[int], None] = lambda rows: None,
        stop: Callable[[], bool] = lambda: False,
        password: str = PASSWORD,
    ) -> Fetched:
        return fetch(database, password, sql, tmp_path / "rows.parquet", tell, stop)

    return run


def refused(tmp_path: Path, caught: pytest.ExceptionInfo[BadInput]) -> str:
    """The whole message; nothing was left behind, and the password is in none of it."""
    assert not [path for path in tmp_path.iterdir() if path.name != "finxfer-home"]
    assert PASSWORD not in str(caught.value) and caught.value.__cause__ is None
    return str(caught.value)


TYPES = """
SELECT 7::int4 AS whole, 9007199254740993::int8 AS account, 12.50::numeric(10,2) AS amount,
       12345678901234567890::numeric AS long_number, 0.1::float8 AS rate, true AS flag,
       date '2024-02-29' AS day, timestamp '2024-03-01 10:20:30.123456' AS moment,
       timestamptz '2024-03-01 10:20:30+05:30' AS zoned, interval '90 seconds' AS span,
       'Łódź & <b>' AS town, '7b1b6c3e-0000-4000-8000-000000000001'::uuid AS key,
       '{"a": 1}'::jsonb AS document, '5'::json AS number_in_json, ARRAY[1,2] AS list,
       '\\x00ff'::bytea AS photo, NULL::text AS nothing, 1 AS id, 2 AS id
UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       NULL, NULL, 3, 4
"""


def test_every_type_arrives_as_what_it_is(ask: Callable[..., Fetched], tmp_path: Path) -> None:
    fetched = ask(TYPES)
    read = read_table(tmp_path / "rows.parquet")
    first = read.frame.iloc[0]
    assert fetched.rows == 2
    assert (first["whole"], first["amount"], first["rate"]) == (7, 12.5, 0.1)
    # Numbers that no float holds stay the digits that they are.
    assert (first["account"], first["long_number"]) == ("9007199254740993", "12345678901234567890")
    assert first["flag"] == "True" and first["span"] == 90
    assert first["day"] == pd.Timestamp("2024-02-29")
    assert first["moment"] == pd.Timestamp("2024-03-01 10:20:30.123456")
    assert first["zoned"] == pd.Timestamp("2024-03-01 04:50:30")
    assert (first["town"], first["key"]) == ("Łódź & <b>", "7b1b6c3e-0000-4000-8000-000000000001")
    assert list(read.frame["id"]) == [1, 3] and list(read.frame["id_2"]) == [2, 4]
    assert read.frame.drop(columns=["id", "id_2"]).iloc[1].isna().all()
    assert read.frame["nothing"].isna().all()
    left = [sentence.partition(":")[0] for sentence in fetched.repairs if "left out" in sentence]
    assert left == ["document", "number_in_json", "list", "photo"]
    assert "Column 19 had the name 'id' as well; it is called 'id_2' now." in fetched.repairs
    assert any("UTC" in sentence for sentence in read.report.repairs)


def test_percent_signs_and_colons_are_not_parameters(ask: Callable[..., Fetched], tmp_path: Path) -> None:
    assert ask("SELECT id FROM customers WHERE town LIKE '%town 3%' AND town <> ':x' -- 100%").rows == 120


@pytest.mark.parametrize("sql", ["SELECT", "SELECT FROM customers"])
def test_a_query_without_columns_says_so(sql: str, ask: Callable[..., Fetched], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no table") as caught:
        ask(sql)
    refused(tmp_path, caught)


@pytest.mark.parametrize("value", ["'infinity'::date", "'-infinity'::timestamptz", "'0044-03-15 BC'::date"])
def test_a_date_that_python_cannot_hold_is_answered(
    value: str, ask: Callable[..., Fetched], tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=r"too (large|small)") as caught:
        ask(f"SELECT {value}")
    refused(tmp_path, caught)


def test_a_query_without_rows_says_so(ask: Callable[..., Fetched], tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        ask("SELECT id, town FROM customers WHERE income < 0")
    assert "no rows" in refused(tmp_path, caught) and "id, town" in str(caught.value)


def test_a_wrong_password(ask: Callable[..., Fetched], tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        ask("SELECT 1", password="wrong-and-secret")
    assert "password authentication failed" in refused(tmp_path, caught)
    assert "wrong-and-secret" not in str(caught.value)


def test_an_unknown_host_and_a_closed_port(tmp_path: Path) -> None:
    for address in ("postgresql://analyst@nowhere.invalid/loans", "postgresql://analyst@127.0.0.1:1/loans"):
        with pytest.raises(BadInput, match="cannot be reached") as caught:
            try_connection(find_database(address), PASSWORD)
        assert PASSWORD not in str(caught.value)


def test_a_syntax_error_quotes_the_database(ask: Callable[..., Fetched], tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        ask("SELECT <b>hello</b> FRM customers")
    assert "syntax error" in refused(tmp_path, caught)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM customers",
        "WITH gone AS (DELETE FROM customers RETURNING *) SELECT * FROM gone",
        "/* a */ -- b\n DROP TABLE customers",
        "SELECT 1; DELETE FROM customers",
        "SELECT 1; COMMIT; DELETE FROM customers",
        "SELECT set_config('transaction_read_only', 'off', true)",
        "SELECT wipe()",
    ],
)
def test_whatever_writes_is_refused_and_changes_nothing(
    sql: str, ask: Callable[..., Fetched], server: Server, tmp_path: Path
) -> None:
    with server.admin() as admin:
        admin.execute(
            "CREATE OR REPLACE FUNCTION wipe() RETURNS int LANGUAGE sql AS 'DELETE FROM customers; SELECT 1'"
        )
    with pytest.raises(BadInput) as caught:
        ask(sql)
    refused(tmp_path, caught)
    with server.admin() as admin:
        assert admin.execute("SELECT count(*) FROM customers").fetchone() == (600,)


def test_a_connection_that_is_lost_leaves_nothing(
    ask: Callable[..., Fetched], server: Server, tmp_path: Path
) -> None:
    def cut(rows: int) -> None:
        with server.admin() as admin:
            admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'finxfer'"
            )

    with pytest.raises(BadInput) as caught:
        ask("SELECT i, repeat('x', 50) FROM generate_series(1, 300000) i", tell=cut)
    assert "was lost" in refused(tmp_path, caught) and "20,000 rows" in str(caught.value)


def test_cancelling_stops_the_statement_on_the_server(
    ask: Callable[..., Fetched], server: Server, tmp_path: Path
) -> None:
    asked = threading.Event()
    threading.Timer(0.5, asked.set).start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        ask("SELECT pg_sleep(60)", stop=asked.is_set)
    assert time.monotonic() - began < 10
    with server.admin() as admin:
        left = admin.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND application_name = 'finxfer'"
        )
        assert left.fetchone() == (0,)


def test_the_time_limit(ask: Callable[..., Fetched], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINXFER_DATABASE_SECONDS", "0.6")
    with pytest.raises(BadInput) as caught:
        ask("SELECT pg_sleep(60)")
    assert "too long" in refused(tmp_path, caught)
    # One that never keeps the server busy for long is held to the same limit.
    with pytest.raises(BadInput) as caught:
        ask("SELECT i FROM generate_series(1, 100000000) i")
    assert "too long" in refused(tmp_path, caught)


def test_limits_of_rows_and_size(
    ask: Callable[..., Fetched], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINXFER_DATABASE_ROWS", "500")
    with pytest.raises(BadInput, match="more than 500 rows") as caught:
        ask("SELECT * FROM customers")
    refused(tmp_path, caught)
    monkeypatch.delenv("FINXFER_DATABASE_ROWS")
    monkeypatch.setenv("FINXFER_DATABASE_MB", "1")
    with pytest.raises(BadInput, match="larger than 1 MB") as caught:
        ask("SELECT repeat('x', 2000) FROM generate_series(1, 5000)")
    refused(tmp_path, caught)


def test_200_000_rows_in_little_memory(ask: Callable[..., Fetched], tmp_path: Path) -> None:
    """About 100 MB of values; the process grows by what a few batches take."""
    ask("SELECT 1 AS warm FROM generate_series(1, 20000)")
    process, seen = psutil.Process(), []
    before = process.memory_info().rss
    fetched = ask(
        "SELECT i, i * 1.5 AS amount, repeat(md5(i::text), 14) AS words FROM generate_series(1, 200000) i",
        tell=lambda rows: seen.append((rows, process.memory_info().rss - before)),
    )
    assert fetched.rows == 200_000 and [rows for rows, _ in seen] == list(range(20_000, 200_001, 20_000))
    assert max(grown for _, grown in seen) < 80e6
    assert process.memory_info().rss - before < 80e6


def test_the_same_rows_have_the_same_address(ask: Callable[..., Fetched], tmp_path: Path) -> None:
    contents = []
    for _ in range(2):
        ask("SELECT * FROM customers ORDER BY id")
        contents.append((tmp_path / "rows.parquet").read_bytes())
    assert contents[0] == contents[1]


def test_the_first_rows_are_a_look_and_no_more(database: Database) -> None:
    frame = first_rows(database, PASSWORD, "SELECT * FROM customers ORDER BY id", 50, 5)
    assert frame.shape == (50, 4) and frame["town"][0] == "town 1"
    assert first_rows(database, PASSWORD, "SELECT * FROM customers WHERE false", 50, 5).shape == (0, 4)
    assert try_connection(database, PASSWORD)
