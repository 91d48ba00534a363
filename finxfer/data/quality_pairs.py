"""Columns beside columns: copies of one another, and features that give a protected column away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from finxfer.data.findings import EXCLUDE, Finding
from finxfer.data.leaks import strength
from finxfer.data.values import value_counts, value_text
from finxfer.records.spec import ColumnSpec

COPY = 0.999
PROXY_AUC = 0.85
SAMPLE_ROWS = 4_000
MOST_PAIRS = 1_500
FEWEST_ROWS = 50


def _sample(frame: pd.DataFrame) -> pd.DataFrame:
    """At most 4,000 rows, evenly spread over the table."""
    if len(frame) <= SAMPLE_ROWS:
        return frame
    return frame.iloc[np.linspace(0, len(frame) - 1, SAMPLE_ROWS).astype(np.int64)]


def copy_findings(frame: pd.DataFrame, columns: Sequence[ColumnSpec]) -> list[Finding]:
    """Features that say the same as another: equal values, or a correlation above 0.999."""
    if len(frame) < FEWEST_ROWS:
        return []
    rows = _sample(frame)
    findings = []
    first: dict[bytes, str] = {}
    numeric = []
    for column in columns:
        if column.role != "feature":
            continue
        series = rows[column.name]
        codes = pd.factorize(series)[0]
        if codes.max(initial=-1) < 1:
            continue
        # Columns in which every row differs all number their rows alike; correlation judges them.
        few = 1 <= codes.max(initial=-1) < len(codes) / 2
        same = first.setdefault(codes.astype(np.int32).tobytes(), column.name) if few else column.name
        if same != column.name:
            sentence = f"Says the same as {same} in every row that was compared."
            findings.append(Finding("copy", column.name, "warning", 1.0, sentence, EXCLUDE))
        elif column.kind == "numeric" and series.dtype.kind in "ifu":
            numeric.append(column.name)
    return findings + _correlated(rows, numeric)


def _correlated(rows: pd.DataFrame, names: list[str]) -> list[Finding]:
    if len(names) < 2:
        return []
    values = rows[names].to_numpy(np.float64)
    # Every column has two values at least, so its largest and its mean are known.
    values = values / np.nanmax(np.abs(values), axis=0)
    values = np.where(np.isnan(values), np.nanmean(values, axis=0, keepdims=True), values)
    spread = values.std(axis=0)
    kept = [index for index in range(len(names)) if spread[index] > 0]
    if len(kept) < 2:
        return []
    correlation = np.abs(np.corrcoef(values[:, kept], rowvar=False))
    findings = []
    for place in range(1, len(kept)):
        other = int(correlation[place, :place].argmax())
        value = float(correlation[place, other])
        if value > COPY:
            sentence = f"Hardly differs from {names[kept[other]]} (correlation {value:.4f})."
            findings.append(Finding("copy", names[kept[place]], "note", value, sentence, EXCLUDE))
    return findings


def proxy_findings(frame: pd.DataFrame, columns: Sequence[ColumnSpec]) -> list[Finding]:
    """Features from which a protected column can be guessed: leaving it out changes little then.

    A protected category is taken as its most frequent value against the rest, a number as above its
    median against the rest.
    """
    protected = [column for column in columns if column.role == "protected"]
    features = [column for column in columns if column.role == "feature"]
    features = features[: MOST_PAIRS // max(len(protected), 1)]
    rows = _sample(frame)
    findings = []
    for column in protected:
        groups = _two_groups(rows[column.name], column.kind)
        if groups is None:
            continue
        y, meaning = groups
        known = np.flatnonzero(y >= 0)
        for feature in features:
            found = strength(rows[feature.name].iloc[known], feature.kind, y[known], feature.name)
            if found.auc >= PROXY_AUC:
                sentence = (
                    f"Nearly gives {column.name} away: it ranks {meaning} with an AUC of {found.auc:.2f}, "
                    "so a model can treat the groups differently without seeing it."
                )
                findings.append(Finding("proxy", feature.name, "warning", found.auc, sentence, EXCLUDE))
    return findings


def _two_groups(series: pd.Series, kind: str) -> tuple[np.ndarray, str] | None:
    """1, 0 or -1 per row, and what 1 means; None where one of the groups is too small."""
    if kind == "numeric" and series.dtype.kind in "ifu" and series.nunique() > 12:
        values = series.to_numpy(np.float64)
        middle = float(np.nanmedian(values))
        y, meaning = (values > middle).astype(np.int8), f"values above {middle:g}"
    elif kind in ("category", "boolean", "numeric"):
        counts = value_counts(series)
        if len(counts) < 2:
            return None
        usual = next(iter(counts))
        texts = {value: value_text(value) for value in pd.unique(series.dropna())}
        y = (series.map(texts) == usual).to_numpy().astype(np.int8)
        meaning = f"the value {usual[:40]}"
    else:
        return None
    y = np.where(series.isna().to_numpy(), -1, y).astype(np.int8)
    return (y, meaning) if min((y == 1).sum(), (y == 0).sum()) >= FEWEST_ROWS else None
