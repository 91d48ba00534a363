"""Spellings of one category, and numbers, dates and truths that stand in texts: read cell by cell.

What a cell is read as depends on the cell and on what training rows taught, never on the cells beside it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from finxfer.data.dates import parse_dates
from finxfer.data.numbers import (
    MISSING_NUMBERS,
    column_decimal,
    is_infinite,
    keeps_zeros,
    strip_number,
    to_number,
)

TRUE_WORDS = frozenset(
    {"true", "t", "yes", "y", "1", "on", "x", "ja", "oui", "si", "sim", "tak", "da", "да", "是", "有"}
)
FALSE_WORDS = frozenset(
    {"false", "f", "no", "n", "0", "off", "nein", "non", "nao", "nie", "ne", "нет", "否", "无"}
)
_BETWEEN = re.compile(r"(?<=\w)[-_/](?=\w)")
_ABOUT = re.compile(r"^(?:<=?|>=?|≤|≥|~|≈|ca\.|about|approx\.?|under|over|up to|from)\s*", re.IGNORECASE)
_WITH_UNIT = re.compile(r"^(?P<number>[^A-Za-z%]*\d[^A-Za-z%]*?)\s*(?P<unit>[^\W\d_]+)\.?$")
_SCALES = {
    "k": 1e3, "tsd": 1e3, "thousand": 1e3, "thousands": 1e3, "千": 1e3, "万": 1e4, "萬": 1e4, "lakh": 1e5,
    "lakhs": 1e5, "lac": 1e5, "mn": 1e6, "mio": 1e6, "mln": 1e6, "million": 1e6, "millions": 1e6,
    "crore": 1e7, "crores": 1e7, "亿": 1e8, "億": 1e8, "bn": 1e9, "mrd": 1e9, "billion": 1e9,
}  # fmt: skip
_DIMENSIONS: tuple[dict[str, float], ...] = (
    {
        "day": 1, "days": 1, "d": 1, "week": 7, "weeks": 7, "w": 7, "month": 30.4375, "months": 30.4375,
        "mo": 30.4375, "mos": 30.4375, "mth": 30.4375, "mths": 30.4375, "year": 365.25, "years": 365.25,
        "yr": 365.25, "yrs": 365.25, "y": 365.25,
    },
    {"mm": 0.001, "cm": 0.01, "m": 1, "km": 1000},
    {"g": 0.001, "kg": 1, "t": 1000},
)  # fmt: skip
MILLION = "m"


def tidy(text: str) -> str:
    """One line, without control characters, with full-width letters made narrow (Unicode NFKC)."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    plain = unicodedata.normalize("NFKC", text)
    kept = (" " if letter.isspace() else letter for letter in plain)
    line = "".join(letter for letter in kept if unicodedata.category(letter)[0] != "C")
    return " ".join(line.split())


def spelling_key(text: str) -> str:
    """Equal for spellings that differ in case, blanks, width, accents of Latin letters, hyphens for blanks.

    >>> spelling_key(" Self-Employed "), spelling_key("A-")
    ('self employed', 'a-')
    """
    letters = []
    latin = False
    for letter in unicodedata.normalize("NFD", tidy(text)):
        if not unicodedata.combining(letter):
            latin = "LATIN" in unicodedata.name(letter, "")
        elif latin:
            continue
        letters.append(letter)
    folded = unicodedata.normalize("NFC", "".join(letters)).casefold()
    return " ".join(_BETWEEN.sub(" ", folded).split())


