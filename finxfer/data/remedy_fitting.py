"""What each remedy learns of a column from training rows: aggregates and names of levels, no row."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pandas as pd

from finxfer.data.encoding import FLOAT32_MAX
from finxfer.data.remedy_steps import STEPS, as_floats, read_dates
from finxfer.data.spellings import NumberReader, learn_day_first, spelling_key, tidy
from finxfer.data.values import value_counts, value_text
from finxfer.errors import BadInput
from finxfer.records.remedy_spec import (
    BLANK,
    CAP,
    CONSTANT,
    DATE,
    FILL,
    LEVEL,
    MEAN,
    MEDIAN,
    MERGE,
    NUMBER,
    PARSE,
    STANDARDISE,
)

MOST_SPELLINGS = 1000
FEW_ROWS = 5
"""A level of fewer training rows is stored only where it is spelled in more than one way."""
WORDS = {"numeric": "numbers", "category": "categories", "text": "texts", "boolean": "yes and no",
         "date": "dates"}  # fmt: skip


class Step(Protocol):
    """An earlier remedy of the same column."""

    @property
    def kind(self) -> str: ...

    @property
    def learned(self) -> dict[str, Any]: ...


Arguments = Mapping[str, Any]
Fit = Callable[[pd.Series, Arguments, str, Sequence[Step]], dict[str, Any]]


def _refused(series: pd.Series, kind: str, why: str, advice: str) -> BadInput:
    return BadInput(f"The remedy {kind} cannot be applied to {str(series.name)[:60]!r}.", why, advice)


def _needs(series: pd.Series, remedy: str, kind: str, kinds: Sequence[str]) -> None:
    if kind not in kinds:
        raise _refused(
            series,
            remedy,
            f"The column holds {WORDS[kind]}; the remedy is for {' or '.join(WORDS[one] for one in kinds)}.",
            "Choose another remedy, or another kind for the column.",
        )


def _through(text: str, before: Sequence[Step]) -> str | None:
    """A text as the earlier remedies of the column leave it; None where they empty it."""
    series = pd.Series([text], dtype="str")
    for step in before:
        series = STEPS[step.kind](series, step.learned)
    return value_text(series.iloc[0])


def _parse(series: pd.Series, arguments: Arguments, kind: str, before: Sequence[Step]) -> dict[str, Any]:
    wanted = arguments["as"]
    if pd.api.types.is_numeric_dtype(series.dtype) or pd.api.types.is_datetime64_any_dtype(series.dtype):
        held = "numbers" if pd.api.types.is_numeric_dtype(series.dtype) else "dates"
        raise _refused(
            series,
            PARSE,
            f"The column was read as {held} already.",
            "Take the remedy back.",
        )
    counts = value_counts(series)
    if wanted == NUMBER:
        return {"as": wanted, "reader": NumberReader.fit(counts).to_json()}
    return {"as": wanted, **({"day_first": learn_day_first(counts)} if wanted == DATE else {})}


def _standardise(
    series: pd.Series, arguments: Arguments, kind: str, before: Sequence[Step]
) -> dict[str, Any]:
    _needs(series, STANDARDISE, kind, ("category", "text"))
    groups: dict[str, dict[str, int]] = {}
    for text, rows in value_counts(series).items():
        spellings = groups.setdefault(spelling_key(text), {})
        spellings[tidy(text)] = spellings.get(tidy(text), 0) + rows
    kept = {
        key: max(sorted(spellings), key=lambda one: spellings[one])
        for key, spellings in groups.items()
        if key and (len(spellings) > 1 or sum(spellings.values()) >= FEW_ROWS)
    }
    often = sorted(kept, key=lambda key: -sum(groups[key].values()))[:MOST_SPELLINGS]
    return {"spelling": {key: kept[key] for key in often}}


def _blank(series: pd.Series, arguments: Arguments, kind: str, before: Sequence[Step]) -> dict[str, Any]:
    keys = [spelling_key(text) for text in arguments["values"]]
    numbers = [float(text) for text in arguments["values"] if _is_number(text)]
    learned = {"keys": keys, "numbers": numbers}
    if series.notna().any() and STEPS[BLANK](series, learned).isna().all():
        raise _refused(
            series, BLANK, "No cell would keep a value.", "Name fewer values, or leave the column out."
        )
    return learned


def _is_number(text: str) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def _fill(series: pd.Series, arguments: Arguments, kind: str, before: Sequence[Step]) -> dict[str, Any]:
    method, value = arguments["method"], arguments["value"]
    if method in (MEDIAN, MEAN):
        _needs(series, FILL, kind, ("numeric", "date") if method == MEDIAN else ("numeric",))
    if method == LEVEL:
        _needs(series, FILL, kind, ("category", "text"))
    if method not in (CONSTANT, LEVEL) and not _known(series, kind):
        advice = "Fill in a constant, or leave the column out."
        raise _refused(series, FILL, "No training row has a known value to learn from.", advice)
    if kind == "date":
        return {"as": "date", "value": _date_value(series, method, value)}
    if kind == "numeric":
        return {"as": "number", "value": _number_value(series, method, value)}
    if method in (CONSTANT, LEVEL):
        text = value_text(value) or ""
        return {"as": "text", "value": _through(text, before) or text}
    return {"as": "text", "value": next(iter(value_counts(series)))}


def _known(series: pd.Series, kind: str) -> bool:
    return bool(len(_numbers(series)) if kind == "numeric" else series.notna().any())


def _numbers(series: pd.Series) -> np.ndarray:
    """The known numbers, within what a model can read (float32)."""
    values = as_floats(series)
    return np.clip(values[~np.isnan(values)], -FLOAT32_MAX, FLOAT32_MAX)


def _number_value(series: pd.Series, method: str, value: Any) -> float:
    if method == CONSTANT:
        if isinstance(value, str) and not _is_number(value):
            advice = "Give a number, or choose the median."
            raise _refused(series, FILL, f"The column holds numbers, and {value[:40]!r} is none.", advice)
        return float(value)
    known = _numbers(series)
    if method == MEDIAN:
        return float(np.median(known))
    if method == MEAN:
        return float(known.mean())
    found, rows = np.unique(known, return_counts=True)
    return float(found[rows.argmax()])


def _date_value(series: pd.Series, method: str, value: Any) -> str:
    try:
        dates = read_dates(series, True)
        if method == CONSTANT:
            return str(pd.Timestamp(value).isoformat())
        known = dates.dropna().sort_values()
        found = known.mode().iloc[0] if method == "mode" else known.iloc[(len(known) - 1) // 2]
        return str(pd.Timestamp(found).isoformat())
    except (ValueError, TypeError, IndexError):
        advice = "Give a date such as 2024-05-31, or choose the median."
        raise _refused(series, FILL, "There is no date to fill in.", advice) from None


def _cap(series: pd.Series, arguments: Arguments, kind: str, before: Sequence[Step]) -> dict[str, Any]:
    _needs(series, CAP, kind, ("numeric",))
    known = _numbers(series)
    if not len(known):
        advice = "Leave the column out."
        raise _refused(series, CAP, "No training row has a known value to learn from.", advice)
    low, high = (
        None if share is None else float(np.quantile(known, share))
        for share in (arguments["lower"], arguments["upper"])
    )
    emptied = [number for step in before if step.kind == BLANK for number in step.learned["numbers"]]
    low = None if low is None else _beside(low, emptied)
    high = None if high is None else _beside(high, emptied)
    if low is not None and low == high and known.min() < known.max():
        why = f"Both limits are {low:g}: every customer would have the same value."
        raise _refused(series, CAP, why, "Take quantiles further apart, or leave the column out.")
    return {"low": low, "high": high, "lower": arguments["lower"], "upper": arguments["upper"]}


def _beside(limit: float, emptied: Sequence[float]) -> float:
    """A limit that is no code for missing, or a capped cell would be taken for one."""
    return float(np.nextafter(limit, np.inf)) if limit in emptied else limit


def _merge(series: pd.Series, arguments: Arguments, kind: str, before: Sequence[Step]) -> dict[str, Any]:
    _needs(series, MERGE, kind, ("category", "text"))
    # The label goes through what comes before it, so that a second time changes nothing.
    label = _through(arguments["label"], before)
    if label is None:
        why = f"The name {arguments['label'][:40]!r} of the merged levels is a value that is emptied."
        raise _refused(series, MERGE, why, "Give the merged levels another name.")
    counts = value_counts(series)
    kept = [text for text, rows in counts.items() if rows >= arguments["min_rows"]]
    if counts and not [text for text in kept if text != label]:
        fewest = f"{arguments['min_rows']:,} training rows"
        why = f"None of its {len(counts):,} levels has {fewest}: all would be one."
        raise _refused(series, MERGE, why, "Ask for fewer rows a level, or leave the column out.")
    return {"kept": kept, "label": label, "min_rows": arguments["min_rows"]}


FITS: Mapping[str, Fit] = {
    PARSE: _parse,
    STANDARDISE: _standardise,
    BLANK: _blank,
    FILL: _fill,
    CAP: _cap,
    MERGE: _merge,
}
