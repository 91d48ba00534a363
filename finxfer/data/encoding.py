"""From a table to the two arrays that every backbone and baseline reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from finxfer.data.numbers import MISSING_NUMBERS, column_decimal, strip_number, to_number
from finxfer.data.values import map_values, value_codes, value_counts, value_text
from finxfer.errors import BadInput, Damaged
from finxfer.records.spec import ColumnSpec

NUMERIC_KINDS = ("numeric", "boolean", "date")
FLOAT32_MAX = float(np.finfo(np.float32).max)
SECONDS_A_DAY = 86_400.0
_TRUE = frozenset({"true", "1", "yes", "y", "t"})
_FALSE = frozenset({"false", "0", "no", "n", "f"})


@dataclass(frozen=True)
class Encoded:
    """A table as arrays.

    Args:
        numeric: float32 (N, Hn); NaN is missing, never infinite.
        codes: int64 (N, Hc); 0 is missing, unseen or rare, 1 is the most frequent category.
        notes: sentences on values that could not be read as their kind.
    """

    numeric: np.ndarray
    codes: np.ndarray
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.numeric)

    def take(self, rows: np.ndarray) -> Encoded:
        """The rows at the given positions."""
        return Encoded(self.numeric[rows], self.codes[rows], self.notes)


@dataclass(frozen=True)
class TableEncoder:
    """Encoder of the features of one schema.

    It stores names of columns and of categories only: no value of any row, no minimum, no maximum.

    Args:
        columns: the features, numeric ones and categories mixed.
        categories: per category column its known categories, most frequent first.
    """

    columns: tuple[ColumnSpec, ...]
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def fit(
        cls,
        frame: pd.DataFrame,
        columns: Sequence[ColumnSpec],
        min_category_rows: int = 1,
        max_categories: int = 1000,
    ) -> TableEncoder:
        """Learn the categories of ``columns`` from ``frame``.

        Args:
            frame: the training rows.
            columns: the features; numeric, boolean and date columns become numbers, category and
                text columns codes.
            min_category_rows: categories in fewer rows are not stored and get code 0.
            max_categories: only that many most frequent categories of a column are kept.

        Raises:
            BadInput: there is no feature, or the frame lacks one.
        """
        if not columns:
            raise BadInput(
                "There is nothing to learn from.",
                "No column has the role feature.",
                "Give at least one column the role feature.",
            )
        _require(frame, [column.name for column in columns])
        categories = {}
        for column in columns:
            if column.kind not in NUMERIC_KINDS:
                counts = value_counts(frame[column.name], min_category_rows)
                categories[column.name] = tuple(counts)[:max_categories]
        return cls(tuple(columns), categories)

    @property
    def numeric_names(self) -> tuple[str, ...]:
        """Names of the columns of ``Encoded.numeric``, in order."""
        return tuple(column.name for column in self.columns if column.kind in NUMERIC_KINDS)

    @property
    def category_names(self) -> tuple[str, ...]:
        """Names of the columns of ``Encoded.codes``, in order."""
        return tuple(column.name for column in self.columns if column.kind not in NUMERIC_KINDS)

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features in the order of the table."""
        return tuple(column.name for column in self.columns)

    @property
    def cardinalities(self) -> tuple[int, ...]:
        """Number of codes per category column, code 0 included."""
        return tuple(len(self.categories[name]) + 1 for name in self.category_names)

    def transform(self, frame: pd.DataFrame) -> Encoded:
        """Encode a table; columns that are not features are ignored.

        Raises:
            BadInput: features are lacking, or a number or date column holds mostly other things.
        """
        _require(frame, self.features)
        notes: list[str] = []
        numeric = np.empty((len(frame), len(self.numeric_names)), dtype=np.float32)
        codes = np.zeros((len(frame), len(self.category_names)), dtype=np.int64)
        kinds = {column.name: column.kind for column in self.columns}
        for index, name in enumerate(self.numeric_names):
            numeric[:, index] = _numbers(frame[name], name, kinds[name], notes)
        for index, name in enumerate(self.category_names):
            codes[:, index] = value_codes(frame[name], self.categories[name])
        return Encoded(numeric, codes, tuple(notes))

    def to_json(self) -> dict[str, Any]:
        """A plain object for ``json.dumps``."""
        return {
            "columns": [{"name": c.name, "role": c.role, "kind": c.kind} for c in self.columns],
            "categories": {name: list(values) for name, values in self.categories.items()},
        }

    @classmethod
    def from_json(cls, content: Any) -> TableEncoder:
        """Read back what :meth:`to_json` gave.

        Raises:
            Damaged: the object is not such a description.
        """
        try:
            columns = tuple(ColumnSpec(c["name"], c["role"], c["kind"]) for c in content["columns"])
            categories = {
                str(name): tuple(str(text) for text in values)
                for name, values in content["categories"].items()
            }
            encoder = cls(columns, categories)
            encoder.cardinalities  # noqa: B018  every category column must have its categories
        except (KeyError, TypeError, AttributeError, BadInput) as error:
            raise Damaged(
                "The stored description of the columns cannot be read.",
                f"It is not as finxfer writes it ({error}).",
                "Run the job again.",
            ) from None
        return encoder


