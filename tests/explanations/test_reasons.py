from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from finxfer.explanations.reasons import (
    one_line,
    points_text,
    reason_columns,
    reasons_for,
    typical_values,
    value_text,
)

HOSTILE = [
    "<script>alert(1)</script>",
    "=HYPERLINK(1)",
    "**bold** [a](http://x)",
    "two\nlines\u202e{0}{feature}",
]


def test_largest_contributions_come_first_and_only_in_one_direction() -> None:
    features = ["a", "b", "c", "d", "e", "f", "g"]
    contributions = np.array([0.01, -0.3, 0.081, 0.02, 0.0, 0.05, 0.03])
    values = dict.fromkeys(features, 0.92)
    typical = dict.fromkeys(features, 0.41)
    raising = reasons_for(features, contributions, values, typical)
    assert [reason.feature for reason in raising] == ["c", "f", "g", "d"]
    assert raising[0].text == "c is 0.92, which adds 8.1 percentage points (typical: 0.41)"
    assert raising[0].contribution == 0.081
    lowering = reasons_for(features, contributions, values, typical, raising=False)
    assert [reason.text for reason in lowering] == [
        "b is 0.92, which takes away 30.0 percentage points (typical: 0.41)"
    ]


def test_a_typical_value_is_called_typical() -> None:
    found = reasons_for(["job"], np.array([0.1]), {"job": "clerk"}, {"job": "clerk"})
    assert found[0].text == "job is clerk, which adds 10.0 percentage points (as is typical)"


def test_contributions_beside_which_others_are_giants_are_no_reasons() -> None:
    found = reasons_for(["a", "b"], np.array([0.4, 0.004]), {"a": 1, "b": 1}, {"a": 0, "b": 0})
    assert [reason.feature for reason in found] == ["a"]
    assert reasons_for(["a", "b"], np.zeros(2), {"a": 1, "b": 1}, {"a": 0, "b": 0}) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "missing"),
        (float("nan"), "missing"),
        (pd.NaT, "missing"),
        (pd.NA, "missing"),
        (True, "yes"),
        (np.bool_(False), "no"),
        (1984, "1984"),
        (np.int64(-24000), "-24,000"),
        (24000.0, "24,000"),
        (0.91999999, "0.92"),
        (0.0004567, "0.000457"),
        (0.41, "0.41"),
        (1.5, "1.5"),
        (12.345, "12.3"),
        (1234.56, "1235"),
        (1234567.8, "1,234,568"),
        (3e-9, "3.00e-09"),
        (float("inf"), "∞"),
        (pd.Timestamp("2024-05-31"), "2024-05-31"),
        (pd.Timestamp("2024-05-31 13:45"), "2024-05-31 13:45"),
        ("a  b\nc", "a b c"),
        ("", "empty"),
        (" ", "empty"),
    ],
)
def test_values_read_as_people_write_them(value: object, text: str) -> None:
    assert value_text(value) == text


@pytest.mark.parametrize(
    ("contribution", "text"),
    [(0.081, "8.1"), (-0.3, "30.0"), (0.0097, "1.0"), (0.0042, "0.42"), (0.00031, "0.031"), (0.0, "0")],
)
def test_points_keep_a_decimal_and_never_read_as_zero(contribution: float, text: str) -> None:
    assert points_text(contribution) == text


def test_typical_is_a_value_that_some_row_has() -> None:
    reference = pd.DataFrame(
        {
            "code": [1, 1, 2, 2],
            "ratio": [0.1, np.nan, 0.3, 0.7],
            "word": pd.Series(["b", "a", "b", "a"], dtype="str"),
            "flag": [True, True, False, True],
            "day": pd.to_datetime(["2024-01-01", "2024-01-03", "2024-01-02", None]),
            "empty": [np.nan] * 4,
        }
    )
    typical = typical_values(reference, list(reference))
    assert (typical["code"], typical["ratio"], typical["word"], typical["flag"]) == (1, 0.3, "a", True)
    assert typical["day"] == pd.Timestamp("2024-01-02")
    assert value_text(typical["empty"]) == "missing"


def test_missing_values_are_worded() -> None:
    frame = pd.DataFrame({"income": [np.nan], "job": pd.Series([None], dtype="str")})
    typical = {"income": 2500.0, "job": "clerk"}
    table = reason_columns(["income", "job"], np.array([[0.05, 0.02]]), frame, typical)
    assert table.loc[0, "reason_1"] == "income is missing, which adds 5.0 percentage points (typical: 2500)"
    assert table.loc[0, "reason_2"] == "job is missing, which adds 2.0 percentage points (typical: clerk)"
    assert table.loc[0, "reason_3"] == table.loc[0, "reason_4"] == ""


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_and_values_stay_plain_text_on_one_line(name: str) -> None:
    text = reasons_for([name], np.array([0.1]), {name: name}, {name: "{0}" + name})[0].text
    told = f"{one_line(name, 60)} is {one_line(name, 40)}, which adds 10.0 percentage points"
    assert text == f"{told} (typical: {one_line('{0}' + name, 40)})"
    assert "\n" not in text
    assert "\u202e" not in text


def test_very_long_texts_are_cut() -> None:
    text = reasons_for(["n" * 500], np.array([0.1]), {"n" * 500: "v" * 5000}, {"n" * 500: "t"})[0].text
    assert len(text) < 170
