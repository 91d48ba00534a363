"""Values that look like personal identifiers, whatever their column is called."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

ENOUGH = 0.8
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")
_IBAN = re.compile(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?")
_PHONE = re.compile(r"(?=.*[+() -])\+?[\d() .-]{9,20}")
_ADDRESS = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)")
_SSN = re.compile(r"\d{3}-\d{2}-\d{4}")
_CHINESE_ID = re.compile(r"[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]")
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_CARD = re.compile(r"\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,7}")


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_phone(text: str) -> bool:
    return bool(_PHONE.fullmatch(text)) and 8 <= sum(letter.isdigit() for letter in text) <= 15


def _is_card(text: str) -> bool:
    return bool(_CARD.fullmatch(text)) and luhn(re.sub(r"\D", "", text))


_KINDS: tuple[tuple[str, Callable[[str], object]], ...] = (
    ("an e-mail address", _EMAIL.fullmatch),
    ("a universally unique identifier", _UUID.fullmatch),
    ("a network address", _ADDRESS.fullmatch),
    ("a social security number", _SSN.fullmatch),
    ("an identity card number", _CHINESE_ID.fullmatch),
    ("a card number", _is_card),
    ("an IBAN", _IBAN.fullmatch),
    ("a telephone number", _is_phone),
)


_NUMBER_KINDS = ("an identity card number", "a card number")


def value_detail(sample: Sequence[str], numeric: bool = False) -> str | None:
    """What personal detail at least four in five of the values look like, or None.

    Args:
        sample: some values of the column, as text; fewer than three tell nothing.
        numeric: the column holds numbers, which only the checks with check digits can judge.
    """
    if len(set(sample)) < 3:
        return None
    for about, test in _KINDS:
        if numeric and about not in _NUMBER_KINDS:
            continue
        if sum(bool(test(text.strip())) for text in sample) >= ENOUGH * len(sample):
            return about
    return None
