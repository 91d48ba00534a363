from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from finxfer.errors import BadInput, Cancelled, Fault
from finxfer.explanations import values as values_module
from finxfer.explanations.values import (
    PATHS_METHOD,
    TREES_METHOD,
    evaluations_of,
    paths_of,
    paths_within,
    shap_values,
)
from tests.explanations.enumeration import enumerated
from tests.explanations.sample_models import FormulaModel, TreeModel, customers

FEATURES = ["income", "limit", "region", "employed", "age", "since"]


def sigmoid(score: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-score))


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return customers(60, seed=3)


def test_pairwise_model_gets_exact_values_from_one_antithetic_pair(table: pd.DataFrame) -> None:
    model = FormulaModel(lambda d: 0.3 + 0.1 * d["a"] * d["b"] + 0.05 * d["c"] * d["d"] - 0.1 * d["e"])
    made = shap_values(model, table[:8], table[40:44], FEATURES, seed=1, paths=2)
    for at in range(4):
        exact = enumerated(model.predict, table[:8], table[40 + at : 41 + at], FEATURES)
        assert np.allclose(made.values[at], exact, atol=1e-12)


@pytest.mark.parametrize(("paths", "tolerance"), [(1, 0.05), (2, 0.015), (8, 0.01), (256, 0.002)])
def test_values_near_enumeration_for_a_model_with_high_interactions(
    table: pd.DataFrame, paths: int, tolerance: float
) -> None:
    model = FormulaModel(
        lambda d: 1 / (1 + np.exp(-(d["a"] * d["b"] * (1 + d["c"]) - d["d"] + d["e"] * d["a"])))
    )
    made = shap_values(model, table[:16], table[40:46], FEATURES, seed=1, paths=paths)
    exact = np.array(
        [enumerated(model.predict, table[:16], table[at : at + 1], FEATURES) for at in range(40, 46)]
    )
    assert np.abs(exact).max() > 0.1
    assert np.sqrt(((made.values - exact) ** 2).mean()) < tolerance


@pytest.mark.parametrize("paths", [1, 2, 4])
def test_values_add_up_exactly(table: pd.DataFrame, paths: int) -> None:
    model = FormulaModel(lambda d: 0.5 + 0.4 * np.tanh(d["a"] * d["b"] - d["c"]))
    made = shap_values(model, table[:7], table[20:], FEATURES, paths=paths)
    assert made.base_value == pytest.approx(model.predict(table[:7]).mean(), abs=1e-12)
    assert np.array_equal(made.probability, model.predict(table[20:]))
    assert made.gaps.max() < 1e-12


def test_same_values_whoever_else_is_explained(table: pd.DataFrame) -> None:
    model = FormulaModel(lambda d: sigmoid(d["a"] * d["b"] * d["c"] - d["d"] * d["e"] * d["a"]))
    together = shap_values(model, table[:8], table[10:50], FEATURES, seed=2, paths=2)
    alone = shap_values(model, table[:8], table[33:34], FEATURES, seed=2, paths=2)
    again = shap_values(model, table[:8], table[10:50], FEATURES, seed=2, paths=2)
    other = shap_values(model, table[:8], table[10:50], FEATURES, seed=3, paths=2)
    assert np.array_equal(together.values, again.values)
    assert np.allclose(together.values[23], alone.values[0], atol=1e-12)
    assert not np.allclose(together.values, other.values, atol=1e-6)


def test_feature_in_which_all_agree_gets_zero_and_costs_nothing(table: pd.DataFrame) -> None:
    table = table.assign(region="north", income=np.nan)
    model = FormulaModel(lambda d: sigmoid(d["b"] * (1 + d["d"]) + d["e"]))
    made = shap_values(model, table[:8], table[10:20], FEATURES, paths=2)
    assert (made.values[:, [FEATURES.index("region"), FEATURES.index("income")]] == 0).all()
    assert made.evaluations < 10 * 8 * 2 * 3 + 18 + 1


def test_customers_equal_to_the_reference_rows(table: pd.DataFrame) -> None:
    same = pd.concat([table[:1]] * 3, ignore_index=True)
    made = shap_values(FormulaModel(lambda d: 0.5 + 0.1 * d["a"]), same, same, FEATURES)
    assert (made.values == 0).all()
    assert made.gaps.max() < 1e-15


def test_single_feature(table: pd.DataFrame) -> None:
    model = FormulaModel(None, lambda frame: 0.2 + 0.5 * (frame["age"].to_numpy() > 40))
    made = shap_values(model, table[:8], table[10:30], ["age"])
    assert np.allclose(made.values[:, 0], made.probability - made.base_value)


