"""The tables of the preflight benchmark: how far each ranking's pick is behind the realised best."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.label_report import grid, interval
from finxfer.evaluation.transferability import kendall_tau


@dataclass(frozen=True)
class Found:
    """One draw. realised: role -> test AUC of a run. scores: role -> score by name. seconds: preflight's."""

    segment: str
    labels: str
    seed: int
    realised: Mapping[str, float]
    scores: Mapping[str, Mapping[str, Any]]
    seconds: float


Ranking = Callable[[Found, Sequence[Found]], dict[str, float]]
"""A draw and all draws -> score by role; only a ranking learned on other segments looks at the latter."""


def _by(score: str) -> Ranking:
    return lambda one, _: {role: float(given.get(score, 0.0)) for role, given in one.scores.items()}


def _always(role: str) -> Ranking:
    return lambda one, _: {other: float(other == role) for other in one.realised}


def _elsewhere(one: Found, every: Sequence[Found]) -> dict[str, float]:
    """Mean of what each role was behind the best of its draw, on the other segments with so many labels."""
    others = [other for other in every if other.segment != one.segment and other.labels == one.labels]
    behind: dict[str, list[float]] = {}
    for other in others:
        for role, auc in other.realised.items():
            behind.setdefault(role, []).append(auc - max(other.realised.values()))
    return {role: float(np.mean(behind.get(role, [-1.0]))) for role in one.realised}


RANKINGS: dict[str, Ranking] = {
    "preflight (what ranks)": _by("score"),
    "AUC before training, chance left in": _by("auc"),
    "linear probe": _by("probe"),
    "LogME": _by("log_me"),
    "H-score": _by("h_score"),
    "fixed: most parameters first": _by("parameters"),
    "fixed: best AUC at its source": _by("source"),
    "fixed: always incontext-small": _always("incontext-small"),
    "fixed: always TabM": _always("tabm"),
    "fixed: order of the other segments": _elsewhere,
}


def behind(one: Found, scores: Mapping[str, float]) -> float:
    """By how much AUC the first of a ranking is behind the realised best; equal firsts count their mean."""
    first = max(scores.values())
    picked = [one.realised[role] for role, score in scores.items() if score == first]
    return max(one.realised.values()) - float(np.mean(picked))


def agreement(one: Found, scores: Mapping[str, float]) -> float:
    """Kendall's tau of a ranking and the realised one; 0 where one of them is all ties."""
    roles = list(one.realised)
    tau = kendall_tau([scores[role] for role in roles], [one.realised[role] for role in roles])
    return 0.0 if tau is None else tau


def by_segment(found: Sequence[Found], labels: str | None, name: str, measure: Callable[..., float]) -> Any:
    """Mean of a measure over the draws of each segment (S,); labels None: over all numbers of labels."""
    ranking = RANKINGS[name]
    values: dict[str, list[float]] = {}
    for one in found:
        if labels in (None, one.labels):
            values.setdefault(one.segment, []).append(measure(one, ranking(one, found)))
    return np.array([np.mean(draws) for draws in values.values()])


def behind_in_the_mean(found: Sequence[Found], labels: str | None, name: str) -> Any:
    """By how much the first of a ranking is behind the one backbone that is best in the mean of the segment's
    draws with so many labels (S,): luck of a single draw counts for less."""
    groups: dict[str, dict[str, list[Found]]] = {}
    for one in found:
        if labels in (None, one.labels):
            groups.setdefault(one.segment, {}).setdefault(one.labels, []).append(one)
    return np.array([np.mean([_lost(draws, found, name) for draws in by.values()]) for by in groups.values()])


def _lost(draws: Sequence[Found], found: Sequence[Found], name: str) -> float:
    ranking = RANKINGS[name]
    came = [max(one.realised.values()) - behind(one, ranking(one, found)) for one in draws]
    best = max(np.mean([one.realised[role] for one in draws]) for role in draws[0].realised)
    return float(best - np.mean(came))


def labels_of(found: Sequence[Found]) -> list[str]:
    """Numbers of labels, ascending."""
    return sorted({one.labels for one in found}, key=int)


def markdown(found: Sequence[Found]) -> str:
    """How far behind, how alike, and what each backbone realised, as Markdown tables."""
    if not found:
        return "Nothing is measured yet.\n"
    segments = len({one.segment for one in found})
    roles = sorted({role for one in found for role in one.realised})
    seconds = [one.seconds for one in found]
    return (
        "\n\n".join(
            [
                f"{len(found)} draws of {segments} segments; backbones: {', '.join(roles)}."
                f" A preflight took {np.mean(seconds):.1f} s, at most {max(seconds):.1f} s.",
                "AUC that the first of each ranking is behind the realised best (mean, with the 95 % interval"
                " bootstrapped over segments).",
                _table(found, behind, _behind_cell),
                "The same against the one backbone that is best in the mean of the segment's draws (below"
                " zero: better than any one backbone).",
                _table(found, None, _behind_cell),
                "Kendall's τ with the realised order (mean, likewise).",
                _table(found, agreement, _tau_cell),
                "AUC behind the realised best by segment, all numbers of labels.",
                _per_segment(found),
                "Mean realised test AUC of a run from each backbone.",
                _realised(found, roles),
            ]
        )
        + "\n"
    )


def _table(found: Sequence[Found], measure: Callable[..., float] | None, cell: Callable[[Any], str]) -> str:
    """measure: of one draw; None: `behind_in_the_mean`."""
    names: list[str | None] = [*labels_of(found)]
    names += [None] if len(names) > 1 else []

    def value(labels: str | None, name: str) -> Any:
        if measure is None:
            return behind_in_the_mean(found, labels, name)
        return by_segment(found, labels, name, measure)

    lines = [[name, *(cell(value(labels, name)) for labels in names)] for name in RANKINGS]
    return grid(["ranking", *("all" if name is None else f"{int(name):,} labels" for name in names)], lines)


def _behind_cell(values: Any) -> str:
    low, high = interval(values)
    return f"{values.mean():.4f} ({low:.4f} to {high:.4f})".replace("-", "−")


def _tau_cell(values: Any) -> str:
    low, high = interval(values)
    return f"{_two(values.mean())} ({_two(low)} to {_two(high)})"


def _two(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def _per_segment(found: Sequence[Found]) -> str:
    names = list(dict.fromkeys(one.segment for one in found))
    lines = [
        [ranking, *(f"{value:.4f}" for value in by_segment(found, None, ranking, behind))]
        for ranking in RANKINGS
    ]
    return grid(["ranking", *names], lines)


def _realised(found: Sequence[Found], roles: Sequence[str]) -> str:
    lines = []
    for segment in dict.fromkeys(one.segment for one in found):
        for labels in labels_of(found):
            here = [one for one in found if one.segment == segment and one.labels == labels]
            cells = [[one.realised[role] for one in here if role in one.realised] for role in roles]
            if here:
                lines.append([segment, labels, *(f"{np.mean(cell):.3f}" if cell else "" for cell in cells)])
    return grid(["segment", "labels", *roles], lines)
