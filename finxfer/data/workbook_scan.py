"""What a workbook's own XML says before a library opens it: whether it fits into memory, and how cells look.

A library that reads sheets holds a cell for every place between the first and the last one used, so that one
cell at the far corner of an otherwise empty sheet would fill any memory: a bomb of a few hundred bytes.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from finxfer.data.archives import chunks
from finxfer.data.limits import Meter, unpacked_limit
from finxfer.errors import BadInput

CELL_BYTES = 32
"""Memory of one cell in the library that reads sheets, about."""
MOST_ROWS, MOST_COLUMNS = 1_048_576, 16_384
LOOKED_AT = 1 << 20
"""Bytes of a sheet's XML that are looked at for number formats and formulas: some thousands of cells."""
_STRINGS = "xl/sharedstrings.xml"
_LETTERS = re.compile(rb'r="([A-Z]{1,3})[0-9]')
_LONG = re.compile(rb'r="[A-Za-z]{0,9}([0-9]{7,})')
_ODD = re.compile(rb"[ \t\r\n]r(?:[ \t\r\n]+=|=[ \t\r\n]*'|=[ \t\r\n]+\"|=\"[A-Z]*[a-z]|=\"[A-Z]{4})")
_ROW = re.compile(rb'r="[A-Z]*([0-9]+)"')
_CELLS, _NAMELESS, _ROWS = (
    re.compile(rb"<(?:\w+:)?c[ >/]"),
    re.compile(rb"<(?:\w+:)?c(?![^<>]* r=)[^<>]*>"),
    b"row",
)
_SHARED = re.compile(rb't="s"[^<>]*>(?:<f[^<>]*>[^<>]*</f>)?<v>([0-9]+)</v>')
_CELL = re.compile(rb'<c r="([A-Z]{1,3})[0-9]+"([^<>]*?)(?:/>|>(.*?)</c>)', re.DOTALL)
_STYLE = re.compile(rb'\bs="([0-9]+)"')
_WIDE = (b"\xff\xfe", b"\xfe\xff", b"<\0", b"\0<")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_ERROR = b' t="e"'
_PERCENT_FORMATS = (9, 10)


@dataclass
class Extent:
    """How far the cells of one sheet reach, and what they hold."""

    columns: set[bytes] = field(default_factory=set)
    nameless: int = 0
    rows: int = 0
    shared: int = 0


@dataclass(frozen=True)
class Look:
    """How the first cells of a sheet look.

    Args:
        percent: positions (0 is column A) of columns whose numbers are shown as per cent.
        hollow: positions of columns with formulas whose results the file does not hold.
        errors: how many cells hold an error such as #N/A.
    """

    percent: frozenset[int] = frozenset()
    hollow: frozenset[int] = frozenset()
    errors: int = 0


def check_workbook(path: Path, shown: str) -> None:
    """Unpack every part once, keeping nothing, and refuse what no memory would hold.

    Raises:
        BadInput: damaged, a bomb, or more cells than the setting ``unpacked_gb`` has room for.
    """
    meter = Meter(shown, path.stat().st_size)
    limit = unpacked_limit() // CELL_BYTES
    with zipfile.ZipFile(path) as archive:
        longest, lengths = 0, np.zeros(0, dtype=np.int64)
        parts = sorted(archive.infolist(), key=lambda info: info.filename.lower() != _STRINGS)
        for info in parts:
            stream = chunks(partial(archive.open, info), shown)
            if info.filename.lower() == _STRINGS:
                lengths = _string_lengths(stream, meter, shown)
                longest = int(lengths.max(initial=0))
            else:
                extent = _extent(stream, meter, shown)
                cells = _cells(extent, partial(_counted, archive, info, shown), limit)
                if cells > limit:
                    raise _too_large(shown, f"It has room for {cells:,} cells; at most {limit:,} fit.")
                if extent.shared * longest > unpacked_limit():
                    size = _text_bytes(_counted(archive, info, shown), lengths, extent.shared, longest)
                    if size > unpacked_limit():
                        raise _too_large(shown, f"The texts of its cells take {size / 1e9:,.1f} GB.")


def _too_large(shown: str, why: str) -> BadInput:
    return BadInput(
        f"The workbook {shown!r} is too large to read.",
        why,
        "Delete the cells beyond the table, or export it as CSV or Parquet.",
    )


def _counted(archive: zipfile.ZipFile, info: zipfile.ZipInfo, shown: str) -> Iterator[bytes]:
    """The part once more, for a question that few workbooks raise."""
    return _whole_tags(chunks(partial(archive.open, info), shown), None, shown)


def _whole_tags(stream: Iterator[bytes], meter: Meter | None, shown: str) -> Iterator[bytes]:
    """Pieces of XML that end between tags."""
    rest = b""
    for chunk in stream:
        if meter is not None:
            meter.add(len(chunk))
        if chunk.startswith(_WIDE):
            raise BadInput(
                f"The workbook {shown!r} cannot be read.",
                "A part of it is not UTF-8.",
                "Save it again in Excel.",
            )
        piece = rest + chunk
        end = piece.rfind(b"<c") if b"<c" in piece[-200_000:] else piece.rfind(b"<")
        cut = end if end > 0 else len(piece)
        rest = piece[cut:]
        yield piece[:cut]
    yield rest


