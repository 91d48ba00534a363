"""A remedy as somebody wrote it, KIND:COLUMN[:ARGUMENTS], and what a column's own values propose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

import pandas as pd

from finxfer.data.spellings import NumberReader, looks_like_number, read_date, read_truth, says_missing
from finxfer.data.values import value_counts
from finxfer.errors import BadInput
from finxfer.records.remedy_spec import (
    BLANK,
    CAP,
    DATE,
    DEDUPLICATE,
    FILL,
    KIND_AFTER,
    KINDS,
    LEVEL,
    MEDIAN,
    MERGE,
    MODE,
    NUMBER,
    PARSE,
    YES_NO,
    RemedySpec,
)
from finxfer.records.spec import ColumnSpec

ENOUGH_READ = 0.8
MOST_LOOKED_AT = 2_000
LEFT_OUT_UNREAD = ("id", "text", "excluded")
"""Roles that a column gets for being text; read as something else it can be a feature."""
_ORDERS = {CAP: ("lower", "upper"), MERGE: ("min_rows", "label"), PARSE: ("as",), DEDUPLICATE: ("by",)}


def best_reading(series: pd.Series) -> str | None:
    """number, date or yes/no: what at least 80% of a text column's known cells are; None for text."""
    if pd.api.types.is_numeric_dtype(series.dtype) or pd.api.types.is_datetime64_any_dtype(series.dtype):
        return None
    counts = {t: n for t, n in value_counts(series, most=MOST_LOOKED_AT).items() if not says_missing(t)}
    if not counts:
        return None
    if all(read_truth(text) is not None for text in counts) and len(counts) >= 2:
        return YES_NO
    if _mostly(counts, looks_like_number):
        read = NumberReader.fit(counts).read
        if _mostly(counts, lambda text: read(text) is not None):
            return NUMBER
    return DATE if _mostly(counts, lambda text: read_date(text, True) is not None) else None


def _mostly(counts: Mapping[str, int], readable: Callable[[str], bool]) -> bool:
    """Whether nearly all rows can be read; ends with the text that says no."""
    known = left = sum(counts.values())
    for text, rows in counts.items():
        if not readable(text):
            left -= rows
            if left < ENOUGH_READ * known:
                return False
    return True


def usual_fill(kind: str) -> dict[str, Any]:
    """What empty cells of a kind of column are filled with unless something else is asked for."""
    if kind in ("numeric", "date"):
        return {"method": MEDIAN}
    return {"method": LEVEL} if kind in ("category", "text") else {"method": MODE}


def read_remedy(text: str, columns: Sequence[ColumnSpec], frame: pd.DataFrame) -> RemedySpec:
    """The remedy of a ``--remedy``.

    Raises:
        BadInput: no such kind or column, or arguments that cannot be read.
    """
    kind, _, rest = text.partition(":")
    kind = kind.strip().replace("-", "_").lower()
    if kind not in KINDS:
        near = get_close_matches(kind, KINDS, 1)
        raise BadInput(
            f"--remedy {text[:60]!r} cannot be read.",
            f"There is no remedy {kind[:40]!r}; there are {', '.join(KINDS)}.",
            f"Did you mean {near[0]}?" if near else "Give for instance --remedy fill:income:median.",
        )
    if kind == DEDUPLICATE and not rest:
        return RemedySpec(kind)
    name = _column(text, rest, [str(name) for name in frame.columns])
    given = rest[len(name) + 1 :]
    arguments = _arguments(kind, given, text)
    found = next((column for column in columns if column.name == name), None)
    if kind == FILL and not given:
        arguments = usual_fill(found.kind if found is not None else "numeric")
    if kind == PARSE and not given:
        arguments = {"as": best_reading(frame[name]) or NUMBER}
    return RemedySpec(kind, (name,), arguments)


def _column(text: str, rest: str, names: Sequence[str]) -> str:
    """The column that the text names; names may hold colons themselves."""
    fitting = [name for name in names if rest == name or rest.startswith(f"{name}:")]
    if fitting:
        return max(fitting, key=len)
    asked = rest.partition(":")[0]
    near = get_close_matches(asked, names, 3, 0.6)
    raise BadInput(
        f"--remedy {text[:60]!r} cannot be applied.",
        f"The table has no column {asked[:60]!r}.",
        f"Did you mean {', '.join(map(repr, near))}?" if near else "Name a column as the table spells it.",
    )


def _arguments(kind: str, given: str, text: str) -> dict[str, Any]:
    if not given:
        return {}
    if kind == BLANK:
        return {"values": [one.strip() for one in given.split(",") if one.strip()]}
    if kind == FILL:
        method, sign, value = given.partition("=")
        return {"method": method.strip(), **({"value": _typed(value)} if sign else {})}
    order = _ORDERS.get(kind)
    if order is None:
        raise BadInput(
            f"--remedy {text[:60]!r} cannot be read.",
            f"{kind} takes nothing behind the column.",
            "Leave the last part out.",
        )
    found: dict[str, Any] = {}
    for place, part in enumerate(given.split(",")):
        name, sign, value = part.partition("=")
        if not sign and place >= len(order):
            raise BadInput(
                f"--remedy {text[:60]!r} cannot be read.",
                f"{kind} takes {' and '.join(order)}, and {part[:40]!r} is one too many.",
                "Leave it out.",
            )
        key, value = (name.strip(), value) if sign else (order[place], part)
        found[key] = value.strip() if key in ("by", "as", "label") else _typed(value)
    return found


def _typed(value: str) -> Any:
    """A number where it is one, None for "none", else the text."""
    plain = value.strip()
    if plain.lower() == "none":
        return None
    for kind in (int, float):
        try:
            return kind(plain)
        except ValueError:
            continue
    return plain


def together(first: Iterable[RemedySpec], then: Iterable[RemedySpec]) -> tuple[RemedySpec, ...]:
    """Both; where both have a kind of remedy for a column, that of ``then`` counts."""
    then = tuple(then)
    said = {(one.kind, name) for one in then for name in one.columns or ("",)}
    kept = []
    for one in first:
        names = tuple(name for name in one.columns if (one.kind, name) not in said)
        if names or (not one.columns and (one.kind, "") not in said):
            kept.append(replace(one, columns=names))
    return (*kept, *then)


def columns_after(
    columns: Sequence[ColumnSpec], remedies: Iterable[RemedySpec], left_out: Sequence[str] = ()
) -> tuple[ColumnSpec, ...]:
    """The columns with the kinds that they have after the remedies.

    A column that was no feature only for being text is one once it is read, unless it is in ``left_out``.
    """
    after = {
        name: KIND_AFTER[one.arguments["as"]] for one in remedies if one.kind == PARSE for name in one.columns
    }
    found = []
    for column in columns:
        kind = after.get(column.name, column.kind)
        freed = column.name in after and column.role in LEFT_OUT_UNREAD and column.name not in left_out
        found.append(replace(column, kind=kind, role="feature" if freed else column.role))
    return tuple(found)
