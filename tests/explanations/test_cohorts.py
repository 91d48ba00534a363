"""Two groups compared: exact means, intervals that hold what they say, groups that are too small."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from finxfer.explanations.cohorts import FEWEST_ROWS, compare_cohorts
from finxfer.explanations.interactions import interactions


def explained(rows: int, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    draw = np.random.default_rng(seed)
    shap = pd.DataFrame(draw.normal(0, 0.05, (rows, 4)), columns=["a", "b", "c", "d"])
    return shap, 0.3 + shap.sum(axis=1).to_numpy()


def test_means_and_differences_are_the_plain_ones_and_add_up() -> None:
    shap, probability = explained(300)
    first = np.arange(300) < 120
    shap.loc[first, "b"] += 0.2
    probability = 0.3 + shap.sum(axis=1).to_numpy()
    found = compare_cohorts(shap, probability, first, ~first)
    assert found is not None and found.sizes == (120, 180, 0)
    by_name = found.table.set_index("feature")
    assert by_name.index[0] == "b" and bool(by_name.loc["b", "clear"])
    assert by_name["mean_a"].to_dict() == pytest.approx(shap[first].mean().to_dict())
    assert by_name["mean_b"].to_dict() == pytest.approx(shap[~first].mean().to_dict())
    assert by_name["difference"].sum() == pytest.approx(found.probability[2])
    assert (by_name["low"] <= by_name["difference"]).all() and (
        by_name["difference"] <= by_name["high"]
    ).all()


def test_the_interval_is_as_wide_as_theory_says() -> None:
    shap, probability = explained(2000)
    first = np.arange(2000) % 4 == 0
    found = compare_cohorts(shap, probability, first, ~first, draws=800)
    assert found is not None
    spread = np.sqrt(shap[first].var() / first.sum() + shap[~first].var() / (~first).sum())
    widths = found.table.set_index("feature")
    for name in shap:
        width = widths.loc[name, "high"] - widths.loc[name, "low"]
        assert width == pytest.approx(2 * 1.96 * spread[name], rel=0.12)


def test_overlapping_groups_are_compared_as_such() -> None:
    shap, probability = explained(400)
    everyone = np.ones(400, dtype=bool)
    half = np.arange(400) < 390
    found = compare_cohorts(shap, probability, everyone, half)
    apart = compare_cohorts(shap, probability, ~half | (np.arange(400) < 5), half)
    assert found is not None and apart is not None and found.sizes[2] == 390
    assert (found.table["high"] - found.table["low"]).max() < 0.01, "nearly the same customers"


def test_a_group_of_four_is_too_few_and_of_five_is_compared() -> None:
    shap, probability = explained(60)
    few = np.arange(60) < FEWEST_ROWS - 1
    assert compare_cohorts(shap, probability, few, ~few) is None
    assert compare_cohorts(shap, probability, np.arange(60) < FEWEST_ROWS, ~few) is not None
    assert compare_cohorts(shap, probability, np.zeros(60, dtype=bool), ~few) is None


def portfolio(rows: int = 1500) -> pd.DataFrame:
    draw = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "age": draw.normal(45, 12, rows),
            "job": draw.choice(["x", "y", "z"], rows),
            "income": draw.exponential(1.0, rows),
            "noise": draw.normal(0, 1, rows),
        }
    )


def test_the_feature_that_a_contribution_depends_on_is_found() -> None:
    frame = portfolio()
    contributions = 0.01 * (frame["age"] - 45) * (1 + (frame["job"] == "y")) + 0.0005 * frame["income"]
    found = interactions(frame, contributions, "age")
    assert found[0].feature == "job" and found[0].clear and found[0].share > 0.8
    assert not found[-1].clear


def test_a_contribution_of_its_own_value_alone_depends_on_nothing() -> None:
    frame = portfolio()
    for contributions in (0.01 * frame["age"], pd.Series(np.zeros(len(frame)))):
        assert not any(one.clear for one in interactions(frame, contributions, "age"))


def test_noise_is_not_taken_for_an_interaction() -> None:
    frame = portfolio(200)
    clear = 0
    for seed in range(20):
        noise = pd.Series(np.random.default_rng(seed).normal(0, 1, 200))
        clear += any(one.clear for one in interactions(frame, noise, "age"))
    assert clear <= 2


def test_too_few_customers_say_nothing() -> None:
    frame = portfolio(20)
    assert interactions(frame, frame["age"], "age") == []


def test_missing_values_dates_and_constants_are_groups_like_others() -> None:
    frame = portfolio(300)
    frame.loc[::3, "income"] = np.nan
    frame["since"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.arange(300), "D")
    frame.loc[::7, "since"] = pd.NaT
    frame["same"] = 1
    contributions = frame["age"] * 0.01 + 0.2 * frame["income"].isna()
    found = interactions(frame, contributions, "age")
    assert found[0].feature == "income" and len(found) == 5
    assert interactions(frame, contributions, "since")
