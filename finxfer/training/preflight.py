"""Before any fine-tuning: which backbone's view of this table foretells its labels best.

Every backbone of the catalogue looks at the same training rows as it is. One that knows the task is judged by
what its own head says of them, another by a linear probe of its representation; the chance that is in so few
rows is taken off (evaluation.placements), and that ranks. LogME, the H-score and the probe of every backbone
(evaluation.transferability) stand beside it. Bounds are counts of rows and cells, so that the catalogue of a
small table takes seconds.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import fit_to_table
from finxfer.backbones.protocol import Report, ShouldStop, TrainingData, require_binary
from finxfer.backbones.sampling import stratified_parts
from finxfer.data.encoding import TableEncoder
from finxfer.errors import BadInput, Cancelled, Damaged
from finxfer.evaluation.placements import Placements, lead, shrunk
from finxfer.evaluation.transferability import (
    RANKED_BY,
    linear_probe,
    log_me,
    ranks,
    shrinkage_h_score,
)
from finxfer.training.embeddings import embed_cached
from finxfer.training.folds import Folds, make_folds
from finxfer.training.logistic import MOST_CATEGORIES, design, location

MOST_ROWS, LEAST_ROWS, CELLS = 1000, 200, 24_000
"""Rows that are looked at: as many as make so many cells, within these bounds."""
_RANKS = {"score": "rank", "probe": "probe_rank", "log_me": "log_me_rank", "h_score": "h_score_rank"}
EXPECTED = {"source": (0.0, 0.006), "context": (-0.04, 0.015), "probe": (-0.05, 0.03)}
"""AUC that a run from a backbone is expected to reach against one that learned the task from 10,000 source
rows, and the standard deviation around that: of one that learned the task at a source, one that reads labels
in context, and one whose head is new. PER_TENFOLD: what ten times the source rows add. Both were chosen on
the segments of benchmarks/preflight_quality.py; docs/preflight.md says how little their exact values do."""
PER_TENFOLD, USUAL_ROWS = 0.02, 10_000
MANY_MEMBERS = {"tabm": 0.005}
"""What a family adds that is a mean of many networks: its fine-tuning errs less than a single network's."""


def preflight(
    data: TrainingData,
    cards: Sequence[Card],
    table: str,
    seed: int,
    cache: Path | None,
    report: Report,
    should_stop: ShouldStop,
) -> dict[str, Any]:
    """Score and rank the backbones for a table; plain JSON.

    Args:
        data: rows that a run may learn from; training and validation rows are taken together.
        cards: the catalogue.
        table: its SHA-256; a backbone that has learned from it would be judged on rows that it knows.
        seed: of the draw of the rows and of the folds.
        cache: folder of the table's representations; None keeps none.
        report: gets "progress" with a message before each backbone.

    Returns:
        {"rows", "labelled", "positives", "columns", "folds", "ranked_by", "seconds",
        "backbones": [see `_entry`], the ranked ones first, by rank,
        "columns_alone": {"auc", "auc_error", "interval"}: a linear probe of the columns themselves,
        "first": {"id", "over_second": lead or None, "over_columns": lead} or None where none is ranked}

    Raises:
        BadInput: too few rows of a class for two folds.
        Cancelled: `should_stop` said so.
    """
    began = time.monotonic()
    folds = probed_folds(data, seed)
    with _one_thread():
        alone = _placed(linear_probe(plain_columns(folds), folds.y, folds.part), folds)
    found: list[_Found] = []
    for number, card in enumerate(cards):
        if should_stop():
            raise Cancelled("The comparison was stopped.", "You asked for it.", "Start it again.")
        report("message", text=f"Looking at the table with {card.name}")
        report("progress", done=number, of=len(cards))
        found.append(_scored(card, folds, table, cache, should_stop))
    _rank(found)
    report("progress", done=len(cards), of=len(cards))
    return {
        "rows": len(folds.y),
        "labelled": len(data.y_train) + len(data.y_validation),
        "positives": int(folds.y.sum()),
        "columns": len(data.columns),
        "folds": folds.pieces,
        "ranked_by": RANKED_BY,
        "backbones": [one.entry for one in sorted(found, key=_place)],
        "columns_alone": _measured(alone),
        "first": _first(found, alone),
        "seconds": round(time.monotonic() - began, 2),
    }


