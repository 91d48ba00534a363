"""The tables that a file or folder holds: itself, the sheets of a workbook, the members of an archive."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa

from finxfer.data.archives import (
    GZIP,
    Member,
    gzip_member,
    is_archive,
    is_nested,
    is_workbook,
    unpacking_folder,
    zip_members,
)
from finxfer.data.choices import ReadingChoice
from finxfer.data.delimited import read_delimited_file
from finxfer.data.encodings import checked
from finxfer.data.folders import read_folder
from finxfer.data.parquet import parquet_source, read_parquet
from finxfer.data.sniffing import HEAD_BYTES, decode, file_kind, find_layout
from finxfer.data.source import Source
from finxfer.data.workbook import protected, read_sheet, sheet_names
from finxfer.errors import BadInput

_SUFFIXES = {
    ".csv": "csv", ".txt": "csv", ".tsv": "csv", ".parquet": "parquet", ".pq": "parquet", ".xlsx": "xlsx",
    ".xlsm": "xlsx", ".gz": "gzip", ".zip": "zip",
}  # fmt: skip
_FORMATS = {
    "csv": "a text table", "parquet": "Parquet", "xlsx": "an Excel workbook", "gzip": "a gzip archive",
    "zip": "a zip archive",
}  # fmt: skip
_LEGACY = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True)
class Part:
    """A table within a file, read.

    Args:
        source: its cells.
        container: ``gzip`` or ``zip``, or empty.
        part: the name of the sheet or member; empty where the file is one table.
        parts: the names of all; empty where there is one only.
        chosen: what was chosen other than finxfer would have; empty where nothing was. It belongs to the
            table's address: another sheet of a file is another table.
    """

    source: Source
    container: str = ""
    part: str = ""
    parts: tuple[str, ...] = ()
    chosen: str = ""


@dataclass(frozen=True)
class _Candidate:
    """A part that may be a table: its name, and how to read it in an encoding (None: by its content)."""

    label: str
    read: Callable[[str | None], Source]


def chosen_part(path: Path, shown: str, choice: ReadingChoice) -> Part:
    """Read the table that was chosen, else the first one in the file.

    Args:
        path: a file, or a folder of Parquet files.
        shown: its name for people.
        choice: sheet or member, and encoding.

    Raises:
        BadInput: nothing there, no table in it, damaged, too large, or no part of the chosen name.
    """
    encoding = checked(choice.encoding) if choice.encoding else None
    with _inside(path, shown) as (container, found):
        if choice.part is None:
            candidate, source = _first(found, encoding)
            own = True
        else:
            candidate = _of_name(found, choice.part, shown)
            source = candidate.read(encoding)
            own = _is_first(found, candidate, source, encoding)
        parts = tuple(one.label for one in found) if len(found) > 1 else ()
        if parts and own:
            source.repairs.insert(
                0, f"Of {len(parts):,} sheets or files inside, {candidate.label!r} was read."
            )
        marks = [] if own else [f"part={candidate.label}"]
        marks += [f"encoding={encoding}"] if encoding and source.format == "csv" else []
        return Part(source, container, candidate.label if parts else "", parts, ";".join(marks))


def _first(found: Sequence[_Candidate], encoding: str | None) -> tuple[_Candidate, Source]:
    """The first part that is a table; one of a single column only where there is no other."""
    refused: BadInput | None = None
    narrow: tuple[_Candidate, Source] | None = None
    for candidate in found:
        try:
            source = candidate.read(encoding)
        except BadInput as error:
            refused = refused or error
            continue
        if len(source.names) > 1:
            return candidate, source
        narrow = narrow or (candidate, source)
    if narrow is not None:
        return narrow
    assert refused is not None
    raise refused


def _is_first(found: Sequence[_Candidate], chosen: _Candidate, source: Source, encoding: str | None) -> bool:
    """Whether the part would have been read without a choice; then it is the same table."""
    if found[0] is chosen:
        return len(found) == 1 or len(source.names) > 1
    return _first(found[: found.index(chosen) + 1], encoding)[0] is chosen


def _of_name(found: Sequence[_Candidate], name: str, shown: str) -> _Candidate:
    for same in (
        lambda label: label == name,
        lambda label: label.casefold() == name.casefold(),
        lambda label: label.rsplit(": ", 1)[-1] == name or label.rsplit("/", 1)[-1] == name,
    ):
        fitting = [candidate for candidate in found if same(candidate.label)]
        if len(fitting) == 1:
            return fitting[0]
    several = ", ".join(repr(candidate.label[:60]) for candidate in found[:8])
    raise BadInput(
        f"There is no table {name[:80]!r} in {shown!r}.",
        f"It holds {several}{' and others' if len(found) > 8 else ''}."
        if found[0].label
        else "It is one table, without sheets.",
        "Give one of these names." if found[0].label else "Leave the name out.",
    )


@contextmanager
def _inside(path: Path, shown: str) -> Iterator[tuple[str, list[_Candidate]]]:
    """Container and candidates of a file or folder; what is unpacked is gone afterwards."""
    if path.is_dir():
        yield "", [_Candidate("", lambda _: parquet_source(*_columns(path, shown)))]
        return
    if not path.is_file():
        raise BadInput(
            f"There is no table {shown!r}.",
            f"{path} is not there.",
            "Give the path of a table or of its folder.",
        )
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    with ExitStack() as stack:
        if is_archive(head) and not is_workbook(path):
            folder = stack.enter_context(unpacking_folder())
            if head.startswith(GZIP):
                member = gzip_member(path, shown, folder)
                yield "gzip", _noted(_plain(member.unpack(), member.name), "gzip", shown)
            else:
                members = stack.enter_context(zip_members(path, shown, folder))
                yield "zip", _noted(_of_members(members, shown), "zip", shown)
        else:
            yield "", _plain(path, shown)


def _columns(path: Path, shown: str) -> tuple[list[str], list[pa.ChunkedArray], list[str]]:
    table, repairs = read_folder(path, shown)
    return table.column_names, table.columns, repairs


def _plain(path: Path, shown: str) -> list[_Candidate]:
    """The tables of a file that is no archive: the sheets of a workbook, or itself."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head.strip(b" \t\r\n\xef\xbb\xbf\xff\xfe\0"):
        raise BadInput(
            f"The file {shown!r} is empty.", "It holds nothing to read.", "Export the table again."
        )
    if is_archive(head) and is_workbook(path):
        return [_Candidate(sheet, partial(_sheet, path, shown, sheet)) for sheet in sheet_names(path, shown)]
    kind = file_kind(head)
    if kind == "parquet":
        return _noted([_Candidate("", lambda _: read_parquet(path, shown))], "parquet", shown)
    if kind == "text":
        return _noted([_Candidate("", partial(read_delimited_file, path))], "csv", shown)
    if head.startswith(_LEGACY) and _ENCRYPTED in path.read_bytes():
        raise protected(shown)
    raise _no_table(shown, kind)


