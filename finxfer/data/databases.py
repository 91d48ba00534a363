"""Which database is meant, and how it is reached: addresses without passwords, named connections.

A password travels beside the address, never in it: an address is stored, shown and logged.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finxfer.errors import BadInput
from finxfer.settings import text

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection

PASSWORD_VARIABLE = "FINXFER_DATABASE_PASSWORD"
CONNECT_SECONDS = 10
_SECRETS = ("password", "passwd", "pwd", "passphrase", "secret", "token")
_DRIVERS = {
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "mssql": "mssql+pyodbc",
    "oracle": "oracle+oracledb",
}
_PACKAGES = {
    "postgresql": "psycopg[binary]",
    "mysql": "pymysql",
    "mariadb": "pymysql",
    "mssql": "pyodbc",
    "oracle": "oracledb",
    "snowflake": "snowflake-sqlalchemy",
    "bigquery": "sqlalchemy-bigquery",
    "duckdb": "duckdb-engine",
    "clickhouse": "clickhouse-sqlalchemy",
    "databricks": "databricks-sqlalchemy",
    "redshift": "sqlalchemy-redshift",
    "hana": "sqlalchemy-hana",
    "db2": "ibm-db-sa",
}
_EXAMPLE = "postgresql://analyst@db.example:5432/loans, or sqlite:////data/loans.db"


@dataclass(frozen=True)
class Database:
    """A database as it may be stored and shown: there is no password in it.

    Args:
        address: SQLAlchemy's address, such as ``postgresql://analyst@host/loans``.
        name: what people call it: the name of a named connection, else host and database.
        password_variable: environment variable that holds its password, or an empty string.
    """

    address: str
    name: str
    password_variable: str = ""

    @property
    def dialect(self) -> str:
        """``postgresql``, ``sqlite`` ..."""
        return self.address.partition(":")[0].partition("+")[0]

    @property
    def may_need_password(self) -> bool:
        """Whether there is a server that could ask for one."""
        return self.dialect not in ("sqlite", "duckdb")

    def known_password(self) -> str:
        """The password that the environment holds for it, or an empty string."""
        names = (self.password_variable,) if self.password_variable else (PASSWORD_VARIABLE,)
        return next((os.environ[name] for name in names if os.environ.get(name)), "")


def named_databases() -> dict[str, Database]:
    """The connections of the file that the setting ``databases`` names; none where it names no file.

    Raises:
        BadInput: the file cannot be read, is no TOML, or an entry cannot be used.
    """
    path = text("databases")
    if not path:
        return {}
    try:
        content = tomllib.loads(Path(path).expanduser().read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        # A parser's message may quote the line, and the line may hold a password.
        raise _file_refused(
            f"{path}: {getattr(error, 'strerror', None) or 'it is not valid TOML'}."
        ) from None
    found = {}
    for name, entry in content.items():
        if not isinstance(entry, dict) or not isinstance(entry.get("address"), str):
            raise _file_refused(f"[{name}] has no address.")
        unknown = sorted(set(entry) - {"address", "password_variable"})
        if unknown:
            raise _file_refused(f"[{name}] has the unknown field {unknown[0]!r}.")
        address = checked_address(entry["address"])
        found[name] = Database(address, str(name), str(entry.get("password_variable", "")))
    return found


def _file_refused(why: str) -> BadInput:
    return BadInput(
        "The file of named databases cannot be used.",
        why,
        'Give each database a part [name] with address = "…" and, if wanted, password_variable = "…".',
    )


def find_database(wanted: str) -> Database:
    """The named connection of that name, else the database at that address.

    Raises:
        BadInput: neither, an address with a password in it, or addresses may not be typed.
    """
    wanted = wanted.strip()
    named = named_databases()
    if wanted in named:
        return named[wanted]
    if ":" not in wanted:
        known = (
            f"The named ones are {', '.join(map(repr, named))}." if named else "No database has a name here."
        )
        raise BadInput(
            f"There is no database {wanted[:80]!r}." if wanted else "No database is given.",
            known,
            f"Give a name, or an address such as {_EXAMPLE}.",
        )
    address = checked_address(wanted)
    if text("typed_databases") == "no":
        raise BadInput(
            "Addresses of databases may not be typed here.",
            "The setting FINXFER_TYPED_DATABASES is no.",
            f"Choose one of the named databases: {', '.join(map(repr, named)) or 'there is none yet'}.",
        )
    return Database(address, _short_name(address))


def checked_address(address: str) -> str:
    """The address, spelled out with its driver, if it can be stored.

    Raises:
        BadInput: it is no address, or holds a password.
    """
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(re.sub(r"^postgres://", "postgresql://", address.strip()))
    except (ArgumentError, ValueError):
        raise BadInput(  # without the text itself: there may be a password in it
            "The address of the database cannot be read.",
            "It does not have the form of an address.",
            f"Write it as {_EXAMPLE}.",
        ) from None
    if url.password is not None or _secret_in(url):
        raise BadInput(
            "The address holds a password.",
            "Addresses are stored with the table and shown, so a password must not stand in one.",
            f"Take it out; type it where it is asked for, or put it into {PASSWORD_VARIABLE}.",
        )
    if url.get_backend_name() == "sqlite":
        return _sqlite_address(url)
    driver = _DRIVERS.get(url.drivername)
    return (url.set(drivername=driver) if driver else url).render_as_string()


def _secret_in(url: URL) -> bool:
    """Whether a part after the question mark is, or holds, a password."""
    for name, values in url.query.items():
        joined = values if isinstance(values, str) else " ".join(values)
        if any(word in name.lower() for word in _SECRETS) and "file" not in name.lower():
            return True
        if re.search(r"(?i)(password|passwd|pwd)\s*=", joined):
            return True
    return False


def _sqlite_address(url: URL) -> str:
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise BadInput(
            "The address names no SQLite file.",
            "After sqlite:/// comes the path of a file.",
            "Write for instance sqlite:////data/loans.db.",
        )
    return f"sqlite:///{Path(url.database).expanduser().resolve()}"


def _short_name(address: str) -> str:
    from sqlalchemy.engine import make_url

    url = make_url(address)
    if url.get_backend_name() == "sqlite":
        return Path(url.database or "").name
    return f"{url.database} on {url.host}" if url.database and url.host else str(url.database or url.host)


@contextmanager
def connected(database: Database, password: str, seconds: float) -> Iterator[Connection]:
    """A connection inside a transaction that can only read; it is rolled back and closed at the end.

    PostgreSQL: a read-only transaction with a limit on each statement. SQLite: the file is opened read-only
    and nothing but reading is authorised. Elsewhere the account's own rights decide.

    Raises:
        BadInput: no driver, no server, a wrong password, no such file.
    """
    from sqlalchemy.exc import SQLAlchemyError

    with explained(database, password):
        engine = _engine(database, password)
    try:
        with explained(database, password):
            connection = engine.connect()
    except BadInput:
        engine.dispose()
        raise
    try:
        with explained(database, password):
            _only_reading(connection, database.dialect, seconds)
        yield connection
    finally:
        try:
            connection.close()
        except SQLAlchemyError:  # a connection that was lost cannot be rolled back: it is over already
            connection.invalidate()
        engine.dispose()


def _engine(database: Database, password: str) -> Any:
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url
    from sqlalchemy.pool import NullPool

    url = make_url(database.address)
    arguments: dict[str, Any] = {}
    if database.dialect == "sqlite":
        path = Path(url.database or "")
        if not path.is_file():
            raise BadInput(
                f"There is no database {path.name!r}.",
                f"{path} is not a file.",
                "Check the path in the address.",
            )
        url = url.set(database=f"{path.as_uri()}", query={"mode": "ro", "uri": "true"})
        arguments["timeout"] = CONNECT_SECONDS
    elif database.dialect == "postgresql":
        arguments |= {"connect_timeout": CONNECT_SECONDS, "application_name": "finxfer"}
    if password and database.may_need_password:
        url = url.set(password=password)
    return create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args=arguments)


def _only_reading(connection: Connection, dialect: str, seconds: float) -> None:
    if dialect == "postgresql":
        connection.execution_options(postgresql_readonly=True)
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {round(1000 * seconds)}")
    elif dialect == "sqlite":
        connection.connection.driver_connection.set_authorizer(_reads)  # type: ignore[union-attr]


def _reads(action: int, *_: object) -> int:
    """SQLite's authorizer: select, read a column, call a function, recurse; and begin and end."""
    import sqlite3

    allowed = (
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
        sqlite3.SQLITE_TRANSACTION,
    )
    return sqlite3.SQLITE_OK if action in allowed else sqlite3.SQLITE_DENY


