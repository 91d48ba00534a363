"""Before any fine-tuning: which backbone's view of this table foretells its labels best.

Every backbone of the catalogue turns the same training rows into representations, and three scores of them
(see evaluation.transferability) say how much of the target they hold. The linear probe ranks; LogME and the
H-score stand beside it. Bounds are counts of rows and cells, so that the catalogue of a small table takes
seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import fit_to_table
from finxfer.backbones.protocol import Report, ShouldStop, TrainingData
from finxfer.backbones.sampling import stratified_parts
from finxfer.data.encoding import TableEncoder
from finxfer.errors import BadInput, Cancelled, Damaged
from finxfer.evaluation.transferability import Probe, lead, linear_probe, log_me, ranks, shrinkage_h_score
from finxfer.training.embeddings import embed_cached
from finxfer.training.folds import Folds, make_folds
from finxfer.training.logistic import MOST_CATEGORIES, design, location

MOST_ROWS, LEAST_ROWS, CELLS = 1000, 200, 24_000
"""Rows that are looked at: as many as make so many cells, within these bounds."""
RANKED_BY = "probe"


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
        "columns_alone": {"auc", "auc_error", "interval"}: the same probe of the columns themselves,
        "first": {"id", "over_second": lead or None, "over_columns": lead} or None where none is ranked}

    Raises:
        BadInput: too few rows of a class for two folds.
        Cancelled: `should_stop` said so.
    """
    began = time.monotonic()
    folds = probed_folds(data, seed)
    with _one_thread():
        alone = linear_probe(plain_columns(folds), folds.y, folds.part)
    found: list[tuple[dict[str, Any], Probe | None]] = []
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
        "backbones": [entry for entry, _ in sorted(found, key=_place)],
        "columns_alone": _measured(alone),
        "first": _first(found, alone),
        "seconds": round(time.monotonic() - began, 2),
    }


def probed_folds(data: TrainingData, seed: int) -> Folds:
    """A stratified part of the rows, and their folds. Raises BadInput where a class is too scarce."""
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


def _scored(
    card: Card, folds: Folds, table: str, cache: Path | None, should_stop: ShouldStop
) -> tuple[dict[str, Any], Probe | None]:
    entry = _entry(card, folds.data)
    began = time.monotonic()
    entry["reason"] = _obstacle(card, folds.data, table)
    if entry["reason"] is not None:
        return entry, None
    try:
        view, entry["cached"] = embed_cached(card, folds, cache, should_stop)
    except (BadInput, Damaged) as error:
        entry["reason"] = error.why or error.what
        return entry, None
    features = view.features
    with _one_thread():
        probe = linear_probe(features, folds.y, folds.part)
        entry |= _measured(probe)
        entry["log_me"] = _by_fold(log_me, features, folds)
        entry["h_score"] = _by_fold(shrinkage_h_score, features, folds)
    entry["dimensions"] = features.shape[1]
    entry["seconds"] = round(time.monotonic() - began, 2)
    return entry, probe


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
    auc, auc_error, interval: of the probe. rank, log_me_rank, h_score_rank: 1 is best. level: whether the
    probe does not tell it from the first. seconds: for representation and scores; cached: found again.
    """
    fit = fit_to_table(card, data.columns, data.protected, data.mapping)
    nothing = ("reason", "auc", "auc_error", "interval", "log_me", "h_score", "dimensions", "rank")
    return {
        "id": card.id,
        "name": card.name,
        "family": card.family,
        "sha256": card.sha256,
        "parameters": card.parameters,
        "available": card.available,
        "share": fit.share,
        "matched": len(fit.matched),
        **dict.fromkeys((*nothing, "log_me_rank", "h_score_rank", "level", "seconds", "cached")),
    }


def _obstacle(card: Card, data: TrainingData, table: str) -> str | None:
    """Why a backbone is not ranked, one sentence."""
    if not card.available:
        return "Its weights are not on this machine."
    if table in card.tables:
        return "It has learned from rows of this table, so it would look better than it is."
    fit = fit_to_table(card, data.columns, data.protected, data.mapping)
    return None if fit.fits else fit.sentence


def _measured(probe: Probe) -> dict[str, Any]:
    return {
        "auc": probe.auc,
        "auc_error": probe.error,
        "interval": list(probe.interval) if probe.interval else None,
    }


def _rank(found: list[tuple[dict[str, Any], Probe | None]]) -> None:
    """Write each entry's ranks, and whether it is level with the first."""
    scored = [(entry, probe) for entry, probe in found if probe is not None]
    for score, name in (("auc", "rank"), ("log_me", "log_me_rank"), ("h_score", "h_score_rank")):
        places = ranks({entry["id"]: entry[score] for entry, _ in scored})
        for entry, _ in scored:
            entry[name] = places[entry["id"]]
    if scored:
        first = max(scored, key=lambda pair: pair[1].auc)[1]
        for entry, probe in scored:
            entry["level"] = probe is first or not lead(first.folds, probe.folds)["clear"]


def _place(pair: tuple[dict[str, Any], Probe | None]) -> tuple[float, str]:
    entry, _ = pair
    return (entry["rank"] or float("inf"), entry["id"])


def _first(found: list[tuple[dict[str, Any], Probe | None]], alone: Probe) -> dict[str, Any] | None:
    """The first, and its leads over the second and over the columns themselves."""
    scored = sorted((pair for pair in found if pair[1] is not None), key=_place)
    if not scored:
        return None
    probes = [probe for _, probe in scored if probe is not None]
    return {
        "id": scored[0][0]["id"],
        "over_second": lead(probes[0].folds, probes[1].folds) if len(probes) > 1 else None,
        "over_columns": lead(probes[0].folds, alone.folds),
    }
