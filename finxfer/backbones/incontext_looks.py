"""Looks: what each member of an in-context ensemble sees of the same rows. numpy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from finxfer.backbones.budget import LOOK_COLUMNS, LOOKS
from finxfer.backbones.incontext_inputs import ContextInputs
from finxfer.backbones.outputs import Output
from finxfer.errors import Damaged
from finxfer.records.spec import MULTICLASS


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


def aims(output: Output, y: np.ndarray) -> np.ndarray:
    """What columns are compared with: 0/1 or values (N,), of several classes an indicator each (N, C)."""
    if output.task == MULTICLASS:
        return (np.asarray(y)[:, None] == np.arange(output.size)).astype(np.float32)
    return output.learned(y)


def choose_looks(inputs: ContextInputs, rows: np.ndarray, y: np.ndarray) -> list[Look]:
    """Four looks; where there are categories to spell out, two see their levels in place of their codes.

    rows: float (N, H), the matrix of the training rows; y: see `aims`. They choose among the columns of a
    wide table: see `narrowed`.
    """
    return narrowed(_whole_looks(inputs), rows, y)


def narrowed(looks: Sequence[Look], rows: np.ndarray, y: np.ndarray) -> list[Look]:
    """The looks with LOOK_COLUMNS columns at most.

    Half of them are the columns that go most with the target, the same in each look; the others take turns,
    so that four looks see five times as many columns as one shows in its second half.
    """
    if all(len(look.columns) <= LOOK_COLUMNS for look in looks):
        return list(looks)
    strength = _strength(rows, y)
    found = []
    for index, look in enumerate(looks):
        ordered = sorted(look.columns, key=lambda column: (-strength[column], column))
        best, others = ordered[: LOOK_COLUMNS // 2], ordered[LOOK_COLUMNS // 2 :]
        turn = others[index :: len(looks)] if len(ordered) > LOOK_COLUMNS else others
        kept = set(best + turn[: LOOK_COLUMNS - len(best)])
        found.append(
            replace(
                look,
                columns=tuple(column for column in look.columns if column in kept),
                codes=tuple(column for column in look.codes if column in kept),
                raw=tuple(column for column in look.raw if column in kept),
            )
        )
    return found


def _strength(rows: np.ndarray, y: np.ndarray) -> np.ndarray:
    """How much each column goes with the target: the larger correlation of its values and their squares; of
    several targets (N, A) with any."""
    if y.ndim > 1:
        return np.asarray(np.max([_strength(rows, aim) for aim in y.T], axis=0))
    aim = np.asarray(y, dtype=np.float64) - np.mean(y)
    best = np.zeros(rows.shape[1])
    for values in (rows.astype(np.float64), np.square(rows, dtype=np.float64)):
        centred = values - values.mean(axis=0)
        scale = np.sqrt(np.square(centred).sum(axis=0) * np.square(aim).sum())
        best = np.maximum(best, np.abs(aim @ centred) / np.maximum(scale, 1e-12))
    return best


def _whole_looks(inputs: ContextInputs) -> list[Look]:
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
