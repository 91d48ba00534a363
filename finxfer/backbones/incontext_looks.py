"""Looks: what each member of an in-context ensemble sees of the same rows. numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from finxfer.backbones.incontext_inputs import ContextInputs
from finxfer.errors import Damaged

LOOKS = 4


@dataclass(frozen=True)
class Look:
    """One way to see rows of a matrix.

    columns: positions that are seen. codes: which of them are category codes. raw: which of them ranks leave
    alone, since they have two values. ranked: normal scores of ranks instead of values, and the codes
    shuffled, since their order says little and should not decide.
    """

    columns: tuple[int, ...]
    codes: tuple[int, ...] = ()
    raw: tuple[int, ...] = ()
    ranked: bool = False


def plain_looks(columns: int, count: int = LOOKS, codes: Sequence[int] = ()) -> list[Look]:
    """`count` looks at all columns, every second one ranked."""
    return [Look(tuple(range(columns)), tuple(codes), ranked=bool(i % 2)) for i in range(count)]


def choose_looks(inputs: ContextInputs) -> list[Look]:
    """Four looks; where there are categories to spell out, two see their levels in place of their codes."""
    plain = range(inputs.columns - len(inputs.levels))
    if not inputs.levels:
        return plain_looks(inputs.columns, codes=inputs.code_columns)
    spelled = tuple(column for column in range(inputs.columns) if column not in inputs.replaced_columns)
    left = tuple(column for column in inputs.code_columns if column not in inputs.replaced_columns)
    levels = tuple(range(len(plain), inputs.columns))
    codes = tuple(inputs.code_columns)
    # The first two differ in everything: they are what a quick check takes.
    return [
        Look(tuple(plain), codes),
        Look(spelled, left, levels, ranked=True),
        Look(tuple(plain), codes, ranked=True),
        Look(spelled, left, levels),
    ]


def looks_to_json(looks: Sequence[Look]) -> list[dict[str, Any]]:
    return [
        {
            "columns": list(look.columns),
            "codes": list(look.codes),
            "raw": list(look.raw),
            "ranked": look.ranked,
        }
        for look in looks
    ]


def looks_from_json(content: Any) -> list[Look]:
    """Raises Damaged where `content` is not what `looks_to_json` gave."""
    try:
        looks = []
        for entry in content:
            columns, codes, raw = (tuple(int(c) for c in entry[key]) for key in ("columns", "codes", "raw"))
            looks.append(Look(columns, codes, raw, bool(entry["ranked"])))
        return looks
    except (KeyError, TypeError, ValueError) as error:
        why = f"The looks at the columns are not readable ({error})."
        raise Damaged("The in-context model is damaged.", why, "Run the job again.") from None
