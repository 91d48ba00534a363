"""Columns of texts that differ from row to row, kept as they are without a look at each different one.

It gives the same column as the careful reading of :mod:`finxfer.data.cells`, or None.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from finxfer.data.column import Column, Habits
from finxfer.data.dates import may_be_dates, parse_dates
from finxfer.data.numbers import MISSING_NUMBERS, MISSING_WORDS, column_decimal, strip_number, to_number
from finxfer.data.quick_numbers import edges

SAMPLE = 1000
LEAST_ROWS = 20_000
"""In fewer rows there is nothing to gain."""
DIFFERENT = 0.5
"""Share of a sample's texts that must differ: fewer are read quickly by their distinct ones."""
LONGEST_WORD = 16
"""Bytes, more than any word for missing has."""
_NOTHING = pa.array(sorted(MISSING_WORDS | MISSING_NUMBERS))
_FIRST, _LAST = ord("!"), ord("~")


def quick_texts(texts: pa.ChunkedArray, habits: Habits, least_rows: int = LEAST_ROWS) -> Column | None:
    """Codes and other texts that are neither numbers nor dates.

    Args:
        texts: strings; nulls are missing.
        habits: of the file.
        least_rows: shorter columns are left to the careful reading.

    Returns:
        None where a cell has blanks around it, begins or ends with a letter beyond ASCII, is empty or a word
        for missing, and where the texts repeat themselves or may be numbers or dates.
    """
    if len(texts) < least_rows or not _spelled(texts, habits):
        return None
    empty = 0
    for data, starts, ends in edges(texts):
        filled = ends > starts
        empty += len(filled) - int(np.count_nonzero(filled))
        for letters in (data[starts], data[np.maximum(ends, 1) - 1]):
            if (filled & ((letters < _FIRST) | (letters > _LAST))).any():
                return None
    if empty != texts.null_count:
        return None
    short = texts.filter(pc.less_equal(pc.binary_length(texts), LONGEST_WORD))
    if len(short) and pc.any(pc.is_in(pc.utf8_lower(short), _NOTHING)).as_py():
        return None
    return Column(texts)


def _spelled(texts: pa.ChunkedArray, habits: Habits) -> bool:
    """Whether a sample from all over the column is of texts that differ, and no numbers or dates."""
    places = np.arange(0, len(texts), max(1, len(texts) // SAMPLE))
    sample = texts.take(pa.array(places)).drop_null().combine_chunks()
    words = pc.unique(sample)
    if not len(sample) or len(words) < DIFFERENT * len(sample):
        return False
    found: list[str] = words.to_pylist()
    decimal = column_decimal(found, habits.decimal)
    if any(to_number(strip_number(text).plain, decimal) is not None for text in found):
        return False
    return not may_be_dates(words) or parse_dates(found, habits.day_first) is None
