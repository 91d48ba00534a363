"""The query job on a real server: the table it stores, what it says of it, and that no password stays."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from finxfer.data.databases import find_database
from finxfer.records.folder import RunFolder
from finxfer.records.home import home
from finxfer.records.tables import TableStore
from finxfer.runs import launcher
from finxfer.runs.following import follow
from finxfer.runs.query import start_query
from tests.postgres import PASSWORD, Server, running_server

SQL = "SELECT * FROM customers ORDER BY id"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_server() as started:
        yield started


def spellings() -> list[bytes]:
    """The password as a file might hold it: as it is, escaped as JSON, quoted as an address."""
    from urllib.parse import quote

    return [
        PASSWORD.encode(),
        PASSWORD.encode("utf-16-le"),
        PASSWORD.encode("latin-1"),
        ascii(PASSWORD)[1:-1].encode(),
        PASSWORD.replace("ä", "\\u00e4").encode(),
        quote(PASSWORD).encode(),
        quote(PASSWORD, safe="").encode(),
    ]


def assert_nowhere(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes()
        assert not any(spelling in content for spelling in spellings()), path


@pytest.mark.slow
def test_a_query_becomes_a_table_and_its_password_is_nowhere(server: Server) -> None:
    database = find_database(server.address)
    job = start_query(database, PASSWORD, SQL, "Loans")
    worker = psutil.Process(job.stored_status().pid)
    arguments, environment = " ".join(worker.cmdline()), worker.environ()
    status = follow(job, lambda event: None)
    assert status.state == "finished", (status.error, job.log.read_text())
    table = TableStore().meta(job.read_json("result.json")["table"])
    assert (table.name, table.rows, table.columns) == ("Loans", 600, 4)
    report = table.report
    assert report["format"] == "query" and report["query"] == SQL and report["address"] == server.address
    assert report["database"] == "loans on 127.0.0.1" and report["queried"] == pytest.approx(
        table.uploaded, abs=60
    )
    assert TableStore().open(table.sha256)["income"].dtype == "float64"
    # The same rows again: the same table.
    again = start_query(database, PASSWORD, SQL, "Loans")
    assert follow(again, lambda event: None).state == "finished"
    assert again.read_json("result.json")["table"] == table.sha256
    # And jobs that fail: by a wrong query, and by a wrong password that holds the right one.
    for password, sql in ((PASSWORD, "SELECT wrong FROM customers"), (PASSWORD + "x", SQL)):
        failed = start_query(database, password, sql, "Loans")
        assert follow(failed, lambda event: None).state == "failed"
    assert PASSWORD not in arguments and PASSWORD not in environment.values()
    assert_nowhere(home())
    assert not list((home() / "uploads").iterdir())


@pytest.mark.slow
def test_a_cancelled_query_leaves_no_table(server: Server) -> None:
    database = find_database(server.address)
    job = start_query(database, PASSWORD, "SELECT pg_sleep(60)", "Sleep")
    while job.status().state == "queued" or job.status().stage == "":
        assert job.status().active
    launcher.cancel(job)
    assert follow(job, lambda event: None).state == "cancelled"
    assert TableStore().list() == [] and not list((home() / "uploads").iterdir())


def test_a_fault_in_the_worker_does_not_show_the_password(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even a traceback, which goes to the log, and the worker's last words."""
    import io

    from finxfer.records.spec import JobSpec
    from finxfer.runs import worker

    def broken(*_: object, **__: object) -> None:
        raise ValueError("nobody expected this")

    monkeypatch.setattr("finxfer.data.query._join", broken)
    monkeypatch.setattr(sys, "stdin", io.StringIO(PASSWORD + "\n"))
    log = io.StringIO()
    monkeypatch.setattr(sys, "stderr", log)
    arguments = {"address": server.address, "database": "loans", "sql": SQL, "name": "Loans"}
    folder = RunFolder(home() / "jobs" / "one")
    folder.path.parent.mkdir(parents=True)
    folder.create(JobSpec("query", arguments))
    assert worker.main([str(folder.path)]) == 1
    assert "nobody expected this" in log.getvalue() and PASSWORD not in log.getvalue()
    assert_nowhere(home())


def test_the_command_writes_the_same_rows_and_hides_the_password(
    server: Server, tmp_path: Path, call: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "rows.parquet"
    status, _, said = call("query", server.address, "--sql", SQL, "--out", out)
    assert status == 2 and "password" in said and not out.exists()
    monkeypatch.setenv("FINXFER_DATABASE_PASSWORD", PASSWORD)
    status, said, _ = call("query", server.address, "--sql", SQL, "--out", out)
    assert status == 0 and "600 rows of loans on 127.0.0.1" in said
    script = tmp_path / "rows.sql"
    script.write_text(f"-- customers\n{SQL};\n", encoding="utf-8")
    csv = tmp_path / "rows.csv"
    assert call("query", server.address, "--file", script, "--out", csv)[0] == 0
    assert csv.read_text().splitlines()[1] == '1,"town 1",1001.0,"no"'
    for wrong in (
        ["--sql", SQL, "--file", script],
        [],
        ["--file", tmp_path / "no.sql"],
        ["--sql", "DROP TABLE x"],
    ):
        status, _, said = call("query", server.address, *wrong, "--out", tmp_path / "no.csv")
        assert status == 2 and PASSWORD not in said, wrong
    assert not (tmp_path / "no.csv").exists()
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "finxfer-home") == [
        "rows.csv",
        "rows.parquet",
        "rows.sql",
    ]
