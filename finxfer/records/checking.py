"""Checks of fields of specs and settings: a refusal names the field, its value and what it must be."""

from __future__ import annotations

import math
from dataclasses import MISSING, fields
from typing import Any

from finxfer.errors import BadInput


def refuse(name: str, value: object, expected: str) -> BadInput:
    return BadInput(
        "The spec of this job cannot be used.",
        f"Its field {name!r} is {str(value)[:80]!r}, but must be {expected}.",
        "Correct the spec, or launch the job again from the app.",
    )


def check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise refuse(name, value, f"one of {', '.join(choices)}")


def check_number(name: str, value: object, low: float, high: float, whole: bool = False) -> None:
    good = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if whole:
        good = good and isinstance(value, int)
    if not (good and low <= float(value) <= high):  # type: ignore[arg-type]
        raise refuse(name, value, f"{'a whole' if whole else 'a'} number from {low:g} to {high:g}")


def check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise refuse(name, value, "text")


def known_fields(cls: type, content: Any, where: str) -> dict[str, Any]:
    if not isinstance(content, dict):
        raise refuse(where, content, "an object")
    known = {entry.name: entry for entry in fields(cls)}
    unknown = sorted(set(content) - set(known))
    if unknown:
        raise refuse(str(unknown[0]), content[unknown[0]], "left out: no such field exists")
    for name, entry in known.items():
        if name not in content and entry.default is MISSING and entry.default_factory is MISSING:
            raise refuse(name, None, "given")
    return dict(content)
