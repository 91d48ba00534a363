"""The rows of a query, streamed into a Parquet file: as much memory as one batch takes, whatever comes."""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from finxfer.data import query_values as values
from finxfer.data.databases import Database, connected, explained
from finxfer.data.names import clean_name, clean_names
from finxfer.errors import BadInput, Cancelled
from finxfer.settings import integer, number

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult

BATCH_ROWS = 20_000
BATCH_CELLS = 400_000
WATCH_SECONDS = 0.2
_READING_WORDS = ("SELECT", "WITH", "VALUES", "TABLE")
_COMMENT = re.compile(r"\A(\s|\(|--[^\n]*(\n|\Z)|/\*.*?\*/)+", re.DOTALL)
_JSON_TYPES = (114, 3802, 199, 3807)  # PostgreSQL's json, jsonb and arrays of them


@dataclass(frozen=True)
class Fetched:
    """What a query gave.

    Args:
        rows: rows in the file.
        repairs: sentences on columns that were renamed or left out.
        seconds: how long it took.
    """

    rows: int
    repairs: tuple[str, ...]
    seconds: float


def fetch(
    database: Database,
    password: str,
    sql: str,
    out: Path,
    tell: Callable[[int], None],
    should_stop: Callable[[], bool],
) -> Fetched:
    """Run a query that reads, and write its rows to ``out`` as Parquet.

    Args:
        tell: called with the rows so far after every batch.
        should_stop: asked five times a second, from another thread.

    Raises:
        BadInput: the query does not only read, the database refuses it, it gives no rows or too many, it
            takes too long, or the connection is lost. Nothing is left of ``out``.
        Cancelled: ``should_stop`` said so.
    """
    began = time.monotonic()
    check_reads(sql)
    parts = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        with connected(database, password, number("database_seconds")) as connection:
            fetched = _stream(connection, database, password, sql, parts, tell, should_stop)
        _join(fetched, parts, out)
        return Fetched(fetched.rows, tuple(fetched.repairs), time.monotonic() - began)
    except BaseException:
        out.unlink(missing_ok=True)
        raise
    finally:
        shutil.rmtree(parts, ignore_errors=True)


def first_rows(database: Database, password: str, sql: str, rows: int, seconds: float) -> pd.DataFrame:
    """The first rows of a query as texts, for a look at them; a query without rows gives an empty table.

    Raises:
        BadInput: as for :func:`fetch`.
    """
    check_reads(sql)
    with (
        connected(database, password, seconds) as connection,
        _watched(connection, seconds, lambda: False),
        explained(database, password, 0),
    ):
        result = _execute(connection, sql, rows)
        names, _ = column_names(list(result.keys()))
        found = [tuple(row) for row in result.fetchmany(rows)]
    cells = [[None if cell is None else values.cell_text(cell) for cell in row] for row in found]
    return pd.DataFrame(cells, columns=names, dtype="str")


def try_connection(database: Database, password: str) -> str:
    """Connect and ask nothing; the answer is the server's version.

    Raises:
        BadInput: it cannot be reached.
    """
    with connected(database, password, 10) as connection:
        version = connection.dialect.server_version_info or ()
        return ".".join(str(part) for part in version)


def check_reads(sql: str) -> None:
    """Refuse what does not begin as a query that reads; the database has the last word.

    Raises:
        BadInput: it is empty, or begins with another word.
    """
    first = re.match(r"\w+", _COMMENT.sub("", sql))
    word = first.group().upper() if first else ""
    if word in _READING_WORDS:
        return
    if not sql.strip():
        raise BadInput("No query is given.", "There is no text to run.", "Write a SELECT.")
    raise BadInput(
        "Only a query that reads is run.",
        f"This one begins with {word or sql.strip()[:20]!r}.",
        "Begin with SELECT or WITH; finxfer never changes a database.",
    )


def column_names(raw: Sequence[str]) -> tuple[list[str], list[str]]:
    """Names of the result's columns and sentences on repairs.

    A join gives two columns one name; here the second is called name_2, since a query can be rewritten by
    its reader while a file cannot.

    Raises:
        BadInput: more columns than the setting ``max_columns``.
    """
    names: list[str] = []
    repairs = []
    taken = {clean_name(name) for name in raw}
    for place, name in enumerate((clean_name(name) for name in raw), start=1):
        given, suffix = name, 1
        while name and given in names:
            suffix += 1
            given = f"{name}_{suffix}" if f"{name}_{suffix}" not in taken else given
        if given != name:
            repairs.append(f"Column {place} had the name {name!r} as well; it is called {given!r} now.")
        names.append(given)
    names, more = clean_names(names)
    return names, repairs + more


class _Stream:
    """What is known of the result while it comes in."""

    def __init__(self, names: list[str], repairs: list[str], opaque: set[int]) -> None:
        self.names, self.repairs = names, repairs
        self.kinds = [values.NESTED if index in opaque else values.NOTHING for index in range(len(names))]
        self.rows = self.bytes = self.parts = 0

    def keep(self, rows: Sequence[Any], folder: Path) -> None:
        """Write one batch as a part of its own, with the kinds that its values have."""
        arrays = []
        for index, cells in enumerate(zip(*rows, strict=True)):
            found = values.kind_of_all(cells, self.kinds[index])
            self.kinds[index] = values.wider(self.kinds[index], found)
            arrays.append(values.to_arrow(cells, found))
        table = pa.Table.from_arrays(arrays, names=self.names)
        with (
            pa.OSFile(str(folder / f"{self.parts:06d}"), "wb") as file,
            pa.ipc.new_file(file, table.schema) as out,
        ):
            out.write_table(table)
        self.parts += 1
        self.rows += len(rows)
        self.bytes += table.nbytes

    def check_size(self) -> None:
        most_rows, most_mb = integer("database_rows"), integer("database_mb")
        if self.rows > most_rows:
            why, variable = f"It gives more than {most_rows:,} rows.", "FINXFER_DATABASE_ROWS"
        elif self.bytes > most_mb * 1_000_000:
            why, variable = (
                f"After {self.rows:,} rows it is larger than {most_mb:,} MB.",
                "FINXFER_DATABASE_MB",
            )
        else:
            return
        raise BadInput(
            "The query gives too much.",
            why,
            f"Ask for fewer rows or columns, or raise the setting {variable}.",
        )


