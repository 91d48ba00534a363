from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finxfer.explanations.explain import reference_group
from finxfer.explanations.fidelity import permutation_shap, r_squared
from finxfer.explanations.values import PATHS, shap_values
from tests.explanations.sample_models import FEATURES, FormulaModel, customers


def test_r_squared_is_1_for_the_truth_and_0_for_each_features_mean() -> None:
    truth = np.array([[0.1, -0.2], [0.3, 0.4], [0.2, 0.0]])
    assert r_squared(truth, truth) == 1
    assert r_squared(np.tile(truth.mean(axis=0), (3, 1)), truth) == pytest.approx(0)
    assert r_squared(np.zeros((2, 2)), np.zeros((2, 2))) == 1
    assert r_squared(np.ones((2, 2)), np.zeros((2, 2))) == 0


def test_shaps_explainer_reads_mixed_columns_through_the_pool() -> None:
    """A model of main effects has one right answer: shap must give it on text, dates and missing values."""
    table = customers(40, seed=4)
    model = FormulaModel(lambda d: 0.4 + 0.05 * d["a"] + 0.1 * d["c"] - 0.1 * d["d"] + 0.1 * d["f"])
    truth = permutation_shap(model, table[:8], table[20:26], FEATURES, rounds=2)
    ours = shap_values(model, table[:8], table[20:26], FEATURES, paths=2)
    assert np.abs(truth).max() > 0.05
    assert np.allclose(ours.values, truth, atol=1e-9)


def test_values_of_a_network_on_german_credit_are_near_shaps_own(real_tables: Path) -> None:
    """An overfitted network, harder than what a run trains, with TabM's number of paths."""
    from sklearn.compose import make_column_transformer
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    table = pd.read_parquet(real_tables / "german_credit.parquet")
    target, frame = table["bad"].to_numpy().astype(int), table.drop(columns="bad")
    numbers = list(frame.select_dtypes("number"))
    encode = make_column_transformer(
        (StandardScaler(), numbers),
        (OneHotEncoder(handle_unknown="ignore"), [name for name in frame if name not in numbers]),
    )
    network = make_pipeline(encode, MLPClassifier((32, 32), max_iter=80, tol=0.0, random_state=0))
    network.fit(frame[:700], target[:700])
    model = FormulaModel(None, lambda hybrids: network.predict_proba(hybrids)[:, 1])
    reference, rows, features = reference_group(frame[:700], target[:700], 16, 0), frame[800:808], list(frame)
    truth = permutation_shap(model, reference, rows, features, rounds=10)
    ours = shap_values(model, reference, rows, features, paths=PATHS["tabm"])
    assert r_squared(ours.values, truth) > 0.90
    assert ours.gaps.max() < 1e-12
