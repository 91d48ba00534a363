"""Numbers as people and spreadsheets write them: decimal commas, separators, currency, percent."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MISSING_WORDS = frozenset(
    {"", "na", "n/a", "#n/a", "#n/a n/a", "#na", "nan", "-nan", "null", "<na>", "nat", "#null!"}
)
"""Missing in every column, in any case of letters."""
MISSING_NUMBERS = MISSING_WORDS | {
    "none",
    "-",
    "--",
    "—",
    "?",
    ".",
    "#div/0!",
    "#value!",
    "#ref!",
    "#num!",
    "missing",
    "unknown",
}
"""Missing in a column of numbers or dates."""
_INFINITE = frozenset({"inf", "+inf", "-inf", "infinity", "+infinity", "-infinity", "∞", "-∞"})

_DOT = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d*)?(?:[eE][+-]?\d+)?")
_COMMA = re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+|\d+)?(?:,\d*)?(?:[eE][+-]?\d+)?")
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
_GROUPED = re.compile(r"-?\d{1,3}(?:[ '’\u00a0\u2009\u202f]\d{3})+(?:[.,]\d*)?")
_GROUP_SIGN = re.compile(r"[ '’\u00a0\u2009\u202f]")
_MONEY = re.compile(
    r"^(?P<sign>[+-]?)(?P<before>[€$£¥₹₩₽元]|[A-Z]{3})?[ \u00a0]*"
    r"(?P<number>[+-]?[\d.,][^A-Za-z€$£¥₹₩₽元%]*?)"
    r"[ \u00a0]*(?P<after>[€$£¥₹₩₽元]|[A-Z]{3}|%)?$"
)
_CURRENCIES = {
    "EUR", "USD", "GBP", "CHF", "JPY", "CNY", "RMB", "INR", "SEK", "NOK", "DKK", "PLN", "CZK",
    "HUF", "AUD", "CAD", "NZD", "HKD", "SGD", "TWD", "KRW", "BRL", "MXN", "ZAR", "TRY", "RUB",
}  # fmt: skip
_LEADING_ZERO = re.compile(r"[+-]?0\d+")


@dataclass(frozen=True)
class Written:
    """A number without its decoration: plain text of digits and separators, and the sign taken off."""

    plain: str
    sign: str = ""


def strip_number(text: str) -> Written:
    """Take currency, percent sign, grouping spaces, accounting brackets and trailing minus off."""
    plain = text.replace("\u2212", "-")
    if plain.startswith("(") and plain.endswith(")"):
        plain = "-" + plain[1:-1].strip()
    elif len(plain) > 1 and plain.endswith("-") and plain[-2].isdigit():
        plain = "-" + plain[:-1]
    sign = ""
    found = _MONEY.match(plain)
    if found is not None:
        signs = [text for text in (found["before"], found["after"]) if text]
        if len(signs) == 1 and (len(signs[0]) < 3 or signs[0] in _CURRENCIES):
            sign = signs[0]
            plain = found["sign"] + found["number"].strip()
    if _GROUPED.fullmatch(plain):
        plain = _GROUP_SIGN.sub("", plain)
    return Written(plain, sign)


def has_digit(text: str) -> bool:
    """Whether there is a decimal digit in it."""
    return any("0" <= letter <= "9" for letter in text)


def is_infinite(text: str) -> bool:
    """Whether the text spells an infinity."""
    return text.lower() in _INFINITE


def decimal_votes(texts: Iterable[str]) -> tuple[int, int, int]:
    """How many texts are numbers with a decimal dot only, a decimal comma only, and could be either."""
    dots = commas = either = 0
    for text in texts:
        plain = strip_number(text).plain
        if not has_digit(plain):
            continue
        dot, comma = _DOT.fullmatch(plain) is not None, _COMMA.fullmatch(plain) is not None
        if dot and comma:
            either += _EITHER.fullmatch(plain) is not None
        else:
            dots += dot
            commas += comma
    return dots, commas, either


def column_decimal(texts: Iterable[str], default: str) -> str:
    """Decimal sign of a column: its own evidence, else the file's."""
    dots, commas, either = decimal_votes(texts)
    if commas > dots:
        return ","
    return "." if dots or not either else default


def to_number(plain: str, decimal: str) -> float | None:
    """The number that a stripped text spells with that decimal sign, or None.

    >>> to_number("1.234,5", ","), to_number("1,234.5", "."), to_number("x", ".")
    (1234.5, 1234.5, None)
    """
    pattern, group = (_COMMA, ".") if decimal == "," else (_DOT, ",")
    if not has_digit(plain) or pattern.fullmatch(plain) is None:
        return None
    try:
        return float(plain.replace(group, "").replace(",", "."))
    except ValueError:
        return None


def keeps_zeros(plain: str) -> bool:
    """Whether the text is a code such as 00123, which would lose its zeros as a number."""
    return _LEADING_ZERO.fullmatch(plain) is not None
