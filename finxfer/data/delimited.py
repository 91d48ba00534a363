"""Text tables: CSV and its relatives, read as texts at the speed of arrow."""

from __future__ import annotations

import codecs
import mmap
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv

from finxfer.data.column import Habits
from finxfer.data.names import clean_names
from finxfer.data.numbers import decimal_votes
from finxfer.data.sniffing import DELIMITER_NAMES, HEAD_BYTES, Layout, decode, find_layout
from finxfer.data.source import Source
from finxfer.errors import BadInput

BLOCK_BYTES, QUICK_BLOCK_BYTES = 1 << 24, 1 << 22
FOOTER_LINES = 3
HABIT_ROWS = 300
Handler = Callable[[pacsv.InvalidRow], str]
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")


@dataclass(frozen=True)
class _Text:
    """A text table in UTF-8 from `start` on, and what its first characters are."""

    content: bytes | mmap.mmap
    start: int
    head: str
    encoding: str

    def reader(self) -> pa.BufferReader:
        """The bytes, where they lie."""
        return pa.BufferReader(pa.py_buffer(memoryview(self.content)[self.start :]))

    def whole(self) -> bytes:
        """A copy whose last line has an end."""
        text = self.content[self.start :]
        return text if text.endswith((b"\n", b"\r")) else text + b"\n"

    def quotes(self) -> int:
        """How many quotation marks there are."""
        if self.content.find(b'"') < 0:
            return 0
        parts = range(0, len(self.content), QUICK_BLOCK_BYTES)
        return sum(self.content[part : part + QUICK_BLOCK_BYTES].count(b'"') for part in parts)


@dataclass
class _Ragged:
    """Lines whose number of cells is not the header's: (line, cells, text)."""

    lines: list[tuple[int, int, str]]


def read_delimited_file(path: Path, encoding: str | None = None) -> Source:
    """Read a text table from a file, which is mapped into memory rather than read.

    Args:
        path: the file.
        encoding: what the analyst says; None decides by the content.

    Raises:
        BadInput: see :func:`read_delimited`.
    """
    if path.stat().st_size == 0:
        return read_delimited(b"", encoding)
    with path.open("rb") as file:
        return read_delimited(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ), encoding)


def read_delimited(content: bytes | mmap.mmap, encoding: str | None = None) -> Source:
    """Read a text table; cells come out as texts to be trimmed later, empty ones as null.

    Raises:
        BadInput: empty, only a header or none, lines of different widths, names twice the same.
    """
    if encoding is not None:
        return _read(_decoded(content, encoding))
    text = _utf8_text(content)
    try:
        return _read(text or _decoded(content))
    except UnicodeError:
        return _read(_decoded(content))


def _utf8_text(content: bytes | mmap.mmap) -> _Text | None:
    """The content as it is, where its head is UTF-8 without zero bytes; the whole is checked in parsing."""
    start = len(codecs.BOM_UTF8) if content[:3] == codecs.BOM_UTF8 else 0
    end = start + 4 * HEAD_BYTES
    if content.find(b"\0") >= 0 or content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return None
    try:
        head = codecs.getincrementaldecoder("utf-8")().decode(content[start:end], end >= len(content))
    except UnicodeDecodeError:
        return None
    return _Text(content, start, head, "utf-8")


def _decoded(content: bytes | mmap.mmap, said: str | None = None) -> _Text:
    text, encoding = decode(content[:], said)
    return _Text(text.encode("utf-8", errors="replace"), 0, text[: HEAD_BYTES + 1], encoding)


def _read(text: _Text) -> Source:
    layout = find_layout(text.head)
    names, repairs = _names(layout)
    if text.content.find(b"\0") >= 0:
        raise BadInput(
            "The file is not a text table.",
            "It holds zero bytes, which no CSV file has.",
            "Export the table again as CSV (UTF-8) or Parquet.",
        )
    quotes_open = text.quotes() % 2 == 1
    table, ragged = _parse(text, names, layout, quotes=not quotes_open)
    if quotes_open and not ragged.lines:
        repairs.append(
            "A quotation mark is never closed, so quotation marks were taken as ordinary characters."
        )
    if ragged.lines:
        repairs.extend(_footer(ragged, table.num_rows, layout, quotes_open))
    if table.num_rows == 0:
        raise BadInput(
            "The table has no rows.",
            f"The file holds a header of {len(names):,} columns and nothing below it.",
            "Export the table again, with its rows.",
        )
    if not text.encoding.startswith("utf-"):
        repairs.append(f"The text is not UTF-8; it was read as {text.encoding}.")
    columns = list(table.columns)
    habits = _habits(columns, layout.delimiter)
    shown = DELIMITER_NAMES.get(layout.delimiter, layout.delimiter)
    return Source("csv", names, columns, repairs, habits, text.encoding, shown)


