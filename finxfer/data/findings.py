"""What a finding on quality is, and the small charts that go with one.

A chart is a plain object: {"type": "bar", "labels", "values", "unit": "share" | "rows"},
{"type": "histogram", "edges", "counts"} or {"type": "two_histograms", "edges", "positive",
"negative"} with shares of each class per bin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from finxfer.records.remedy_spec import RemedySpec

SEVERITIES = ("problem", "warning", "note")
EXCLUDE = "exclude"
"""The remedy that a page offers as a button: leave the column out."""
HISTOGRAM_BINS = 24


@dataclass(frozen=True)
class Finding:
    """One thing worth knowing about a table before a model learns from it.

    Args:
        kind: what was looked at: leak, missing, constant, duplicates, balance, ...
        column: the column it is about; None for the whole table.
        severity: problem, warning or note.
        value: the number behind it (a share from 0 to 1, an AUC, or rows), or None.
        sentence: what was found, in plain words.
        remedy: :data:`EXCLUDE`, a sentence of advice, or an empty string.
        chart: see this module, or None.
        remedies: what one click does about it, together; empty where nothing is proposed.
    """

    kind: str
    column: str | None
    severity: str
    value: float | None
    sentence: str
    remedy: str = ""
    chart: dict[str, Any] | None = None
    remedies: tuple[RemedySpec, ...] = ()


def sort_findings(findings: Sequence[Finding]) -> list[Finding]:
    """Problems first, then warnings, then notes, each in the order they were found."""
    return sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))


def bar(labels: Sequence[str], values: Sequence[float], unit: str) -> dict[str, Any]:
    """A bar chart; ``unit`` is ``share`` (values from 0 to 1) or ``rows``."""
    return {
        "type": "bar",
        "labels": [str(label) for label in labels],
        "values": [float(value) for value in values],
        "unit": unit,
    }


def histogram(values: np.ndarray) -> dict[str, Any] | None:
    """A histogram of the known values (N,) between their 1% and 99% quantiles."""
    edges = _edges(values)
    if edges is None:
        return None
    inside = np.clip(values[~np.isnan(values)], edges[0], edges[-1])
    counts = np.histogram(inside, edges)[0]
    return {"type": "histogram", "edges": edges.tolist(), "counts": counts.tolist()}


def two_histograms(values: np.ndarray, y: np.ndarray) -> dict[str, Any] | None:
    """Shares of the positive and the negative rows per bin of ``values`` (N,); ``y`` is 0 or 1."""
    edges = _edges(values)
    if edges is None:
        return None
    chart: dict[str, Any] = {"type": "two_histograms", "edges": edges.tolist()}
    for name, value in (("positive", 1), ("negative", 0)):
        rows = values[(y == value) & ~np.isnan(values)]
        counts = np.histogram(np.clip(rows, edges[0], edges[-1]), edges)[0]
        chart[name] = (counts / max(len(rows), 1)).tolist()
    return chart


def _edges(values: np.ndarray) -> np.ndarray | None:
    known = values[~np.isnan(values)]
    if len(known) == 0:
        return None
    low, high = np.quantile(known, [0.01, 0.99])
    if not (np.isfinite(low) and np.isfinite(high) and high > low):
        return None
    edges = np.linspace(low, high, HISTOGRAM_BINS + 1)
    return edges if (np.diff(edges) > 0).all() else None


def rows_word(count: int) -> str:
    """``1 row``, ``1,200 rows``."""
    return f"{count:,} row{'' if count == 1 else 's'}"


def percent(share: float) -> str:
    """A share as a percentage with one digit; never 0.0% for something."""
    return "under 0.1%" if 0 < share < 0.0005 else f"{share:.1%}"
