"""Rules that training rows teach: what a later table must look like to be what the model learned from.

No rule holds a customer's own value: ranges come from the 1st and 99th percentile, widened and rounded, and
a category is named only where several rows have it. Tolerances are what chance explains: of what none of n
rows did, later rows may do 3/n (the rule of three, an upper 95% limit), and the share of later rows with a
value that has no name here is estimated by the share of training rows with such a value, plus three standard
errors.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from finxfer.data.validation import as_dates, as_numbers
from finxfer.data.values import value_counts, value_text
from finxfer.records.rules import (
    BETWEEN,
    KIND,
    MISSING_AT_MOST,
    NOT_AFTER,
    NOT_EMPTY,
    ONE_OF,
    PRESENT,
    PROBLEM,
    UNIQUE,
    WARNING,
    Rule,
    RuleSet,
)
from finxfer.records.spec import ColumnSpec
from finxfer.records.stored_columns import Columns

FEWEST_ROWS = 5
"""Rows that a category needs to be named."""
MOST_CATEGORIES = 1000
MOST_CLASSES = 50
FEWEST_PAIRS = 50
MOST_DATES = 6
RANGE_QUANTILES = (0.01, 0.99)
RANGE_WIDENING = 0.5
RANGE_TOLERANCE = 0.01
MISSING_ALLOWANCE = 0.05
_TINIEST = 1e-290
"""A spread below it has no tenth that a float holds."""
_USED = ("feature", "protected", "time", "group")


def learn_rules(
    frame: Columns,
    columns: Sequence[ColumnSpec],
    features: Sequence[str],
    classes: Sequence[str] = (),
    table: str = "",
) -> RuleSet:
    """The rules of training rows.

    Args:
        frame: the training rows, and nothing else; its columns are read one by one.
        columns: roles and kinds as the analyst settled them.
        features: the columns that a table to score must have.
        classes: the target's values as texts; empty where it is a number.
        table: the table's name, for people.
    """
    rules: list[Rule] = []
    for column in columns:
        if column.name not in frame.columns:
            continue
        series = frame[column.name]
        if column.name in features:
            rules.append(Rule(column.name, PRESENT))
        if column.role in _USED:
            # What the model does not read can spoil the comparison of groups or a split, but no score.
            rules += _column_rules(column, series, PROBLEM if column.name in features else WARNING)
        elif column.role == "id" and series.notna().any() and series.dropna().is_unique:
            rules.append(Rule(column.name, UNIQUE))
        elif column.role == "target":
            rules += _target_rules(column.name, classes)
    return RuleSet((*rules, *_date_orders(frame, columns)), table, len(frame))


def _column_rules(column: ColumnSpec, series: pd.Series, severity: str) -> list[Rule]:
    rows, name = len(series), column.name
    rules = []
    if column.kind in ("numeric", "date") and _reads_as(series, column.kind):
        rules.append(Rule(name, KIND, (column.kind,), severity, _never(rows)))
    rules += _missing_rules(name, series, severity)
    if column.kind == "numeric":
        rules += _range_rules(name, as_numbers(series))
    elif column.kind in ("category", "boolean") and column.role != "group":
        rules += _category_rules(name, series, severity)
    return rules


def _reads_as(series: pd.Series, kind: str) -> bool:
    """Whether every known training cell is such a value: a date may also be written as a number."""
    read = ~np.isnan(as_numbers(series)) if kind == "numeric" else ~np.isnat(as_dates(series))
    return bool((read | series.isna().to_numpy()).all() and read.any())


def _missing_rules(name: str, series: pd.Series, severity: str) -> list[Rule]:
    rows, missing = len(series), int(series.isna().sum())
    if missing == rows:
        return []
    if missing == 0:
        return [Rule(name, NOT_EMPTY, (), severity, _never(rows))]
    share = missing / rows
    most = share + 3 * math.sqrt(share * (1 - share) / rows) + MISSING_ALLOWANCE
    return [Rule(name, MISSING_AT_MOST, (min(1.0, math.ceil(100 * most) / 100),), WARNING)]


def _category_rules(name: str, series: pd.Series, severity: str) -> list[Rule]:
    counts = value_counts(series)
    known = tuple(text for text, rows in counts.items() if rows >= FEWEST_ROWS)
    if not known or len(known) > MOST_CATEGORIES:
        return []
    rare = sum(rows for rows in counts.values() if rows < FEWEST_ROWS)
    rows = max(1, sum(counts.values()))
    spread = 3 * math.sqrt(rare) / rows
    tolerance = min(1.0, rare / rows + spread + _never(rows))
    return [Rule(name, ONE_OF, known, severity, round(tolerance, 6))]


def _range_rules(name: str, numbers: np.ndarray) -> list[Rule]:
    """A range that is told only where more than 1% of the rows are outside of it."""
    known = numbers[~np.isnan(numbers)]
    if not len(known):
        return []
    low, high = (float(value) for value in np.quantile(known, RANGE_QUANTILES))
    spread = high - low
    wide = (low - RANGE_WIDENING * spread, high + RANGE_WIDENING * spread)
    if not (spread > _TINIEST and all(math.isfinite(limit) for limit in (spread, *wide))):
        return []
    step = 10.0 ** (math.floor(math.log10(spread)) - 1)
    bottom, top = math.floor(wide[0] / step) * step, math.ceil(wide[1] / step) * step
    if bottom < 0 <= known.min():
        bottom = 0.0
    limits = (float(f"{bottom:.12g}"), float(f"{top:.12g}"))
    if not all(math.isfinite(limit) for limit in limits):
        return []
    return [Rule(name, BETWEEN, limits, WARNING, max(RANGE_TOLERANCE, _never(len(numbers))))]


def _target_rules(name: str, classes: Sequence[str]) -> list[Rule]:
    if not classes:
        return [Rule(name, KIND, ("numeric",))]
    return [Rule(name, ONE_OF, tuple(classes))] if len(classes) <= MOST_CLASSES else []


def known_classes(target: pd.Series) -> tuple[str, ...]:
    """The values of a target of classes, as texts."""
    texts = {value_text(value) for value in target.dropna().unique()} - {None}
    return tuple(sorted(str(text) for text in texts))


def _date_orders(frame: Columns, columns: Sequence[ColumnSpec]) -> list[Rule]:
    """Pairs of dates of which one is never after the other, and mostly before it."""
    names = [c.name for c in columns if c.kind == "date" and c.role in _USED and c.name in frame.columns]
    dates = {name: as_dates(frame[name]) for name in names[:MOST_DATES]}
    found = []
    for first, earlier in dates.items():
        for then, later in dates.items():
            known = ~(np.isnat(earlier) | np.isnat(later))
            rows = int(known.sum())
            before = earlier[known] < later[known]
            ordered = first != then and rows >= FEWEST_PAIRS and bool((earlier[known] <= later[known]).all())
            if ordered and before.mean() > 0.5:
                found.append(Rule(first, NOT_AFTER, (then,), PROBLEM, _never(rows)))
    return found


def _never(rows: int) -> float:
    """The share of later rows that may do what none of ``rows`` rows did: the rule of three, at most 1."""
    return round(min(1.0, 3 / max(1, rows)), 6)
