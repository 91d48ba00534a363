from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from finxfer.errors import BadInput
from finxfer.fairness import merged_note, slice_labels
from finxfer.fairness.slices import MAX_SLICES, round_edges, slice_order


def labels_of(values: object, dtype: object = None) -> list[str]:
    frame = pd.DataFrame({"column": pd.Series(values, dtype=dtype)})
    return slice_labels(frame, ["column"])["column"].tolist()


def test_ages_are_cut_at_round_edges() -> None:
    ages = np.random.default_rng(0).integers(19, 75, 1000)
    found = labels_of(ages)
    assert slice_order(dict.fromkeys(found, 1)) == ["under 30", "30–49", "50–59", "60 and over"]
    for age, label in zip(ages, found, strict=True):
        expected = "under 30" if age < 30 else "30–49" if age < 50 else "50–59" if age < 60 else "60 and over"
        assert label == expected


def test_real_ages(real_tables) -> None:  # type: ignore[no-untyped-def]
    table = pd.read_parquet(real_tables / "german_credit.parquet")
    found = slice_labels(table, ["age"])["age"].value_counts()
    assert 3 <= len(found) <= 4
    assert found.min() > 50
    assert all(edge % 5 == 0 for edge in round_edges(table["age"].to_numpy(dtype=float)))


@pytest.mark.parametrize("scale", [1e-6, 0.1, 1.0, 37.0, 1e9])
@pytest.mark.parametrize("kind", ["normal", "skewed", "two-valued tails"])
def test_every_bin_is_occupied_and_edges_are_round(scale: float, kind: str) -> None:
    generator = np.random.default_rng(0)
    values = {
        "normal": generator.normal(size=500),
        "skewed": generator.lognormal(sigma=2, size=500),
        "two-valued tails": np.r_[np.zeros(300), generator.random(200)],
    }[kind] * scale
    edges = round_edges(values)
    assert len(edges) <= 3
    bins = np.searchsorted(edges, values, side="right")
    assert set(bins) == set(range(len(edges) + 1))
    for edge in edges:
        assert len(f"{edge:.12g}".replace("0", "").replace(".", "").replace("-", "").replace("e", "")) <= 6


def test_not_whole_numbers_say_where_they_end() -> None:
    found = set(labels_of(np.linspace(0, 1, 101)))
    assert found == {"under 0.2", "0.2 to under 0.6", "0.6 to under 0.8", "0.8 and over"}


def test_few_numbers_are_codes_without_decimals() -> None:
    assert labels_of([1.0, 2.0, np.nan, 2.0]) == ["1", "2", "missing", "2"]
    assert labels_of([True, False, True]) == ["True", "False", "True"]


def test_missing_and_blank_are_missing() -> None:
    assert labels_of(["a", None, " ", "", " b "]) == ["a", "missing", "missing", "missing", "b"]
    many = np.arange(40, dtype=float)
    many[::4] = np.nan
    assert labels_of(many).count("missing") == 10
    assert set(labels_of([None] * 5, dtype="float64")) == {"missing"}


def test_five_hundred_values_become_twelve_slices() -> None:
    values = [f"branch {number % 500:03}" for number in range(2000)] + ["branch 007"] * 50
    found = pd.Series(labels_of(values)).value_counts()
    assert len(found) == MAX_SLICES
    assert found["other"] == 2050 - found.drop("other").sum()
    assert "branch 007" in found


def test_dates_are_cut_by_year() -> None:
    found = set(labels_of(pd.date_range("1950-01-01", "2005-12-31", periods=600)))
    assert found == {"under 1960", "1960–1979", "1980–1989", "1990 and over"}


def test_large_numbers_have_separators() -> None:
    found = labels_of(np.arange(0, 100_000, 100))
    assert "under 20,000" in found
    assert slice_order(dict.fromkeys(found, 1))[0] == "under 20,000"


def test_index_and_columns_are_those_asked_for() -> None:
    frame = pd.DataFrame({"sex": ["f", "m"], "age": [20, 30], "x": [1, 2]}, index=[7, 9])
    found = slice_labels(frame, ["age", "sex"])
    assert list(found) == ["age", "sex"]
    assert list(found.index) == [7, 9]
    assert list(slice_labels(frame, [])) == []
    assert len(slice_labels(frame, [])) == 2


def test_reading_order() -> None:
    assert slice_order({"60 and over": 1, "30–59": 9, "under 30": 2, "missing": 5}) == [
        "under 30",
        "30–59",
        "60 and over",
        "missing",
    ]
    assert slice_order({"10": 1, "9": 2, "other": 7}) == ["9", "10", "other"]
    assert slice_order({"blue": 1, "red": 2, "green": 2}) == ["green", "red", "blue"]
    assert slice_order({"1,000–1,999": 1, "under 1,000": 1}) == ["under 1,000", "1,000–1,999"]


def test_edges_of_ones_own_cut_where_they_say() -> None:
    frame = pd.DataFrame({"age": [18, 25, 39, 40, None, 71]})
    found = slice_labels(frame, ["age"], {"age": (25, 40)})["age"].tolist()
    assert found == ["under 25", "25–39", "25–39", "40 and over", "missing", "40 and over"]
    assert slice_labels(frame, ["age"], {"age": (24.5,)})["age"].tolist()[0] == "under 24.5"


def test_edges_for_words_are_bad_input() -> None:
    with pytest.raises(BadInput, match="'sex'"):
        slice_labels(pd.DataFrame({"sex": ["f", "m"]}), ["sex"], {"sex": (1.0,)})


def test_what_was_merged_is_said() -> None:
    frame = pd.DataFrame({"branch": [f"branch {number % 500:03}" for number in range(2000)]})
    labels = slice_labels(frame, ["branch"])
    note = merged_note(frame["branch"], labels["branch"])
    assert note is not None and note.startswith("500 different values: the 11 most frequent are compared")
    assert merged_note(pd.Series(["a", "b"]), pd.Series(["a", "b"])) is None
