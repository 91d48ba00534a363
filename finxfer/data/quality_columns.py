"""Quality column by column: missing, constant, codes for missing, extremes, too many values."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from finxfer.data.findings import EXCLUDE, Finding, bar, histogram, percent, rows_word
from finxfer.data.quality_remedies import cap_for, fills_for, merge_for
from finxfer.records.remedy_spec import BLANK, RemedySpec
from finxfer.records.spec import ColumnSpec

MISSING_NOTED = 0.01
MISSING_WARNED = 0.5
MISSING_USELESS = 0.95
ALMOST_CONSTANT = 0.995
MANY_VALUES = 100
FEW_ROWS_A_VALUE = 10
CODES = (-9, -99, -999, -9999, -99999, 99, 999, 9999, 99999, 999999, 9999999)
"""Numbers that often stand for "unknown"."""
CODE_SHARE = 0.005
EXTREME = 100.0
TELLING = 3.3
"""Standard errors of a difference of two shares from which on it is said (two-sided p = 0.001)."""


def column_findings(frame: pd.DataFrame, columns: Sequence[ColumnSpec], y: np.ndarray) -> list[Finding]:
    """Findings on the features; ``y`` is 1, 0 or -1 (N,)."""
    features = [column for column in columns if column.role == "feature"]
    findings = [*_missing_overall(frame, columns)]
    for column in features:
        series = frame[column.name]
        share = float(series.isna().mean())
        findings.extend(_missing(column.name, series, share, y))
        if share < 1:
            findings.extend(_constant(column, series, share))
            if column.kind == "numeric" and series.dtype.kind in "ifu":
                findings.extend(_numbers(column.name, series.to_numpy(np.float64)))
            elif column.kind in ("category", "text"):
                findings.extend(_values(column.name, series))
    return findings


def _missing_overall(frame: pd.DataFrame, columns: Sequence[ColumnSpec]) -> list[Finding]:
    used = [column.name for column in columns if column.role in ("feature", "protected")]
    shares = {name: float(frame[name].isna().mean()) for name in used}
    gaps = sorted(((share, name) for name, share in shares.items() if share > 0), reverse=True)
    if not gaps or gaps[0][0] < MISSING_NOTED:
        return []
    count = len(gaps)
    sentence = (
        f"{count} column{'s have' if count > 1 else ' has'} missing cells"
        f"{', most of all ' if count > 1 else ': '}{gaps[0][1]} ({percent(gaps[0][0])})."
    )
    chart = bar([name for _, name in gaps[:12]], [share for share, _ in gaps[:12]], "share")
    return [
        Finding(
            "missing", None, "note", gaps[0][0], sentence, "Missing cells are an input of their own.", chart,
            fills_for(columns, [name for share, name in gaps if share < MISSING_WARNED]),
        )
    ]  # fmt: skip


def _missing(name: str, series: pd.Series, share: float, y: np.ndarray) -> list[Finding]:
    if share == 1:
        return [Finding("missing", name, "problem", 1.0, "Every cell is missing.", EXCLUDE)]
    findings = []
    if share >= MISSING_WARNED:
        severity = "problem" if share >= MISSING_USELESS else "warning"
        sentence = f"{percent(share)} of its cells are missing."
        findings.append(
            Finding("missing", name, severity, share, sentence, EXCLUDE, bar([name], [share], "share"))
        )
    gone = series.isna().to_numpy() & (y >= 0)
    there = series.notna().to_numpy() & (y >= 0)
    if min(gone.sum(), there.sum()) >= 30:
        rates = float(y[gone].mean()), float(y[there].mean())
        pooled = float(y[gone | there].mean())
        error = np.sqrt(pooled * (1 - pooled) * (1 / gone.sum() + 1 / there.sum()))
        if error > 0 and abs(rates[0] - rates[1]) > TELLING * error:
            here, elsewhere = (percent(rate) for rate in rates)
            sentence = f"Where it is missing, {here} of the rows are positive, elsewhere {elsewhere}."
            advice = "Ask why it is missing; the model will use it."
            chart = bar(["missing", "known"], rates, "share")
            findings.append(
                Finding("telling_gap", name, "note", abs(rates[0] - rates[1]), sentence, advice, chart)
            )
    return findings


def _constant(column: ColumnSpec, series: pd.Series, missing: float) -> list[Finding]:
    counts = series.value_counts()
    top = float(counts.iloc[0] / len(series))
    if len(counts) == 1 and missing == 0:
        sentence = "Every row has the same value."
        return [Finding("constant", column.name, "warning", 1.0, sentence, EXCLUDE)]
    if len(counts) <= 3 and top >= ALMOST_CONSTANT:
        others = len(series) - int(counts.iloc[0]) - round(missing * len(series))
        sentence = f"Almost constant: only {rows_word(others)} have another value than the usual one."
        return [Finding("constant", column.name, "note", top, sentence, EXCLUDE)]
    return []


def _numbers(name: str, values: np.ndarray) -> list[Finding]:
    known = values[~np.isnan(values)]
    distinct = np.unique(known)
    if len(distinct) < 10:
        return []
    findings = []
    for code in (distinct[0], distinct[-1]):
        share = float((known == code).mean())
        neighbour = distinct[1] if code == distinct[0] else distinct[-2]
        spread = float(np.subtract(*np.quantile(known[known != code], [0.95, 0.05])))
        if code in CODES and share >= CODE_SHARE and abs(code - neighbour) > max(spread, 1):
            place = f"{code:g} stands in {percent(share)} of its cells"
            sentence = f"The value {place}, far from all others: a code for unknown?"
            blank = RemedySpec(BLANK, (name,), {"values": [f"{code:g}"]})
            findings.append(Finding("code", name, "warning", share, sentence, "", histogram(known), (blank,)))
    low, high = np.quantile(known, [0.001, 0.999])
    middle = float(np.median(known))
    reach = max(high - middle, middle - low)
    far = (np.abs(known - middle) > EXTREME * reach) & ~np.isin(known, CODES)
    if reach > 0 and far.any():
        worst = known[np.abs(known - middle).argmax()]
        rows = rows_word(int(far.sum()))
        sentence = f"{rows} far beyond all others, such as {worst:,.6g}: a slip of the keyboard?"
        advice, cap = "Check it at the source.", cap_for(name, known, EXTREME * reach)
        findings.append(
            Finding("extreme", name, "warning", float(far.mean()), sentence, advice, remedies=cap)
        )
    return findings


def _values(name: str, series: pd.Series) -> list[Finding]:
    counts = series.value_counts()
    if len(counts) <= MANY_VALUES:
        return []
    rare = float(counts[counts < FEW_ROWS_A_VALUE].sum() / counts.sum())
    if rare < 0.2:
        return []
    sentence = (
        f"{len(counts):,} different values; {percent(rare)} of the rows have one that hardly ever occurs."
    )
    chart = bar([str(value)[:30] for value in counts.index[:8]], counts.iloc[:8].to_list(), "rows")
    severity, merge = "warning" if rare > 0.5 else "note", merge_for(name, counts)
    return [Finding("many_values", name, severity, rare, sentence, "" if merge else EXCLUDE, chart, merge)]