@pytest.fixture
def small_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(values_module.EVALUATIONS, "lightgbm", 100)


def test_few_customers_of_trees_are_explained_by_paths(table: pd.DataFrame) -> None:
    model = TreeModel(customers(400, seed=9), categorical=False)
    made = shap_values(model, table[:16], table[40:43], FEATURES)
    exact = np.array(
        [enumerated(model.predict, table[:16], table[at : at + 1], FEATURES) for at in range(40, 43)]
    )
    assert (made.method, made.paths) == (PATHS_METHOD, 4)
    assert agreement(made.values, exact) > 0.95


@pytest.mark.usefixtures("small_budget")
def test_many_customers_of_trees_are_explained_by_treeshap(table: pd.DataFrame) -> None:
    model = TreeModel(customers(800, seed=9), categorical=False)
    made = shap_values(model, table[:16], table[20:], FEATURES)
    sampled = shap_values(model, table[:16], table[20:], FEATURES, paths=32)
    assert (made.method, made.paths, sampled.method) == (TREES_METHOD, 0, PATHS_METHOD)
    assert made.base_value == pytest.approx(sampled.base_value, abs=1e-6)
    assert made.gaps.max() < 1e-6
    assert agreement(made.values, sampled.values) > 0.95


@pytest.mark.usefixtures("small_budget")
def test_trees_with_category_splits_fall_back_to_paths(table: pd.DataFrame) -> None:
    """shap reads such trees wrongly without a word; the values do not add up, and that is noticed."""
    model = TreeModel(customers(800, seed=9), categorical=True)
    made = shap_values(model, table[:16], table[20:], FEATURES)
    assert made.method == PATHS_METHOD
    assert made.gaps.max() < 1e-12


def agreement(found: np.ndarray, truth: np.ndarray) -> float:
    """R² over all values at once, each feature's own mean as the starting point."""
    return 1 - float(((found - truth) ** 2).sum() / ((truth - truth.mean(axis=0)) ** 2).sum())


def test_paths_follow_the_budget() -> None:
    found = [paths_within(100, budget, most=8) for budget in (50, 150, 250, 399, 400, 10_000)]
    assert found == [1, 1, 2, 2, 4, 8]
    assert paths_within(0, 10, most=4) == 4


def test_model_that_answers_nonsense_is_a_fault(table: pd.DataFrame) -> None:
    with pytest.raises(Fault, match="predictions"):
        shap_values(
            FormulaModel(None, lambda frame: np.full(len(frame), np.nan)), table[:4], table[4:6], FEATURES
        )
    with pytest.raises(Fault, match="predictions"):
        shap_values(FormulaModel(None, lambda frame: np.zeros(3)), table[:4], table[4:6], FEATURES)


def test_unusable_tables_are_refused(table: pd.DataFrame) -> None:
    model = FormulaModel(lambda d: d["a"])
    with pytest.raises(BadInput, match="'region'"):
        shap_values(model, table[:4], table[4:6].drop(columns="region"), FEATURES)
    with pytest.raises(BadInput, match="reference group is too small"):
        shap_values(model, table[:1], table[4:6], FEATURES)
    with pytest.raises(BadInput, match="nobody"):
        shap_values(model, table[:4], table[:0], FEATURES)
    with pytest.raises(BadInput, match="nothing to explain"):
        shap_values(model, table[:4], table[4:6], [])


def test_a_tick_may_stop_the_work(table: pd.DataFrame) -> None:
    def stop(done: int, total: int) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        shap_values(FormulaModel(lambda d: d["a"]), table[:4], table[4:6], FEATURES, tick=stop)


def test_an_ensemble_has_the_time_of_all_its_members_and_the_paths_of_the_slowest() -> None:
    def of(*kinds: str) -> Any:
        if len(kinds) == 1:
            return SimpleNamespace(kind=kinds[0])
        return SimpleNamespace(kind="ensemble", members=[SimpleNamespace(model=of(kind)) for kind in kinds])

    assert paths_of(of("incontext", "lightgbm")) == paths_of(of("incontext"))
    alone, other = evaluations_of(of("incontext")), evaluations_of(of("lightgbm"))
    assert evaluations_of(of("incontext", "incontext")) == alone / 2
    assert evaluations_of(of("incontext", "lightgbm")) == round(1 / (1 / alone + 1 / other))
