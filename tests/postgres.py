"""A real PostgreSQL server for tests, made in a temporary folder from the system's package."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

PASSWORD = "pässword-7%3A@secret"
"""Of the account that reads; with signs that an address, a conninfo or a shell would read otherwise."""


@dataclass(frozen=True)
class Server:
    """A running server.

    Args:
        address: of the database, for the account that tests read with; without its password.
        port: on localhost.
        admin_password: of the superuser.
    """

    address: str
    port: int
    admin_password: str

    def admin(self) -> psycopg.Connection:
        """A superuser's connection that commits by itself."""
        return psycopg.connect(
            host="127.0.0.1",
            port=self.port,
            user="postgres",
            password=self.admin_password,
            dbname="loans",
            autocommit=True,
        )


def binaries() -> Path | None:
    """The newest server programs of the system's package."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextlib.contextmanager
def running_server() -> Iterator[Server]:
    """Start a server with password authentication, a database and an account that may also write."""
    programs = binaries()
    if programs is None:
        pytest.skip("there is no PostgreSQL server here (Debian: apt-get install postgresql)")
    user = (
        {"user": "postgres", "group": "postgres", "extra_groups": []}
        if os.name == "posix" and os.geteuid() == 0
        else {}
    )
    # Not pytest's folder: that is readable by its own user alone.
    folder = Path(tempfile.mkdtemp(prefix="finxfer-postgres-"))
    if user:
        shutil.chown(folder, "postgres", "postgres")
    port, admin = _free_port(), "admin-secret"
    (folder / "admin").write_text(admin, encoding="utf-8")
    (folder / "admin").chmod(0o644)
    data, quiet = folder / "data", {"check": True, "cwd": folder, "capture_output": True, **user}
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    control = [str(programs / "pg_ctl"), "-D", str(data), "-w"]
    try:
        command = [programs / "initdb", "-D", data, "-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8"]
        subprocess.run([*command, f"--pwfile={folder / 'admin'}", "--no-sync"], **quiet)
        subprocess.run(
            [*control, "-l", str(folder / "log"), "-o", options, "start"],
            **{**quiet, "capture_output": False, "stdout": subprocess.DEVNULL},
        )
        try:
            yield _filled(Server(f"postgresql://analyst@127.0.0.1:{port}/loans", port, admin))
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **quiet)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _filled(server: Server) -> Server:
    root = psycopg.connect(
        host="127.0.0.1", port=server.port, user="postgres", password=server.admin_password, autocommit=True
    )
    with root:
        root.execute("CREATE DATABASE loans")
        root.execute(f"CREATE ROLE analyst LOGIN PASSWORD '{PASSWORD}'")
    with server.admin() as admin:
        admin.execute(
            "CREATE TABLE customers AS SELECT i AS id, 'town ' || i % 5 AS town, 1000.0 + i AS income, "
            "CASE WHEN i % 4 = 0 THEN 'yes' ELSE 'no' END AS defaulted FROM generate_series(1, 600) i"
        )
        # More rights than a reading account should have: what a query may do must not rest on them.
        admin.execute("GRANT ALL ON customers TO analyst")
    return server


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
