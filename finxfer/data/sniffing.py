"""What a file is by its content: kind, encoding, delimiter. Its name is never trusted."""

from __future__ import annotations

import codecs
import csv
import re
from collections import Counter
from dataclasses import dataclass

from finxfer.data.encodings import checked, guess, named
from finxfer.errors import BadInput

HEAD_BYTES = 262_144
HEAD_LINES = 200
DELIMITERS = (",", ";", "\t", "|")
DELIMITER_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"PAR1", "parquet"),
    (b"PK\x03\x04", "a ZIP archive or Excel workbook"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"SQLite format 3", "an SQLite database"),
    (b"ARROW1", "a Feather or Arrow file"),
    (b"ORC", "an ORC file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"$FL2", "an SPSS file"),
    (b"{\\rtf", "an RTF document"),
    (b"<stata_dta>", "a Stata file"),
    (b"\x80\x04\x95", "a Python pickle"),
    (b"\x80\x05\x95", "a Python pickle"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True)
class Layout:
    """How the lines of a text file are cut into cells.

    Args:
        delimiter: one of :data:`DELIMITERS`.
        width: cells in most lines.
        header: the cells of the header.
        skip: lines before the header.
    """

    delimiter: str
    width: int
    header: tuple[str, ...]
    skip: int = 0


def file_kind(head: bytes) -> str:
    """``parquet``, ``text``, or words for another kind of file.

    Args:
        head: the first bytes of the file, up to :data:`HEAD_BYTES`.
    """
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if any(head.startswith(bom) for bom, _ in _BOMS):
        return "text"
    start = head.lstrip()[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "a web page (HTML)"
    if start.startswith((b"<?xml", b"<svg")):
        return "an XML file"
    if start.startswith((b"{", b"[{", b"[[", b"[\n")):
        return "a JSON file"
    if _wide_without_bom(head) is None:
        strange = sum(
            head.count(bytes([code])) for code in range(32) if code not in (9, 10, 11, 12, 13, 26, 27)
        )
        if b"\0" in head or strange > 0.002 * len(head):
            return "a binary file"
    return "text"


def decode(content: bytes, encoding: str | None = None) -> tuple[str, str]:
    """The text of a file and the name of its encoding.

    Tried in this order: a byte order mark, UTF-16 and UTF-32 without one, UTF-8, what
    :func:`finxfer.data.encodings.guess` finds, Latin-1; the last accepts every byte.

    Args:
        content: the bytes of the file.
        encoding: what the analyst says; None decides by the content.

    Raises:
        BadInput: the bytes are not in the encoding that the byte order mark or the analyst promises.
    """
    if encoding is not None:
        return _promised(content, checked(encoding), "")
    for bom, name in _BOMS:
        if content.startswith(bom):
            text, _ = _promised(content[len(bom) :], name, "It says it is ")
            return text, name[:6].removesuffix("-")
    wide = _wide_without_bom(content[:HEAD_BYTES])
    guesses = [(wide, wide[:6].removesuffix("-"))] if wide is not None else []
    for codec, shown in [*guesses, ("utf-8", "utf-8")]:
        try:
            return content.decode(codec), shown
        except UnicodeDecodeError:
            continue
    found = guess(content)
    # Western text without the extras of Windows is Latin-1, and that is its better known name.
    if found is not None and (found != "cp1252" or any(code in content for code in range(0x80, 0xA0))):
        try:
            return content.decode(found), named(found)
        except UnicodeDecodeError:
            found = None  # a few bytes of another encoding: what follows reads them all
    return content.decode("latin-1"), "latin-1"


def _promised(content: bytes, encoding: str, says: str) -> tuple[str, str]:
    try:
        return content.decode(encoding).removeprefix("\ufeff"), encoding
    except UnicodeError as error:
        place = getattr(error, "start", 0)
        raise BadInput(
            "The text of the file cannot be read.",
            f"{says}{encoding.upper()}, but byte {place:,} is not."
            if says
            else f"It is not {encoding}: byte {place:,} does not belong to it.",
            "Save it again as CSV in UTF-8."
            if says
            else "Choose another encoding, or leave the choice to finxfer.",
        ) from None


def _wide_without_bom(head: bytes) -> str | None:
    """UTF-32 text has two zeros or three in every four bytes, UTF-16 in Latin script one in two."""
    four = len(head) // 4 * 4
    if four and b"\0" in head:
        zeros = [head[place:four:4].count(0) * 4 / four for place in range(4)]
        if min(zeros[2:]) > 0.99 and zeros[0] < 0.02:
            return "utf-32-le"
        if min(zeros[:2]) > 0.99 and zeros[3] < 0.02:
            return "utf-32-be"
    return _utf16_without_bom(head)


def _utf16_without_bom(head: bytes) -> str | None:
    """UTF-16 text in Latin script has a zero in every other byte."""
    even = len(head) // 2
    if even == 0 or b"\0" not in head:
        return None
    high_first = head[0 : 2 * even : 2].count(0) / even
    high_last = head[1 : 2 * even : 2].count(0) / even
    if high_last > 0.3 and high_first < 0.02:
        return "utf-16-le"
    if high_first > 0.3 and high_last < 0.02:
        return "utf-16-be"
    return None


def find_layout(text: str) -> Layout:
    """Delimiter, width and header of a text table.

    Raises:
        BadInput: there is no line, or the lines have no common shape.
    """
    lines = [line for line in text[:HEAD_BYTES].splitlines() if line.strip()]
    if len(text) > HEAD_BYTES and len(lines) > 1:
        lines.pop()
    if not lines:
        raise BadInput("The file is empty.", "It holds no text.", "Export the table again.")
    if re.fullmatch(r"sep=.", lines[0].strip()) and len(lines) > 1:
        return _layout(lines[1:], lines[0].strip()[4], skip=1)
    best = max((_layout(lines, delimiter) for delimiter in DELIMITERS), key=lambda found: _fit(lines, found))
    return best if _fit(lines, best) > (0.0, 0) else Layout(",", 1, tuple(_cells(lines[:1], ",")[0]))


def _cells(lines: list[str], delimiter: str) -> list[list[str]]:
    try:
        # The line ends were cut off; a cell that holds one needs it back.
        return list(csv.reader((line + "\n" for line in lines), delimiter=delimiter))
    except csv.Error:
        return [[""]]


def _layout(lines: list[str], delimiter: str, skip: int = 0) -> Layout:
    rows = _cells(lines[:HEAD_LINES], delimiter)
    body = [len(row) for row in rows[1:]] or [len(rows[0])]
    width = Counter(body).most_common(1)[0][0]
    return Layout(delimiter, width, tuple(rows[0]), skip)


def _fit(lines: list[str], layout: Layout) -> tuple[float, int]:
    """How well a layout suits the lines: share of lines of the usual width, then the width."""
    if layout.width < 2:
        return (0.0, 0)
    rows = _cells(lines[:HEAD_LINES], layout.delimiter)
    share = sum(len(row) == layout.width for row in rows) / len(rows)
    # A header of another width speaks against a delimiter that only sits inside the cells.
    near = len(layout.header) in (layout.width, layout.width - 1) and len(layout.header) > 1
    return (round(share if near else share / 2, 1), layout.width)
