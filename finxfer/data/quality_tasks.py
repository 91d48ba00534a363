"""Findings on targets of several classes and on numbers: rare classes, skew, columns that know too much."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from finxfer.data.findings import EXCLUDE, Finding, bar, percent, rows_word, sort_findings
from finxfer.data.leaks import bin_column, strengths, suspects_among
from finxfer.data.quality_columns import column_findings
from finxfer.data.quality_pairs import copy_findings, proxy_findings
from finxfer.data.quality_remedies import remedy_findings, with_remedies
from finxfer.data.tasks import is_known
from finxfer.records.spec import ColumnSpec

FEW_OF_A_CLASS = 30
FEW_LABELLED = 200
RARE = 0.02
KNOWS_ALL = 0.95
"""Share of a target's variance that one column explains alone, above which it is suspected."""
SUSPECTS_SHOWN = 5
CLASSES_LOOKED_AT = 6
SAMPLE_ROWS = 20_000
PRIOR_ROWS = 5.0
SKEWED = 10.0


def assess_task(
    frame: pd.DataFrame,
    columns: Sequence[ColumnSpec],
    target: str,
    y: np.ndarray,
    classes: Sequence[str] = (),
) -> list[Finding]:
    """Look at a table with its roles, for a task other than binary.

    Args:
        frame: the table, or a sample of its rows.
        columns: role and kind of its columns; those that are not in ``frame`` are passed over.
        y: the target of these rows, as of :func:`finxfer.data.tasks.target_values`.
        classes: texts of the classes; empty for a number.

    Returns:
        findings, problems first.
    """
    known = [column for column in columns if column.name in frame.columns]
    there = is_known(y)
    findings = _class_findings(y, target, classes) if classes else _number_findings(y[there], target)
    if there.sum() < FEW_LABELLED:
        sentence = f"Only {rows_word(int(there.sum()))} with a target: intervals will be wide."
        findings.append(
            Finding("few_rows", None, "warning", int(there.sum()), sentence, "Add labelled rows.")
        )
    if not there.all():
        share = float(1 - there.mean())
        lacking = rows_word(int((~there).sum()))
        sentence = f"{lacking} without a target ({percent(share)}) will not be learned from."
        findings.append(Finding("target_missing", target, "note", share, sentence))
    if not any(column.role == "protected" for column in known):
        sentence = "No column has the role protected, so fairness cannot be looked at."
        findings.append(Finding("no_protected", None, "note", None, sentence))
    leaks = _class_leaks(frame, known, y, target, classes) if classes else _number_leaks(frame, known, y)
    findings += [
        *leaks,
        *with_remedies(remedy_findings(frame, known, target), column_findings(frame, known, halves(y))),
        *copy_findings(frame, known),
        *proxy_findings(frame, known),
    ]
    return sort_findings(findings)


def halves(y: np.ndarray) -> np.ndarray:
    """int8 (N,), -1 unknown: whether a number is above its median, or a row of the commonest class; what
    findings on single columns hold missing cells against."""
    known = is_known(y)
    found = np.full(len(y), -1, dtype=np.int8)
    if known.any():
        numbers = y.dtype.kind == "f"
        middle = np.median(y[known]) if numbers else np.bincount(y[known]).argmax()
        found[known] = y[known] > middle if numbers else y[known] == middle
    return found


def _class_findings(y: np.ndarray, target: str, classes: Sequence[str]) -> list[Finding]:
    counts = np.bincount(y[y >= 0], minlength=len(classes))
    shares = counts / max(counts.sum(), 1)
    order = np.argsort(counts)
    chart = bar([str(classes[code])[:30] for code in order], [float(shares[code]) for code in order], "share")
    few = [code for code in order if counts[code] < FEW_OF_A_CLASS]
    rare = [code for code in order if shares[code] < RARE and code not in few]
    findings = []
    if few:
        named = ", ".join(f"{classes[code]!r} ({counts[code]:,})" for code in few[:4])
        more = " …" if len(few) > 4 else ""
        sentence = f"Classes of few rows: {named}{more}. Their figures will be very uncertain."
        advice = "Add labelled rows, or merge these classes with others."
        findings.append(Finding("few_rows", target, "warning", int(counts[few[0]]), sentence, advice, chart))
    if rare:
        named = ", ".join(f"{classes[code]!r} ({percent(float(shares[code]))})" for code in rare[:4])
        sentence = f"Rare classes: {named}{' …' if len(rare) > 4 else ''}. Accuracy hardly notices them."
        advice = "Read balanced accuracy and the figures of each class."
        findings.append(Finding("balance", target, "note", float(shares[rare[0]]), sentence, advice, chart))
    return findings