def _names(layout: Layout) -> tuple[list[str], list[str]]:
    header: Sequence[str] = layout.header
    if len(header) == layout.width - 1:
        # Row names, as R writes them: the first column has no name in the header.
        header = ("", *header)
    names, repairs = clean_names(header)
    if len(header) != layout.width:
        raise BadInput(
            "The lines of the table have different numbers of cells.",
            f"The first line has {len(header):,}, most others have {layout.width:,}.",
            "Remove titles above the header, and export the table again.",
        )
    if all(_NUMBER.fullmatch(name) for name in names) and not _counting(names):
        raise BadInput(
            "The table has no column names.",
            f"Its first line holds values: {', '.join(names[:5])}.",
            "Add a first line with a name for every column.",
        )
    return names, repairs


def _counting(names: Sequence[str]) -> bool:
    """Whether the names are 0, 1, 2 ... or 1, 2, 3 ..., as some tools number columns."""
    return list(names) in ([str(i) for i in range(len(names))], [str(i + 1) for i in range(len(names))])


def _parse(text: _Text, names: Sequence[str], layout: Layout, quotes: bool) -> tuple[pa.Table, _Ragged]:
    """The table, and the lines of another width, which are not in it.

    Raises:
        UnicodeError: the text is not UTF-8 after all.
    """
    places = [str(index) for index in range(len(names))]
    convert = pacsv.ConvertOptions(
        column_types=dict.fromkeys(places, pa.string()), strings_can_be_null=True, null_values=[""]
    )

    def read(source: pa.BufferReader, threads: bool, block: int, handler: Handler | None) -> pa.Table:
        return pacsv.read_csv(
            source,
            read_options=pacsv.ReadOptions(
                column_names=places,
                skip_rows=layout.skip,
                skip_rows_after_names=1,
                use_threads=threads,
                block_size=block,
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=layout.delimiter,
                quote_char='"' if quotes else False,
                newlines_in_values=quotes,
                invalid_row_handler=handler,
            ),
            convert_options=convert,
        )

    ragged = _Ragged([])

    def keep(row: pacsv.InvalidRow) -> str:
        if len(ragged.lines) < 1000:
            ragged.lines.append((int(row.number or 0), row.actual_columns, str(row.text)))
        return "skip"

    try:
        return read(text.reader(), True, QUICK_BLOCK_BYTES, None), ragged
    except pa.ArrowInvalid as error:
        if "UTF8" in str(error):
            raise UnicodeError(str(error)) from None
    # Only where something is odd: lines are numbered by one thread alone.
    try:
        return read(pa.BufferReader(text.whole()), False, BLOCK_BYTES, keep), ragged
    except pa.ArrowInvalid as error:
        if "UTF8" in str(error):
            raise UnicodeError(str(error)) from None
        if "Empty CSV" in str(error):
            return pa.table({place: pa.array([], pa.string()) for place in places}), ragged
        raise BadInput(
            "The file cannot be read as a text table.",
            f"{str(error)[:200]}",
            "Export the table again as CSV (UTF-8) or Parquet.",
        ) from None


def _footer(ragged: _Ragged, rows: int, layout: Layout, quotes_open: bool) -> list[str]:
    """Leave out a short footer; other lines of a wrong width are refused, so that no row is lost."""
    last = rows + len(ragged.lines) + 1
    below = [number > last - FOOTER_LINES for number, _, _ in ragged.lines]
    single = [
        sum(bool(cell.strip(' "')) for cell in text.split(layout.delimiter)) <= 2
        for _, _, text in ragged.lines
    ]
    shorter = [cells < layout.width for _, cells, _ in ragged.lines]
    if rows and not quotes_open and all(below) and all(single) and all(shorter):
        shown = ragged.lines[0][2].strip()[:60]
        return [f"Lines left out below the table: {len(ragged.lines):,}, such as {shown!r}."]
    number, cells, _ = ragged.lines[0]
    delimiter = DELIMITER_NAMES.get(layout.delimiter, "delimiter")
    more = f", and so have {len(ragged.lines) - 1:,} other lines" if len(ragged.lines) > 1 else ""
    cause = " A quotation mark is opened and never closed." if quotes_open else ""
    raise BadInput(
        "The lines of the table have different numbers of cells.",
        f"The header has {layout.width:,} columns, but line {number:,} has {cells:,} cells{more}.{cause}",
        f"Correct these lines; a cell that holds a {delimiter} must stand in quotation marks.",
    )


def _habits(columns: Sequence[pa.ChunkedArray], delimiter: str) -> Habits:
    """Decimal sign and date order where a single column does not tell."""
    dots = commas = 0
    for column in columns:
        column_dots, column_commas, _ = decimal_votes(
            text.strip() for text in column.slice(0, HABIT_ROWS).unique().drop_null().to_pylist()
        )
        dots += column_dots > column_commas
        commas += column_commas > column_dots
    european = commas > dots or (commas == dots == 0 and delimiter == ";")
    return Habits("," if european else ".", day_first=True)