def probed_folds(data: TrainingData, seed: int) -> Folds:
    """A stratified part of the rows, and their folds. Raises BadInput where a class is too scarce, and for
    another task than binary."""
    require_binary(data.task, "The comparison of backbones before a run")
    whole = make_folds(data, seed)
    wanted = min(MOST_ROWS, max(LEAST_ROWS, CELLS // max(len(data.columns), 1)), len(whole.y))
    (kept,) = stratified_parts(whole.y, [wanted], seed)
    frame, y = whole.frame.iloc[kept].reset_index(drop=True), whole.y[kept]
    part = replace(
        data, frame_train=frame, y_train=y, frame_validation=frame.iloc[:0], y_validation=y[:0]
    )  # all rows in folds, none held out
    folds = make_folds(part, seed)
    if not folds.crossed:
        raise BadInput(
            "The backbones cannot be compared on this table.",
            f"Among its {len(y):,} training rows {int(y.sum()):,} are positive and "
            f"{int((1 - y).sum()):,} negative: too few of one of them, or all in one group.",
            "Add labelled rows; a run can still start from any backbone.",
        )
    return folds


def plain_columns(folds: Folds) -> np.ndarray:
    """What logistic regression reads of the columns themselves: float64 (N, D)."""
    table = TableEncoder.fit(
        folds.frame, folds.data.columns, min_category_rows=2, max_categories=MOST_CATEGORIES
    )
    encoded = table.transform(folds.frame)
    return design(encoded, table, *location(encoded.numeric))


@dataclass(frozen=True)
class _Found:
    """A backbone's entry and how its rating places the rows; None where it cannot be ranked."""

    entry: dict[str, Any]
    placed: Placements | None = None
    expected: float = 0.0
    spread: float = 0.0


def _scored(card: Card, folds: Folds, table: str, cache: Path | None, should_stop: ShouldStop) -> _Found:
    entry = _entry(card, folds.data)
    began = time.monotonic()
    entry["reason"] = _obstacle(card, folds.data, table)
    if entry["reason"] is not None:
        return _Found(entry)
    try:
        view, entry["cached"] = embed_cached(card, folds, cache, should_stop)
    except (BadInput, Damaged) as error:
        entry["reason"] = error.why or error.what
        return _Found(entry)
    with _one_thread():
        probe = linear_probe(view.features, folds.y, folds.part)
        entry["log_me"] = _by_fold(log_me, view.features, folds)
        entry["h_score"] = _by_fold(shrinkage_h_score, view.features, folds)
    placed = _placed(probe if view.log_odds is None else view.log_odds, folds)
    entry |= _measured(placed)
    entry["judged_by"] = "probe" if view.log_odds is None else "head"
    entry["probe"] = _placed(probe, folds).auc
    entry["dimensions"] = view.features.shape[1]
    entry["seconds"] = round(time.monotonic() - began, 2)
    return _Found(entry, placed, *_expected(card, known=view.log_odds is not None))


def _expected(card: Card, known: bool) -> tuple[float, float]:
    """What its card says about a run from it, and how sure that is; see `EXPECTED`."""
    value, spread = EXPECTED["probe" if not known else "context" if card.columns is None else "source"]
    if known and card.columns is not None:
        value += MANY_MEMBERS.get(card.family, 0.0)
    if card.columns is not None and card.rows:
        value += PER_TENFOLD * math.log10(card.rows / USUAL_ROWS)
    return value, spread


def _placed(rating: np.ndarray, folds: Folds) -> Placements:
    return Placements.of(rating, folds.y, folds.part)


def _one_thread() -> threadpool_limits:
    """Many small matrices: threads that wait for each other made 40 s of 1 s where the cores were busy."""
    return threadpool_limits(1, user_api="blas")


def _by_fold(score: Callable[[np.ndarray, np.ndarray], float], features: np.ndarray, folds: Folds) -> float:
    """Mean of the score over the folds, each by itself.

    Rows of different folds were represented with the help of each other's labels; rows of one fold were not.
    """
    parts = [folds.part == number for number in range(folds.pieces)]
    both = [part for part in parts if 0 < folds.y[part].mean() < 1]
    return float(np.mean([score(features[part], folds.y[part]) for part in both]))


def _entry(card: Card, data: TrainingData) -> dict[str, Any]:
    """A backbone that is not scored yet.

    share: of the backbone's own columns that the table has, 0..1. reason: why it cannot be ranked, or None.
    judged_by: its own "head" or a "probe"; auc, auc_error, interval: of that, as measured. probe: AUC of the
    probe. score: the AUC without the chance in so few rows, which ranks. rank, probe_rank, log_me_rank,
    h_score_rank: 1 is best. level: whether what was measured does not tell it from the first. seconds: for
    views and scores; cached: found again.
    """
    fit = fit_to_table(card, data.columns, data.protected, data.mapping)
    nothing = (
        "reason",
        "judged_by",
        "auc",
        "auc_error",
        "interval",
        "dimensions",
        "level",
        "seconds",
        "cached",
    )
    return {
        "id": card.id,
        "name": card.name,
        "family": card.family,
        "sha256": card.sha256,
        "parameters": card.parameters,
        "available": card.available,
        "share": fit.share,
        "matched": len(fit.matched),
        **dict.fromkeys((*nothing, *_RANKS, *_RANKS.values())),
    }


def _obstacle(card: Card, data: TrainingData, table: str) -> str | None:
    """Why a backbone is not ranked, one sentence."""
    if not card.available:
        return "Its weights are not on this machine."
    if table in card.tables:
        return "It has learned from rows of this table, so it would look better than it is."
    fit = fit_to_table(card, data.columns, data.protected, data.mapping)
    return None if fit.fits else fit.sentence


def _measured(placed: Placements) -> dict[str, Any]:
    interval = placed.interval
    return {
        "auc": placed.auc,
        "auc_error": placed.error,
        "interval": list(interval) if interval else None,
    }


def _rank(found: list[_Found]) -> None:
    """Write each entry's score and ranks, and whether it is level with the first."""
    ranked = [one for one in found if one.placed is not None]
    scored = [(one.entry, one.placed) for one in ranked if one.placed is not None]
    if not scored:
        return
    expected, spread = [one.expected for one in ranked], [one.spread for one in ranked]
    scores = shrunk([placed for _, placed in scored], expected, spread)
    for (entry, _), value in zip(scored, scores, strict=True):
        entry["score"] = value
    for score, name in _RANKS.items():
        places = ranks({entry["id"]: entry[score] for entry, _ in scored})
        for entry, _ in scored:
            entry[name] = places[entry["id"]]
    first = max(scored, key=lambda one: one[0]["score"])[1]
    for entry, placed in scored:
        entry["level"] = placed is first or not lead(first, placed)["clear"]


def _place(one: _Found) -> tuple[float, str]:
    return (one.entry["rank"] or float("inf"), one.entry["id"])


def _first(found: list[_Found], alone: Placements) -> dict[str, Any] | None:
    """The first, and its leads over the second and over the columns themselves."""
    ranked = sorted((one for one in found if one.placed is not None), key=_place)
    placed = [one.placed for one in ranked if one.placed is not None]
    if not placed:
        return None
    return {
        "id": ranked[0].entry["id"],
        "over_second": lead(placed[0], placed[1]) if len(placed) > 1 else None,
        "over_columns": lead(placed[0], alone),
    }
