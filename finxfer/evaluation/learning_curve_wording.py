"""What a learning curve says, and no more than it supports."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def curve_sentence(found: dict[str, Any], title: Callable[[str], str]) -> str:
    """The answer: the Gini with all labels, and whether labels are saved against the best baseline."""
    return f"{_whole(found)} {_saved(found, title)}"


def curve_sentences(found: dict[str, Any], title: Callable[[str], str]) -> list[str]:
    """What the last step was worth, where the model led, and what the intervals cover."""
    said = []
    step = found["last_step"]
    if step is not None:
        low, high = step["interval"]
        size = f"{step['value']:+.3f} [{low:+.3f}, {high:+.3f}]"
        opening = (
            f"The step from {step['from']:,} to {step['to']:,} labels changed the model's Gini by {size}"
        )
        if low > 0:
            said.append(
                f"{opening}: more labels of this kind may add more. How much, the curve does not say."
            )
        else:
            said.append(f"{opening}: that more labels would help cannot be seen from it.")
    level: list[str] = []
    for over in dict.fromkeys(one["over"] for one in found["differences"]):
        ahead = [one for one in found["differences"] if one["over"] == over]
        better = [f"{one['labels']:,}" for one in ahead if one["interval"][0] > 0]
        worse = [f"{one['labels']:,}" for one in ahead if one["interval"][1] < 0]
        if better:
            said.append(f"Clearly above {title(over)} with {', '.join(better)} labels.")
        if worse:
            said.append(f"Clearly below {title(over)} with {', '.join(worse)} labels.")
        if not better and not worse:
            level.append(title(over))
    if level:
        said.append(f"Not clearly above or below {' or '.join(level)} at any size.")
    return [*said, _covered(found)]


def _whole(found: dict[str, Any]) -> str:
    model = next(one for one in found["models"] if one["name"] == "model")
    last = model["points"][-1]
    low, high = last["interval"]
    size = f"{last['gini']:.3f} [{low:.3f}, {high:.3f}]"
    every = "all " if last["labels"] == found["labelled_rows"] else ""
    return f"With {every}{last['labels']:,} labels {model['title']} reaches a Gini of {size}."


def _saved(found: dict[str, Any], title: Callable[[str], str]) -> str:
    if not found["pretrained"]:
        return "It has learned from no other data, so there are no labels that it could save."
    if not found["savings"]:
        return "With a single number of labels no saving can be told."
    over = title(found["savings"][0]["over"])
    clear = [one for one in found["savings"] if one["found"]]
    if not clear:
        return f"No saving of labels against {over} was found."
    best = clear[-1]
    needs = needed_words(best, found["sizes"])
    return f"For the Gini of {over} with {best['labels']:,} labels it needs {needs}."


def needed_words(saving: dict[str, Any], sizes: list[int]) -> str:
    """How many labels with its interval; what lies beyond the curve is said in words."""

    def told(number: int | None) -> str:
        if number is None:
            return f"more than {sizes[-1]:,}"
        return f"{number:,}" if number > sizes[0] else f"{sizes[0]:,} or fewer"

    needs, low, high = (told(number) for number in (saving["needs"], *saving["interval"]))
    return needs if needs == low == high else f"{needs} [{low}, {high}]"


def _covered(found: dict[str, Any]) -> str:
    model = next(one for one in found["models"] if one["name"] == "model")
    single = [one["labels"] for one in model["points"] if one["seeds"] == 1]
    words = (
        f"Intervals (95%, each by itself) cover the {found['test_rows']:,} test rows and the draw of the "
        "training rows from this table; another portfolio may differ more."
    )
    if single and len(single) < len(model["points"]):
        sizes = ", ".join(f"{size:,}" for size in single)
        words += (
            f" With {sizes} labels there was one draw, and the spread of the next smaller size stands in."
        )
    elif single:
        words = f"With one draw at every size the intervals cover the {found['test_rows']:,} test rows alone."
    return words
