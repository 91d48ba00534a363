"""An entry of mitigation.json: what every approach buys and costs, in numbers and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from finxfer.evaluation.metrics import IntArray
from finxfer.fairness.mitigation import GROUP_THRESHOLDS, REDUCTION, REWEIGHING, UNMITIGATED, Approach
from finxfer.fairness.price import (
    GAPS,
    PRICES,
    Groups,
    against_json,
    measure_outcomes,
    outcome_json,
)

BASE_TITLES = {
    "lightgbm": "LightGBM",
    "logistic_regression": "Logistic regression",
    "model": "This run's scores",
    "model_corrected": "This run's scores, corrected",
}
GAP_TITLES = {
    "demographic_parity": "demographic parity",
    "equalised_odds": "equalised odds",
    "true_positive_rate_parity": "equal TPR",
}
_HEADLINE = "equalised_odds"
_GAP_WORDS = "equalised odds difference"
LIMITS = (
    "The protected column stays out of every model. Reweighing and constraints read it of training rows "
    "alone; group thresholds read it when deciding and are an analysis only, not a way to decide.",
    "The models tried here are not stored and cannot score customers: the figures say what a change would "
    "cost, before anybody makes it.",
    "All figures are of the same test rows. Nothing was chosen by them, and choosing an approach by them "
    "would flatter it: measure the chosen one again on other rows.",
    "Each interval holds for its number alone: of twenty, one misses by chance.",
    "A narrower gap in one measure often widens another; look at all of them, and at why the groups differ.",
)


def mitigation_entry(
    name: str,
    columns: Sequence[str],
    y: IntArray,
    groups: Groups,
    approaches: Sequence[Approach],
    draws: int,
    seed: int,
    notes: Sequence[str] = (),
) -> dict[str, Any]:
    """The entry of one protected column or crossing.

    y: test labels (N,) of 0, 1 and -1. approaches: of each family the unmitigated one first.
    """
    measured = measure_outcomes(y, groups, [one.outcome for one in approaches], draws, seed)
    bases = {one.base: numbers for one, numbers in zip(approaches, measured, strict=True)
             if one.kind == UNMITIGATED}  # fmt: skip
    entries = []
    for one, (point, drawn) in zip(approaches, measured, strict=True):
        base = bases[one.base]
        entry = {
            "title": title_of(one),
            "kind": one.kind,
            "base": one.base,
            "base_title": BASE_TITLES[one.base],
            "constraint": one.constraint,
            "reads_protected": one.reads,
            "analysis_only": one.analysis_only,
            "randomised": one.randomised,
            "seconds": round(one.seconds, 2),
            **outcome_json(point, drawn, groups),
        }
        plain = one.kind == UNMITIGATED
        entry["price"] = None if plain else against_json((point, drawn), base, PRICES)
        entry["bought"] = None if plain else against_json((point, drawn), base, GAPS)
        entries.append(entry | {"sentence": _sentence(entry)})
    return {
        "column": name,
        "columns": list(columns),
        "groups": list(groups.names),
        "left_out": list(groups.left_out),
        "rows": len(y),
        "draws": draws,
        "approaches": entries,
        "sentence": _summary(name, entries),
        "notes": list(notes),
        "limits": list(LIMITS),
    }


def title_of(one: Approach) -> str:
    """The approach in a few words."""
    if one.kind == UNMITIGATED:
        return f"{BASE_TITLES[one.base]}, as it is"
    if one.kind == REWEIGHING:
        return f"{BASE_TITLES[one.base]}, reweighed"
    goal = GAP_TITLES[one.constraint or ""]
    if one.kind == REDUCTION:
        return f"{BASE_TITLES[one.base]} under {goal}"
    assert one.kind == GROUP_THRESHOLDS
    return f"Group thresholds for {goal} (analysis only)"


def _sentence(entry: dict[str, Any]) -> str:
    gap = entry["gaps"][_HEADLINE]
    if entry["bought"] is None:
        gini = f"Gini {entry['gini']['value']:.3f}{_between(entry['gini']['interval'], 1, 3)}"
        return f"{entry['title']}: {gini}, {_GAP_WORDS} {100 * gap['value']:.1f} points{_points(gap)}."
    bought, price = entry["bought"][_HEADLINE], entry["price"]["gini"]
    if price["value"] is None:
        cost = "It gives decisions without a score, so there is no Gini"
    else:
        cost = f"Gini lost: {round(price['value'], 3) + 0.0:.3f}{_between(price['interval'], 1, 3)}".replace(
            "-", "\u2212"
        )
    return (
        f"{entry['title']}: {_GAP_WORDS} {100 * gap['value']:.1f} points{_points(gap)}, "
        f"{_narrower(bought)}. {cost}; {entry['selection_rate']['value']:.1%} flagged."
    )


def _narrower(bought: dict[str, Any]) -> str:
    value, interval = bought["value"], bought["interval"]
    words = f"{100 * abs(value):.1f} points {'narrower' if value >= 0 else 'wider'} than without it"
    if interval is None:
        return words
    between = f" {_between(interval, 100, 1).strip()}".replace("-", "\u2212")
    return words + between + (", which chance alone could give" if interval[0] <= 0 <= interval[1] else "")


def clear(difference: dict[str, Any]) -> bool:
    """Whether the interval of a difference lies above 0."""
    return difference["interval"] is not None and difference["interval"][0] > 0


def _points(gap: dict[str, Any]) -> str:
    return _between(gap["interval"], 100, 1)


def _between(interval: Sequence[float] | None, scale: float, digits: int) -> str:
    if interval is None:
        return ""
    # Without the sign that a rounded negative zero keeps.
    low, high = (round(scale * end, digits) + 0.0 for end in interval)
    return f" [{low:.{digits}f}, {high:.{digits}f}]"


def _summary(name: str, entries: list[dict[str, Any]]) -> str:
    """Of either gap, how many approaches narrow it clearly and the range of what they cost; none is
    recommended."""
    tried = [entry for entry in entries if entry["bought"] is not None]
    if not tried:
        return f"{name}: no approach could be tried."
    return f"{name}: {_narrowing(tried, _HEADLINE)}; {_narrowing(tried, 'demographic_parity')}."


def _narrowing(tried: list[dict[str, Any]], measure: str) -> str:
    words = f"the {GAP_TITLES[measure]} difference"
    narrowed = [entry for entry in tried if clear(entry["bought"][measure])]
    if not narrowed:
        return f"none of the {len(tried)} approaches narrows {words} by more than chance explains"
    verb = "narrows" if len(narrowed) == 1 else "narrow"
    found = f"{len(narrowed)} of {len(tried)} approaches {verb} {words} by more than chance explains"
    prices = [one["price"]["gini"]["value"] for one in narrowed if one["price"]["gini"]["value"] is not None]
    if not prices:
        return f"{found}, without a score whose Gini could be compared"
    low, high = f"{min(prices):.3f}", f"{max(prices):.3f}"
    span = low if low == high else f"{low} to {high}"
    return f"{found}, for {span} of Gini".replace("-", "\u2212")
