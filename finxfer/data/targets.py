"""Which column is the target, and which of its values is the positive one."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from finxfer.data.lexicon import TARGET, TARGET_NAMES, name_tokens, protected_attribute
from finxfer.data.values import value_counts, value_text
from finxfer.errors import BadInput
from finxfer.records.stored_columns import Columns

POSITIVE_WORDS = (
    "yes", "y", "true", "t", "bad", "default", "defaulted", "churn", "churned", "fraud", "fraudulent",
    "positive", "event", "delinquent", "charged off", "late", "attrited", "left", "exited", "insolvent",
    "bankrupt", "rejected", "ja", "oui", "si", "sí", "sim", "schlecht", "mauvais", "malo", "是", "坏",
    "违约", "流失", "欺诈", "逾期",
)  # fmt: skip
SPLIT_PARTS = frozenset(
    {"train", "training", "test", "testing", "validation", "valid", "val", "dev", "holdout"}
)
_NEGATIONS = {"no", "not", "non", "never", "without", "un", "kein", "未", "非"}


@dataclass(frozen=True)
class PositiveClass:
    """The positive class and why it was taken."""

    value: str
    reason: str


@dataclass(frozen=True)
class TargetProposal:
    """A column that may be the target; higher scores are likelier."""

    column: str
    score: float
    reason: str


def positive_class(values: pd.Series, given: str | None = None) -> str:
    """The positive class of a target: see :func:`choose_positive`."""
    return choose_positive(values, given).value


def choose_positive(values: pd.Series, given: str | None = None) -> PositiveClass:
    """The positive class: the given value; else 1 or True; else the larger of two numbers; else a
    word such as yes, bad, default, churn, fraud; else the rarer value.

    Args:
        values: the target column; missing cells are left out.
        given: the analyst's choice; "1.0" and "1", "Yes" and "yes" name the same value. With more
            than two values every other value then counts as negative.

    Raises:
        BadInput: no labelled row, one value only, more than two without ``given``, or ``given``
            does not occur.
    """
    name = repr(str(values.name)) if values.name is not None else "the target"
    counts = value_counts(values)
    if not counts:
        raise BadInput(
            f"The target {name} is empty.",
            "No row has a value in it.",
            "Choose another target column.",
        )
    if given is not None:
        chosen = _matching(given, counts)
        if chosen is None:
            raise BadInput(
                f"The positive value {given!r} does not occur in {name}.",
                f"Its values are {_listed(counts)}.",
                "Choose one of these values.",
            )
    if len(counts) == 1:
        raise BadInput(
            f"The target {name} is constant.",
            f"Every labelled row has the value {next(iter(counts))!r}, so there is nothing to tell apart.",
            "Choose another target column, or add rows of the other class.",
        )
    if given is not None:
        return PositiveClass(str(chosen), "You chose this value.")
    if len(counts) > 2:
        raise BadInput(
            f"The target {name} has {len(counts):,} different values; two are needed.",
            f"Its values are {_listed(counts)}.",
            "Say which value is the positive one (--positive); all others then count as negative.",
        )
    return _by_convention(counts)


def _by_convention(counts: dict[str, int]) -> PositiveClass:
    texts = list(counts)
    for text in texts:
        if text in ("1", "True") or text.lower() == "true":
            return PositiveClass(text, f"{text} is taken as the event by convention.")
    try:
        larger = max(texts, key=float)
    except ValueError:
        larger = None  # not two numbers: the words decide
    if larger is not None:
        return PositiveClass(larger, f"{larger} is the larger of the two numbers.")
    for match in (_is_positive_word, _has_positive_word):
        found = [text for text in texts if match(text)]
        if len(found) == 1:
            return PositiveClass(found[0], f"{found[0]!r} is a word for the event.")
    rarer = min(texts, key=lambda text: (counts[text], [-ord(letter) for letter in text]))
    return PositiveClass(rarer, f"{rarer!r} is the rarer value ({counts[rarer]:,} rows).")


def _is_positive_word(text: str) -> bool:
    return text.strip().casefold() in POSITIVE_WORDS


def _has_positive_word(text: str) -> bool:
    tokens = set(name_tokens(text))
    return bool(tokens & set(POSITIVE_WORDS)) and not tokens & _NEGATIONS


def _matching(given: str, counts: dict[str, int]) -> str | None:
    if given in counts:
        return given
    try:
        number = value_text(float(given))
    except ValueError:
        number = None
    if number in counts:
        return number
    alike = [text for text in counts if text.strip().casefold() == given.strip().casefold()]
    return alike[0] if len(alike) == 1 else None


def _listed(counts: dict[str, int], most: int = 8) -> str:
    shown = ", ".join(repr(text[:40]) for text in list(counts)[:most])
    return shown + (f" and {len(counts) - most:,} more" if len(counts) > most else "")


def target_candidates(frame: Columns) -> list[TargetProposal]:
    """Columns that may be the target, likeliest first; empty when nothing speaks for any."""
    found = []
    names = [str(name) for name in frame.columns]
    for position, name in enumerate(names):
        proposal = _judge(frame, name, last=position == len(names) - 1)
        if proposal is not None:
            found.append(proposal)
    return sorted(found, key=lambda proposal: -proposal.score)


def propose_target(frame: pd.DataFrame) -> str | None:
    """The likeliest target column, or None when nothing speaks for any."""
    found = target_candidates(frame)
    return found[0].column if found else None


def is_split_column(series: pd.Series) -> bool:
    """Whether the values name parts of a split (train, test), not anything about the rows."""
    present = series.dropna()
    if str(present.iloc[:1].squeeze()).strip().lower() not in SPLIT_PARTS:
        return False
    uniques = pd.unique(present)
    return len(uniques) >= 2 and {str(value).strip().lower() for value in uniques[:10]} <= SPLIT_PARTS


def _judge(frame: Columns, name: str, last: bool) -> TargetProposal | None:
    score, reasons = 0.0, []
    if name.strip().lower() in TARGET_NAMES:
        score += 3
        reasons.append("it is named like a target")
    elif TARGET.matches(name):
        score += 3
        reasons.append("its name speaks of the event")
    if last:
        score += 2
        reasons.append("it is the last column")
    if score == 0 or protected_attribute(name) is not None:
        return None
    series = frame[name]
    if is_split_column(series):
        return None
    distinct = series.nunique()
    if distinct == 2:
        texts = set(value_counts(series))
        zero_one = texts <= {"0", "1"} or texts <= {"True", "False"}
        score += 2 if zero_one else 1
        reasons.append(f"it has two values, {' and '.join(sorted(texts))}")
    elif not 2 < distinct <= 20:
        return None
    if score < 3:
        return None
    sentence = ", ".join(reasons)
    return TargetProposal(name, score, sentence[0].upper() + sentence[1:] + ".")
