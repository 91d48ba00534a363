"""Text tables: CSV and its relatives, read as texts at the speed of arrow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.csv as pacsv

from finxfer.data.cells import Habits
from finxfer.data.names import clean_names
from finxfer.data.numbers import decimal_votes
from finxfer.data.sniffing import DELIMITER_NAMES, Layout, decode, find_layout
from finxfer.errors import BadInput

BLOCK_BYTES = 1 << 24
FOOTER_LINES = 3
HABIT_ROWS = 300
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")


@dataclass(frozen=True)
class Source:
    """A file as read, its cells not parsed yet.

    Args:
        format: ``csv`` or ``parquet``.
        names: clean column names.
        columns: one arrow column per name.
        repairs: sentences on what was repaired so far.
        habits: decimal sign and date order of the file.
        encoding, delimiter: of a text file; empty otherwise.
    """

    format: str
    names: list[str]
    columns: list[pa.ChunkedArray]
    repairs: list[str] = field(default_factory=list)
    habits: Habits = field(default_factory=Habits)
    encoding: str = ""
    delimiter: str = ""


@dataclass
class _Ragged:
    """Lines whose number of cells is not the header's: (line, cells, text)."""

    lines: list[tuple[int, int, str]]


def read_delimited(content: bytes) -> Source:
    """Read a text table; cells come out as trimmed-later strings.

    Raises:
        BadInput: empty, only a header or none, lines of different widths, names twice the same.
    """
    text, encoding = decode(content)
    layout = find_layout(text)
    names, repairs = _names(layout)
    plain = (
        content if encoding == "utf-8" and not content.startswith(b"\xef\xbb\xbf") else text.encode("utf-8")
    )
    if plain.count(b"\0"):
        raise BadInput(
            "The file is not a text table.",
            "It holds zero bytes, which no CSV file has.",
            "Export the table again as CSV (UTF-8) or Parquet.",
        )
    if not plain.endswith((b"\n", b"\r")):
        plain += b"\n"
    lines = text.count("\n") + text.count("\r")
    del text
    quotes_open = plain.count(b'"') % 2 == 1
    table, ragged = _parse(plain, names, layout, quotes=not quotes_open)
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
    if lines > 1 and encoding not in ("utf-8", "utf-16"):
        repairs.append(f"The text is not UTF-8; it was read as {encoding}.")
    columns = list(table.columns)
    habits = _habits(columns, layout.delimiter)
    return Source(
        "csv",
        names,
        columns,
        repairs,
        habits,
        encoding,
        DELIMITER_NAMES.get(layout.delimiter, layout.delimiter),
    )


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


def _parse(content: bytes, names: Sequence[str], layout: Layout, quotes: bool) -> tuple[pa.Table, _Ragged]:
    ragged = _Ragged([])

    def keep(row: pacsv.InvalidRow) -> str:
        if len(ragged.lines) < 1000:
            ragged.lines.append((int(row.number or 0), row.actual_columns, str(row.text)))
        return "skip"

    places = [str(index) for index in range(len(names))]
    try:
        table = pacsv.read_csv(
            pa.BufferReader(content),
            read_options=pacsv.ReadOptions(
                column_names=places,
                skip_rows=layout.skip,
                skip_rows_after_names=1,
                use_threads=False,
                block_size=BLOCK_BYTES,
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=layout.delimiter,
                quote_char='"' if quotes else False,
                newlines_in_values=quotes,
                invalid_row_handler=keep,
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(places, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        if "Empty CSV" in str(error):
            return pa.table({place: pa.array([], pa.string()) for place in places}), ragged
        raise BadInput(
            "The file cannot be read as a text table.",
            f"{str(error)[:200]}",
            "Export the table again as CSV (UTF-8) or Parquet.",
        ) from None
    return table, ragged


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
        return [f"{len(ragged.lines)} line(s) below the table, such as {shown!r}, were left out."]
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
            text.strip() for text in column.slice(0, HABIT_ROWS).unique().to_pylist()[:HABIT_ROWS]
        )
        dots += column_dots > column_commas
        commas += column_commas > column_dots
    european = commas > dots or (commas == dots == 0 and delimiter == ";")
    return Habits("," if european else ".", day_first=True)
