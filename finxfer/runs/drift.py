"""How far new customers differ from the training rows: the population stability index of each feature.

The training rows are taken as many, since their number is not kept beside their shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from finxfer.data.encoding import Encoded, TableEncoder
from finxfer.evaluation.psi import ALIKE, DIFFERENT, chance, code_shares, number_shares, psi, quantile_edges

PROFILE = "model/profile.json"
# 1 column in 500 by chance, since many columns are looked at.
_LEVEL = 0.998


def profile(encoder: TableEncoder, encoded: Encoded) -> list[dict[str, Any]]:
    """Shares of the training rows per feature: by tenths of a number, by the commonest categories.

    It holds nine inner quantiles and shares only: no row, no minimum, no maximum.
    """
    found = []
    for index, name in enumerate(encoder.numeric_names):
        values = encoded.numeric[:, index]
        edges = quantile_edges(values)
        found.append(
            {"column": name, "edges": edges.tolist(), "shares": number_shares(values, edges).tolist()}
        )
    for index, name in enumerate(encoder.category_names):
        found.append({"column": name, "edges": None, "shares": code_shares(encoded.codes[:, index]).tolist()})
    return found


def shares_of(entry: dict[str, Any], encoder: TableEncoder, encoded: Encoded) -> np.ndarray:
    """Shares of these rows in the bins of one entry of the profile."""
    name = entry["column"]
    if entry["edges"] is None:
        return code_shares(encoded.codes[:, encoder.category_names.index(name)])
    return number_shares(encoded.numeric[:, encoder.numeric_names.index(name)], np.asarray(entry["edges"]))


def drift(stored: Sequence[dict[str, Any]], encoder: TableEncoder, encoded: Encoded) -> dict[str, Any]:
    """PSI per feature, largest first, what of it may be chance, and one sentence."""
    columns: list[dict[str, Any]] = []
    rows = len(encoded.numeric)
    for entry in stored:
        old, new = np.asarray(entry["shares"]), shares_of(entry, encoder, encoded)
        # Bins that were empty among many training rows are no bins.
        by_chance = chance(max(int((old > 0).sum()), 2), rows, level=_LEVEL)
        found = {"psi": round(psi(old, new, rows), 4), "chance": round(by_chance, 4)}
        columns.append({"column": entry["column"], **found})
    columns.sort(key=lambda entry: -float(entry["psi"]))
    return {
        "psi_max": columns[0]["psi"] if columns else None,
        "columns": columns,
        "sentence": _sentence(columns),
    }


def differing(columns: Sequence[dict[str, Any]], limit: float) -> list[dict[str, Any]]:
    """The columns whose PSI is above ``limit`` and above what chance explains."""
    return [one for one in columns if one["psi"] > max(limit, one.get("chance", 0.0))]


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
