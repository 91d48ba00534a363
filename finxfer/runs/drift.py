"""How far new customers differ from the training rows: the population stability index (PSI).

PSI = sum over bins of (new share - old share) * ln(new share / old share); below 0.1 the populations are
usually called alike, above 0.25 different (Siddiqi, Credit Risk Scorecards, 2006, chapter 8). Among few new
rows that much is chance: without any drift, rows x PSI is about chi-squared with bins - 1 degrees of freedom
(Yurdakul, Statistical properties of PSI, 2018; the training rows are taken as many). A column differs only
where it exceeds both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from finxfer.data.encoding import Encoded, TableEncoder

PROFILE = "model/profile.json"
BINS = 10
MOST_CATEGORIES = 20
ALIKE, DIFFERENT = 0.1, 0.25
# A share of zero has no logarithm; half a row in a thousand stands in for it.
SMALLEST_SHARE = 0.0005
_Z = 2.9  # of a normal, one side: 1 column in 500, since many columns are looked at


def profile(encoder: TableEncoder, encoded: Encoded) -> list[dict[str, Any]]:
    """Shares of the training rows per feature: by tenths of a number, by the commonest categories.

    It holds nine inner quantiles and shares only: no row, no minimum, no maximum.
    """
    found = []
    for index, name in enumerate(encoder.numeric_names):
        values = encoded.numeric[:, index]
        present = values[~np.isnan(values)]
        quantiles = np.quantile(present, np.linspace(0, 1, BINS + 1)[1:-1]) if len(present) else np.zeros(0)
        edges = np.unique(quantiles.astype(np.float64))
        found.append(
            {"column": name, "edges": edges.tolist(), "shares": _number_shares(values, edges).tolist()}
        )
    for index, name in enumerate(encoder.category_names):
        found.append(
            {"column": name, "edges": None, "shares": _code_shares(encoded.codes[:, index]).tolist()}
        )
    return found


def drift(stored: Sequence[dict[str, Any]], encoder: TableEncoder, encoded: Encoded) -> dict[str, Any]:
    """PSI per feature, largest first, what of it may be chance, and one sentence."""
    columns: list[dict[str, Any]] = []
    rows = len(encoded.numeric)
    for entry in stored:
        name = entry["column"]
        if entry["edges"] is None:
            shares = _code_shares(encoded.codes[:, encoder.category_names.index(name)])
        else:
            values = encoded.numeric[:, encoder.numeric_names.index(name)]
            shares = _number_shares(values, np.asarray(entry["edges"]))
        old = np.asarray(entry["shares"])
        found = {"psi": round(psi(old, shares, rows), 4), "chance": round(chance(old, rows), 4)}
        columns.append({"column": name, **found})
    columns.sort(key=lambda entry: -float(entry["psi"]))
    return {
        "psi_max": columns[0]["psi"] if columns else None,
        "columns": columns,
        "sentence": _sentence(columns),
    }


def psi(old: np.ndarray, new: np.ndarray, rows: int | None = None) -> float:
    """Population stability index of two vectors of shares of the same length.

    An empty bin among few new ``rows`` counts as half a row, so that it is not taken for a great change.
    """
    floor = SMALLEST_SHARE if not rows else min(max(SMALLEST_SHARE, 0.5 / rows), 0.05)
    a = np.maximum(old, SMALLEST_SHARE)
    # A bin that was empty and stayed empty has not changed.
    b = np.where((new == 0) & (old == 0), a, np.maximum(new, floor))
    return float(((b - a) * np.log(b / a)).sum())


def chance(old: np.ndarray, rows: int) -> float:
    """The PSI that ``rows`` new customers reach by chance alone (Wilson-Hilferty chi-squared)."""
    degrees = max(int((old > 0).sum()) - 1, 1)
    spread = 2 / (9 * degrees)
    return float(degrees * (1 - spread + _Z * np.sqrt(spread)) ** 3 / max(rows, 1))


def differing(columns: Sequence[dict[str, Any]], limit: float) -> list[dict[str, Any]]:
    """The columns whose PSI is above ``limit`` and above what chance explains."""
    return [one for one in columns if one["psi"] > max(limit, one.get("chance", 0.0))]


def _number_shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Shares per bin; the last one is the share of missing values."""
    missing = np.isnan(values)
    bins = np.searchsorted(edges, values[~missing], side="right")
    counts = np.bincount(bins, minlength=len(edges) + 1)
    return np.append(counts, missing.sum()) / max(1, len(values))


def _code_shares(codes: np.ndarray) -> np.ndarray:
    """Shares of missing-or-unseen, of the commonest categories, and of all others together."""
    counts = np.bincount(np.minimum(codes, MOST_CATEGORIES + 1), minlength=MOST_CATEGORIES + 2)
    return counts / max(1, len(codes))


def _sentence(columns: list[dict[str, Any]]) -> str:
    changed = differing(columns, DIFFERENT)
    if changed:
        named = ", ".join(str(entry["column"]) for entry in changed[:3])
        return f"{len(changed)} of {len(columns)} columns differ much from the training rows: {named}."
    shifted = differing(columns, ALIKE)
    if shifted:
        named = ", ".join(str(entry["column"]) for entry in shifted[:3])
        return f"{len(shifted)} of {len(columns)} columns differ somewhat from the training rows: {named}."
    if any(entry["psi"] > ALIKE for entry in columns):
        return "These customers are too few to say that they differ from the training rows."
    return "These customers look like the training rows in every column."