@contextmanager
def explained(database: Database, password: str, rows: int | None = None) -> Iterator[None]:
    """Turn what SQLAlchemy and the drivers raise into bad input, with the password taken out of it.

    rows: how many rows had come before; None while connecting.
    """
    from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError

    try:
        yield
    except (ModuleNotFoundError, NoSuchModuleError):
        raise _no_driver(database) from None
    except DBAPIError as error:
        said = without_password(_primary(error.orig), password)
        lost = rows is not None and (error.connection_invalidated or _is_lost(said))
        raise (_lost(database, said, rows or 0) if lost else _refused(database, said, rows is None)) from None
    except SQLAlchemyError as error:
        raise _refused(database, without_password(str(error), password), rows is None) from None


def _primary(error: object) -> str:
    """What the driver says; of PostgreSQL without the cursor that stands around the query."""
    parts = [
        getattr(getattr(error, "diag", None), f"message_{part}", None)
        for part in ("primary", "detail", "hint")
    ]
    return ". ".join(str(part) for part in parts if part) or str(error)


def _is_lost(said: str) -> bool:
    words = (
        "terminating connection",
        "server closed the connection",
        "connection is lost",
        "connection is closed",
    )
    return any(word in said for word in words)


def _no_driver(database: Database) -> BadInput:
    package = _PACKAGES.get(database.dialect)
    return BadInput(
        f"There is no driver for {database.dialect} here."
        if package
        else "This kind of database is not known.",
        f"The address begins with {database.address.partition(':')[0][:40]!r}.",
        f"Install it beside finxfer: pip install '{package}'."
        if package
        else "Check how the address begins; PostgreSQL and SQLite work as finxfer is installed.",
    )


def _lost(database: Database, said: str, rows: int) -> BadInput:
    return BadInput(
        "The connection to the database was lost.",
        f"It broke after {rows:,} rows ({said}). Nothing was stored.",
        "Run the query again.",
    )


def _refused(database: Database, said: str, connecting: bool) -> BadInput:
    if connecting:
        what = f"The database {database.name!r} cannot be reached."
        return BadInput(
            what, f"It says: {said}", "Check address, user, password and network, then try again."
        )
    return BadInput("The database refused the query.", f"It says: {said}", "Correct the query and try again.")


def without_password(said: str, password: str) -> str:
    """One line of a driver's message, without the password however it is spelled."""
    from urllib.parse import quote, quote_plus

    for secret in {password, quote(password, safe=""), quote_plus(password)} - {""}:
        said = said.replace(secret, "***")
    return " ".join(said.split())[:500]