def _number_findings(y: np.ndarray, target: str) -> list[Finding]:
    """A target that is skewed, or one number for many rows (as losses of nothing are)."""
    if len(y) < FEW_OF_A_CLASS:
        return []
    findings = []
    low, middle, high = np.quantile(y, [0.01, 0.5, 0.99])
    below, above = middle - low, high - middle
    values, counts = np.unique(y, return_counts=True)
    most = int(counts.argmax())
    share = float(counts[most] / len(y))
    if share > 0.2 and len(values) > 2:
        usual = f"{percent(share)} of the targets are {values[most]:,.6g}"
        sentence = f"{usual}: two questions in one, whether and how much."
        advice = "Consider a first model of whether, and this one for the other rows."
        findings.append(Finding("target_spike", target, "warning", share, sentence, advice))
    elif max(above, below) > SKEWED * max(min(above, below), 1e-12):
        way = "large" if above > below else "small"
        edge = high if above > below else low
        words = f"a few very {way} values (1% are beyond {edge:,.6g})"
        sentence = f"The target is skewed: {words} weigh most in the error (RMSE)."
        advice = "Read the median absolute error beside it."
        findings.append(Finding("target_skew", target, "note", None, sentence, advice))
    return findings


def explained(series: pd.Series, kind: str, y: np.ndarray) -> float:
    """Share of a number's variance, 0 to 1, that one column explains: eta squared of its bins, each half of
    the rows told by the means of the other half."""
    bins, labels = bin_column(series, kind)
    half = np.arange(len(y)) % 2
    told = np.empty(len(y))
    for part in (0, 1):
        learn, ask = half != part, half == part
        sums = np.bincount(bins[learn], weights=y[learn], minlength=len(labels))
        rows = np.bincount(bins[learn], minlength=len(labels))
        means = (sums + PRIOR_ROWS * y[learn].mean()) / (rows + PRIOR_ROWS)
        told[ask] = means[bins[ask]]
    spread = float(((y - y.mean()) ** 2).sum())
    return max(0.0, 1 - float(((y - told) ** 2).sum()) / spread) if spread > 0 else 0.0


def rank_correlation(series: pd.Series, y: np.ndarray) -> float:
    """Spearman's correlation, -1 to 1, of a column of numbers; 0 with fewer than 10, or of a constant."""
    values = pd.Series(series.to_numpy(np.float64, na_value=np.nan))
    both = pd.DataFrame({"x": values, "y": y}).dropna().rank()
    if len(both) < 10 or both["x"].nunique() < 2:
        return 0.0
    return float(np.corrcoef(both["x"], both["y"])[0, 1])


def _number_leaks(frame: pd.DataFrame, columns: Sequence[ColumnSpec], y: np.ndarray) -> list[Finding]:
    rows = np.flatnonzero(is_known(y))
    if len(rows) < FEW_OF_A_CLASS:
        return []
    if len(rows) > SAMPLE_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(rows, SAMPLE_ROWS, replace=False))
    # Ranks: one very large value explains most of a variance.
    ranks = pd.Series(y[rows]).rank(pct=True).to_numpy()
    found = []
    for column in columns:
        if column.role != "feature":
            continue
        series = frame[column.name].iloc[rows]
        share = explained(series, column.kind, ranks)
        if column.kind == "numeric" and series.dtype.kind in "ifu":
            share = max(share, rank_correlation(series, ranks) ** 2)
        found.append((share, column.name))
    suspects = sorted([one for one in found if one[0] >= KNOWS_ALL], reverse=True)[:SUSPECTS_SHOWN]
    return [
        Finding(
            "leak",
            name,
            "problem",
            share,
            f"May know the outcome already: alone it tells {percent(share)} of how the target varies (by "
            "rank). Is it known when the decision is made?",
            EXCLUDE,
        )
        for share, name in suspects
    ]


def _class_leaks(
    frame: pd.DataFrame, columns: Sequence[ColumnSpec], y: np.ndarray, target: str, classes: Sequence[str]
) -> list[Finding]:
    """Columns that tell one class from all others almost perfectly."""
    often = np.argsort(-np.bincount(y[y >= 0], minlength=len(classes)), kind="stable")[:CLASSES_LOOKED_AT]
    named: dict[str, Finding] = {}
    for code in often:
        found = strengths(frame, columns, target, classes[code])
        auc = {entry.column: entry.auc for entry in found}
        for suspect in suspects_among(found):
            sentence = (
                f"May know the outcome already: it tells {classes[code]!r} from the other classes. "
                f"{suspect.reason} Is it known when the decision is made?"
            )
            finding = Finding("leak", suspect.column, "problem", auc[suspect.column], sentence, EXCLUDE)
            named.setdefault(suspect.column, finding)
    # Where nearly all columns are suspects the classes are easily told apart.
    if len(named) > max(3, 0.2 * sum(column.role == "feature" for column in columns)):
        return []
    return list(named.values())[:SUSPECTS_SHOWN]
