"""What a ladder says, for each way it can come out."""

from __future__ import annotations

from typing import Any

from finxfer.evaluation.ladder_wording import depth_words, ladder_sentence, ladder_sentences


def record(
    recommended: int | str, best: int | str, outside: tuple[int | str, ...] = (), **changes: Any
) -> dict[str, Any]:
    """A ladder over three stages; `outside` are behind by more than one standard error."""
    depths: list[int | str] = ["as-is", 3, 2, 1, 0]
    rungs = [{"depth": depth, "within": depth not in outside, "fell_back": False} for depth in depths]
    matters = any(isinstance(depth, int) for depth in outside)
    made = {"stages": 3, "recommended": recommended, "best": best, "depth_matters": matters, "rungs": rungs}
    return made | {"folds": 3, "rows": {"judged": 1700}, "warm_started": True} | changes


def test_depth_does_not_matter_at_all() -> None:
    said = ladder_sentence(record("as-is", 0))
    assert said.startswith(
        "Depth does not matter here: all 4 depths are within one standard error of the best"
    )
    assert said.endswith("as is the backbone without any training. Recommended: use the backbone as it is.")


def test_training_matters_but_how_deep_does_not() -> None:
    said = ladder_sentence(record(3, 1, outside=("as-is",)))
    assert said.startswith("How deep to train does not matter here")
    assert said.endswith("Recommended: train the head alone (depth 3).")


def test_a_shallower_depth_is_as_good_as_the_best() -> None:
    said = ladder_sentence(record(2, 0, outside=("as-is", 3)))
    assert "keep the first 2 of 3 stages (depth 2)" in said
    assert "shallowest within one standard error of the best, which is everything trained" in said


def test_the_best_stands_alone() -> None:
    assert "nothing shallower comes within" in ladder_sentence(record(0, 0, outside=("as-is", 3, 2, 1)))
    assert ladder_sentence(record("as-is", "as-is", outside=(3, 2, 1, 0))).endswith("no training is better.")
    alone = record(3, 3, outside=(1, 0))
    alone["rungs"] = alone["rungs"][1:]
    assert ladder_sentence(alone).endswith("it is the best, and deeper training gains nothing.")


def test_the_rest_is_said_below() -> None:
    found = record(2, 2, outside=("as-is", 3, 0))
    found["rungs"][4]["fell_back"] = True
    said = " ".join(ladder_sentences(found))
    assert "Behind the best by more than one standard error: no training, depths 3 and 0." in said
    assert "kept the weights of the depth before: depth 0." in said
    assert "in 3 folds of 1,700 training rows, each depth going on from the one before it." in said
    assert said.endswith("The test figures are drawn only; they chose nothing.")


def test_trees_do_not_go_on_from_the_depth_before() -> None:
    found = record(3, 3, warm_started=False, folds=1)
    found["rungs"][1]["fell_back"] = True
    said = " ".join(ladder_sentences(found))
    assert "left the backbone as it was: depth 3." in said
    assert "Judged by log loss on 1,700 held-out training rows." in said


def test_nothing_that_was_trained_was_of_use() -> None:
    found = record("as-is", "as-is")
    for rung in found["rungs"][1:]:
        rung["fell_back"] = True
    assert "the test figures of all depths are those of that start" in " ".join(ladder_sentences(found))


def test_a_depth_in_words() -> None:
    assert depth_words(0, 3) == "train everything (depth 0)"
