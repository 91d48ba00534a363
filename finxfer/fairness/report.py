"""fairness.json: every protected column's slices, compared with its reference group; then their crossings."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from finxfer.errors import BadInput
from finxfer.evaluation.metrics import IntArray, as_labels, as_probabilities
from finxfer.fairness.across import MEASURES, Spread, judge, spread
from finxfer.fairness.crossings import Crossing, cross, worthwhile_pairs
from finxfer.fairness.entries import column_entry
from finxfer.fairness.gaps import Comparisons, compare, critical_value, reference_value
from finxfer.fairness.rates import MIN_CLASS_ROWS, MIN_ROWS, RATES, measure_slice
from finxfer.fairness.slices import MISSING, OTHER, slice_order
from finxfer.fairness.task_rates import Classes, Measure, Numbers
from finxfer.fairness.wording import multiplicity_sentence

MOST_CELLS = 60
"""Cells of a crossing that are listed: the largest."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Settings:
    measurer: Callable[[Sequence[np.ndarray], int], Measure]
    measures: tuple[str, ...]
    draws: int
    seed: int
    references: Mapping[str, str]


@dataclass(frozen=True)
class _Cut:
    """A column or a crossing with its groups measured.

    unlisted: (cells, rows) of a crossing that are too small to be listed.
    """

    name: str
    columns: tuple[str, ...]
    values: Mapping[str, tuple[str, ...]]
    comparisons: Comparisons
    spreads: list[Spread | None]
    unlisted: tuple[int, int]


def slice_report(
    y: ArrayLike,
    p: ArrayLike,
    threshold: float,
    slices: pd.DataFrame,
    draws: int = 500,
    seed: int = 0,
    references: Mapping[str, str] | None = None,
    crossings: Sequence[Sequence[str]] | None = (),
    progress: Progress = lambda done, of: None,
) -> dict[str, Any]:
    """Measure each slice of each column and crossing, and whether it differs from its reference group.

    Args:
        y: test labels (N,) of 0 and 1; -1 or missing = unknown, counted in the selection rate only.
        p: probability of the positive class (N,).
        threshold: rows with p >= threshold are selected, that is, flagged as a risk.
        slices: text labels (N, columns) as `slice_labels` makes them.
        draws: bootstrap resamples, 0 for no pointwise intervals.
        seed: equal seeds give equal intervals; what is measured in a column and the interval of a single
            number do not depend on the other columns, joint intervals and verdicts do.
        references: column or crossing ("SEX × AGE") -> slice to compare with; the largest where not given.
        crossings: sets of columns to cross; None for every pair with enough rows.
        progress: called with (columns and crossings done, all of them).

    Raises:
        ValueError: lengths differ, or values are not labels or probabilities.
        BadInput: a wanted reference group does not occur, or a crossing is of a column without slices.
    """
    labels = as_labels(y)
    scores = as_probabilities(p, len(labels))
    if len(slices) != len(labels):
        raise ValueError(f"{len(labels)} labels but {len(slices)} rows of slices")
    rate = float((scores >= threshold).mean()) if len(scores) else 0.0

    def measurer(places: Sequence[np.ndarray], draws: int) -> Measure:
        return lambda value, inside, generator: measure_slice(
            value, labels[inside], scores[inside], float(threshold), draws, generator
        )

    settings = _Settings(measurer, tuple(MEASURES), draws, seed, dict(references or {}))
    report = _report(slices, labels, crossings, settings, rate, progress)
    return {"threshold": float(threshold), "selected": "predicted positive", "metrics": list(RATES), **report}


def task_slice_report(
    task: str,
    measured: Numbers | Classes,
    slices: pd.DataFrame,
    draws: int = 500,
    seed: int = 0,
    references: Mapping[str, str] | None = None,
    crossings: Sequence[Sequence[str]] | None = (),
    progress: Progress = lambda done, of: None,
) -> dict[str, Any]:
    """The same of a regression or of several classes, in the same shape without threshold and spreads.

    Args:
        task: regression or multiclass.
        measured: targets and predictions of the test rows.
        slices, draws, seed, references, crossings, progress: as of :func:`slice_report`.

    Raises:
        BadInput: as :func:`slice_report`.
    """
    if len(slices) != len(measured.y):
        raise ValueError(f"{len(measured.y)} targets but {len(slices)} rows of slices")
    settings = _Settings(measured.measurer, (), draws, seed, dict(references or {}))
    report = _report(slices, None, crossings, settings, 0.0, progress)
    return {"task": task, "threshold": None, "metrics": list(measured.names), **report}


