"""What a freezing ladder says, in sentences. Every number in them is in ladder.json too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from finxfer.records.spec import AS_IS


def depth_words(depth: int | str, stages: int) -> str:
    """A depth as something to do: "train the head alone (depth 7)"."""
    if depth == AS_IS:
        return "use the backbone as it is"
    if depth == stages:
        return f"train the head alone (depth {depth})"
    if depth == 0:
        return "train everything (depth 0)"
    return f"keep the first {depth} of {stages} stages (depth {depth})"


def ladder_sentence(found: Mapping[str, Any]) -> str:
    """The answer in one sentence or two: what to do, and whether depth matters at all.

    found: ladder.json with its verdict.
    """
    recommended, stages, rungs = found["recommended"], found["stages"], found["rungs"]
    advice = depth_words(recommended, stages)
    trained = [rung for rung in rungs if rung["depth"] != AS_IS]
    if not found["depth_matters"]:
        others = "as is the backbone without any training" if recommended == AS_IS else None
        level = f"all {len(trained)} depths are within one standard error of the best"
        lead = "Depth does not matter here: " if others else "How deep to train does not matter here: "
        return f"{lead}{level}{f', {others}' if others else ''}. Recommended: {advice}."
    if recommended == found["best"]:
        clear = "nothing shallower comes within one standard error of it"
        why = "no training is better" if recommended == AS_IS else f"it is the best, and {clear}"
        if recommended == rungs[0]["depth"] != AS_IS:
            why = "it is the best, and deeper training gains nothing"
        return f"Recommended: {advice}; {why}."
    best = "everything trained" if found["best"] == 0 else f"depth {found['best']}"
    return (
        f"Recommended: {advice}. It is the shallowest within one standard error of the best, which is {best}."
    )


def ladder_sentences(found: Mapping[str, Any]) -> list[str]:
    """What stands below the answer: who is behind, what training did not bring, and how it was judged."""
    rungs = found["rungs"]
    said = [text for text in (_behind(rungs), _in_vain(found), _judged(found)) if text]
    return [*said, "The test figures are drawn only; they chose nothing."]


def _behind(rungs: Sequence[Mapping[str, Any]]) -> str | None:
    behind = [rung["depth"] for rung in rungs if not rung["within"]]
    if not behind:
        return None
    return f"Behind the best by more than one standard error: {_listed(behind)}."


def _in_vain(found: Mapping[str, Any]) -> str | None:
    trained = [rung for rung in found["rungs"] if rung["depth"] != AS_IS]
    in_vain = [rung["depth"] for rung in trained if rung["fell_back"]]
    if not in_vain:
        return None
    if len(in_vain) == len(trained):
        return (
            "Trained on all rows, no depth improved on the backbone it started from, by the rows that decide "
            "when a training ends; so the test figures of all depths are those of that start."
        )
    kept = "kept the weights of the depth before" if found["warm_started"] else "left the backbone as it was"
    return f"Trained on all rows, these brought no improvement and {kept}: {_listed(in_vain)}."


def _judged(found: Mapping[str, Any]) -> str:
    rows, folds = found["rows"]["judged"], found["folds"]
    where = (
        f"in {folds} folds of {rows:,} training rows" if folds > 1 else f"on {rows:,} held-out training rows"
    )
    how = ", each depth going on from the one before it" if found["warm_started"] else ""
    return f"Judged by log loss {where}{how}."


def _listed(depths: Sequence[int | str]) -> str:
    """ "no training, depths 3, 2 and 1"."""
    trained = [str(depth) for depth in depths if depth != AS_IS]
    parts = ["no training"] if AS_IS in depths else []
    if len(trained) == 1:
        parts.append(f"depth {trained[0]}")
    elif trained:
        parts.append(f"depths {', '.join(trained[:-1])} and {trained[-1]}")
    return ", ".join(parts)
