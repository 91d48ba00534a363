from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ks_2samp
from sklearn import metrics as reference
from sklearn.calibration import calibration_curve

from finxfer.evaluation.metrics import METRICS, as_labels, as_probabilities, binary_metrics


def scored(rows: int, seed: int, decimals: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    y = (generator.random(rows) < 0.3).astype(int)
    y[:2] = [0, 1]
    p = 1 / (1 + np.exp(-(generator.normal(size=rows) + y - 1)))
    return y, p if decimals is None else p.round(decimals)


@pytest.mark.parametrize("decimals", [None, 1, 0])
@pytest.mark.parametrize(("rows", "seed"), [(7, 0), (60, 1), (2000, 2)])
def test_agrees_with_scikit_learn_and_scipy(rows: int, seed: int, decimals: int | None) -> None:
    y, p = scored(rows, seed, decimals)
    found = binary_metrics(y, p, 0.4)
    decided = p >= 0.4
    auc = reference.roc_auc_score(y, p)
    expected = {
        "auc": auc,
        "gini": 2 * auc - 1,
        "average_precision": reference.average_precision_score(y, p),
        "ks": ks_2samp(p[y == 1], p[y == 0]).statistic,
        "brier": reference.brier_score_loss(y, p),
        "log_loss": reference.log_loss(y, p, labels=[0, 1]),
        "accuracy": reference.accuracy_score(y, decided),
        "precision": reference.precision_score(y, decided) if decided.any() else None,
        "recall": reference.recall_score(y, decided),
        "f1": reference.f1_score(y, decided),
    }
    for name, value in expected.items():
        assert found[name] == (None if value is None else pytest.approx(value, abs=1e-9)), name
    assert found["threshold"] == 0.4


@pytest.mark.parametrize("decimals", [None, 2])
def test_calibration_error_is_that_of_scikit_learns_quantile_bins(decimals: int | None) -> None:
    y, p = scored(1500, 3, decimals)
    observed, predicted = calibration_curve(y, p, n_bins=10, strategy="quantile")
    edges = np.quantile(p, np.linspace(0, 1, 11))
    rows = np.bincount(np.searchsorted(edges[1:-1], p), minlength=10)
    expected = (rows[rows > 0] * np.abs(observed - predicted)).sum() / len(y)
    assert binary_metrics(y, p, 0.5)["calibration_error"] == pytest.approx(expected, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5)), min_size=2, max_size=40),
    st.randoms(use_true_random=False),
)
def test_row_order_changes_nothing(rows: list[tuple[int, int]], random) -> None:  # type: ignore[no-untyped-def]
    shuffled = rows[:]
    random.shuffle(shuffled)
    first, second = (
        binary_metrics([y for y, _ in some], [p / 5 for _, p in some], 0.5) for some in (rows, shuffled)
    )
    for name in METRICS:
        assert second[name] == (None if first[name] is None else pytest.approx(first[name], abs=1e-12))


def test_one_class_leaves_what_has_a_meaning() -> None:
    found = binary_metrics(np.zeros(20), np.linspace(0, 0.9, 20), 0.5)
    assert [found[name] for name in ("auc", "gini", "ks", "average_precision", "recall", "f1")] == [None] * 6
    assert found["precision"] == 0.0
    assert found["accuracy"] == pytest.approx((np.linspace(0, 0.9, 20) < 0.5).mean())
    assert found["brier"] == pytest.approx(np.mean(np.linspace(0, 0.9, 20) ** 2))


def test_unlabelled_rows_are_left_out_and_without_labels_all_is_null() -> None:
    y, p = scored(300, 4)
    mixed = y.astype(float)
    mixed[::3] = np.nan
    known = ~np.isnan(mixed)
    assert binary_metrics(mixed, p, 0.3) == binary_metrics(y[known], p[known], 0.3)
    nothing = binary_metrics(np.full(5, -1), p[:5], 0.3)
    assert {name for name, value in nothing.items() if value is not None} == {"threshold"}


def test_all_scores_equal() -> None:
    found = binary_metrics([0, 1, 0, 1], [0.25] * 4, 0.5)
    assert (found["auc"], found["gini"], found["ks"], found["average_precision"]) == (0.5, 0.0, 0.0, 0.5)
    assert found["calibration_error"] == 0.25
    assert found["precision"] is None


def test_certain_and_wrong_costs_much_but_not_infinitely() -> None:
    found = binary_metrics([0, 1], [1.0, 0.0], 0.5)
    assert found["log_loss"] == pytest.approx(reference.log_loss([0, 1], [1.0, 0.0]))
    assert found["auc"] == 0.0


@pytest.mark.parametrize(
    "given_labels",
    [
        [1, 0, None],
        np.array([1.0, 0.0, np.nan]),
        pd.array([1, 0, pd.NA], dtype="Int8"),
        pd.Series([1, 0, -1], dtype="int8"),
        pd.Series([True, False, None], dtype="object"),
    ],
)
def test_unknown_labels_in_every_spelling(given_labels: object) -> None:
    assert as_labels(given_labels).tolist() == [1, 0, -1]  # type: ignore[arg-type]


def test_refuses_what_is_not_a_label_or_a_probability() -> None:
    with pytest.raises(ValueError, match="2"):
        as_labels([0, 1, 2])
    with pytest.raises(ValueError, match="1 of 2"):
        as_probabilities([0.1, np.nan], 2)
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        as_probabilities([0.1, 1.2], 2)
    with pytest.raises(ValueError, match="expected 3"):
        as_probabilities([0.1, 0.2], 3)
