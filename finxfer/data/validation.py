"""A table held to rules, by pandera: one row of the failure table for each rule that rows break.

The checks are vectorised and run column by column, so that a table larger than memory's share is never whole
in it; pandera keeps a few failing cells of each check, and the count of all of them is kept beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from finxfer.data.dates import parse_dates
from finxfer.data.values import map_values, value_text
from finxfer.records.rules import (
    BETWEEN,
    KIND,
    MATCHES,
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

if TYPE_CHECKING:
    from pandera.pandas import DataFrameSchema

CASES = 10
"""Failing rows of a rule that are shown."""
_LONGEST_EXAMPLE = 60
_NAMED_VALUES = 5
Open = Callable[[list[str]], pd.DataFrame]


@dataclass(frozen=True)
class Failure:
    """A rule that rows break.

    Args:
        column, check: of the rule.
        expected: the rule in words.
        severity: problem or warning, the rule's tolerance considered.
        rows: how many rows break it; None where the whole column is lacking.
        share: of all rows, 0 to 1.
        examples: some of the failing cells as texts, different ones.
        row_numbers: of the first failing rows, counted from 1.
    """

    column: str
    check: str
    expected: str
    severity: str
    rows: int | None
    share: float | None
    examples: tuple[str, ...] = ()
    row_numbers: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """A plain object for ``json.dumps``."""
        return asdict(self) | {"examples": list(self.examples), "row_numbers": list(self.row_numbers)}


@dataclass(frozen=True)
class Outcome:
    """What came of holding a table to rules.

    Args:
        failures: problems first, then by share of rows.
        rules: how many rules there were.
        rows: rows of the table.
    """

    failures: tuple[Failure, ...]
    rules: int
    rows: int

    @property
    def problems(self) -> int:
        """How many of the failures are problems."""
        return sum(failure.severity == PROBLEM for failure in self.failures)

    def sentence(self) -> str:
        """The outcome in one sentence."""
        if not self.failures:
            return f"All {self.rules:,} rules hold for the {self.rows:,} rows."
        warnings = len(self.failures) - self.problems
        parts = [_counted(self.problems, "problem")] if self.problems else []
        parts += [_counted(warnings, "warning")] if warnings else []
        columns = list(dict.fromkeys(failure.column for failure in self.failures))
        named = ", ".join(columns[:3]) + (", …" if len(columns) > 3 else "")
        return f"Of {self.rules:,} rules, rows break {len(self.failures):,} ({', '.join(parts)}): {named}."

    def to_json(self) -> dict[str, Any]:
        """A plain object for ``json.dumps``."""
        return {
            "rules": self.rules,
            "rows": self.rows,
            "problems": self.problems,
            "sentence": self.sentence(),
            "failures": [failure.to_json() for failure in self.failures],
        }


def failure_table(failures: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """The failures of :meth:`Outcome.to_json` as a table, for a file or the screen."""
    names = ["column", "check", "expected", "severity", "rows", "share", "examples", "row_numbers"]
    rows = [
        one
        | {
            "examples": "; ".join(one["examples"]),
            "row_numbers": ", ".join(str(number) for number in one["row_numbers"]),
        }
        for one in failures
    ]
    frame = pd.DataFrame(rows, columns=names)
    return frame.astype({"rows": "Int64", "share": "float64"})


def validate_frame(frame: pd.DataFrame, rules: RuleSet) -> Outcome:
    """Hold a table in memory to rules; see :func:`validate`."""
    return validate(lambda names: frame[names], [str(name) for name in frame.columns], len(frame), rules)


def validate(open_columns: Open, columns: Sequence[str], rows: int, rules: RuleSet) -> Outcome:
    """Hold a table to rules, one column at a time.

    Args:
        open_columns: gives the named columns of all rows.
        columns: names of the table's columns.
        rows: its number of rows.

    A rule about a column that the table lacks breaks nothing, unless it says that the column is present.
    """
    there, found = set(columns), []
    by_column: dict[str, list[Rule]] = {}
    for rule in rules.rules:
        by_column.setdefault(rule.column, []).append(rule)
    for column, wanted in by_column.items():
        beside = {str(rule.values[0]) for rule in wanted if rule.check == NOT_AFTER} & there
        usable = [rule for rule in wanted if rule.check != NOT_AFTER or rule.values[0] in there]
        names = [column, *sorted(beside - {column})] if column in there else []
        if names or any(rule.check == PRESENT for rule in usable):
            frame = open_columns(names).reset_index(drop=True) if names else pd.DataFrame(index=range(rows))
            found += _column_failures(frame, column, usable)
    found.sort(key=lambda one: (one.severity != PROBLEM, -(1.0 if one.share is None else one.share)))
    return Outcome(tuple(found), len(rules.rules), rows)


def _column_failures(frame: pd.DataFrame, column: str, rules: list[Rule]) -> list[Failure]:
    from pandera.errors import SchemaErrors

    checked = [rule for rule in rules if rule.check != PRESENT]
    counts: dict[int, int] = {}
    table = {"frame": frame}
    schema = schema_of(column, checked, table, counts, required=len(checked) < len(rules))
    try:
        schema.validate(frame, lazy=True, inplace=True)
    except SchemaErrors as error:
        cases = error.failure_cases
    else:
        return []
    finally:
        # pandera keeps a schema for as long as its table lives; a schema that holds the table lives for ever.
        table.clear()
    found = []
    if (cases["check"] == "column_in_dataframe").any():
        present = next(rule for rule in rules if rule.check == PRESENT)
        found.append(Failure(column, PRESENT, describe(present), present.severity, None, None))
    for number, rows in cases.dropna(subset=["check_number"]).groupby("check_number"):
        rule = checked[int(number)]  # type: ignore[call-overload]
        failure = _failure(rule, counts[int(number)], len(frame), rows)  # type: ignore[call-overload]
        found += [failure] if failure is not None else []
    return found


def schema_of(
    column: str, rules: Sequence[Rule], table: dict[str, pd.DataFrame], counts: dict[int, int], required: bool
) -> DataFrameSchema:
    """Pandera's schema of one column; its checks note in ``counts`` how many rows fail, by their place.

    table: holds the ``frame`` in which a check finds another column.
    """
    from pandera.pandas import Check, Column, DataFrameSchema

    def check(place: int, rule: Rule) -> Check:
        def run(series: pd.Series) -> pd.Series:
            good = pd.Series(
                _CHECKS[rule.check](series, rule.values, table["frame"]), index=series.index, dtype=bool
            )
            counts[place] = int((~good).sum())
            return good

        return Check(run, name=rule.check, error=describe(rule), ignore_na=False, n_failure_cases=CASES)

    checks = [check(place, rule) for place, rule in enumerate(rules)]
    return DataFrameSchema({column: Column(checks=checks, nullable=True, required=required)})


def _failure(rule: Rule, rows: int, of: int, cases: pd.DataFrame) -> Failure | None:
    """The failure as told; None for a warning within its tolerance."""
    share, severity = rows / max(1, of), rule.severity
    if share <= rule.tolerance:
        if severity == WARNING:
            return None
        severity = WARNING
    texts = [value_text(value) for value in cases["failure_case"]]
    examples = dict.fromkeys(text[:_LONGEST_EXAMPLE] for text in texts if text is not None)
    numbers = tuple(int(index) + 1 for index in cases["index"])
    return Failure(rule.column, rule.check, describe(rule), severity, rows, share, tuple(examples), numbers)


def describe(rule: Rule) -> str:
    """The rule in words."""
    values = rule.values
    if rule.check == BETWEEN:
        low, high = values
        if low is None or high is None:
            return f"at most {_number(high)}" if low is None else f"at least {_number(low)}"
        return f"between {_number(low)} and {_number(high)}"
    if rule.check == ONE_OF:
        more = f" or one of {len(values) - _NAMED_VALUES:,} more" if len(values) > _NAMED_VALUES else ""
        return f"one of {', '.join(repr(value) for value in values[:_NAMED_VALUES])}{more}"
    if rule.check == MISSING_AT_MOST:
        return f"at most {100 * float(values[0] or 0):.3g}% empty"
    words = {
        PRESENT: "the column is there",
        KIND: {"numeric": "a number", "date": "a date"}.get(str(values[0]) if values else "", ""),
        NOT_EMPTY: "not empty",
        UNIQUE: "every value once",
        MATCHES: f"like the pattern {values[0]}" if values else "",
        NOT_AFTER: f"not after {values[0]!r}" if values else "",
    }
    return words[rule.check]


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _number(value: object) -> str:
    return f"{value:,.12g}"


def as_numbers(series: pd.Series) -> np.ndarray:
    """float64 (N,): the numbers of a column, NaN where a cell is missing or is none."""
    if pd.api.types.is_numeric_dtype(series.dtype):
        return series.to_numpy(dtype=np.float64, na_value=np.nan)
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return np.full(len(series), np.nan)
    return map_values(series, _to_number, np.nan).astype(np.float64)


def _to_number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return np.nan


def as_dates(series: pd.Series) -> np.ndarray:
    """datetime64[us] (N,): the dates of a column, NaT where a cell is missing or is none."""
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return series.dt.tz_localize(None).to_numpy(dtype="datetime64[us]")
    if pd.api.types.is_numeric_dtype(series.dtype):
        return np.full(len(series), np.datetime64("NaT"), dtype="datetime64[us]")
    return map_values(series, _to_date, np.datetime64("NaT")).astype("datetime64[us]")


def _to_date(value: object) -> np.datetime64:
    dates = parse_dates([str(value).strip()])
    return np.datetime64("NaT") if dates is None else dates.values[0]


Values = tuple[str | float | None, ...]


def _is_kind(series: pd.Series, values: Values, frame: pd.DataFrame) -> np.ndarray:
    read = ~np.isnan(as_numbers(series)) if values[0] == "numeric" else ~np.isnat(as_dates(series))
    return read | series.isna().to_numpy()


def _not_empty(series: pd.Series, values: Values, frame: pd.DataFrame) -> np.ndarray:
    return series.notna().to_numpy()


def _missing_at_most(series: pd.Series, values: Values, frame: pd.DataFrame) -> np.ndarray:
    known = series.notna().to_numpy()
    return known | (1 - known.mean() <= float(values[0] or 0)) if len(known) else known


def _unique(series: pd.Series, values: Values, frame: pd.DataFrame) -> np.ndarray:
    return (~series.duplicated(keep=False) | series.isna()).to_numpy()


def _between(series: pd.Series, values: Values, frame: pd.DataFrame) -> np.ndarray:
    numbers, (low, high) = as_numbers(series), values
    inside = (numbers >= (-np.inf if low is None else low)) & (numbers <= (np.inf if high is None else high))  # type: ignore[operator]
    return inside | np.isnan(numbers)


def _one_of(series: pd.Series, values: Values, frame: pd.DataFrame) -> np.ndarray:
    known = set(values)
    return map_values(series, lambda value: value_text(value) in known, True).astype(bool)


def _matches(series: pd.Series, values: Values, frame: pd.DataFrame) -> np.ndarray:
    import pyarrow as pa
    import pyarrow.compute as pc

    codes, distinct = pd.factorize(series)
    texts = pa.array([value_text(value) for value in distinct], pa.string())
    good = pc.match_substring_regex(texts, rf"\A(?:{values[0]})\z").to_numpy(zero_copy_only=False)
    return np.append(good.astype(bool), True)[codes]


def _not_after(series: pd.Series, values: Values, frame: pd.DataFrame) -> np.ndarray:
    first, then = as_dates(series), as_dates(frame[str(values[0])])
    return (first <= then) | np.isnat(first) | np.isnat(then)


_CHECKS: dict[str, Callable[[pd.Series, Values, pd.DataFrame], np.ndarray]] = {
    KIND: _is_kind,
    NOT_EMPTY: _not_empty,
    MISSING_AT_MOST: _missing_at_most,
    UNIQUE: _unique,
    BETWEEN: _between,
    ONE_OF: _one_of,
    MATCHES: _matches,
    NOT_AFTER: _not_after,
}
