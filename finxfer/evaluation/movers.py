"""Who moves when one model takes another's place: the columns in which those who move in differ most."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEAST_ROWS = 10
"""On either side; of fewer no profile is drawn."""
LEAST_MOVERS = 5
"""With a value, and without it; shares of rarer values say nothing."""
MOST_COLUMNS = 5
_MOST_VALUES = 200
"""Values of a column that are compared; the rarest beyond them cannot differ clearly."""

Column = tuple[str, bool, bool, NDArray[Any]]
"""Name, whether it is protected, whether it is a number, values (N,); a missing one is NaN or None."""


def profile(
    columns: Iterable[Column], moves_in: NDArray[np.bool_], moves_out: NDArray[np.bool_]
) -> list[dict[str, Any]] | None:
    """The columns that differ most between rows that move in (N,) and rows that move out, largest first.

    A number is compared by its mean in standard deviations of all rows (Cohen 1988), a category by the share
    of the value whose share differs most, in standard deviations of the movers. clear: whether chance alone
    would make the largest of so many differences as large less than once in 20 (Bonferroni). Protected
    columns are X
    """
    sizes = int(moves_in.sum()), int(moves_out.sum())
    if min(sizes) < LEAST_ROWS:
        return None
    found, compared = [], 0
    for name, protected, numeric, values in columns:
        entry, tests = (_number if numeric else _category)(values, moves_in, moves_out)
        compared += tests
        if entry is not None:
            found.append({"column": name, "protected": protected, **entry})
    found.sort(key=lambda entry: -abs(entry["effect"]))
    limit = NormalDist().inv_cdf(1 - 0.025 / max(compared, 1)) * (1 / sizes[0] + 1 / sizes[1]) ** 0.5
    for entry in found:
        entry["clear"] = abs(entry["effect"]) > limit
    return [entry for at, entry in enumerate(found) if at < MOST_COLUMNS or entry["protected"]]


def _number(
    values: NDArray[Any], moves_in: NDArray[np.bool_], moves_out: NDArray[np.bool_]
) -> tuple[dict[str, Any] | None, int]:
    values = np.asarray(values, dtype=np.float64)
    known = np.isfinite(values)
    there, gone = values[known & moves_in], values[known & moves_out]
    spread = float(values[known].std()) if known.any() else 0.0
    if not len(there) or not len(gone) or spread <= 0:
        return None, 0
    return {
        "kind": "number",
        "value": None,
        "in": _middle(there),
        "out": _middle(gone),
        "everybody": _middle(values[known]),
        "effect": float((there.mean() - gone.mean()) / spread),
    }, 1


def _middle(values: NDArray[Any]) -> float:
    """The median to two digits: of few customers it is one customer's own number."""
    return float(f"{np.median(values):.2g}")


def _category(
    values: NDArray[Any], moves_in: NDArray[np.bool_], moves_out: NDArray[np.bool_]
) -> tuple[dict[str, Any] | None, int]:
    texts = np.asarray(["" if value is None or value != value else str(value) for value in values])
    names, codes, rows = np.unique(texts, return_inverse=True, return_counts=True)
    if len(names) < 2 or len(names) > _MOST_VALUES:
        return None, 0
    there = np.bincount(codes[moves_in], minlength=len(names)) / moves_in.sum()
    gone = np.bincount(codes[moves_out], minlength=len(names)) / moves_out.sum()
    share, sizes = rows / len(texts), (moves_in.sum(), moves_out.sum())
    pooled = (there * sizes[0] + gone * sizes[1]) / sum(sizes)
    common = np.minimum(pooled, 1 - pooled) * sum(sizes) >= LEAST_MOVERS
    if not common.any():
        return None, 0
    spread = np.sqrt(np.where(common, pooled * (1 - pooled), 1.0))
    effect = np.where(common, (there - gone) / spread, 0.0)
    most = int(np.argmax(np.abs(effect)))
    return {
        "kind": "category",
        "value": str(names[most]),
        "in": float(there[most]),
        "out": float(gone[most]),
        "everybody": float(share[most]),
        "effect": float(effect[most]),
    }, int(common.sum())
