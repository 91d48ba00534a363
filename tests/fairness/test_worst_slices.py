"""The search against enumeration, a slice that is really there, and noise in which there is none."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from finxfer.fairness.row_errors import LOSSES, binary_errors
from finxfer.fairness.worst_slices import (
    WEIGHT,
    Candidate,
    different,
    predicates_of,
    search,
    worst_slices,
)


def table(rows: int, seed: int, planted: bool) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Scores that are right but for one crossing of two columns (where it is planted)."""
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "job": draw.choice(["a", "b", "c"], rows),
            "region": draw.choice(["n", "s", "e"], rows),
            "income": draw.normal(3000, 800, rows),
            "sex": draw.choice(["f", "m"], rows),
        }
    )
    p = 1 / (1 + np.exp(-draw.normal(-1, 1, rows)))
    y = (draw.random(rows) < p).astype(np.int64)
    if planted:
        inside = ((frame["job"] == "a") & (frame["region"] == "s")).to_numpy()
        y[inside] = (draw.random(int(inside.sum())) < 0.75).astype(np.int64)
    return frame, y, p


def test_search_is_that_of_enumerating_every_slice() -> None:
    frame, _, _ = table(400, 0, False)
    names, members = predicates_of(frame, list(frame.columns))
    errors = np.random.default_rng(1).exponential(size=400)
    of = [name.column for name in names]
    expected = {}
    for size in (1, 2, 3):
        for chosen in combinations(range(len(names)), size):
            inside = members[:, list(chosen)].all(axis=1)
            if len({of[place] for place in chosen}) == size and inside.sum() >= 15:
                relative = errors[inside].mean() / errors.mean() - 1
                score = WEIGHT * relative - (1 - WEIGHT) * (400 / inside.sum() - 1)
                if score > 0:
                    expected[chosen] = score
    found, number = search(members, of, errors, 15)
    assert {one.predicates: one.score for one in found} == pytest.approx(expected)
    assert number >= len(expected)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


def test_a_slice_that_is_there_is_found_and_confirmed() -> None:
    frame, y, p = table(3000, 2, True)
    found = worst_slices(frame, list(frame.columns), binary_errors(y, p), 0, ["sex"])
    first = found["slices"][0]
    assert {(part["column"], part["value"]) for part in first["predicates"]} == {
        ("job", "a"),
        ("region", "s"),
    }
    assert first["verdict"] == "confirmed" and first["judged"]["wrong"]
    assert first["judged"]["difference"] > 0.2 and "job: a and region: s" in found["sentence"]
    assert "wrong" in found["sentence"]


def test_in_noise_little_is_confirmed() -> None:
    """Whether any of the slices is confirmed where scores are right and their columns say nothing."""
    any_found = 0
    for seed in range(30):
        frame, y, p = table(800, seed, False)
        found = worst_slices(frame, list(frame.columns), binary_errors(y, p), seed)
        any_found += any(one["verdict"] == "confirmed" for one in found["slices"])
    assert any_found <= 5


def test_nearly_the_same_rows_are_one_finding() -> None:
    members = np.zeros((100, 3), dtype=bool)
    members[:50, 0] = members[:45, 1] = members[60:, 2] = True
    found = [Candidate((place,), 1, 1.0, 3.0 - place) for place in range(3)]
    assert [one.predicates for one in different(found, members)] == [(0,), (2,)]


def test_few_rows_equal_errors_and_unknown_outcomes() -> None:
    frame, y, p = table(600, 3, False)
    assert (
        "too little data"
        in worst_slices(frame[:150], ["job"], binary_errors(y[:150], p[:150]), 0)["sentence"]
    )
    y[:] = -1
    assert worst_slices(frame, ["job"], binary_errors(y, p), 0)["slices"] == []
    y[:] = 0
    same = worst_slices(frame, list(frame.columns), binary_errors(y, np.full(600, 0.2)), 0)
    assert same["slices"] == [] and "none of" in same["sentence"]


def test_slices_of_a_predicted_number_are_told_in_its_units() -> None:
    frame, _, _ = table(2000, 4, False)
    draw = np.random.default_rng(4)
    p = draw.normal(10_000, 3000, 2000)
    inside = ((frame["job"] == "a") & (frame["region"] == "s")).to_numpy()
    y = p + draw.normal(0, np.where(inside, 2500, 500))
    y[:100] = np.nan
    found = worst_slices(frame, list(frame.columns), LOSSES["regression"](y, p), 0)
    assert found["metric"] == "absolute_error" and "job: a and region: s" in found["sentence"]
    assert found["slices"][0]["verdict"] == "confirmed"
    assert found["slices"][0]["judged"]["expected"] is None and found["rows"]["judged"] == 950


def test_slices_of_several_classes_go_by_the_log_loss() -> None:
    frame, _, _ = table(2000, 5, False)
    draw = np.random.default_rng(5)
    p = draw.dirichlet([3, 2, 1], 2000)
    y = (draw.random((2000, 1)) > p.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    inside = (frame["job"] == "a").to_numpy()
    y[inside] = draw.integers(0, 3, int(inside.sum()))
    found = worst_slices(frame, list(frame.columns), LOSSES["multiclass"](y, p), 0)
    first = found["slices"][0]
    assert {"column": "job", "value": "a", "protected": False} in first["predicates"]
    assert first["judged"]["wrong"] and first["judged"]["expected"] < first["judged"]["loss"]
