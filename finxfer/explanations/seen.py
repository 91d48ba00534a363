"""What the training rows held, column by column: the values that a changed customer may take.

A *customer* is a plain object here, as JSON has it: a number for a numeric column, an ISO text for a date,
the text of a cell for every other column, None where it is missing. Models read these texts as they read the
cells they came from (:func:`finxfer.data.values.value_text`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from finxfer.data.encoding import TableEncoder
from finxfer.data.lexicon import protected_attribute
from finxfer.data.values import value_counts, value_text
from finxfer.errors import BadInput
from finxfer.records.spec import ColumnSpec

GRID = 101
MOST_CHOICES = 1000
SECONDS_A_DAY = 86_400
# Attributes of a person that the lexicon knows and that a person can change all the same.
_CHANGEABLE = ("education", "occupation")

Value = float | str | None
Customer = dict[str, Value]


@dataclass(frozen=True)
class SeenColumn:
    """One feature as training saw it.

    Args:
        name: the column.
        kind: ``number``, ``date`` or ``choice``.
        grid: observed numbers (dates: days since 1970), ascending, at even shares of the training rows; the
            first is the least and the last the largest seen. Empty for choices.
        shares: share of the training rows below each of them, half of those equal to it counted, 0 to 1.
        choices: observed texts, most frequent first, at most 1,000. Empty for numbers.
        whole: whether every number was whole.
        missing: share of the training rows without a value, 0 to 1.
    """

    name: str
    kind: str
    grid: tuple[float, ...] = ()
    shares: tuple[float, ...] = ()
    choices: tuple[str, ...] = ()
    whole: bool = False
    missing: float = 0.0

    def number(self, value: Value) -> float:
        """A value on the scale of ``grid``; NaN where it is missing."""
        if value is None:
            return math.nan
        return _days(str(value)) if self.kind == "date" else float(value)

    def value(self, number: float) -> Value:
        """The opposite of :meth:`number`."""
        if self.kind == "date":
            return str(value_text(pd.Timestamp(0) + pd.Timedelta(days=number)))
        return number

    def position(self, value: Value) -> float:
        """Share of the training rows below the value, 0 to 1; NaN where it is missing or nothing was seen."""
        number = self.number(value)
        if math.isnan(number) or not self.grid:
            return math.nan
        if number < self.grid[0] or number > self.grid[-1]:
            return float(number > self.grid[-1])
        return float(np.interp(number, self.grid, self.shares))

    def unusual(self, value: Value) -> str | None:
        """``below`` or ``above`` the range seen, ``new`` for a text never seen, ``missing`` where no
        training row was; None for a value that training knows."""
        if value is None:
            return None if self.missing else "missing"
        if self.kind == "choice":
            return None if value in self.choices or len(self.choices) == MOST_CHOICES else "new"
        number = self.number(value)
        if self.grid and self.grid[0] <= number <= self.grid[-1]:
            return None
        return "above" if self.grid and number > self.grid[-1] else "below"

    def read(self, value: Any) -> Value:
        """A value as somebody wrote it; an empty text and None are missing.

        Raises:
            BadInput: no number for a numeric column, no date for a date column.
        """
        if value is None or (isinstance(value, str) and not value.strip()):
            return None
        if self.kind == "choice":
            word = value_text(value)
            return word if word is None or word in self.choices else word.strip()
        try:
            number = _days(str(value)) if self.kind == "date" else float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if isinstance(value, bool) or not math.isfinite(number):
            expected = "a date such as 2024-05-31" if self.kind == "date" else "a number"
            raise BadInput(
                f"The column {self.name!r} cannot take this value.",
                f"It is {str(value)[:60]!r}, but the model learned the column as {expected}.",
                f"Give {expected}, or nothing for missing.",
            )
        return self.value(number)

    def to_json(self) -> dict[str, Any]:
        """A plain object for ``json.dumps``; :meth:`from_json` gives an equal column back."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> SeenColumn:
        """Read back what :meth:`to_json` gave."""
        lists = {name: tuple(content[name]) for name in ("grid", "shares", "choices")}
        return cls(**(content | lists))