def _report(
    slices: pd.DataFrame,
    labels: IntArray | None,
    crossings: Sequence[Sequence[str]] | None,
    settings: _Settings,
    rate: float,
    progress: Progress,
) -> dict[str, Any]:
    """What reports of all tasks share. labels: of a binary task; rate: its share flagged."""
    singles = [
        Crossing((name,), slices[name].astype(str).to_numpy(dtype=object), {}) for name in slices.columns
    ]
    crossed, left_out = _wanted(slices, labels, crossings)
    measured, of = [], len(singles) + len(crossed)
    for number, one in enumerate([*singles, *crossed]):
        progress(number, of)
        measured.append(_cut(one, settings))
    first, second = measured[: len(singles)], measured[len(singles) :]
    columns, corrected = _family(first, rate, "columns")
    cells, corrected_cells = _family(second, rate, "crossings")
    return {
        "draws": settings.draws,
        "minimum": {"rows": MIN_ROWS, "class_rows": MIN_CLASS_ROWS},
        "columns": columns,
        "crossings": cells,
        "crossings_left_out": left_out,
        "multiplicity": {"columns": corrected, "crossings": corrected_cells},
    }


def _wanted(
    slices: pd.DataFrame, y: IntArray | None, crossings: Sequence[Sequence[str]] | None
) -> tuple[list[Crossing], list[dict[str, object]]]:
    if crossings is None:
        return worthwhile_pairs(slices, y)
    for names in crossings:
        for name in names:
            if name not in slices.columns:
                raise BadInput(
                    f"The crossing of {' and '.join(map(repr, names))} cannot be measured.",
                    f"{name!r} is no protected column of this run; these are "
                    f"{', '.join(map(repr, slices.columns)) or 'none'}.",
                    "Cross protected columns, or give the column this role and run again.",
                )
    return [cross(slices, tuple(names)) for names in crossings], []


def _cut(crossing: Crossing, settings: _Settings) -> _Cut:
    name = crossing.name
    found, place, sizes = np.unique(crossing.cells.astype(str), return_inverse=True, return_counts=True)
    counts = {str(value): int(size) for value, size in zip(found, sizes, strict=True)}
    if not counts:
        raise ValueError("there are no rows to slice")
    reference_name = settings.references.get(name) or reference_value(counts, (OTHER, MISSING))
    if reference_name not in counts:
        raise BadInput(
            f"The reference group {reference_name!r} of {name!r} has no test row.",
            f"The slices of this column are {', '.join(sorted(counts)[:40])}.",
            "Choose one of these as the reference group.",
        )
    ranked = sorted(counts, key=lambda value: (value != reference_name, -counts[value], value))
    listed = {value: counts[value] for value in ranked[:MOST_CELLS]}
    places = {str(value): number for number, value in enumerate(found)}
    parts = []
    inside_of = {value: place == places[value] for value in slice_order(listed)}
    measure = settings.measurer(list(inside_of.values()), settings.draws)
    for value, inside in inside_of.items():
        # Seeded by name: a slice's draws stay the same whatever other columns and slices there are.
        generator = np.random.default_rng([settings.seed, zlib.crc32(f"{name}\0{value}".encode())])
        parts.append(measure(value, inside, generator))
    reference = next(part for part in parts if part.value == reference_name)
    generator = np.random.default_rng([settings.seed, zlib.crc32(name.encode()), 0x5E])
    return _Cut(
        name,
        crossing.columns,
        crossing.values,
        compare(parts, reference),
        [spread(measure, parts, generator) for measure in settings.measures],
        (len(counts) - len(listed), len(place) - sum(listed.values())),
    )


def _family(cuts: list[_Cut], rate: float, kind: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The entries of columns (or crossings), judged together, and what their verdicts are corrected for."""
    critical = critical_value([cut.comparisons for cut in cuts])
    judged = judge([one for cut in cuts for one in cut.spreads])
    size = len(cuts[0].spreads) if cuts else 0
    entries = []
    for number, cut in enumerate(cuts):
        spreads = dict(zip(list(MEASURES)[:size], judged[number * size : (number + 1) * size], strict=True))
        entry = column_entry(cut.name, cut.comparisons, critical, spreads, rate)
        entry["columns"] = list(cut.columns)
        if cut.values:
            entry["unlisted"] = {"cells": cut.unlisted[0], "rows": cut.unlisted[1]}
            for part in entry["slices"]:
                part["values"] = list(cut.values[part["value"]])
        entries.append(entry)
    comparisons = sum(len(cut.comparisons.pairs) for cut in cuts)
    sentence = multiplicity_sentence(comparisons, len(cuts), kind) if cuts else None
    return entries, {"comparisons": comparisons, "critical": critical, "sentence": sentence}
