"""Where the model errs most: slices of one to three predicates over all columns, searched on one half of the
test rows and judged on the other.

The score is SliceLine's (Sagadeeva & Boehm 2021, SIGMOD): a weight times how much larger the slice's mean
error is, minus one less the weight times how small the slice is. One and two predicates are searched
exhaustively by two matrix products, a third is added to the best pairs. A search over thousands of slices
finds bad ones in any noise, so what it finds is measured again on rows that had no say, with Holm's
correction for as many slices as are taken there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from finxfer.evaluation.amounts import amount, with_ends
from finxfer.evaluation.metrics import FloatArray
from finxfer.fairness.row_errors import RowErrors
from finxfer.fairness.slices import slice_labels

WEIGHT = 0.95
MOST_PREDICATES = 3
KEPT_PAIRS = 400
"""Best slices of two predicates that a third one is added to."""
TAKEN = 8
"""Slices that are judged on the other half."""
SMALLEST_ROWS, SMALLEST_SHARE = 40, 0.02
ALIKE = 0.6
"""Two slices that share more of their rows are one finding."""
FEWEST_ROWS = 200
CONFIRMED, NOT_CONFIRMED = "confirmed", "not confirmed"
ALPHA = 0.05

Predicates = tuple[int, ...]


@dataclass(frozen=True)
class Predicate:
    """One value (or range) of one column."""

    column: str
    value: str


@dataclass(frozen=True)
class Candidate:
    """A slice of the searched rows."""

    predicates: Predicates
    rows: int
    mean_error: float
    score: float


def predicates_of(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[list[Predicate], np.ndarray]:
    """The values of all columns, numbers and dates cut into ranges; which row has which (N, predicates)."""
    labels = slice_labels(frame, columns)
    names: list[Predicate] = []
    members = []
    for column in columns:
        values, codes = np.unique(labels[column].astype(str), return_inverse=True)
        if len(values) < 2:
            continue
        names += [Predicate(column, str(value)) for value in values]
        members.append(codes[:, None] == np.arange(len(values)))
    return names, np.concatenate(members, axis=1) if members else np.zeros((len(frame), 0), dtype=bool)


def search(members: np.ndarray, columns: Sequence[str], errors: FloatArray, smallest: int) -> tuple[
    list[Candidate], int
]:  # fmt: skip
    """The slices with a positive score, best first, and how many were scored.

    members: (N, predicates) of booleans. columns: of each predicate. errors: (N,), at least 0.
    """
    matrix, weighed = members.astype(np.float64), members * errors[:, None]
    rows, average = len(errors), float(errors.mean())

    def scored(sizes: FloatArray, sums: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore", divide="ignore"):
            found = WEIGHT * (sums / sizes / average - 1) - (1 - WEIGHT) * (rows / sizes - 1)
        return np.where(sizes >= smallest, found, -np.inf)

    of = np.asarray(columns, dtype=object)
    apart = of[:, None] != of[None, :]
    sizes, sums = matrix.sum(axis=0), weighed.sum(axis=0)
    pair_sizes, pair_sums = matrix.T @ matrix, matrix.T @ weighed
    single, pairs = scored(sizes, sums), np.where(apart, scored(pair_sizes, pair_sums), -np.inf)
    found = [
        Candidate((int(i),), int(sizes[i]), float(sums[i] / sizes[i]), float(single[i]))
        for i in np.flatnonzero(single > 0)
    ]
    upper = np.triu(np.ones_like(apart), 1) * apart
    number = int((single > -np.inf).sum() + ((pairs > -np.inf) & (upper > 0)).sum())
    order = [
        place for place in np.argsort(-np.where(upper > 0, pairs, -np.inf), axis=None)[:KEPT_PAIRS]
        if pairs.flat[place] > -np.inf and upper.flat[place] > 0
    ]  # fmt: skip
    for place in order:
        i, j = divmod(int(place), len(of))
        if pairs[i, j] > 0:
            mean = float(pair_sums[i, j] / pair_sizes[i, j])
            found.append(Candidate((i, j), int(pair_sizes[i, j]), mean, float(pairs[i, j])))
        inside = members[:, i] & members[:, j]
        third_sizes, third_sums = matrix[inside].sum(axis=0), weighed[inside].sum(axis=0)
        third = np.where(apart[i] & apart[j], scored(third_sizes, third_sums), -np.inf)
        number += int((third > -np.inf).sum())
        for k in np.flatnonzero(third > 0):
            mean = float(third_sums[k] / third_sizes[k])
            triple = tuple(sorted((i, j, int(k))))
            found.append(Candidate(triple, int(third_sizes[k]), mean, float(third[k])))
    unique = {one.predicates: one for one in found}
    return sorted(unique.values(), key=lambda one: (-one.score, one.predicates)), number


def rows_of(one: Candidate, members: np.ndarray) -> np.ndarray:
    """Which rows are in the slice: booleans (N,)."""
    return np.asarray(members[:, list(one.predicates)].all(axis=1))


def different(found: Sequence[Candidate], members: np.ndarray, most: int = TAKEN) -> list[Candidate]:
    """The best slices that are not nearly the same rows as a better one."""
    kept: list[tuple[Candidate, np.ndarray]] = []
    for one in found:
        inside = rows_of(one, members)
        alike = ((inside & other).sum() / max((inside | other).sum(), 1) > ALIKE for _, other in kept)
        if not any(alike):
            kept.append((one, inside))
        if len(kept) == most:
            break
    return [one for one, _ in kept]


def worst_slices(
    frame: pd.DataFrame, columns: Sequence[str], found_errors: RowErrors, seed: int,
    protected: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """slices_found.json: the slices with the largest loss, and which of them hold on other rows.

    frame: raw test rows (N); columns: those searched. found_errors: how wrong the model is about each; rows
    of unknown target are left out. protected: columns to be marked.
    """
    known, errors = found_errors.known, found_errors.loss
    entry: dict[str, Any] = {
        "metric": found_errors.metric,
        "columns": len(columns),
        "slices": [],
        "searched": 0,
    }
    entry |= {"most_predicates": MOST_PREDICATES, "rows": {"searched": 0, "judged": 0}}
    if len(known) < FEWEST_ROWS:
        words = f"too little data: a search needs {FEWEST_ROWS} test rows with a known outcome"
        return entry | {"sentence": f"Worst slices: {words}, and there are {len(known)}."}
    names, members = predicates_of(frame, columns)
    order = np.random.default_rng([seed, 0x511]).permutation(known)
    halves = np.sort(order[: len(order) // 2]), np.sort(order[len(order) // 2 :])
    smallest = max(SMALLEST_ROWS, round(SMALLEST_SHARE * len(halves[0])))
    of = [name.column for name in names]
    found, number = search(members[halves[0]], of, errors[halves[0]], smallest)
    taken = different(found, members[halves[0]])
    judged = [_judge(one, members[halves[1]], found_errors, halves[1]) for one in taken]
    entries = []
    for one, there, verdict in zip(taken, judged, _holm(judged), strict=True):
        parts = [names[place] for place in one.predicates]
        entries.append(
            {
                "predicates": [
                    {"column": part.column, "value": part.value, "protected": part.column in protected}
                    for part in parts
                ],
                "text": " and ".join(f"{part.column}: {part.value}" for part in parts),
                "score": one.score,
                "searched": {"rows": one.rows, "loss": one.mean_error},
                "judged": there,
                "verdict": verdict,
            }
        )
    entry |= {
        "searched": number,
        "smallest": smallest,
        "rows": {"searched": len(halves[0]), "judged": len(halves[1])},
        "average": {"searched": float(errors[halves[0]].mean()), "judged": float(errors[halves[1]].mean())},
        "slices": entries,
    }
    return entry | {"sentence": _sentence(entry)}


def _judge(one: Candidate, members: np.ndarray, found_errors: RowErrors, half: np.ndarray) -> dict[str, Any]:
    """The slice on rows that did not find it: Welch's one-sided test of its mean loss against the rest's.

    expected: the mean loss if the probabilities were right; excess: the loss beyond it. Where there is none,
    the customers are hard to tell apart; where there is, the model is wrong about them. None where a model
    says no probabilities.
    """
    errors = found_errors.loss[half]
    inside = rows_of(one, members)
    rows = int(inside.sum())
    empty = {"rows": rows, "loss": None, "rest": None, "difference": None, "interval": None}
    if rows < 2 or rows > len(inside) - 2:
        nothing = dict.fromkeys(("observed", "predicted", "expected", "excess", "excess_interval"))
        return empty | {"p_value": 1.0, **nothing, "wrong": False}
    there, rest = errors[inside], errors[~inside]
    test = stats.ttest_ind(there, rest, equal_var=False, alternative="greater")
    both = stats.ttest_ind(there, rest, equal_var=False).confidence_interval(0.95)
    beyond: dict[str, Any] = {"expected": None, "excess": None, "excess_interval": None, "wrong": False}
    if found_errors.expected is not None:
        expected = found_errors.expected[half][inside]
        excess = there - expected
        ends = stats.ttest_1samp(excess, 0.0).confidence_interval(0.95)
        beyond = {
            "expected": float(expected.mean()),
            "excess": float(excess.mean()),
            "excess_interval": [float(ends.low), float(ends.high)],
            "wrong": bool(ends.low > 0),
        }
    return {
        "rows": rows,
        "loss": float(there.mean()),
        "rest": float(rest.mean()),
        "difference": float(there.mean() - rest.mean()),
        "interval": [float(both.low), float(both.high)],
        "p_value": float(test.pvalue) if np.isfinite(test.pvalue) else 1.0,
        "observed": float(found_errors.observed[half][inside].mean()),
        "predicted": float(found_errors.predicted[half][inside].mean()),
        **beyond,
    }


def _holm(judged: Sequence[dict[str, Any]]) -> list[str]:
    ranked = sorted(range(len(judged)), key=lambda place: judged[place]["p_value"])
    verdicts = [NOT_CONFIRMED] * len(judged)
    for place, number in enumerate(ranked):
        if judged[number]["p_value"] > ALPHA / (len(ranked) - place):
            break
        verdicts[number] = CONFIRMED
    return verdicts


def _sentence(entry: dict[str, Any]) -> str:
    searched, slices = f"{entry['searched']:,} slices of up to {MOST_PREDICATES} columns", entry["slices"]
    held = [one for one in slices if one["verdict"] == CONFIRMED]
    if not slices:
        return f"Worst slices: none of {searched} stands out."
    if not held:
        return (
            f"Worst slices: of {searched} the {len(slices)} worst were measured again on other rows; "
            "none of them is clearly worse than the rest there."
        )
    worst = max(held, key=lambda one: one["judged"]["difference"])
    there = worst["judged"]
    return (
        f"Worst slices: of {searched} the {len(slices)} worst were measured again on other rows; {len(held)} "
        f"{'is' if len(held) == 1 else 'are'} worse than the rest there too. The widest: {worst['text']} "
        f"({there['rows']:,} rows), {_size(entry['metric'], there)} more.{_reading(entry['metric'], held)}"
    )


def _size(metric: str, there: dict[str, Any]) -> str:
    """The loss inside against that of the rest, and by how much it is more."""
    low, high = there["interval"]
    if metric != "log_loss":
        both = f"{amount(there['loss'])} against {amount(there['rest'])}"
        return f"mean absolute error {both}, {with_ends(there['difference'], there['interval'])}"
    both = f"{there['loss']:.3f} against {there['rest']:.3f}"
    return f"log loss {both}, {there['difference']:.3f} [{low:.3f}, {high:.3f}]"


def _reading(metric: str, held: Sequence[dict[str, Any]]) -> str:
    """Whether the model is wrong about the confirmed slices, or their customers are hard to tell apart."""
    if metric != "log_loss":
        return ""
    wrong = sum(one["judged"]["wrong"] for one in held)
    if not wrong:
        return (
            " Nowhere is the loss clearly beyond what the model's own probabilities lead one to expect: "
            "these customers are hard to tell apart."
        )
    return (
        f" In {wrong} of them the loss is beyond what the model's own probabilities lead one to expect: "
        "there it is wrong, not only unsure."
    )
