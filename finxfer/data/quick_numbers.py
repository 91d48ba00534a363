"""Columns of numbers, read whole at the speed of arrow where no cell needs a closer look.

Everything here gives the same column as the careful reading of :mod:`finxfer.data.cells`, or None.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from finxfer.data.column import EXACT, Column, Habits, cells_missing, finish_numbers, is_date_name
from finxfer.data.numbers import MISSING_NUMBERS

HEAD = 2000
_ZERO, _NINE, _DOT = ord("0"), ord("9"), ord(".")
_SIGNS = (ord("+"), ord("-"))
_HEX = (ord("x"), ord("X"))
_MISSING = pa.array(sorted(MISSING_NUMBERS))


def quick_numbers(texts: pa.ChunkedArray, name: str, habits: Habits) -> Column | None:
    """Plain numbers with empty cells or words for missing among them.

    Args:
        texts: strings; nulls and empty texts are missing.

    Returns:
        None where a cell has blanks around it, signs of currency, separators, infinities, zeros in front,
        or more digits than a float keeps: the careful reading decides then.
    """
    if len(texts) == texts.null_count:
        return None
    known, repairs = texts, []
    numbers = cast(known, pa.int64(), pa.float64())
    if numbers is None:
        if not _like_numbers(texts):
            return None
        odd = odd_cells(texts)
        words = texts.filter(pa.array(odd))
        written = words.filter(pc.greater(pc.binary_length(words), 0))
        if not pc.all(
            pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(written)), _MISSING), min_count=0
        ).as_py():
            return None
        known = pc.if_else(pa.array(odd), None, texts)
        if len(written):
            repairs.append(cells_missing(name, len(written), written[0].as_py(), "holds no number"))
        if known.null_count == len(known):
            return None
        numbers = cast(known, pa.int64(), pa.float64())
    if numbers is None:
        return None if repairs else _commas(known, name)
    dots = habits.decimal == "," and pa.types.is_floating(numbers.type)
    if dots and pc.any(pc.match_substring(known, ".")).as_py():
        return None
    if _zeros_in_front(known) or not _plain(numbers):
        return None
    return _column(numbers, name, repairs)


def _column(numbers: pa.ChunkedArray, name: str, repairs: list[str], decimal: str = "") -> Column:
    if is_date_name(name) or (numbers.null_count and pa.types.is_integer(numbers.type)):
        return finish_numbers(numbers.to_numpy(), name, repairs, decimal)
    return Column(numbers, tuple(repairs), decimal)


def cast(texts: pa.ChunkedArray, *kinds: pa.DataType) -> pa.ChunkedArray | None:
    """The texts as the first of these types that all of them spell, or None."""
    for kind in kinds:
        try:
            # Arrow reads to the end before it says that the first text is no number.
            pc.cast(texts.slice(0, HEAD), kind)
            return pc.cast(texts, kind)
        except pa.ArrowInvalid:
            continue
    return None


def _plain(numbers: pa.ChunkedArray) -> bool:
    """Whether no number is infinite or NaN, and none may have lost digits."""
    if pa.types.is_integer(numbers.type):
        if not numbers.null_count:
            return True
        # With missing cells whole numbers become floats.
        ends = pc.min_max(numbers).as_py()
        return bool(ends["min"] > -EXACT and ends["max"] < EXACT)
    for chunk in numbers.chunks:
        values = chunk.to_numpy(zero_copy_only=False)
        # A null is NaN here; NaN compares as False.
        if np.count_nonzero(np.abs(values) < EXACT) != len(values) - chunk.null_count:
            return False
    return True


def edges(texts: pa.ChunkedArray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Per chunk: its bytes, padded by three, and where each text starts and ends (a null is empty)."""
    for chunk in texts.chunks:
        if not len(chunk):
            continue
        _, ends, content = chunk.buffers()
        places = np.frombuffer(ends, np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
        data = np.frombuffer(content, np.uint8) if content is not None else np.zeros(0, np.uint8)
        if len(data) < places[-1] + 3:
            data = np.concatenate([data, np.zeros(3, np.uint8)])
        yield data, places[:-1], places[1:]


def _digits(letters: np.ndarray) -> np.ndarray:
    return (letters >= _ZERO) & (letters <= _NINE)


def _signs(letters: np.ndarray) -> np.ndarray:
    return (letters == _SIGNS[0]) | (letters == _SIGNS[1])


def _zeros_in_front(texts: pa.ChunkedArray) -> bool:
    """Whether a text is a code such as 00123 or 0x1F: a zero and then a digit or an x."""
    for data, starts, ends in edges(texts):
        first = data[starts]
        for shift, found in ((0, first == _ZERO), (1, _signs(first))):
            rows = np.flatnonzero(found & (ends - starts > shift + 1))
            if shift:
                rows = rows[data[starts[rows] + 1] == _ZERO]
            following = data[starts[rows] + shift + 1]
            if (_digits(following) | (following == _HEX[0]) | (following == _HEX[1])).any():
                return True
    return False


def _like_numbers(texts: pa.ChunkedArray) -> bool:
    """Whether half of the first cells that hold something start with a digit, a sign or a point."""
    head = texts.slice(0, HEAD)
    return int(odd_cells(head).sum()) <= 0.5 * len(head)


def odd_cells(texts: pa.ChunkedArray) -> np.ndarray:
    """Bool (N,): empty, or begins or ends as no plain number does."""
    parts = [np.zeros(0, dtype=bool)]
    for data, starts, ends in edges(texts):
        filled = ends > starts
        lead, last = data[starts], data[np.maximum(ends, 1) - 1]
        signed = np.flatnonzero(_signs(lead) & (ends - starts > 1))
        lead[signed] = data[starts[signed] + 1]
        fine = [_digits(letters) | (letters == _DOT) | (letters == ord(",")) for letters in (lead, last)]
        parts.append(~(filled & fine[0] & fine[1]))
    return np.concatenate(parts)


def _commas(texts: pa.ChunkedArray, name: str) -> Column | None:
    """Numbers with a decimal comma and no other sign than a minus."""
    if pc.any(pc.match_substring(texts, ".")).as_py():
        return None
    dotted = pc.replace_substring(texts, ",", ".", max_replacements=1)
    numbers = cast(dotted, pa.float64())
    if numbers is None or not _plain(numbers) or _zeros_in_front(dotted):
        return None
    # 1,234 may be a thousand: a column that holds nothing clearer is judged with the others of its file.
    clear = pc.match_substring_regex(texts.slice(0, HEAD), r"^[+-]?(\d{4,},\d+|,\d+|\d+,(\d{1,2}|\d{4,}))$")
    if not pc.any(clear).as_py():
        return None
    values = numbers.to_numpy()
    known = values[~np.isnan(values)]
    if len(known) == len(values) and (known == np.floor(known)).all():
        return finish_numbers(values.astype(np.int64), name, [], ",")
    return finish_numbers(values, name, [], ",")
