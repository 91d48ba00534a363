"""``model/schema.json``: what scoring and explaining need to know beside the weights."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np

from finxfer.data.tasks import is_known
from finxfer.evaluation.conformal import coverage, fit_conformal
from finxfer.records.folder import RunFolder
from finxfer.records.spec import BINARY, MULTICLASS, REGRESSION, Spec
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
    """Per band its edges, rows and share of positives, on labelled test rows or else on validation rows.

    Of a predicted number the outer bands are open (None), and ``mean`` is the mean actual value.
    """
    labelled = is_known(y_test)
    y, p = (y_test[labelled], test[labelled]) if labelled.any() else (y_validation, validation)
    names = band_names(p, edges)
    amounts = y_test.dtype.kind == "f"
    first, last = (None, None) if amounts else (0.0, 1.0)
    found = []
    for band, low, high in zip(BANDS, [first, *edges], [*edges, last], strict=True):
        inside = names == band
        mean = float(y[inside].mean()) if inside.any() else None
        entry = {"name": band, "from": low, "to": high, "rows": int(inside.sum()), "positive_rate": None}
        found.append(entry | ({"mean": mean} if amounts else {"positive_rate": mean}))
    return found


def write_schema(
    folder: RunFolder,
    spec: Spec,
    rows: Rows,
    threshold: float | None,
    test: tuple[np.ndarray, np.ndarray],
    unseen: tuple[np.ndarray, np.ndarray],
) -> None:
    """Write the schema into the run's model folder.

    Args:
        test, unseen: targets and the model's predictions of the test rows, and of the rows that choose.
    """
    content: dict[str, Any] = {
        "task": spec.task,
        "target": spec.target,
        "positive": spec.positive,
        "classes": list(spec.classes),
        "columns": [asdict(column) for column in spec.feature_columns],
        "threshold": threshold,
        "base_rate": rows.positive_rate if spec.task == BINARY else None,
        "seed": spec.seed,
        "bands": [],
    }
    if spec.task != MULTICLASS:
        content["bands"] = observed_bands(band_edges(unseen[1]), *test, *unseen)
    if spec.task == REGRESSION:
        known = is_known(test[0])
        fitted = fit_conformal(*unseen)
        content["conformal"] = fitted
        content["coverage"] = coverage(fitted, test[0][known], test[1][known])
    folder.write_json(FILE, content)
