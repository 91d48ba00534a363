"""One column of texts becomes numbers, dates, true/false or stays text; every change is said."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from finxfer.data.dates import compact_dates, parse_dates
from finxfer.data.lexicon import name_tokens
from finxfer.data.numbers import (
    MISSING_NUMBERS,
    MISSING_WORDS,
    column_decimal,
    is_infinite,
    keeps_zeros,
    strip_number,
    to_number,
)

STRAY_SHARE = 0.01
"""Most cells of a column of numbers or dates that may be something else."""
ENOUGH_NUMBERS = 20
"""Distinct numbers a column needs before stray texts in it are given up."""
EXACT = 2**53
PROBE = 200
_DATE_WORDS = {"date", "dt", "datum", "fecha", "data", "datetime", "dob", "birthdate"}
_TRUTHS = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True)
class Habits:
    """How a file writes what a column itself does not tell.

    Args:
        decimal: decimal sign, "." or ",".
        day_first: whether 03/04/2020 is in April.
    """

    decimal: str = "."
    day_first: bool = True


@dataclass(frozen=True)
class Column:
    """A parsed column.

    Args:
        values: float64, int64, bool, datetime64[us] or str.
        repairs: sentences on what was changed, for the analyst.
        decimal: ``,`` when decimal commas were read.
    """

    values: pd.Series
    repairs: tuple[str, ...] = ()
    decimal: str = ""


@dataclass(frozen=True)
class _Distinct:
    """The distinct texts of a column, rows per text, and the text's position per row (-1: missing)."""

    texts: list[str]
    counts: np.ndarray
    codes: np.ndarray

    def spread(self, values: np.ndarray, missing: object) -> np.ndarray:
        """One value per distinct text to one per row."""
        return np.append(values, np.array([missing], dtype=values.dtype))[self.codes]


def parse_column(texts: pa.ChunkedArray, name: str, habits: Habits) -> Column:
    """Parse a column of strings (nulls allowed); ``name`` serves the sentences and compact dates."""
    trimmed = pc.utf8_trim_whitespace(texts)
    lowered = pc.utf8_lower(trimmed)
    quick = _plain_numbers(texts, trimmed, lowered, name, habits)
    if quick is not None:
        return quick
    kept = pc.if_else(pc.is_in(lowered, pa.array(sorted(MISSING_WORDS))), None, trimmed)
    distinct = _distinct(kept)
    if not distinct.texts:
        return Column(pd.Series(np.full(len(texts), np.nan)))
    found = _truths(distinct) or _decorated_numbers(distinct, name, habits) or _dates(distinct, name, habits)
    return found or Column(as_text(kept))


def as_text(texts: pa.ChunkedArray) -> pd.Series:
    """A column of strings as pandas' str dtype."""
    return pd.Series(texts.to_pandas()).astype("str")


def _distinct(texts: pa.ChunkedArray) -> _Distinct:
    encoded = texts.dictionary_encode().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0) if encoded.num_chunks else pa.array([], pa.string()).dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    words = encoded.dictionary.to_pylist()
    return _Distinct(words, np.bincount(codes[codes >= 0], minlength=len(words)), codes)


def _plain_numbers(
    texts: pa.ChunkedArray, trimmed: pa.ChunkedArray, lowered: pa.ChunkedArray, name: str, habits: Habits
) -> Column | None:
    """Numbers without any decoration, at the speed of arrow; None when there is something else."""
    missing = pc.is_in(lowered, pa.array(sorted(MISSING_NUMBERS)))
    candidates = pc.if_else(missing, None, trimmed)
    known = len(candidates) - candidates.null_count
    if known == 0:
        return None
    numbers = _cast(candidates, pa.int64())
    if numbers is None:
        numbers = _cast(candidates, pa.float64())
    # Zeros in front make a code, and arrow would read 0x1F as a number.
    if numbers is None or pc.any(pc.match_substring_regex(candidates, r"^[+-]?0[0-9xX]")).as_py():
        return None
    if habits.decimal == "," and pc.any(pc.match_substring(candidates, ".")).as_py():
        return None
    values = numbers.to_numpy()
    # Integers beyond 2**53, when cells are missing, would come out as other numbers.
    if values.dtype.kind == "f" and _loses_digits(candidates, values):
        return Column(as_text(candidates))
    repairs = []
    blanks = pc.and_(missing, pc.greater(pc.utf8_length(texts), 0))
    words = texts.filter(blanks)
    odd = len(words)
    if odd:
        repairs.append(_cells_missing(name, odd, words[0].as_py(), "holds no number"))
    return _finish_numbers(values, name, repairs)