def _require(frame: pd.DataFrame, names: Sequence[str]) -> None:
    lacking = [name for name in names if name not in frame.columns]
    if lacking:
        shown = ", ".join(repr(name) for name in lacking[:20])
        more = f" and {len(lacking) - 20} more" if len(lacking) > 20 else ""
        raise BadInput(
            "The table lacks columns that the model needs.",
            f"Lacking: {shown}{more}.",
            "Add these columns under exactly these names; leave cells empty where a value is unknown.",
        )


def _numbers(series: pd.Series, name: str, kind: str, notes: list[str]) -> np.ndarray:
    """Float32 (N,) of a numeric, boolean or date column; NaN is missing."""
    if kind == "date":
        values = _days(series)
    elif kind == "boolean":
        values = _truths(series)
    elif pd.api.types.is_numeric_dtype(series.dtype):
        values = series.to_numpy(dtype=np.float64, na_value=np.nan)
    else:
        values = spelled_numbers(series)
    unread = np.isnan(values) & series.notna().to_numpy()
    if series.dtype.kind not in "fiub" and unread.any():
        unread &= map_values(series, _says_something, False).astype(bool)
    if unread.any():
        _report_unread(series, unread, name, kind, notes)
    finite = np.where(np.isfinite(values), values, np.nan)
    return np.clip(finite, -FLOAT32_MAX, FLOAT32_MAX).astype(np.float32)


def spelled_numbers(series: pd.Series) -> np.ndarray:
    """Texts as numbers, read as they would be in a file: float64 (N,)."""
    texts = [str(value).strip() for value in pd.unique(series.dropna())]
    decimal = column_decimal(texts, ".")

    def number(value: object) -> float:
        found = to_number(strip_number(str(value).strip()).plain, decimal)
        return np.nan if found is None else found

    return map_values(series, number, np.nan).astype(np.float64)


def _says_something(value: object) -> bool:
    """Whether a cell that could not be read is more than a word for missing."""
    return not isinstance(value, str) or value.strip().lower() not in MISSING_NUMBERS


def _report_unread(series: pd.Series, unread: np.ndarray, name: str, kind: str, notes: list[str]) -> None:
    word = {"numeric": "a number", "boolean": "true or false", "date": "a date"}[kind]
    lost = int(unread.sum())
    example = str(series.iloc[int(np.flatnonzero(unread)[0])])[:40]
    if lost > (~series.isna()).sum() / 2:
        raise BadInput(
            f"The column {name!r} cannot be used as it is.",
            f"The model learned it as {word}, but {lost:,} cells are not, such as {example!r}.",
            f"Correct the column {name!r} and try again.",
        )
    notes.append(f"{name}: {lost:,} cells are not {word} (such as {example!r}); they count as missing.")


def _days(series: pd.Series) -> np.ndarray:
    """Days since 1970-01-01 as float64 (N,)."""
    if pd.api.types.is_numeric_dtype(series.dtype):
        return np.full(len(series), np.nan)
    moments = pd.to_datetime(series, errors="coerce", utc=True, format="mixed")
    seconds = moments.dt.tz_localize(None).to_numpy(dtype="datetime64[s]")
    days = seconds.astype(np.int64) / SECONDS_A_DAY
    return np.where(np.isnat(seconds), np.nan, days)


def _truths(series: pd.Series) -> np.ndarray:
    """0.0, 1.0 or NaN as float64 (N,)."""

    def truth(value: object) -> float:
        text = (value_text(value) or "").strip().lower()
        return 1.0 if text in _TRUE else 0.0 if text in _FALSE else np.nan

    return map_values(series, truth, np.nan).astype(np.float64)