@dataclass(frozen=True)
class NumberReader:
    """How the numbers of a column are written.

    Args:
        decimal: "." or ",".
        unit: the unit that the others of its dimension are turned into; "" where there is none.
        million: whether a final m is a million rather than a metre.
        fractions: whether a number without a percent sign is a share beside percentages, so times 100.
        word: the word that may stand behind a number without meaning another size, "" for none.
    """

    decimal: str = "."
    unit: str = ""
    million: bool = True
    fractions: bool = False
    word: str = ""

    @classmethod
    def fit(cls, counts: Mapping[str, int]) -> NumberReader:
        """Learn it from rows per text."""
        units: dict[str, int] = {}
        plain: list[float] = []
        percent: list[float] = []
        numbers = []
        for text, rows in counts.items():
            number, unit = _taken_apart(text)
            units[unit] = units.get(unit, 0) + rows
            numbers.append(number)
        decimal = column_decimal(numbers, ".")
        found = {unit: rows for unit, rows in units.items() if unit and unit != "%"}
        million = not any(unit in _DIMENSIONS[1] and unit != MILLION for unit in found)
        known = {u: n for u, n in found.items() if _dimension(u) is not None and not (million and u == "m")}
        words = {u: n for u, n in found.items() if u not in known and u not in _SCALES and u != MILLION}
        unit, word = (max(one, key=lambda name: one[name]) if one else "" for one in (known, words))
        reader = cls(decimal, unit, million, False, word)
        for text in counts:
            number, unit = _taken_apart(text)
            value = reader.read(text)
            if value is not None:
                (percent if unit == "%" else plain).append(abs(value))
        fractions = bool(plain and percent) and max(plain) <= 1 < float(np.median(percent))
        return replace(reader, fractions=fractions)

    def read(self, text: str) -> float | None:
        """The number of a cell, or None."""
        number, unit = _taken_apart(text)
        value = to_number(number, self.decimal)
        if value is None or is_infinite(text) or not np.isfinite(value):
            return None
        if unit == "%":
            return value
        if unit == MILLION and self.million:
            return value * 1e6
        if unit in _SCALES:
            return value * _SCALES[unit]
        sizes = _dimension(self.unit) or {}
        if unit in sizes:
            return value * sizes[unit] / sizes[self.unit]
        if unit not in ("", self.word):
            return None
        return value * 100 if self.fractions and not unit else value

    def to_json(self) -> dict[str, Any]:
        """A plain object; ``NumberReader(**content)`` gives an equal reader back."""
        return asdict(self)


def _dimension(unit: str) -> dict[str, float] | None:
    return next((sizes for sizes in _DIMENSIONS if unit in sizes), None)


def _taken_apart(text: str) -> tuple[str, str]:
    """The bare number of a cell, as digits and separators, and its unit in small letters."""
    plain = _ABOUT.sub("", unicodedata.normalize("NFKC", text).strip())
    if plain.endswith("+"):
        plain = plain[:-1].rstrip()
    written = strip_number(plain)
    if written.sign == "%" or to_number(written.plain, ".") is not None:
        return written.plain, "%" if written.sign == "%" else ""
    found = _WITH_UNIT.match(plain)
    if found is None:
        return written.plain, ""
    number = found["number"].strip().removesuffix("+").rstrip()
    return strip_number(number).plain, found["unit"].lower()


def looks_like_number(text: str) -> bool:
    """Whether a cell is a number however it is decorated, and no code such as 00123."""
    number, _ = _taken_apart(text)
    if keeps_zeros(number):
        return False
    return to_number(number, ".") is not None or to_number(number, ",") is not None


def says_missing(text: str) -> bool:
    """Whether a cell is a word for missing."""
    return tidy(text).lower() in MISSING_NUMBERS


def read_date(text: str, day_first: bool) -> np.datetime64 | None:
    """The date of a cell, or None."""
    plain = tidy(text)
    parsed = parse_dates([plain], day_first) if plain else None
    return None if parsed is None else parsed.values[0]


def learn_day_first(counts: Mapping[str, int]) -> bool:
    """Which order 03/04/2020 has in a column, by those of its dates that can be read in one way only."""
    votes = {True: 0, False: 0}
    for text, rows in counts.items():
        parsed = parse_dates([tidy(text)]) if tidy(text) else None
        if parsed is not None and parsed.order and not parsed.guessed:
            votes[parsed.order == "day first"] += rows
    return votes[True] >= votes[False]


def read_truth(text: str) -> float | None:
    """1.0, 0.0 or None."""
    word = spelling_key(text)
    return 1.0 if word in TRUE_WORDS else 0.0 if word in FALSE_WORDS else None
