"""A folder of Parquet files as one table; names of its folders such as ``year=2024`` become columns."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from finxfer.data.limits import check_cells
from finxfer.data.nested import flattened
from finxfer.errors import BadInput

MOST_FILES = 10_000
_SUFFIXES = (".parquet", ".pq", ".parq")
_HIVE = re.compile(r"([^=/]+)=(.*)")
_MISSING_PARTITION = "__HIVE_DEFAULT_PARTITION__"


def parquet_files(folder: Path) -> list[Path]:
    """The Parquet files of a folder and of those below by name; hidden ones are passed over.

    Links are not followed, so that nothing outside the folder is read.

    Raises:
        BadInput: there are more than :data:`MOST_FILES`.
    """
    found = []
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if any(part.startswith((".", "_")) for part in parts) or path.is_symlink():
            continue
        if path.suffix.lower() in _SUFFIXES and path.is_file() and not _through_link(folder, path):
            found.append(path)
            if len(found) > MOST_FILES:
                raise BadInput(
                    f"The folder {folder.name!r} holds too many Parquet files.",
                    f"There are more than {MOST_FILES:,}.",
                    "Give one of its folders, or write larger files.",
                )
    return sorted(found, key=lambda path: path.relative_to(folder).as_posix())


def _through_link(folder: Path, path: Path) -> bool:
    return any(parent.is_symlink() for parent in path.parents if folder in parent.parents)


def hash_folder(folder: Path) -> str:
    """SHA-256 over the names (below the folder) and the SHA-256 of its Parquet files, 64 hex digits."""
    digest = hashlib.sha256()
    for path in parquet_files(folder):
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{found}\n".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def folder_bytes(folder: Path) -> int:
    """Size of its Parquet files in bytes."""
    return sum(path.stat().st_size for path in parquet_files(folder))


def read_folder(folder: Path, shown: str) -> tuple[pa.Table, list[str]]:
    """The files of a folder one below the other, and sentences on what was reconciled.

    A column that some files lack is missing in their rows; numbers of different width are widened, and where
    one file has texts and another numbers, texts are read.

    Raises:
        BadInput: no Parquet file, one of them damaged, or a column whose types cannot be brought together.
    """
    files = parquet_files(folder)
    if not files:
        raise BadInput(
            f"The folder {shown!r} holds no Parquet file.",
            "Files that end in .parquet are looked for, in it and in the folders below.",
            "Give the folder of one dataset, or a single file.",
        )
    tables, repairs, cells = [], [], 0
    for path in files:
        table, said = _one(path, folder)
        cells += table.num_rows * table.num_columns
        check_cells(cells, shown)
        tables.append(table)
        repairs += [line for line in said if line not in repairs]
    made, said = _stacked(tables, [path.relative_to(folder).as_posix() for path in files])
    repairs = [f"Read from {len(files):,} Parquet file{'s' if len(files) > 1 else ''}.", *repairs, *said]
    return made, repairs


def _one(path: Path, folder: Path) -> tuple[pa.Table, list[str]]:
    try:
        with pq.ParquetFile(path) as file:
            names, columns, repairs = flattened(file.read())
    except (pa.ArrowException, OSError) as error:
        detail = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise BadInput(
            f"A file of the folder cannot be read: {path.relative_to(folder).as_posix()[:120]!r}.",
            f"It is cut short or damaged ({detail}).",
            "Write it again, or take it out of the folder.",
        ) from None
    kept = [place for place, name in enumerate(names) if not name.startswith("__index_level_")]
    doubled = len(set(names)) < len(names)
    if doubled:
        raise BadInput(
            f"Two columns of {path.name[:80]!r} have the same name.",
            "A model could not tell them apart.",
            "Give every column a name of its own.",
        )
    table = pa.table([columns[place] for place in kept], names=[names[place] for place in kept])
    for part in path.relative_to(folder).parts[:-1]:
        hive = _HIVE.fullmatch(part)
        if hive is not None and hive[1] not in table.column_names:
            value = None if hive[2] == _MISSING_PARTITION else unquote(hive[2])
            column = pa.array([value] * table.num_rows, pa.string())
            table = table.append_column(unquote(hive[1]), column)
    return table, repairs


def _stacked(tables: list[pa.Table], names: list[str]) -> tuple[pa.Table, list[str]]:
    """One table of all columns, in the order in which they first appear."""
    repairs = []
    types: dict[str, pa.DataType] = {}
    first: dict[str, str] = {}
    lacking: dict[str, int] = {}
    for table, name in zip(tables, names, strict=True):
        for field in table.schema:
            kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
            if field.name not in types:
                types[field.name], first[field.name] = kind, name
                continue
            common = _common(types[field.name], kind)
            if common is None:
                raise BadInput(
                    f"The files of the folder disagree on the column {field.name[:60]!r}.",
                    f"It holds {types[field.name]} in {first[field.name][:80]!r}, {kind} in {name[:80]!r}.",
                    "Write the files with one schema.",
                )
            if common != kind or common != types[field.name]:
                line = f"{field.name}: its type differs from file to file; read as {common}."
                repairs += [] if line in repairs or kind == types[field.name] else [line]
            types[field.name] = common
    for column in types:
        lacking[column] = sum(column not in table.column_names for table in tables)
    repairs += [
        f"{column}: {count:,} of {len(tables):,} files do not have it; missing in their rows."
        for column, count in lacking.items()
        if count
    ]
    schema = pa.schema(list(types.items()))
    try:
        return pa.concat_tables([_cast(table, schema) for table in tables]), repairs
    except pa.ArrowException as error:
        raise BadInput(
            "The files of the folder do not fit together.",
            (str(error).splitlines() or [type(error).__name__])[0][:160],
            "Write the files with one schema.",
        ) from None


def _common(one: pa.DataType, other: pa.DataType) -> pa.DataType | None:
    """A type that holds the values of both; None where there is none."""
    if one == other:
        return one
    types = pa.types
    if types.is_null(one) or types.is_null(other):
        return other if types.is_null(one) else one
    if types.is_integer(one) and types.is_integer(other):
        return pa.float64() if pa.uint64() in (one, other) else pa.int64()
    number = [
        types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind) for kind in (one, other)
    ]
    if all(number):
        return pa.float64()
    moment = [types.is_timestamp(kind) or types.is_date(kind) for kind in (one, other)]
    if all(moment):
        zoned = [types.is_timestamp(kind) and kind.tz is not None for kind in (one, other)]
        return pa.timestamp("us", "UTC" if all(zoned) else None)
    plain = [
        is_number
        or is_moment
        or types.is_boolean(kind)
        or types.is_string(kind)
        or types.is_large_string(kind)
        for kind, is_number, is_moment in zip((one, other), number, moment, strict=True)
    ]
    return pa.string() if all(plain) else None


def _cast(table: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = []
    for field in schema:
        if field.name not in table.column_names:
            columns.append(pa.chunked_array([pa.nulls(table.num_rows, field.type)], field.type))
            continue
        column = table.column(field.name)
        if pa.types.is_dictionary(column.type):
            column = pc.cast(column, column.type.value_type)
        columns.append(column if column.type == field.type else pc.cast(column, field.type, safe=False))
    return pa.table(columns, schema=schema)
