"""The worst pair of groups of a report."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from finxfer.fairness import slice_report
from finxfer.fairness.worst import worst_ratio


def part(value: str, ratio: float | None, interval: list[float] | None = None) -> dict[str, Any]:
    return {"value": value, "reference": ratio is None, "ratio": {"value": ratio, "interval": interval}}


def report(*slices: dict[str, Any]) -> dict[str, Any]:
    return {"columns": [{"column": "sex", "reference": "male", "slices": [part("male", None), *slices]}]}


def test_a_group_that_is_flagged_more_often_counts_like_one_that_is_flagged_less() -> None:
    found = worst_ratio(report(part("female", 2.0, [1.6, 2.5]), part("other", 0.6, [0.3, 0.9])))
    assert found is not None
    assert (found["column"], found["slice"], found["reference"]) == ("sex", "female", "male")
    assert found["value"] == 0.5 and found["interval"] == pytest.approx([0.4, 0.625])


def test_without_two_groups_there_is_none() -> None:
    assert worst_ratio({"columns": []}) is None
    assert worst_ratio(report()) is None


def test_an_interval_that_reaches_zero_cannot_be_turned_over() -> None:
    found = worst_ratio(report(part("female", 1.2, [0.0, 2.0])))
    assert found is not None and found["interval"] is None


def test_slices_with_few_rows_do_not_count() -> None:
    generator = np.random.default_rng(1)
    sex = np.array(["a"] * 200 + ["b"] * 100 + ["c"] * 20)
    p = np.where(sex == "b", 0.3, 0.6) + 0.2 * generator.random(320)
    p[sex == "c"] = 0.0
    y = (generator.random(320) < p).astype(int)
    found = worst_ratio(slice_report(y, p, 0.5, pd.DataFrame({"sex": sex}), draws=50))
    assert found is not None and found["slice"] == "b"