def _extent(stream: Iterator[bytes], meter: Meter, shown: str) -> Extent:
    found = Extent()
    sheet = False
    for piece in _whole_tags(stream, meter, shown):
        sheet = sheet or b"sheetData" in piece
        if not sheet:
            continue
        letters = _LETTERS.findall(piece)
        found.columns.update(letters)
        if _ODD.search(piece) or any(int(row[:9]) > MOST_ROWS for row in _LONG.findall(piece)):
            raise _too_large(shown, "A cell in it stands outside of what a sheet can hold.")
        cells = len(_CELLS.findall(piece))
        if cells > len(letters):
            # Cells may leave their address out: they then stand one after the other in their row.
            found.nameless = max(
                [found.nameless, *(len(_NAMELESS.findall(row)) for row in piece.split(_ROWS))]
            )
        found.rows += piece.count(_ROWS)
        found.shared += piece.count(b't="s"') + piece.count(b"t='s'")
    return found


def _cells(extent: Extent, again: partial[Iterator[bytes]], limit: int) -> int:
    """Cells between the first and the last one used, at most; exact only where it matters."""
    width = max((column_number(letters) + 1 for letters in extent.columns), default=0) + extent.nameless
    if width > MOST_COLUMNS:
        return width * MOST_ROWS
    if width * MOST_ROWS <= limit:
        return width * MOST_ROWS
    deepest = extent.rows
    for piece in again():
        deepest = max(deepest, max(map(int, _ROW.findall(piece)), default=0))
    return width * deepest


def _string_lengths(stream: Iterator[bytes], meter: Meter, shown: str) -> np.ndarray:
    """Bytes of every shared text: int64 (N,); a text may take the place of millions of cells."""
    lengths: list[int] = []
    rest = b""
    for chunk in stream:
        meter.add(len(chunk))
        *whole, rest = (rest + chunk).split(b"</si>")
        lengths.extend(map(len, whole))
    return np.array([*lengths, len(rest)], dtype=np.int64)


def _text_bytes(pieces: Iterator[bytes], lengths: np.ndarray, count: int, longest: int) -> int:
    """Bytes of all texts of a sheet's cells when each has a copy of its own."""
    total = seen = 0
    for piece in pieces:
        places = np.array(_SHARED.findall(piece), dtype=np.int64)
        seen += len(places)
        total += int(lengths[places[places < len(lengths)]].sum())
    return total + (count - seen) * longest


def column_number(letters: bytes) -> int:
    """Position of a column, 0 for A.

    >>> column_number(b"A"), column_number(b"AA")
    (0, 26)
    """
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def look_at(path: Path, sheet: str) -> Look:
    """How the first cells of a sheet look; nothing is known of them where the workbook is an unusual one."""
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part_of(archive, sheet)
            if part is None:
                return Look()
            percent_styles = _percent_styles(archive)
            with archive.open(part) as file:
                text = file.read(LOOKED_AT)
                errors = text.count(_ERROR) + sum(
                    chunk.count(_ERROR) for chunk in iter(partial(file.read, LOOKED_AT), b"")
                )
    except (KeyError, ElementTree.ParseError, UnicodeDecodeError, ValueError):
        return Look()
    percent: dict[int, list[bool]] = {}
    hollow: set[int] = set()
    for letters, attributes, content in _CELL.findall(text):
        place = column_number(letters)
        if b"<f" in content and (b"<v>" not in content or b"<v></v>" in content):
            hollow.add(place)
        if b't="' not in attributes and b"<v>" in content:
            style = _STYLE.search(attributes)
            percent.setdefault(place, []).append(style is not None and int(style[1]) in percent_styles)
    mostly = frozenset(place for place, cells in percent.items() if sum(cells) > 0.5 * len(cells))
    return Look(mostly, frozenset(hollow), errors)


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The part of the workbook that holds the sheet of that name."""
    relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    targets = {
        entry.get("Id"): entry.get("Target", "")
        for entry in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    for entry in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter(f"{_MAIN}sheet"):
        if entry.get("name") == sheet:
            target = targets.get(entry.get(relation), "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return None


def _percent_styles(archive: zipfile.ZipFile) -> set[int]:
    """Styles whose numbers are shown as per cent."""
    root = ElementTree.fromstring(archive.read("xl/styles.xml"))
    formats = set(_PERCENT_FORMATS)
    for entry in root.iter(f"{_MAIN}numFmt"):
        code = re.sub(r'"[^"]*"|\\.', "", entry.get("formatCode", ""))
        if "%" in code:
            formats.add(int(entry.get("numFmtId", "-1")))
    styles = root.find(f"{_MAIN}cellXfs")
    cells = list(styles) if styles is not None else []
    return {place for place, entry in enumerate(cells) if int(entry.get("numFmtId", "0")) in formats}
