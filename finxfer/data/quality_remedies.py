"""Findings whose remedy is one click: text that is numbers, spellings, repeated customers; proposals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from finxfer.data.findings import Finding, bar, percent, rows_word
from finxfer.data.remedy_choice import LEFT_OUT_UNREAD, best_reading, usual_fill
from finxfer.data.spellings import spelling_key
from finxfer.data.values import value_counts
from finxfer.records.remedy_spec import (
    CAP,
    DEDUPLICATE,
    FILL,
    MERGE,
    NUMBER,
    PARSE,
    STANDARDISE,
    YES_NO,
    RemedySpec,
)
from finxfer.records.spec import ColumnSpec

SAMPLE_ROWS = 20_000
MOST_COLUMNS = 200
TRAINING_SHARE = 0.56
"""Of the rows of a table, by the usual split: what levels are counted in."""
FEWEST = (50, 20, 10, 5)
KEPT_SHARE = 0.3
FEW_REPEATED = 0.2
LIMITS = (0.001, 0.005, 0.01, 0.02, 0.05)
EXAMPLES = 3
_WORDS = {"number": "numbers", "date": "dates", "yes/no": "yes and no"}


def remedy_findings(frame: pd.DataFrame, columns: Sequence[ColumnSpec], target: str) -> list[Finding]:
    """Findings on text columns, on the spelling of the target and on repeated identifiers."""
    rows = _sample(frame)
    findings = target_findings(rows, target)
    texts = [one for one in columns if one.kind in ("category", "text") and one.name in frame.columns]
    for column in texts[:MOST_COLUMNS]:
        series = rows[column.name]
        if column.name == target or pd.api.types.is_numeric_dtype(series.dtype):
            continue
        reading = best_reading(series) if column.role in ("feature", *LEFT_OUT_UNREAD[:2]) else None
        if reading == YES_NO and series.dropna().map(spelling_key).nunique() <= 2:
            reading = None  # two levels are what they should be, however they are called
        if reading is not None and not (column.role == "id" and _plain(series)):
            findings.append(_stored_as_text(column, series, reading))
        elif column.role in ("feature", "protected"):
            findings += _spellings(column.name, series, "warning")
    read = {one.column for one in findings}
    return findings + _repeated(frame, [one for one in columns if one.name not in read])


def with_remedies(found: Sequence[Finding], others: Sequence[Finding]) -> list[Finding]:
    """Both; a text column that is numbers or one level in many spellings has many values for that reason."""
    told = {one.column for one in found}
    return [*found, *(one for one in others if one.kind != "many_values" or one.column not in told)]


def target_findings(frame: pd.DataFrame, target: str) -> list[Finding]:
    """What stands in the way of reading the target: amounts as text, one outcome in several spellings."""
    if target not in frame.columns or pd.api.types.is_numeric_dtype(frame[target].dtype):
        return []
    series = _sample(frame)[target]
    counts = value_counts(series)
    if len(counts) > 20 and best_reading(series) == NUMBER:
        sentence = f"The target holds amounts written as text, such as {_examples(counts)}."
        parse = RemedySpec(PARSE, (target,), {"as": NUMBER})
        return [Finding("target_text", target, "problem", None, sentence, remedies=(parse,))]
    return _spellings(target, series, "problem") if len(counts) <= 100 else []


def _sample(frame: pd.DataFrame) -> pd.DataFrame:
    """At most 20,000 rows, evenly spread over the table."""
    if len(frame) <= SAMPLE_ROWS:
        return frame
    return frame.iloc[np.linspace(0, len(frame) - 1, SAMPLE_ROWS).astype(np.int64)]


def _plain(series: pd.Series) -> bool:
    """Whether an identifier's cells are mere digits: to read them as amounts makes no sense."""
    return bool(series.dropna().astype("str").str.fullmatch(r"\s*[\d-]+\s*").all())


def _examples(counts: Mapping[str, int]) -> str:
    """Two cells, such with digits where there are any."""
    telling = [text for text in counts if any(letter.isdigit() for letter in text)] or list(counts)
    return " and ".join(repr(text[:30]) for text in telling[:2])


