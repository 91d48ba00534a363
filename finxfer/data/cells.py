"""One column of texts becomes numbers, dates, true/false or stays text; every change is said."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from finxfer.data.column import EXACT, Column, Habits, cells_missing, finish_numbers, from_numpy
from finxfer.data.dates import Dates, may_be_dates, parse_dates
from finxfer.data.fixed_dates import fixed_dates
from finxfer.data.numbers import (
    MISSING_NUMBERS,
    MISSING_WORDS,
    column_decimal,
    is_infinite,
    keeps_zeros,
    strip_number,
    to_number,
)
from finxfer.data.quick_numbers import cast, quick_numbers
from finxfer.data.quick_texts import quick_texts

__all__ = ["EXACT", "Column", "Habits", "parse_column"]

STRAY_SHARE = 0.01
"""Most cells of a column of numbers or dates that may be something else."""
ENOUGH_NUMBERS = 20
"""Distinct numbers a column needs before stray texts in it are given up."""
PROBE = 200
LONGEST_WORD = 16
"""Bytes, more than any word for missing has."""
_TRUTHS = {"true": 1.0, "false": 0.0}
_NOTHING = pa.array(sorted(MISSING_WORDS))
_NO_NUMBER = pa.array(sorted(MISSING_NUMBERS))


@dataclass(frozen=True)
class _Distinct:
    """The distinct texts of a column, rows per text, and the text's position per row (-1: missing)."""

    words: pa.Array
    counts: np.ndarray
    codes: np.ndarray

    @cached_property
    def texts(self) -> list[str]:
        """The words as a list."""
        return self.words.to_pylist()  # type: ignore[no-any-return]

    @property
    def probe(self) -> list[str]:
        """About :data:`PROBE` of the words, evenly spread."""
        places = np.arange(0, len(self.words), max(1, len(self.words) // PROBE))
        return self.words.take(pa.array(places)).to_pylist()  # type: ignore[no-any-return]

    def spread(self, values: np.ndarray, missing: object) -> np.ndarray:
        """One value per distinct text to one per row."""
        return np.append(values, np.array([missing], dtype=values.dtype))[self.codes]

    def decoded(self) -> pa.ChunkedArray:
        """The text of every row; null where it is missing."""
        codes = pa.array(self.codes, mask=self.codes < 0)
        return pa.chunked_array([self.words.take(codes)])


def parse_column(texts: pa.ChunkedArray, name: str, habits: Habits) -> Column:
    """Parse a column of strings (nulls allowed); ``name`` serves the sentences and compact dates."""
    quick = (
        quick_numbers(texts, name, habits) or _quick_dates(texts, name, habits) or quick_texts(texts, habits)
    )
    if quick is not None:
        return quick
    written = _distinct(texts)
    trimmed = pc.utf8_trim_whitespace(written.words)
    plain = _plain_numbers(written, trimmed, name, habits)
    if plain is not None:
        return plain
    distinct = _merged(written, pc.if_else(_among(trimmed, _NOTHING), None, trimmed))
    if not len(distinct.words):
        return Column(from_numpy(np.full(len(texts), np.nan)))
    found = _truths(distinct) or _decorated_numbers(distinct, name, habits) or _dates(distinct, name, habits)
    # Untouched texts stay where they are.
    return found or Column(texts if distinct.words is written.words else distinct.decoded())


def _distinct(texts: pa.ChunkedArray) -> _Distinct:
    encoded = texts.dictionary_encode().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0) if encoded.num_chunks else pa.array([], pa.string()).dictionary_encode()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return _counted(encoded.dictionary, codes)


def _counted(words: pa.Array, codes: np.ndarray) -> _Distinct:
    return _Distinct(words, np.bincount(codes[codes >= 0], minlength=len(words)), codes)


def _merged(written: _Distinct, kept: pa.Array) -> _Distinct:
    """The same rows with the words as they are kept: trimmed, some of them missing, some now alike."""
    if kept.equals(written.words):
        return written
    encoded = kept.dictionary_encode()
    places = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return _counted(encoded.dictionary, np.append(places, places.dtype.type(-1))[written.codes])


def _among(texts: pa.Array, words: pa.Array) -> pa.Array:
    """Whether each text is one of the words, in any case of letters."""
    short = pc.less_equal(pc.binary_length(texts), LONGEST_WORD)
    found = np.zeros(len(texts), dtype=bool)
    places = np.flatnonzero(short.to_numpy(zero_copy_only=False))
    found[places] = pc.is_in(pc.utf8_lower(texts.take(pa.array(places))), words).to_numpy(
        zero_copy_only=False
    )
    return pa.array(found)


def _plain_numbers(written: _Distinct, trimmed: pa.Array, name: str, habits: Habits) -> Column | None:
    """Numbers without any decoration but blanks around them; None when there is something else."""
    missing = _among(trimmed, _NO_NUMBER)
    candidates = pc.if_else(missing, None, trimmed)
    if len(candidates) == candidates.null_count:
        return None
    numbers = cast(pa.chunked_array([candidates]), pa.int64(), pa.float64())
    # Zeros in front make a code, and arrow would read 0x1F as a number.
    if numbers is None or pc.any(pc.match_substring_regex(candidates, r"^[+-]?0[0-9xX]")).as_py():
        return None
    if habits.decimal == "," and pc.any(pc.match_substring(candidates, ".")).as_py():
        return None
    gone = missing.to_numpy(zero_copy_only=False)
    known = numbers.fill_null(0).to_numpy()
    if known.dtype.kind == "i" and (gone[written.codes].any() or (written.codes < 0).any()):
        known = numbers.to_numpy().astype(np.float64)
    # Integers beyond 2**53, when cells are missing, would come out as other numbers.
    if known.dtype.kind == "f" and _loses_digits(candidates, known):
        return Column(_merged(written, candidates).decoded())
    repairs = []
    blanks = np.flatnonzero(gone & (pc.binary_length(written.words).to_numpy(zero_copy_only=False) > 0))
    if len(blanks):
        odd = int(written.counts[blanks].sum())
        repairs.append(cells_missing(name, odd, written.words[blanks[0]].as_py(), "holds no number"))
    if known.dtype.kind == "f":
        known = np.where(gone, np.nan, known)
        return finish_numbers(written.spread(known, np.nan), name, repairs)
    return finish_numbers(known[written.codes], name, repairs)


def _loses_digits(texts: pa.Array, values: np.ndarray) -> bool:
    long = np.isfinite(values) & (np.abs(values) >= EXACT)
    if not long.any():
        return False
    return bool(pc.any(pc.match_substring_regex(texts.filter(pa.array(long)), r"^[+-]?[0-9]+$")).as_py())


def _truths(distinct: _Distinct) -> Column | None:
    """True and false; with missing cells the column stays text, since bool has no missing value."""
    if any(text.lower() not in _TRUTHS and text.lower() not in MISSING_NUMBERS for text in distinct.probe):
        return None
    lowered = [text.lower() for text in distinct.texts]
    if not set(lowered) & set(_TRUTHS) or not all(
        text in _TRUTHS or text in MISSING_NUMBERS for text in lowered
    ):
        return None
    values = distinct.spread(np.array([_TRUTHS.get(text, np.nan) for text in lowered]), np.nan)
    if np.isnan(values).any():
        words = np.array(["False", "True", None], dtype=object)
        texts = words[np.where(np.isnan(values), 2, values).astype(int)]
        return Column(pa.chunked_array([pa.array(texts, pa.string())]))
    return Column(from_numpy(values == 1))


def _decorated_numbers(distinct: _Distinct, name: str, habits: Habits) -> Column | None:
    """Numbers with decimal commas, separators, currency or percent signs, and a few stray texts."""
    probe = distinct.probe
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
        repairs.append(cells_missing(name, stray_rows, distinct.texts[strays[0]], "no number"))
    odd = [i for i, text in enumerate(distinct.texts) if text.lower() in MISSING_NUMBERS]
    if odd:
        rows = int(distinct.counts[odd].sum())
        repairs.append(cells_missing(name, rows, distinct.texts[odd[0]], "no number"))
    spread = distinct.spread(values, np.nan)
    if not np.isnan(spread).any() and (spread == np.floor(spread)).all() and (np.abs(spread) < EXACT).all():
        spread = spread.astype(np.int64)
    return finish_numbers(spread, name, repairs, decimal if decimal == "," else "")


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


def _quick_dates(texts: pa.ChunkedArray, name: str, habits: Habits) -> Column | None:
    """Dates of one shape in every cell that is not empty."""
    known = texts.drop_null()
    if fixed_dates(known.slice(0, PROBE).combine_chunks()) is None:
        return None
    dates = fixed_dates(known.combine_chunks(), habits.day_first)
    if dates is None:
        return None
    values = np.full(len(texts), np.datetime64("NaT"), dtype="datetime64[us]")
    values[texts.is_valid().to_numpy()] = dates.values
    return Column(from_numpy(values), tuple(_date_repairs(name, dates, known[0].as_py())))


def _dates(distinct: _Distinct, name: str, habits: Habits) -> Column | None:
    gone = _among(distinct.words, _NO_NUMBER)
    known = distinct.words.filter(pc.invert(gone))
    parsed = parse_dates(known.to_pylist(), habits.day_first) if may_be_dates(known) else None
    if parsed is None:
        return None
    values = np.full(len(distinct.words), np.datetime64("NaT"), dtype="datetime64[us]")
    values[~gone.to_numpy(zero_copy_only=False)] = parsed.values
    repairs = _date_repairs(name, parsed, known[0].as_py())
    lost = np.isnat(values)
    if lost.any():
        example = distinct.texts[int(np.flatnonzero(lost)[0])]
        repairs.append(cells_missing(name, int(distinct.counts[lost].sum()), example, "no date"))
    return Column(from_numpy(distinct.spread(values, np.datetime64("NaT"))), tuple(repairs))


def _date_repairs(name: str, dates: Dates, example: str) -> list[str]:
    repairs = []
    if dates.guessed:
        repairs.append(f"{name}: dates such as {example!r} were read {dates.order}.")
    if dates.zones:
        repairs.append(f"{name}: times were turned to UTC.")
    return repairs