@dataclass(frozen=True)
class Seen:
    """All features as training saw them, in the order of the model's table."""

    columns: tuple[SeenColumn, ...]

    @classmethod
    def of(cls, frame: pd.DataFrame, columns: Sequence[ColumnSpec]) -> Seen:
        """Learn them from the training rows ``frame``."""
        return cls(tuple(_seen(frame[column.name], column) for column in columns))

    def __getitem__(self, name: str) -> SeenColumn:
        """The column of that name.

        Raises:
            BadInput: the model has no such feature.
        """
        found = next((column for column in self.columns if column.name == name), None)
        if found is None:
            raise BadInput(
                f"The model has no feature {str(name)[:60]!r}.",
                f"Its features are {', '.join(column.name for column in self.columns)[:300]}.",
                "Name one of these, spelled exactly so.",
            )
        return found

    def customers(self, frame: pd.DataFrame) -> list[Customer]:
        """Rows of a table as customers.

        Raises:
            BadInput: a cell of a numeric or date column is neither.
        """
        columns: dict[str, list[Value]] = {}
        for column in self.columns:
            series = frame[column.name]
            if column.kind == "choice":
                columns[column.name] = [value_text(cell) for cell in series.tolist()]
            else:
                numbers = _numbers(series, "date" if column.kind == "date" else "numeric")
                columns[column.name] = [
                    None if np.isnan(one) else column.value(float(one)) for one in numbers
                ]
        return [{name: values[row] for name, values in columns.items()} for row in range(len(frame))]

    def changed(self, customer: Customer, values: Mapping[str, Any]) -> Customer:
        """The customer with some values replaced.

        Raises:
            BadInput: a column that is none, or a value of the wrong kind.
        """
        return customer | {name: self[name].read(value) for name, value in values.items()}

    def frame(self, customers: Sequence[Customer]) -> pd.DataFrame:
        """Customers as a table that the model reads, N rows."""
        made: dict[str, Any] = {}
        for column in self.columns:
            values = [one[column.name] for one in customers]
            if column.kind == "choice":
                made[column.name] = pd.Series(values, dtype="str")
            elif column.kind == "date":
                made[column.name] = pd.to_datetime(pd.Series(values, dtype="str"), format="mixed")
            else:
                made[column.name] = np.array(
                    [math.nan if one is None else one for one in values], dtype=float
                )
        return pd.DataFrame(made)


def proposed_fixed(columns: Sequence[ColumnSpec]) -> list[str]:
    """Features that nobody can change, as far as names and kinds tell: age, sex, origin, dates.

    Education and occupation are left out: a person can change them.
    """
    return [
        column.name
        for column in columns
        if column.role == "protected"
        or column.kind == "date"
        or protected_attribute(column.name) not in (None, *_CHANGEABLE)
    ]


def _seen(series: pd.Series, column: ColumnSpec) -> SeenColumn:
    missing = float(series.isna().mean())
    if column.kind not in ("numeric", "date"):
        choices = tuple(list(value_counts(series))[:MOST_CHOICES])
        return SeenColumn(column.name, "choice", choices=choices, missing=missing)
    numbers = _numbers(series, column.kind)
    known = np.sort(numbers[~np.isnan(numbers)])
    kind = "date" if column.kind == "date" else "number"
    missing = 1 - len(known) / max(len(numbers), 1)
    if not len(known):
        return SeenColumn(column.name, kind, missing=missing)
    # Nearest observed values, so that no customer is given an amount that nobody ever had.
    grid = np.unique(np.quantile(known, np.linspace(0, 1, GRID), method="nearest"))
    below = np.searchsorted(known, grid, "left") + np.searchsorted(known, grid, "right")
    whole = bool((known == np.round(known)).all())
    return SeenColumn(
        column.name,
        kind,
        tuple(grid.tolist()),
        tuple((below / (2 * len(known))).tolist()),
        (),
        whole,
        missing,
    )


def _numbers(series: pd.Series, kind: str) -> np.ndarray:
    """Float64 (N,): numbers, or days since 1970 of a date column; NaN is missing."""
    if kind == "date":
        moments = pd.to_datetime(series, errors="coerce", utc=True, format="mixed").dt.tz_localize(None)
        return ((moments - pd.Timestamp(0)).dt.total_seconds() / SECONDS_A_DAY).to_numpy(dtype=np.float64)
    if pd.api.types.is_numeric_dtype(series.dtype):
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
        return np.where(np.isfinite(values), values, np.nan)
    # A number spelled in a text is read as the model reads it.
    encoder = TableEncoder((ColumnSpec(str(series.name), "feature", "numeric"),))
    return encoder.transform(series.to_frame()).numeric[:, 0].astype(np.float64)


def _days(text: str) -> float:
    moment = pd.Timestamp(text)
    return float("nan") if pd.isna(moment) else (moment - pd.Timestamp(0)).total_seconds() / SECONDS_A_DAY