def _stored_as_text(column: ColumnSpec, series: pd.Series, reading: str) -> Finding:
    counts = value_counts(series)
    sentence = f"Its cells are {_WORDS[reading]} written as text, such as {_examples(counts)}."
    remedy = RemedySpec(PARSE, (column.name,), {"as": reading})
    return Finding("stored_as_text", column.name, "warning", None, sentence, remedies=(remedy,))


def _spellings(name: str, series: pd.Series, severity: str) -> list[Finding]:
    groups: dict[str, list[tuple[str, int]]] = {}
    counts = value_counts(series)
    if len(counts) > 5_000:
        return []
    for text, rows in counts.items():
        groups.setdefault(spelling_key(text), []).append((text, rows))
    several = sorted(
        (group for group in groups.values() if len(group) > 1), key=lambda group: -sum(n for _, n in group)
    )
    if not several or len(groups) < 2:
        return []
    shown = [text for text, _ in several[0][:EXAMPLES]]
    words = " and ".join(repr(text[:30]) for text in shown)
    sentence = (
        f"{len(counts):,} spellings of {len(groups):,} levels, such as {words}: each counts as its own."
    )
    cells = [one for group in several[:2] for one in group[:4]]
    chart = bar([f"‘{text[:24]}’" for text, _ in cells], [rows for _, rows in cells], "rows")
    kind = "target_spelling" if severity == "problem" else "spellings"
    remedy = RemedySpec(STANDARDISE, (name,))
    return [Finding(kind, name, severity, len(counts) - len(groups), sentence, "", chart, (remedy,))]


def _repeated(frame: pd.DataFrame, columns: Sequence[ColumnSpec]) -> list[Finding]:
    """Customers in more than one row, where nearly every row is a customer of its own."""
    times = [one.name for one in columns if one.role == "time" and one.name in frame.columns]
    findings = []
    for column in columns:
        if column.role != "id" or column.name not in frame.columns:
            continue
        known = frame[column.name].dropna()
        repeated = int(known.duplicated().sum())
        share = repeated / max(len(known), 1)
        if not 0 < share <= FEW_REPEATED:
            continue
        sentence = f"{rows_word(repeated)} ({percent(share)}) repeat an earlier {column.name}."
        by = {"by": times[0]} if len(times) == 1 else {}
        remedy = RemedySpec(DEDUPLICATE, (column.name,), by)
        severity = "warning" if share > 0.01 else "note"
        findings.append(Finding("repeated_id", column.name, severity, share, sentence, remedies=(remedy,)))
    return findings


def fills_for(columns: Sequence[ColumnSpec], names: Sequence[str]) -> tuple[RemedySpec, ...]:
    """One remedy a way of filling, for the features among ``names``."""
    ways: dict[str, list[str]] = {}
    for column in columns:
        if column.name in names and column.role == "feature":
            ways.setdefault(usual_fill(column.kind)["method"], []).append(column.name)
    return tuple(RemedySpec(FILL, tuple(found), {"method": method}) for method, found in ways.items())


def merge_for(name: str, counts: pd.Series) -> tuple[RemedySpec, ...]:
    """Merging the rare levels, where some levels stay; ``counts`` are rows by level."""
    training = counts.to_numpy(np.float64) * TRAINING_SHARE
    for fewest in FEWEST:
        kept = training >= 1.2 * fewest
        if kept.sum() >= 2 and training[kept].sum() >= KEPT_SHARE * training.sum():
            return (RemedySpec(MERGE, (name,), {"min_rows": fewest}),)
    return ()


def cap_for(name: str, known: np.ndarray, far: float) -> tuple[RemedySpec, ...]:
    """Capping at the widest quantiles that are within ``far`` of the median; none where there are no such."""
    middle = float(np.median(known))

    def end(sign: int) -> tuple[bool, float | None]:
        if not (sign * (known - middle) > far).any():
            return True, None
        for share in LIMITS:
            quantile = float(np.quantile(known, 1 - share if sign > 0 else share))
            if sign * (quantile - middle) <= far:
                return True, 1 - share if sign > 0 else share
        return False, None

    (low_found, lower), (high_found, upper) = end(-1), end(1)
    if not (low_found and high_found) or (lower is None and upper is None):
        return ()
    return (RemedySpec(CAP, (name,), {"lower": lower, "upper": upper}),)
