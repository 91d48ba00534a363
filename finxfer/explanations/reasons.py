"""Reasons in words: which values of a customer raise or lower the probability most."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from finxfer.evaluation.amounts import amount
from finxfer.explanations.sentences import sentence
from finxfer.records.spec import BINARY, MULTICLASS, REGRESSION

MOST_REASONS = 4
LONGEST_NAME = 60
LONGEST_VALUE = 40
# A contribution below this share of the customer's largest one is not a reason.
SMALLEST_SHARE = 0.02
_NOTHING = 1e-9
AMOUNT, CLASS = "_amount", "_class"
WORDS = {BINARY: "", REGRESSION: AMOUNT, MULTICLASS: CLASS}
"""Which sentences reasons of a task take."""


@dataclass(frozen=True)
class Reason:
    """One contribution in words: ``contribution`` is in probability (0.081 = 8.1 percentage points)."""

    feature: str
    contribution: float
    text: str


def reasons_for(
    features: list[str],
    contributions: np.ndarray,
    customer: dict[str, Any],
    typical: dict[str, Any],
    raising: bool = True,
    language: str = "en",
    words: str = "",
) -> list[Reason]:
    """The at most four largest contributions in one direction, largest first.

    Args:
        features: M names.
        contributions: (M,) SHAP values on the probability scale.
        customer: the customer's raw value of each feature.
        typical: see :func:`typical_values`.
        raising: contributions that raise the probability, or those that lower it.
        words: which sentences, one of :data:`WORDS`.
    """
    told = amount if words == AMOUNT else points_text
    signed = np.asarray(contributions, dtype=np.float64) * (1 if raising else -1)
    floor = max(np.abs(signed).max(initial=0.0) * SMALLEST_SHARE, _NOTHING)
    order = np.argsort(-signed, kind="stable")[:MOST_REASONS]
    found = []
    for at in order[signed[order] > floor]:
        name = features[at]
        value, usual = value_text(customer[name], language), value_text(typical[name], language)
        text = sentence(
            ("raises" if raising else "lowers") + words,
            language,
            feature=one_line(name, LONGEST_NAME),
            value=value,
            points=told(float(signed[at])),
            usual=sentence("is_typical" if value == usual else "typical", language, typical=usual),
        )
        found.append(Reason(name, float(contributions[at]), text))
    return found


def reason_columns(
    features: list[str],
    values: np.ndarray,
    frame: pd.DataFrame,
    typical: dict[str, Any],
    raising: bool = True,
    prefix: str = "reason",
    words: str = "",
) -> pd.DataFrame:
    """``<prefix>_1`` … ``<prefix>_4`` for every row; an empty text where there is no further reason."""
    columns = {name: frame[name].tolist() for name in features}
    table = [[""] * MOST_REASONS for _ in range(len(frame))]
    for row, contributions in enumerate(values):
        customer = {name: column[row] for name, column in columns.items()}
        for at, reason in enumerate(
            reasons_for(features, contributions, customer, typical, raising, words=words)
        ):
            table[row][at] = reason.text
    names = [f"{prefix}_{at}" for at in range(1, MOST_REASONS + 1)]
    return pd.DataFrame(table, columns=names, index=frame.index, dtype="str")


def typical_values(reference: pd.DataFrame, features: list[str]) -> dict[str, Any]:
    """Each feature's typical value in the reference group: the (lower) median, or the most frequent value.

    The lower median is a value that some row has, so that a coded category is never "1.5". Among
    equally frequent values the first in sorted order is taken.
    """
    return {name: _typical(reference[name]) for name in features}


def _typical(column: pd.Series) -> Any:
    known = column.dropna()
    if known.empty:
        return None
    ordered = pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column)
    if ordered and not pd.api.types.is_bool_dtype(column):
        return known.sort_values(kind="stable").iloc[(len(known) - 1) // 2]
    counts = known.astype("str").value_counts()
    word = min(counts.index[counts == counts.max()])
    return known[known.astype("str") == word].iloc[0]


def value_text(value: Any, language: str = "en") -> str:
    """A raw value as people write it: missing, yes, 24,000, 0.41, 2024-05-31, a short text."""
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)) or value is pd.NA:
        return sentence("missing", language)
    if isinstance(value, bool | np.bool_):
        return sentence("true" if value else "false", language)
    if isinstance(value, int | np.integer):
        return _whole(int(value))
    if isinstance(value, float | np.floating):
        return _decimal(float(value))
    if isinstance(value, pd.Timestamp | np.datetime64):
        moment = pd.Timestamp(value)
        return moment.strftime("%Y-%m-%d" if moment == moment.normalize() else "%Y-%m-%d %H:%M")
    return one_line(value, LONGEST_VALUE) or sentence("empty", language)


def points_text(contribution: float) -> str:
    """A contribution in percentage points: one decimal, more only where it would read as zero."""
    points = abs(float(contribution)) * 100
    if points >= 0.95:
        return f"{points:.1f}"
    return _trimmed(f"{points:.{max(1, 1 - math.floor(math.log10(points)))}f}") if points > 0 else "0"


def one_line(text: Any, longest: int) -> str:
    """Text of the customer's table on one line, without control or direction-changing characters."""
    kept = (" " if character.isspace() else character for character in str(text))
    line = "".join(character for character in kept if unicodedata.category(character)[0] != "C")
    line = " ".join(line.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _whole(value: int) -> str:
    # Years and codes have four digits or fewer and take no separator.
    return f"{value:,}" if abs(value) >= 10_000 else str(value)


def _decimal(value: float) -> str:
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == int(value) and abs(value) < 1e15:
        return _whole(int(value))
    size = abs(value)
    if size >= 1e15 or size < 1e-4:
        return f"{value:.2e}"
    if size >= 1000:
        return f"{value:,.0f}" if size >= 10_000 else f"{value:.0f}"
    return _trimmed(f"{value:.{2 - min(math.floor(math.log10(size)), 1)}f}")


def _trimmed(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number
