"""Columns that know too much: suspected leaks of the target, strongest first.

A suspect is only ever named. Nothing here decides: the analyst knows when a column is filled in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from finxfer.data.lexicon import name_tokens
from finxfer.data.splits import binary_target
from finxfer.data.values import value_text
from finxfer.records.spec import ColumnSpec

SAMPLE_ROWS = 20_000
BINS = 24
MOST_VALUES = 100
PRIOR_ROWS = 10.0
"""Rows of the average rate that are mixed into the rate of each bin, so that small bins claim little."""


@dataclass(frozen=True)
class Strength:
    """How well one column alone ranks the target.

    Args:
        column: its name.
        auc: area under the ROC curve of its binned rates, each half of the rows scored by the
            rates of the other half: 0.5 says nothing, 1 says everything.
        pure_share: share of the positive rows that lie in bins with almost only positives.
        labels, rates, rows: of its bins, for a chart.
    """

    column: str
    auc: float
    pure_share: float
    labels: tuple[str, ...]
    rates: tuple[float, ...]
    rows: tuple[int, ...]


def auc_of(scores: np.ndarray, y: np.ndarray) -> float:
    """Area under the ROC curve by mid-ranks (Hanley & McNeil 1982); 0.5 where a class is missing."""
    positives = int((y == 1).sum())
    negatives = len(y) - positives
    if positives == 0 or negatives == 0:
        return 0.5
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    first = np.r_[True, ordered[1:] != ordered[:-1]]
    group = np.cumsum(first) - 1
    counts = np.bincount(group)
    ends = np.cumsum(counts)
    mid = ends - (counts - 1) / 2.0
    ranks = np.empty(len(scores))
    ranks[order] = mid[group]
    return float((ranks[y == 1].sum() - positives * (positives + 1) / 2.0) / (positives * negatives))


def sample_positions(y: np.ndarray, most: int = SAMPLE_ROWS, seed: int = 0) -> np.ndarray:
    """Positions of at most ``most`` labelled rows, drawn at random with the share of positives kept."""
    known = np.flatnonzero(y >= 0)
    if len(known) <= most:
        return known
    generator = np.random.default_rng(seed)
    parts = []
    for value in (0, 1):
        rows = known[y[known] == value]
        wanted = min(len(rows), max(round(most * len(rows) / len(known)), min(len(rows), most // 20)))
        parts.append(generator.choice(rows, wanted, replace=False))
    return np.sort(np.concatenate(parts))


def bin_column(series: pd.Series, kind: str) -> tuple[np.ndarray, list[str]]:
    """Bin number per row, int64 (N,), and a label per bin; missing cells are a bin of their own."""
    if kind in ("numeric", "date") and series.dtype.kind in "ifuM":
        return _bin_numbers(series)
    codes, uniques = pd.factorize(series)
    counts = np.bincount(codes[codes >= 0], minlength=len(uniques))
    kept = np.argsort(-counts, kind="stable")[:MOST_VALUES]
    place = np.full(len(uniques) + 1, len(kept))
    place[kept] = np.arange(len(kept))
    labels = [(value_text(uniques[index]) or "")[:40] for index in kept] + ["other values", "missing"]
    bins = np.where(codes < 0, len(kept) + 1, place[codes])
    return bins.astype(np.int64), labels


def _bin_numbers(series: pd.Series) -> tuple[np.ndarray, list[str]]:
    dates = series.dtype.kind == "M"
    missing = series.isna().to_numpy()
    values = (
        series.to_numpy(dtype="datetime64[s]").astype(np.float64) if dates else series.to_numpy(np.float64)
    )
    known = values[~missing]
    distinct = np.unique(known)
    if len(distinct) <= BINS:
        edges = distinct[1:]
        starts, ends = distinct, distinct
    else:
        edges = np.unique(np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]))
        starts, ends = np.r_[distinct[0], edges], np.r_[edges, distinct[-1]]
    bins = np.where(missing, len(starts), np.searchsorted(edges, values, side="right"))

    def shown(value: float) -> str:
        return str(np.datetime64(int(value), "s").astype("datetime64[D]")) if dates else f"{value:,.4g}"

    labels = [shown(a) if a == b else f"{shown(a)} to {shown(b)}" for a, b in zip(starts, ends, strict=True)]
    return bins.astype(np.int64), [*labels, "missing"]


def strength(series: pd.Series, kind: str, y: np.ndarray, name: str) -> Strength:
    """How well a column alone ranks ``y`` (0 or 1, (N,)); see :class:`Strength`."""
    bins, labels = bin_column(series, kind)
    count = len(labels)
    scores, half = _crossed(bins, count, y)
    rows = np.bincount(bins, minlength=count)
    hits = np.bincount(bins, weights=y, minlength=count)
    auc = float(np.mean([auc_of(scores[half == part], y[half == part]) for part in (0, 1)]))
    pure = (hits >= 0.97 * rows) & (rows >= 10) & (y.mean() < 0.5)
    full = rows > 0
    return Strength(
        name,
        max(auc, 0.5),
        float(hits[pure].sum() / max(hits.sum(), 1)),
        tuple(label for label, here in zip(labels, full, strict=True) if here),
        tuple(float(rate) for rate in hits[full] / rows[full]),
        tuple(int(number) for number in rows[full]),
    )


def rank_scores(series: pd.Series, kind: str, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a column alone says of each row, (N,), and which half (0 or 1) the row is in.

    Each half is scored by the rates of the other half. ``y`` is 0 or 1, (N,).
    """
    bins, labels = bin_column(series, kind)
    return _crossed(bins, len(labels), y)