def _sheet(path: Path, shown: str, sheet: str, encoding: str | None) -> Source:
    source = read_sheet(path, shown, sheet)
    _note_name(source, "xlsx", shown)
    return source


def _noted(found: list[_Candidate], kind: str, shown: str) -> list[_Candidate]:
    """The candidates, which will say so where the file's name promises another kind."""

    def read(candidate: _Candidate, encoding: str | None) -> Source:
        source = candidate.read(encoding)
        _note_name(source, kind, shown)
        return source

    return [_Candidate(candidate.label, partial(read, candidate)) for candidate in found]


def _note_name(source: Source, kind: str, shown: str) -> None:
    suffix = Path(shown).suffix
    if _SUFFIXES.get(suffix.lower(), kind) != kind:
        source.repairs.insert(
            0, f"The name ends in {suffix}, but the content is {_FORMATS[kind]}; that was read."
        )


def _of_members(members: Sequence[Member], shown: str) -> list[_Candidate]:
    """The tables among the files of an archive."""
    found: list[_Candidate] = []
    kinds, nested = [], False
    for member in members:
        if is_nested(member.head):
            nested = True
        elif is_archive(member.head):
            found += _of_workbook(member)
        elif file_kind(member.head) == "parquet" or (
            file_kind(member.head) == "text" and (len(members) == 1 or _is_tabular(member.head))
        ):
            found.append(_Candidate(member.name, partial(_of_member, member)))
        else:
            kinds.append(file_kind(member.head))
    if found:
        return found
    inside = "another archive, and archives inside archives are not unpacked" if nested else ""
    raise BadInput(
        f"The archive {shown!r} holds no table that finxfer reads.",
        f"Inside is {inside or ', '.join(dict.fromkeys(kinds)) or 'no file'}."[:300],
        "Give the table itself, or an archive with a CSV, XLSX or Parquet file.",
    )


def _of_member(member: Member, encoding: str | None) -> Source:
    return _plain(member.unpack(), member.name)[0].read(encoding)


def _of_workbook(member: Member) -> list[_Candidate]:
    """The sheets of a workbook inside an archive; a damaged one says so where it is read."""
    try:
        sheets = _plain(member.unpack(), member.name)
    except BadInput as error:
        return [_Candidate(member.name, partial(_refused, error))]
    if len(sheets) == 1:
        return [_Candidate(member.name, sheets[0].read)]
    return [_Candidate(f"{member.name}: {sheet.label}", sheet.read) for sheet in sheets]


def _refused(error: BadInput, encoding: str | None) -> Source:
    raise error


def _is_tabular(head: bytes) -> bool:
    """Whether the first lines of a text have several cells; a note beside the tables has not."""
    try:
        return find_layout(decode(head)[0]).width > 1
    except BadInput:
        return False


def _no_table(shown: str, kind: str) -> BadInput:
    advice = "Export the table as CSV (UTF-8), XLSX or Parquet."
    if "Excel" in kind:
        advice = "Open it in Excel and save it as an Excel workbook (.xlsx) or as CSV UTF-8."
    elif "archive" in kind:
        advice = "Unpack it first, and give the table inside, or pack it as zip or gzip."
    return BadInput(
        f"The file {shown!r} is not a table that finxfer reads.",
        f"By its content it is {kind}, whatever its name says.",
        advice,
    )
