"""``model/schema.json``: what scoring and explaining need to know beside the weights."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from finxfer.records.folder import RunFolder
from finxfer.records.spec import Spec
from finxfer.runs.rows import Rows

FILE = "model/schema.json"
BANDS = ("low", "medium", "high")
BAND_QUANTILES = (0.5, 0.8)


def band_edges(validation: np.ndarray) -> list[float]:
    """The two inner edges of the risk bands.

    "low" is the lower half of the validation rows' probabilities, "high" the upper fifth: rows that chose
    nothing else, so the bands hold about the same shares of new customers.
    """
    return [float(edge) for edge in np.quantile(validation, BAND_QUANTILES)]


def band_names(probability: np.ndarray, edges: list[float]) -> np.ndarray:
    """The band of each probability, as text (N,); an edge belongs to the band above it."""
    return np.asarray(BANDS, dtype=object)[np.searchsorted(edges, probability, side="right")]


def observed_bands(
    edges: list[float],
    y_test: np.ndarray,
    test: np.ndarray,
    y_validation: np.ndarray,
    validation: np.ndarray,
) -> list[dict[str, Any]]:
    """Per band its edges, rows and share of positives, on labelled test rows or else on validation rows."""
    labelled = y_test >= 0
    y, p = (y_test[labelled], test[labelled]) if labelled.any() else (y_validation, validation)
    names = band_names(p, edges)
    found = []
    for band, low, high in zip(BANDS, [0.0, *edges], [*edges, 1.0], strict=True):
        inside = names == band
        rate = float(y[inside].mean()) if inside.any() else None
        found.append(
            {"name": band, "from": low, "to": high, "rows": int(inside.sum()), "positive_rate": rate}
        )
    return found


def write_schema(
    folder: RunFolder, spec: Spec, rows: Rows, threshold: float, bands: list[dict[str, Any]]
) -> None:
    """Write the schema into the run's model folder."""
    content = {
        "target": spec.target,
        "positive": spec.positive,
        "columns": [asdict(column) for column in spec.feature_columns],
        "threshold": threshold,
        "base_rate": rows.positive_rate,
        "seed": spec.seed,
        "bands": bands,
    }
    folder.write_json(FILE, content)
