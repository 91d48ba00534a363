"""Dates that are all written in one shape with all their digits, such as 2020-03-18 or 18.03.2020 09:30."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from finxfer.data.dates import Dates, compose, moments, year_last_dates

_CLOCK = r"(?:[T ,](?P<hour>00):(?P<minute>00)(?::(?P<second>00))?)?"
_YEAR_FIRST = re.compile(r"(?P<year>0000)[-/.](?P<month>00)[-/.](?P<day>00)" + _CLOCK)
_YEAR_LAST = re.compile(r"(?P<first>00)(?P<mark>[-/.])(?P<other>00)(?P=mark)(?P<year>0000)" + _CLOCK)
_ISO_LENGTHS = (10, 16, 19)
_FIRST_DAY = np.datetime64("0001-01-01")
_SHAPE = str.maketrans("123456789", "0" * 9)


def fixed_dates(texts: pa.Array, day_first: bool = True) -> Dates | None:
    """What :func:`finxfer.data.dates.parse_dates` gives, at once; None where the texts differ in shape or
    one of them is no day of the calendar.

    Args:
        texts: trimmed strings without nulls.
        day_first: which order 03/04/2020 has where no text tells.
    """
    if not len(texts):
        return None
    first = texts[0].as_py()
    shape = first.translate(_SHAPE)
    found = _YEAR_FIRST.fullmatch(shape) or _YEAR_LAST.fullmatch(shape)
    if (
        found is None
        or not first.isascii()
        or not pc.all(pc.equal(pc.binary_length(texts), len(first))).as_py()
    ):
        return None
    letters = _letters(texts, len(first))
    iso = _iso(texts, first, letters)
    if iso is not None:
        return iso
    is_digit = np.array([letter == "0" for letter in shape])
    wanted = np.frombuffer(first.encode(), np.uint8)
    if (letters[:, ~is_digit] != wanted[~is_digit]).any():
        return None
    digits = letters - np.uint8(48)
    if (digits[:, is_digit] > 9).any():
        return None

    def numbers(part: str) -> np.ndarray:
        if part not in found.re.groupindex or found[part] is None:
            return np.zeros(len(texts), np.int64)
        value = np.zeros(len(texts), np.int64)
        for place in range(*found.span(part)):
            value = value * 10 + digits[:, place]
        return value

    seconds = numbers("hour") * 3600 + numbers("minute") * 60 + numbers("second")
    if found.re is _YEAR_LAST:
        dates = year_last_dates(numbers("first"), numbers("other"), numbers("year"), seconds, day_first)
    else:
        dates = Dates(moments(compose(numbers("year"), numbers("month"), numbers("day")), seconds))
    return None if np.isnat(dates.values).any() else dates


def _iso(texts: pa.Array, first: str, letters: np.ndarray) -> Dates | None:
    """Dates such as 2020-03-18 and 2020-03-18 09:30:00 at the speed of arrow, which checks the calendar; None
    where one of them is none."""
    if len(first) not in _ISO_LENGTHS or (first[4], first[7]) != ("-", "-"):
        return None
    if len(first) > 10 and (first[10] not in " T" or (letters[:, 10] != ord(first[10])).any()):
        return None
    try:
        values = pc.cast(texts, pa.timestamp("us")).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    return Dates(values) if values.min() >= _FIRST_DAY else None


def _letters(texts: pa.Array, length: int) -> np.ndarray:
    """The bytes of texts of one length, uint8 (N, length)."""
    _, ends, content = texts.buffers()
    start = int(np.frombuffer(ends, np.int32)[texts.offset])
    flat = np.frombuffer(content, np.uint8)[start : start + len(texts) * length]
    return flat.reshape(len(texts), length)
