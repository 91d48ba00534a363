"""The differences over all groups of a column: fairlearn's numbers, and what noise alone would give."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import (
    demographic_parity_difference,
    demographic_parity_ratio,
    equalized_odds_difference,
    equalized_odds_ratio,
)

from finxfer.fairness import slice_report
from finxfer.fairness.across import Spread, judge
from tests.fairness.test_report import THRESHOLD, column, population


def test_differences_and_ratios_are_fairlearns() -> None:
    y, p, slices = population(900, 0, shift=0.4, groups=("a", "b", "c"), shares=(0.5, 0.3, 0.2))
    decided, sensitive = (p >= THRESHOLD).astype(int), slices["group"]
    entry = column(slice_report(y, p, THRESHOLD, slices, draws=20))
    expected = {
        ("demographic_parity", "difference"): demographic_parity_difference,
        ("demographic_parity", "ratio"): demographic_parity_ratio,
        ("equalised_odds", "difference"): equalized_odds_difference,
        ("equalised_odds", "ratio"): equalized_odds_ratio,
    }
    for (measure, kind), function in expected.items():
        value = function(y, decided, sensitive_features=sensitive)
        assert entry[measure][kind]["value"] == pytest.approx(value, abs=1e-12)
    parity = entry["screen"]["flagged"]["value"]
    assert parity == pytest.approx(demographic_parity_ratio(y, decided, sensitive_features=sensitive))
    spared = demographic_parity_ratio(y, 1 - decided, sensitive_features=sensitive)
    assert entry["screen"]["not_flagged"]["value"] == pytest.approx(spared)
    assert "screen" in entry["screen"]["sentence"] and "pass" not in entry["screen"]["sentence"]


def test_noise_is_that_of_group_labels_dealt_out_anew() -> None:
    """The counts' distribution against labels that are really permuted among the rows of equal outcome."""
    y, p, slices = population(300, 3, groups=("a", "b", "c"))
    decided, group = (p >= THRESHOLD).astype(int), slices["group"].to_numpy().copy()
    draw, found = np.random.default_rng(0), []
    for _ in range(400):
        widest = []
        for value in (0, 1):
            inside = np.flatnonzero(y == value)
            group[inside] = draw.permutation(group[inside])
            rates = [decided[inside][group[inside] == name].mean() for name in "abc"]
            widest.append(np.ptp(rates))
        found.append(max(widest))
    noise = column(slice_report(y, p, THRESHOLD, slices, draws=20))["equalised_odds"]["noise"]
    assert noise["mean"] == pytest.approx(np.mean(found), rel=0.1)
    assert noise["upper"] == pytest.approx(np.quantile(found, 0.95), rel=0.2)


def test_under_no_difference_the_interval_reaches_zero_and_few_gaps_are_found() -> None:
    held = gaps = 0
    for seed in range(60):
        y, p, slices = population(400, seed, groups=("a", "b", "c"), shares=(0.5, 0.3, 0.2))
        entry = column(slice_report(y, p, THRESHOLD, slices, draws=60, seed=seed))["equalised_odds"]
        held += entry["difference"]["interval"][0] == 0
        gaps += entry["verdict"] == "gap"
        assert entry["difference"]["value"] > 0
    assert held >= 52 and gaps <= 5


def test_a_large_difference_is_a_gap_and_its_interval_holds_the_truth() -> None:
    y, p, slices = population(200_000, 5, shift=1.0)
    truth = equalized_odds_difference(y, (p >= THRESHOLD).astype(int), sensitive_features=slices["group"])
    held = 0
    for seed in range(40):
        y, p, slices = population(900, seed, shift=1.0)
        entry = column(slice_report(y, p, THRESHOLD, slices, draws=120, seed=seed))["equalised_odds"]
        assert entry["verdict"] == "gap" and entry["p_value"] < 0.01
        low, high = entry["difference"]["interval"]
        held += low <= truth <= high
    assert held >= 34


@pytest.mark.parametrize("outcome", [0, 1])
def test_one_class_in_test_is_too_little_data_for_odds(outcome: int) -> None:
    _, p, slices = population(300, 1)
    entry = column(slice_report(np.full(300, outcome), p, THRESHOLD, slices, draws=40))
    assert entry["equalised_odds"]["verdict"] == "too little data"
    assert entry["equalised_odds"]["difference"] == {"value": None, "interval": None}
    assert entry["demographic_parity"]["difference"]["value"] is not None
    assert entry["verdict"] != "no gap found"
    parts = {part["value"]: part for part in entry["slices"]}
    assert all(part["metrics"]["auc"]["value"] is None for part in parts.values())


def test_equal_scores_are_no_difference_and_no_certainty() -> None:
    y, _, slices = population(400, 2)
    entry = column(slice_report(y, np.full(400, 0.2), THRESHOLD, slices, draws=60))
    assert entry["demographic_parity"]["difference"]["value"] == 0
    assert entry["demographic_parity"]["p_value"] == 1
    assert entry["demographic_parity"]["ratio"]["value"] is None
    assert entry["screen"]["not_flagged"]["value"] == 1


def test_a_single_group_leaves_nothing_to_compare() -> None:
    y, p, slices = population(100, 8, groups=("only",))
    entry = column(slice_report(y, p, THRESHOLD, slices, draws=20))
    assert entry["demographic_parity"]["verdict"] == entry["equalised_odds"]["verdict"] == "too little data"
    assert "too little data" in entry["screen"]["sentence"]


def test_several_columns_share_their_chance_of_a_false_gap() -> None:
    def one(p_value: float) -> Spread:
        return Spread(("a", "b"), (), 0.1, None, 0.5, None, 0.0, 0.0, p_value, None, {})

    judged = judge([one(0.06), None, one(0.001), one(0.02)])
    assert [None if item is None else item.is_gap for item in judged] == [False, None, True, True]
    assert [None if item is None else item.is_gap for item in judge([one(0.03), one(0.03)])] == [False, False]


def test_a_gap_between_two_other_groups_is_not_hidden_by_the_reference() -> None:
    """The reference lies between two groups that differ from each other, but not clearly from it."""
    sizes, rates = {"a": 400, "b": 150, "c": 150}, {"a": 0.30, "b": 0.225, "c": 0.37}
    group = np.repeat(list(sizes), list(sizes.values()))
    flagged = np.concatenate([np.arange(n) < round(n * rates[name]) for name, n in sizes.items()])
    report = slice_report(np.full(700, -1), np.where(flagged, 0.9, 0.1), 0.5, pd.DataFrame({"g": group}))
    entry = column(report)
    assert not any(part["verdict"] == "gap" for part in entry["slices"])
    assert entry["demographic_parity"]["verdict"] == entry["verdict"] == "gap"
    assert entry["finding"] is None and "Two of its groups differ" in entry["sentence"]
