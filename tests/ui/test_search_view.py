"""What the pages say about a search over training settings."""

from __future__ import annotations

from typing import Any

import pytest

from finxfer.ui import charts
from finxfer.ui.search_view import trial_points, trial_table, verdict


def content(**changes: Any) -> dict[str, Any]:
    entries = [(0.5, "complete", 0.0), (0.48, "complete", -0.02), (None, "pruned", 0.05), (None, "cut", None)]
    history = [
        {"number": number, "state": state, "loss": loss, "ahead": ahead, "seconds": 2.0,
         "parameters": {"learning_rate": 0.001, "l2_sp": 30.0, "class_weighting": "none"}}
        for number, (loss, state, ahead) in enumerate(entries)
    ]  # fmt: skip
    known = {
        "minutes": 5.0, "seconds": 280.0, "trials": 4, "pruned": 1, "folds": 3, "rows": 700,
        "default_loss": 0.5,
        "best_number": 1, "best_loss": 0.48, "margin": 0.02, "margin_error": 0.004, "taken": True,
        "history": history,
    }  # fmt: skip
    return known | changes


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Settings 2 of 4 are taken"),
        ({"taken": False, "margin": -0.001}, "nothing better than your settings"),
        ({"taken": False, "margin": -0.001}, "gains −0.0010 ± 0.0040"),
        ({"taken": False, "margin": 0.0, "margin_error": None}, "none of 4 has a lower log loss"),
        ({"taken": False, "margin": 0.0, "margin_error": None, "trials": 1}, "your own settings alone"),
    ],
)
def test_the_sentence_says_what_came_of_it(changes: dict[str, Any], words: str) -> None:
    assert words in verdict(content(**changes))


def test_the_picture_has_every_trial_of_which_a_loss_is_known() -> None:
    points = trial_points(content())
    assert [(point.number, round(point.loss, 3), point.ended) for point in points] == [
        (1, 0.5, False), (2, 0.48, False), (3, 0.55, True),
    ]  # fmt: skip
    figure = charts.trial_losses(points)
    hollow = [trace for trace in figure.data if trace.marker.symbol == "circle-open"]
    assert [list(trace.y) for trace in hollow] == [[pytest.approx(0.55)]]
    (line,) = [trace for trace in figure.data if trace.mode == "lines"]
    assert list(line.y) == [0.5, 0.48]


def test_the_table_has_the_best_first_and_those_without_an_end_last() -> None:
    table = trial_table(content())
    assert list(table["No."]) == [2, 1, 3, 4]
    assert list(table["Outcome"]) == ["tried", "tried", "ended early", "out of time"]
    assert list(table["Pull"]) == ["30"] * 4