def _cast(texts: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray | None:
    try:
        return pc.cast(texts, kind)
    except pa.ArrowInvalid:
        return None


def _loses_digits(texts: pa.ChunkedArray, values: np.ndarray) -> bool:
    long = np.isfinite(values) & (np.abs(values) >= EXACT)
    if not long.any():
        return False
    return bool(pc.any(pc.match_substring_regex(texts.filter(pa.array(long)), r"^[+-]?[0-9]+$")).as_py())


def _cells_missing(name: str, count: int, example: str, why: str) -> str:
    cells = f"{count:,} cell{'s' if count > 1 else ''}"
    shown = "a blank" if not example.strip() else repr(example[:40])
    return f"{name}: {cells} (such as {shown}) {why}, read as missing."


def _finish_numbers(values: np.ndarray, name: str, repairs: list[str], decimal: str = "") -> Column:
    """Infinities become missing, whole numbers int64, and 20200318 in a date column a date."""
    if values.dtype.kind == "f":
        infinite = np.isinf(values)
        if infinite.any():
            values = np.where(infinite, np.nan, values)
            count = int(infinite.sum())
            repairs.append(f"{name}: {count:,} infinite value{'s' if count > 1 else ''} read as missing.")
    if set(name_tokens(name)) & _DATE_WORDS:
        dates = compact_dates(values.astype(np.float64))
        if dates is not None:
            return Column(pd.Series(dates), tuple(repairs))
    return Column(pd.Series(values), tuple(repairs), decimal)


def _truths(distinct: _Distinct) -> Column | None:
    """True and false; with missing cells the column stays text, since bool has no missing value."""
    lowered = [text.lower() for text in distinct.texts]
    if not set(lowered) & set(_TRUTHS) or not all(
        text in _TRUTHS or text in MISSING_NUMBERS for text in lowered
    ):
        return None
    values = distinct.spread(np.array([_TRUTHS.get(text, np.nan) for text in lowered]), np.nan)
    if np.isnan(values).any():
        words = np.array(["False", "True", None], dtype=object)
        return Column(pd.Series(words[np.where(np.isnan(values), 2, values).astype(int)]).astype("str"))
    return Column(pd.Series(values == 1))


def _decorated_numbers(distinct: _Distinct, name: str, habits: Habits) -> Column | None:
    """Numbers with decimal commas, separators, currency or percent signs, and a few stray texts."""
    probe = distinct.texts[:: max(1, len(distinct.texts) // PROBE)]
    decimal = column_decimal(probe, habits.decimal)
    readable = [to_number(strip_number(text).plain, decimal) is not None for text in probe]
    if sum(readable) < 0.5 * len(probe):
        return None
    written = [strip_number(text) for text in distinct.texts]
    decimal = column_decimal(distinct.texts, habits.decimal)
    values = np.full(len(written), np.nan)
    strays, signs, plain_numbers = [], set(), 0
    for index, (text, number) in enumerate(zip(distinct.texts, written, strict=True)):
        if text.lower() in MISSING_NUMBERS:
            continue
        value = to_number(number.plain, decimal)
        if is_infinite(text):
            value = np.inf
        if value is None:
            strays.append(index)
        elif keeps_zeros(number.plain):
            return None
        else:
            values[index] = value
            signs.add(number.sign)
            plain_numbers += not number.sign
    found = int((~np.isnan(values)).sum())
    stray_rows = int(distinct.counts[strays].sum())
    too_many = stray_rows > STRAY_SHARE * distinct.counts.sum() or found < ENOUGH_NUMBERS
    if found == 0 or (strays and too_many) or len(signs - {""}) > 1:
        return None
    repairs = _number_repairs(name, decimal, signs - {""}, plain_numbers, distinct.texts)
    if repairs is None:
        return None
    if strays:
        repairs.append(_cells_missing(name, stray_rows, distinct.texts[strays[0]], "no number"))
    odd = [i for i, text in enumerate(distinct.texts) if text.lower() in MISSING_NUMBERS]
    if odd:
        rows = int(distinct.counts[odd].sum())
        repairs.append(_cells_missing(name, rows, distinct.texts[odd[0]], "no number"))
    spread = distinct.spread(values, np.nan)
    if not np.isnan(spread).any() and (spread == np.floor(spread)).all() and (np.abs(spread) < EXACT).all():
        spread = spread.astype(np.int64)
    return _finish_numbers(spread, name, repairs, decimal if decimal == "," else "")


def _number_repairs(
    name: str, decimal: str, signs: set[str], plain: int, texts: list[str]
) -> list[str] | None:
    """What was taken off the numbers; None when some are per cent and others are not."""
    repairs = []
    for sign in signs:
        if sign == "%":
            if plain:
                return None
            repairs.append(f"{name}: percent signs taken off; 12% is the number 12.")
        else:
            repairs.append(f"{name}: the currency sign {sign} taken off.")
    grouping = "." if decimal == "," else ","
    if any(grouping in text for text in texts):
        repairs.append(f"{name}: {grouping!r} between thousands taken off.")
    return repairs


def _dates(distinct: _Distinct, name: str, habits: Habits) -> Column | None:
    real = [index for index, text in enumerate(distinct.texts) if text.lower() not in MISSING_NUMBERS]
    parsed = parse_dates([distinct.texts[index] for index in real], habits.day_first)
    if parsed is None:
        return None
    values = np.full(len(distinct.texts), np.datetime64("NaT"), dtype="datetime64[us]")
    values[real] = parsed.values
    repairs = []
    if parsed.guessed:
        repairs.append(f"{name}: dates such as {distinct.texts[real[0]]!r} were read {parsed.order}.")
    if parsed.zones:
        repairs.append(f"{name}: times were turned to UTC.")
    lost = np.isnat(values)
    if lost.any():
        example = distinct.texts[int(np.flatnonzero(lost)[0])]
        repairs.append(_cells_missing(name, int(distinct.counts[lost].sum()), example, "no date"))
    return Column(pd.Series(distinct.spread(values, np.datetime64("NaT"))), tuple(repairs))