def _stream(
    connection: Connection,
    database: Database,
    password: str,
    sql: str,
    parts: Path,
    tell: Callable[[int], None],
    should_stop: Callable[[], bool],
) -> _Stream:
    seconds = number("database_seconds")
    stream: _Stream | None = None
    with _watched(connection, seconds, should_stop) as check:
        while True:
            with explained(database, password, stream.rows if stream else 0):
                if stream is None:
                    result = _execute(connection, sql, BATCH_ROWS)
                    stream = _Stream(*column_names(list(result.keys())), _opaque(result))
                    size = max(1000, min(BATCH_ROWS, BATCH_CELLS // len(stream.names)))
                batch = result.fetchmany(size)
            check()
            if not batch:
                break
            stream.keep(batch, parts)
            stream.check_size()
            tell(stream.rows)
    if stream.rows == 0:
        raise BadInput(
            "The query returned no rows.",
            f"It has {len(stream.names):,} columns ({', '.join(stream.names[:5])}"
            f"{', …' if len(stream.names) > 5 else ''}), but no row fulfils its conditions.",
            "Loosen its conditions, or look whether the table has rows at all.",
        )
    return stream


def _execute(connection: Connection, sql: str, rows: int) -> CursorResult[Any]:
    """Begin the query with a cursor on the server's side, exactly as written (no parameters in it)."""
    options = {"no_parameters": True, "stream_results": True, "max_row_buffer": rows}
    result = connection.exec_driver_sql(sql, execution_options=options)
    if not result.returns_rows or not result.keys():
        raise BadInput("The query gives no table.", "It has no columns.", "Write a SELECT.")
    return result


def _opaque(result: CursorResult[Any]) -> set[int]:
    """Places of JSON columns, whose cells may look like numbers or texts once they were parsed."""
    description = result.cursor.description or ()  # type: ignore[union-attr]
    return {place for place, column in enumerate(description) if column[1] in _JSON_TYPES}


@contextmanager
def _watched(
    connection: Connection, seconds: float, should_stop: Callable[[], bool]
) -> Iterator[Callable[[], None]]:
    """Stop what the database does when the time is over or the analyst asks: a statement hears nothing else.

    Yields a function that raises if that happened; an error of the block that it caused is replaced.
    """
    raw: Any = connection.connection.driver_connection
    interrupt = getattr(raw, "cancel_safe", None) or getattr(raw, "interrupt", None)
    ended, reason = threading.Event(), []
    deadline = time.monotonic() + seconds

    def watch() -> None:
        while not ended.wait(WATCH_SECONDS):
            if should_stop():
                reason.append("stop")
            elif time.monotonic() > deadline:
                reason.append("time")
            if reason:
                if interrupt is not None:
                    interrupt()
                return

    def check() -> None:
        if "stop" in reason:
            raise Cancelled("The query was cancelled.", "You asked for it to stop.", "Nothing was stored.")
        if "time" in reason or time.monotonic() > deadline:
            raise _too_long(seconds)

    thread = threading.Thread(target=watch, name="query-watch", daemon=True)
    thread.start()
    try:
        yield check
    except BadInput as error:
        check()
        if "statement timeout" in error.why:  # the server's own clock was first
            raise _too_long(seconds) from None
        raise
    finally:
        ended.set()
        thread.join(timeout=5)


def _too_long(seconds: float) -> BadInput:
    return BadInput(
        "The query took too long.",
        f"It was stopped after {seconds:g} seconds. Nothing was stored.",
        "Ask for less, or raise the setting FINXFER_DATABASE_SECONDS.",
    )


def _join(stream: _Stream, parts: Path, out: Path) -> None:
    """One Parquet file of all parts, each column in the one kind that holds all its values."""
    kept = [index for index, kind in enumerate(stream.kinds) if kind != values.NESTED]
    left = [stream.names[index] for index, kind in enumerate(stream.kinds) if kind == values.NESTED]
    stream.repairs += [
        f"{name}: left out, since it holds JSON, lists or bytes, which a model cannot read." for name in left
    ]
    if not kept:
        raise BadInput(
            "The query gives no column that can be read.",
            "Its columns hold JSON, lists or bytes.",
            "Select plain columns: numbers, texts, dates, true or false.",
        )
    schema = pa.schema([(stream.names[index], values.arrow_type(stream.kinds[index])) for index in kept])
    with pq.ParquetWriter(out, schema) as writer:
        for path in sorted(parts.iterdir()):
            with pa.memory_map(str(path)) as file, pa.ipc.open_file(file) as reader:
                table = reader.read_all()
            columns = [
                values.cast(table.column(index), schema.field(place).type) for place, index in enumerate(kept)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            path.unlink()
