"""What is worth knowing about a table before a model learns from it, problems first."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from finxfer.data.checks import FEW_ROWS, check_features
from finxfer.data.findings import EXCLUDE, Finding, bar, percent, rows_word, sort_findings, two_histograms
from finxfer.data.leaks import (
    LeakSuspect,
    Strength,
    auc_of,
    rank_leaks,
    sample_positions,
    strengths,
    suspects_among,
)
from finxfer.data.quality_columns import column_findings
from finxfer.data.quality_pairs import copy_findings, proxy_findings
from finxfer.data.quality_remedies import remedy_findings, with_remedies
from finxfer.data.quality_whole import Whole, count_copies
from finxfer.data.splits import binary_target
from finxfer.errors import BadInput
from finxfer.records.remedy_spec import DEDUPLICATE, RemedySpec
from finxfer.records.spec import ColumnSpec

__all__ = ["Finding", "assess", "rank_leaks"]

RARE = 0.05
FEW_LABELLED = 200
ORDER_AUC = 0.60
SUSPECTS_SHOWN = 5
MANY_SUSPECTS = 0.2
"""Share of the features from which on suspects say more about the table than about themselves."""


def assess(
    frame: pd.DataFrame,
    columns: Sequence[ColumnSpec],
    target: str,
    positive: str,
    whole: Whole | None = None,
) -> list[Finding]:
    """Look at a table with its roles.

    Args:
        frame: the table, or a sample of its rows.
        columns: role and kind of its columns; those that are not in ``frame`` are passed over.
        target, positive: target column and text of its positive class.
        whole: what is known of all rows where ``frame`` is a sample.

    Returns:
        findings, problems first.

    Raises:
        BadInput: the target is not in the table, or the positive value does not occur.
    """
    if target not in frame.columns:
        raise BadInput(
            f"The table has no column {target!r}.",
            "It was chosen as the target.",
            "Choose the target for this table again.",
        )
    known = [column for column in columns if column.name in frame.columns]
    y = binary_target(frame[target], positive)
    everyone = y if whole is None else whole.y
    found = strengths(frame, known, target, positive)
    findings = [
        *_target_findings(frame, known, everyone, target, positive),
        *_leak_findings(frame, known, found, y),
        *with_remedies(remedy_findings(frame, known, target), column_findings(frame, known, y)),
        *copy_findings(frame, known),
        *proxy_findings(frame, known),
        *_copied_rows(frame, known, whole),
        *_order_of_rows(everyone),
    ]
    return sort_findings(findings)


def _target_findings(
    frame: pd.DataFrame, columns: Sequence[ColumnSpec], y: np.ndarray, target: str, positive: str
) -> list[Finding]:
    findings = []
    positives, negatives = int((y == 1).sum()), int((y == 0).sum())
    labelled = positives + negatives
    share = positives / max(labelled, 1)
    chart = bar([positive[:30], "other"], [share, 1 - share], "share")
    smaller = min(positives, negatives)
    word = "positive" if positives <= negatives else "negative"
    if smaller < FEW_ROWS:
        sentence = f"Only {rows_word(smaller)} of the {word} class: every figure will be very uncertain."
        severity = "problem" if smaller < 2 else "warning"
        findings.append(Finding("few_rows", target, severity, smaller, sentence, "Add labelled rows.", chart))
    elif min(share, 1 - share) < RARE:
        sentence = f"The {word} class is rare: {percent(min(share, 1 - share))} of the labelled rows."
        advice = "Read average precision beside the AUC: it counts how many of those flagged are right."
        findings.append(Finding("balance", target, "warning", share, sentence, advice, chart))
    if labelled < FEW_LABELLED <= len(y) or FEW_ROWS <= labelled < FEW_LABELLED:
        sentence = f"Only {rows_word(labelled)} with a target: intervals will be wide."
        findings.append(Finding("few_rows", None, "warning", labelled, sentence, "Add labelled rows."))
    missing = int((y < 0).sum())
    if missing:
        sentence = (
            f"{rows_word(missing)} without a target ({percent(missing / len(y))}) will not be learned from."
        )
        findings.append(Finding("target_missing", target, "note", missing / len(y), sentence))
    try:
        check_features(frame, columns)
    except BadInput as error:
        findings.append(Finding("no_feature", None, "problem", None, f"{error.what} {error.why}", error.next))
    if not any(column.role == "protected" for column in columns):
        sentence = "No column has the role protected, so fairness cannot be looked at."
        findings.append(Finding("no_protected", None, "note", None, sentence))
    return findings


def _leak_findings(
    frame: pd.DataFrame, columns: Sequence[ColumnSpec], found: Sequence[Strength], y: np.ndarray
) -> list[Finding]:
    suspects = suspects_among(found)
    if len(suspects) > max(3, MANY_SUSPECTS * len(found)):
        return [_easy_classes(suspects, found)]
    by_name = {entry.column: entry for entry in found}
    kinds = {column.name: column.kind for column in columns}
    rows = sample_positions(y)
    findings = []
    for suspect in suspects[:SUSPECTS_SHOWN]:
        series = frame[suspect.column].iloc[rows]
        if kinds[suspect.column] == "numeric" and series.dtype.kind in "ifu":
            chart = two_histograms(series.to_numpy(np.float64), y[rows])
        else:
            chart = _rates(by_name[suspect.column])
        sentence = f"May know the outcome already. {suspect.reason} Is it known when the decision is made?"
        auc = by_name[suspect.column].auc
        findings.append(Finding("leak", suspect.column, "problem", auc, sentence, EXCLUDE, chart))
    return findings


def _easy_classes(suspects: Sequence[LeakSuspect], found: Sequence[Strength]) -> Finding:
    auc = {entry.column: entry.auc for entry in found}
    strongest = suspects[:8]
    sentence = (
        f"{len(suspects)} of {len(found)} features rank the outcome almost perfectly on their own, "
        f"{strongest[0].column} most of all: the classes are easily told apart, or these columns were "
        "written afterwards."
    )
    chart = bar(
        [suspect.column for suspect in strongest], [auc[suspect.column] for suspect in strongest], "share"
    )
    advice = "Ask when these columns are filled in."
    return Finding("leak", strongest[0].column, "warning", auc[strongest[0].column], sentence, advice, chart)


def _rates(entry: Strength) -> dict[str, object]:
    order = sorted(range(len(entry.labels)), key=lambda index: -entry.rows[index])[:8]
    return bar([entry.labels[index] for index in order], [entry.rates[index] for index in order], "share")


def compared_columns(names: Sequence[str], columns: Sequence[ColumnSpec]) -> list[str]:
    """The columns in which copies are equal: all that do not name the row or the customer."""
    naming = {column.name for column in columns if column.role in ("id", "group")}
    return [name for name in names if name not in naming]


def _copied_rows(frame: pd.DataFrame, columns: Sequence[ColumnSpec], whole: Whole | None) -> list[Finding]:
    names = compared_columns([str(name) for name in frame.columns], columns)
    rows, copies = (len(whole.y), whole.copies) if whole else (len(frame), count_copies(frame, names))
    if not copies:
        return []
    share = copies / rows
    severity = "warning" if share > 0.01 else "note"
    sentence = f"{rows_word(copies)} ({percent(share)}) are exact copies of an earlier row."
    sentence += " Copies on both sides of the split make figures look better."
    return [Finding("duplicates", None, severity, share, sentence, remedies=(RemedySpec(DEDUPLICATE),))]


def _order_of_rows(y: np.ndarray) -> list[Finding]:
    known = np.flatnonzero(y >= 0)
    if min((y == 1).sum(), (y == 0).sum()) < FEW_ROWS:
        return []
    place = np.linspace(0, 1, len(known))
    trend = abs(auc_of(place, y[known]) - 0.5) + 0.5
    if trend < ORDER_AUC:
        return []
    parts = np.array_split(y[known], 8)
    labels = [f"rows {part + 1}/8" for part in range(8)]
    sentence = "The share of positive rows changes from the top of the table to the bottom."
    advice = (
        "If rows are in order of time, later customers differ from earlier ones, and a random "
        "test set looks better than the future will."
    )
    chart = bar(labels, [part.mean() for part in parts], "share")
    return [Finding("order", None, "note", trend, sentence, advice, chart)]
