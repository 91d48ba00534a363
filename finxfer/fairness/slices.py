"""From raw protected columns to slice labels: one text per row and column."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from finxfer.data.values import text_values
from finxfer.errors import BadInput

MISSING = "missing"
OTHER = "other"
MAX_SLICES = 12
# A numeric column with no more values than this holds codes (SEX 1, 2), not amounts.
MAX_CODES = 8
_QUARTILES = (0.25, 0.5, 0.75)


def slice_labels(
    frame: pd.DataFrame, columns: Sequence[str], bins: Mapping[str, Sequence[float]] | None = None
) -> pd.DataFrame:
    """Slice label of every row for each protected column: text (N, len(columns)), the index of `frame`.

    Numbers with more than eight distinct values and dates are cut near their quartiles at round edges
    ("under 25", "25–34", "35–49", "50 and over"; dates by year), or at the ascending inner edges that `bins`
    names for the column, whatever its values. Missing and blank cells are "missing". Of more than twelve
    values the eleven largest stay and the rest becomes "other".

    Raises:
        KeyError: a column is not in the frame.
        BadInput: `bins` names a column that holds no numbers.
    """
    labels = {}
    for column in columns:
        series, wanted = _years(frame[column]), (bins or {}).get(column)
        if wanted and not _is_number(series):
            raise BadInput(
                f"The column {column!r} cannot be cut into ranges.",
                "It holds no numbers and no dates.",
                "Take the edges for this column away.",
            )
        if wanted or is_amount(series):
            texts = _binned(series.to_numpy(dtype=np.float64, na_value=np.nan), wanted)
        else:
            texts = _texts(series)
        labels[column] = pd.Series(_merge_rare(texts), index=frame.index, dtype="str")
    return pd.DataFrame(labels, index=frame.index)


def is_amount(series: pd.Series) -> bool:
    """Whether a column holds numbers (or dates) of more values than codes have: it is cut into ranges."""
    return _is_number(_years(series)) and series.nunique() > MAX_CODES


def _is_number(series: pd.Series) -> bool:
    return pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series)


def _years(series: pd.Series) -> pd.Series:
    return series.dt.year if pd.api.types.is_datetime64_any_dtype(series) else series


def merged_note(series: pd.Series, labels: pd.Series) -> str | None:
    """What a column's slice "other" holds, in a sentence; None where nothing was merged into it."""
    inside = (labels == OTHER).to_numpy()
    texts = _texts(series)
    merged, kept = len(np.unique(texts[inside].astype(str))), len(np.unique(texts[~inside].astype(str)))
    if merged < 2:
        return None
    return (
        f"{merged + kept:,} different values: the {kept} most frequent are compared, the other {merged:,} "
        f"({inside.sum():,} rows, {inside.mean():.1%}) are taken together as {OTHER!r}."
    )


def _texts(series: pd.Series) -> np.ndarray:
    values = text_values(series)
    return np.array([text.strip() if text and text.strip() else MISSING for text in values], dtype=object)


def _merge_rare(texts: np.ndarray) -> np.ndarray:
    values, counts = np.unique(texts.astype(str), return_counts=True)
    if len(values) <= MAX_SLICES:
        return texts
    ranked = sorted(zip(-counts, values, strict=True))
    kept = {value for _, value in ranked[: MAX_SLICES - 1]}
    return np.array([text if text in kept else OTHER for text in texts], dtype=object)


def _binned(values: np.ndarray, wanted: Sequence[float] | None = None) -> np.ndarray:
    finite = values[np.isfinite(values)]
    edges = round_edges(finite) if wanted is None else [float(edge) for edge in wanted]
    whole = all(bool((part == np.round(part)).all()) for part in (finite, np.asarray(edges)))
    names = np.array([*_bin_names(edges, whole), MISSING], dtype=object)
    number = np.searchsorted(edges, values, side="right")
    return names[np.where(np.isfinite(values), number, len(names) - 1)]


def round_edges(values: np.ndarray) -> list[float]:
    """Up to three ascending inner edges near the quartiles, at multiples of 1, 2 or 5 times a power of ten.

    The step is at most half the distance between the outer quartiles, so that rounding moves no edge
    far. Every bin that the edges make holds at least one value.
    """
    quartiles = np.quantile(values, _QUARTILES)
    spread = quartiles[2] - quartiles[0] or values.max() - values.min()
    power = 10.0 ** math.floor(math.log10(spread / 2))
    step = max(m * power for m in (1.0, 2.0, 5.0) if m * power <= spread / 2 * (1 + 1e-9))
    if (values == np.round(values)).all():
        step = max(1.0, step)
    # Multiples of a step such as 0.1 carry rounding noise that would show in the labels.
    decimals = max(0, -math.floor(math.log10(step)))
    edges = sorted({round(math.floor(float(q) / step + 0.5) * step, decimals) for q in quartiles})
    occupied = np.unique(np.searchsorted(edges, values, side="right"))
    return [edge for place, edge in enumerate(edges) if place + 1 in occupied and occupied[0] <= place]


def _bin_names(edges: list[float], whole: bool) -> list[str]:
    if not edges:
        return ["all values"]
    names = [f"under {_number(edges[0])}"]
    for low, high in pairwise(edges):
        if not whole:
            names.append(f"{_number(low)} to under {_number(high)}")
        elif high - low == 1:
            names.append(_number(low))
        else:
            names.append(f"{_number(low)}–{_number(high - 1)}")
    return [*names, f"{_number(edges[-1])} and over"]


def _number(value: float) -> str:
    """No thousands separator below 10,000: the number may be a year."""
    if value == int(value):
        return f"{int(value):,}" if abs(value) >= 10_000 else str(int(value))
    return f"{value:,.6g}"


def slice_order(counts: dict[str, int]) -> list[str]:
    """Slices in reading order: numbers and ranges ascending, words by rows; "other" and "missing" last."""
    last = [value for value in (OTHER, MISSING) if value in counts]
    rest = [value for value in counts if value not in last]
    starts = {value: _start(value) for value in rest}
    if all(start is not None for start in starts.values()):
        return sorted(rest, key=lambda value: starts[value] or 0.0) + last
    return sorted(rest, key=lambda value: (-counts[value], value)) + last


def _start(value: str) -> float | None:
    """Where a bin or a code begins: "under 25" before everything, "25–34" at 25; None for words."""
    if value.startswith("under "):
        return -math.inf
    head = value.removesuffix(" and over").split("–")[0].split(" to under ")[0].replace(",", "")
    try:
        return float(head)
    except ValueError:
        return None


def labels_alike(
    frame: pd.DataFrame,
    like: pd.DataFrame,
    columns: Sequence[str],
    bins: Mapping[str, Sequence[float]] | None = None,
) -> pd.DataFrame:
    """Slice labels of other rows, cut as `slice_labels` cuts the rows of `like`.

    Edges are those of `like`; a value that has no slice there is "other".
    """
    known = slice_labels(like, columns, bins)
    edges = dict(bins or {})
    for column in columns:
        series = _years(like[column])
        if column not in edges and is_amount(series):
            edges[column] = round_edges(series.dropna().to_numpy(dtype=np.float64))
    cut = {name: edge for name, edge in edges.items() if len(edge)}
    found = slice_labels(frame, columns, cut)
    for column in columns:
        if column not in cut:
            texts, kept = pd.Series(_texts(frame[column]), index=frame.index), set(known[column])
            found[column] = texts.where(texts.isin(kept), OTHER).astype("str")
    return found