def _crossed(bins: np.ndarray, count: int, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    # Each class is dealt alternately to two halves, so that both have the same rate.
    half = np.zeros(len(y), dtype=np.int64)
    for value in (0, 1):
        rows = np.flatnonzero(y == value)
        half[rows] = np.arange(len(rows)) % 2
    scores = np.empty(len(y))
    for part in (0, 1):
        there = half != part
        base = y[there].mean() if there.any() else 0.5
        rows = np.bincount(bins[there], minlength=count)
        hits = np.bincount(bins[there], weights=y[there], minlength=count)
        scores[half == part] = ((hits + PRIOR_ROWS * base) / (rows + PRIOR_ROWS))[bins[half == part]]
    return scores, half


class LeakSuspect(NamedTuple):
    """A column that may know the target: ``score`` from 0 to 1 ranks them, ``reason`` is a sentence."""

    column: str
    score: float
    reason: str


TELLS_ALL = 0.90
STANDS_OUT = 0.75
LEAD = 0.10
NAMED = 0.70
PURE = 0.10
_AFTERWARDS = {
    "duration", "outcome", "recovery", "recoveries", "recovered", "collection", "collections", "collected",
    "writeoff", "write", "chargeoff", "chargeback", "settlement", "settled", "closed", "closure", "closing",
    "cancellation", "cancelled", "canceled", "termination", "terminated", "refund", "litigation",
    "repossession", "foreclosure", "workout", "dpd", "resolution", "reason", "disposition", "lgd", "loss",
    "provision",
}  # fmt: skip


def strengths(
    frame: pd.DataFrame, columns: Sequence[ColumnSpec], target: str, positive: str, seed: int = 0
) -> list[Strength]:
    """:class:`Strength` of every feature, strongest first, on at most 20,000 stratified rows."""
    y = binary_target(frame[target], positive)
    rows = sample_positions(y, seed=seed)
    labels = y[rows]
    found = [
        strength(frame[column.name].iloc[rows], column.kind, labels, column.name)
        for column in columns
        if column.role == "feature"
    ]
    return sorted(found, key=lambda entry: (-entry.auc, entry.column))


def rank_leaks(
    frame: pd.DataFrame, columns: Sequence[ColumnSpec], target: str, positive: str, seed: int = 0
) -> list[LeakSuspect]:
    """Features suspected of knowing the target, most suspicious first; often none.

    A feature is suspected when, on its own, it ranks the target almost perfectly (AUC from 0.90),
    stands far above all others (AUC from 0.75, 0.10 above the next), marks many positive rows with
    almost no error, or is named like something written down afterwards and is strong (AUC from 0.70).
    """
    return suspects_among(strengths(frame, columns, target, positive, seed))


def suspects_among(found: Sequence[Strength]) -> list[LeakSuspect]:
    """The suspects among features sorted by strength; see :func:`rank_leaks`."""
    above_gap = _above_gap(found)
    suspects = []
    for index, entry in enumerate(found):
        named = bool(set(name_tokens(entry.column)) & _AFTERWARDS)
        reasons = []
        if entry.auc >= TELLS_ALL:
            reasons.append(f"on its own it ranks the target almost perfectly (AUC {entry.auc:.2f})")
        elif index < above_gap:
            following = found[above_gap].auc
            reasons.append(
                f"on its own it has an AUC of {entry.auc:.2f}, the next column only {following:.2f}"
            )
        if entry.pure_share >= PURE:
            reasons.append(
                f"some of its values mark {entry.pure_share:.0%} of the positive rows almost without error"
            )
        if named and (reasons or entry.auc >= NAMED):
            reasons.append("it is named like something that is known only afterwards")
        if reasons:
            score = max(2 * entry.auc - 1, entry.pure_share) + 0.05 * named
            sentence = "; ".join(reasons)
            suspects.append(
                LeakSuspect(entry.column, min(score, 1.0), sentence[0].upper() + sentence[1:] + ".")
            )
    return sorted(suspects, key=lambda suspect: -suspect.score)


def _above_gap(found: Sequence[Strength]) -> int:
    """How many of the strongest features stand above a gap of :data:`LEAD`, at most three."""
    for count in (1, 2, 3):
        if count >= len(found) or found[count - 1].auc < STANDS_OUT:
            return 0
        if found[count - 1].auc - found[count].auc >= LEAD:
            return count
    return 0
