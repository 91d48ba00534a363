"""Crossings: every pair with enough rows unless the settings name them, sparse cells without a verdict."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import MetricFrame, selection_rate

from finxfer.errors import BadInput
from finxfer.fairness import slice_report
from finxfer.fairness.crossings import cross, worthwhile_pairs


def population(rows: int = 1500, seed: int = 0) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Young women alone are scored too high: neither sex nor age shows as much by itself."""
    draw = np.random.default_rng(seed)
    slices = pd.DataFrame(
        {
            "sex": draw.choice(["f", "m"], rows),
            "age": draw.choice(["old", "young"], rows, p=[0.7, 0.3]),
            "branch": draw.choice([str(number) for number in range(12)], rows),
        }
    )
    y = (draw.random(rows) < 0.3).astype(int)
    both = ((slices["sex"] == "f") & (slices["age"] == "young")).to_numpy()
    p = 1 / (1 + np.exp(-(draw.normal(size=rows) + y - 1.2 + 1.5 * both)))
    return y, p, slices


def test_cells_agree_with_fairlearn_and_show_what_no_column_shows() -> None:
    y, p, slices = population()
    report = slice_report(y, p, 0.3, slices[["sex", "age"]], draws=80, crossings=None)
    crossing = report["crossings"][0]
    assert crossing["column"] == "sex × age" and crossing["columns"] == ["sex", "age"]
    frame = MetricFrame(
        metrics=selection_rate, y_true=y, y_pred=p >= 0.3, sensitive_features=slices[["sex", "age"]]
    )
    for part in crossing["slices"]:
        expected = frame.by_group.loc[tuple(part["values"])]
        assert part["metrics"]["selection_rate"]["value"] == pytest.approx(expected)
    assert crossing["finding"]["value"] == "f × young"
    columns = {entry["column"]: entry for entry in report["columns"]}
    widest = crossing["demographic_parity"]["difference"]["value"]
    assert widest > max(one["demographic_parity"]["difference"]["value"] for one in columns.values())
    assert report["multiplicity"]["crossings"]["comparisons"] == 18


def test_sparse_pairs_are_left_out_and_said() -> None:
    y, p, slices = population(500)
    report = slice_report(y, p, 0.3, slices, draws=20, crossings=None)
    assert [entry["column"] for entry in report["crossings"]] == ["sex × age"]
    left = {tuple(entry["columns"]): entry["reason"] for entry in report["crossings_left_out"]}
    assert set(left) == {("sex", "branch"), ("age", "branch")} and "enough rows" in left["sex", "branch"]


def test_a_crossing_asked_for_is_measured_and_its_sparse_cells_get_no_verdict() -> None:
    y, p, slices = population(500)
    report = slice_report(y, p, 0.3, slices, draws=20, crossings=[("sex", "age", "branch")])
    (entry,) = report["crossings"]
    small = [part for part in entry["slices"] if part["rows"] < 30 and not part["reference"]]
    assert small and {part["verdict"] for part in small} == {"too little data"}
    assert sum(part["rows"] for part in entry["slices"]) + entry["unlisted"]["rows"] == 500
    assert slice_report(y, p, 0.3, slices, draws=20, crossings=[])["crossings"] == []


def test_a_reference_cell_can_be_named() -> None:
    y, p, slices = population(600)
    names = {"sex × age": "m × young"}
    settings = {"draws": 20, "references": names, "crossings": [("sex", "age")]}
    assert slice_report(y, p, 0.3, slices, **settings)["crossings"][0]["reference"] == "m × young"  # type: ignore[arg-type]


def test_a_crossing_of_an_unknown_column_is_bad_input() -> None:
    y, p, slices = population(100)
    with pytest.raises(BadInput, match="'income'"):
        slice_report(y, p, 0.3, slices, crossings=[("sex", "income")])


def test_values_that_look_like_a_crossing_stay_apart() -> None:
    labels = pd.DataFrame({"a": ["x × y", "x"], "b": ["z", "y × z"]})
    assert cross(labels, ("a", "b")).cells.tolist() == ["x × y × z", "x × y × z"]


def test_no_more_than_fifteen_pairs_are_crossed_unasked() -> None:
    draw = np.random.default_rng(0)
    labels = pd.DataFrame({f"c{number}": draw.choice(["x", "y"], 2000) for number in range(7)})
    found, left_out = worthwhile_pairs(labels, draw.integers(0, 2, 2000))
    assert len(found) == 15 and len(left_out) == 6
