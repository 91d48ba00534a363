"""What ``stability.json`` comes to, in plain sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from finxfer.evaluation.amounts import amount, decimals_for
from finxfer.evaluation.psi import ALIKE, DIFFERENT

NAMED = 3
CLEAR = 0.05
FIGURES = {"gini": "Gini", "rmse": "error (RMSE)", "accuracy": "accuracy"}
NO_TIME = "Nothing is shown about change over time: "


def stability_sentence(found: dict[str, Any]) -> str:
    """The answer in one sentence."""
    measured = [one for one in found["periods"] if one["model"] is not None]
    if not found["time"]:
        return f"{NO_TIME}no column has the role time. {_features(found['features'], found['split'])}"
    figure = found.get("figure", "gini")
    if len(measured) < 2:
        enough = "enough test rows of both outcomes" if figure == "gini" else "enough test rows"
        return f"{NO_TIME}fewer than two periods hold {enough}."
    low, high = (pick(measured, key=lambda one: one["model"][figure]) for pick in (min, max))
    span = " to ".join(f"{figure_text(figure, one['model'])} ({one['name']})" for one in (low, high))
    opening = f"Over {len(measured)} periods of the test rows the {FIGURES[figure]} runs from {span}"
    tested = found["homogeneity"]
    if tested is None:
        return f"{opening}."
    p = f"p = {tested['p_value']:.3f}" if tested["p_value"] >= 0.001 else "p < 0.001"
    if tested["p_value"] < CLEAR:
        return f"{opening}, further apart than chance alone makes it ({p})."
    return f"{opening}, no further apart than chance alone makes it ({p})."


def figure_text(figure: str, figures: dict[str, Any]) -> str:
    """The figure that is followed through the periods, without its interval."""
    if figure == "rmse":
        return amount(figures[figure], decimals_for(figures[figure], figures["rmse_interval"]))
    return f"{figures[figure]:.1%}" if figure == "accuracy" else f"{figures[figure]:.3f}"


def stability_sentences(found: dict[str, Any]) -> list[str]:
    """Further sentences: how the rows were split, score, features, periods without figures."""
    said = [_SPLITS[found["split"]]] if found["time"] or found["split"] == "test table" else []
    if found["score"] is not None:
        said.append(_score(found["score"], found["split"]))
    if found["time"]:
        said.append(_features(found["features"], found["split"]))
        said += _moved(found)
    empty = [one["name"] for one in found["periods"] if one["model"] is None]
    if empty:
        said.append(f"{_count(len(empty), 'period')} without figures, too few rows: {_listed(empty)}.")
    return said


_SPLITS = {
    "out-of-time": "Every training and validation row is earlier than every test row.",
    "random": "The rows were split at random, so training rows come from the same periods as the test rows: "
    "this shows how each period is ranked, not how the model does on customers to come.",
    "test table": "The test rows are a table of their own.",
}
_TESTED = {
    "out-of-time": "the test period",
    "random": "the test rows",
    "test table": "the test table",
}


def _score(score: dict[str, Any], split: str) -> str:
    size = f"PSI {score['psi']:.3f}; chance alone gives {score['chance_mean']:.3f} on average"
    words = {
        "alike": f"Scores of {_TESTED[split]} are spread like those of the rows kept out of training",
        "within chance": f"Scores of {_TESTED[split]} are too few to say that they are spread otherwise",
        "shifted": f"Scores of {_TESTED[split]} have shifted against the rows kept out of training",
        "different": f"Scores of {_TESTED[split]} differ much from the rows kept out of training",
    }[score["reading"]]
    return f"{words} ({size})."


def _features(features: Sequence[dict[str, Any]], split: str) -> str:
    """How many features changed; a random split leaves them alike by construction."""
    if not features:
        return "No feature was compared."
    changed = [one for one in features if one["reading"] in ("shifted", "different")]
    whole = f"between the training rows and {_TESTED[split]}"
    if changed:
        named = _listed([f"{one['column']} ({one['psi']:.2f})" for one in changed])
        return (
            f"{len(changed)} of {_count(len(features), 'feature')} changed {whole}, with a PSI above "
            f"{ALIKE:.2f} and above chance: {named}."
        )
    top = features[0]
    return (
        f"No feature changed {whole} beyond chance or a PSI of {ALIKE:.2f}; the largest is {top['psi']:.3f} "
        f"({top['column']})" + (", as a random split makes it." if split == "random" else ".")
    )


def _moved(found: dict[str, Any]) -> list[str]:
    """Features that differ much in a period, where over all test rows they do not."""
    moved = [
        one["column"]
        for one in found["features"]
        if one["reading"] in ("alike", "within chance")
        and any(part["psi"] > DIFFERENT and part["psi"] > part["limit"] for part in one["by_period"])
    ]
    return [f"In single periods these differ much: {_listed(moved)}."] if moved else []


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
