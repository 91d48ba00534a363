"""The corrected resampled t-test, against its formula and by the share of false alarms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from finxfer.evaluation.resampled import repeated_sentence, resampled_mean


def test_it_is_the_formula_of_nadeau_and_bengio() -> None:
    values = [0.02, 0.05, -0.01, 0.03, 0.04, 0.00]
    found = resampled_mean(values, tested=200, trained=800)
    error = np.sqrt((1 / 6 + 0.25) * np.var(values, ddof=1))
    t = np.mean(values) / error
    assert found["p_value"] == pytest.approx(2 * stats.t.sf(abs(t), 5))
    reach = stats.t.ppf(0.975, 5) * error
    assert found["interval"] == pytest.approx([np.mean(values) - reach, np.mean(values) + reach])


def test_it_claims_less_than_the_plain_test_where_splits_share_their_rows() -> None:
    """Two scores that differ by chance alone, compared on the folds of the same 200 rows, 10 x 5 of them."""
    alarms = {"plain": 0, "corrected": 0}
    for seed in range(100):
        generator = np.random.default_rng(seed)
        difference = generator.normal(size=200)
        means = []
        for _ in range(10):
            parts = np.array_split(generator.permutation(200), 5)
            means += [difference[part].mean() for part in parts]
        alarms["plain"] += stats.ttest_1samp(means, 0).pvalue < 0.05
        alarms["corrected"] += resampled_mean(means, 40, 160)["p_value"] < 0.05
    assert alarms["corrected"] <= 10 < alarms["plain"]


def test_what_is_not_known_has_no_interval() -> None:
    assert resampled_mean([], 1, 1)["mean"] is None
    assert resampled_mean([0.1], 1, 1) == {"mean": 0.1, "interval": None, "p_value": None, "splits": 1}
    assert resampled_mean([0.1, None, 0.3], 1, 1)["splits"] == 2  # type: ignore[list-item]
    assert resampled_mean([0.1, 0.1], 1, 1)["p_value"] is None


@pytest.mark.parametrize(
    ("interval", "word"),
    [([0.01, 0.03], "a gain"), ([-0.03, -0.01], "a loss"), ([-0.01, 0.03], "no difference")],
)
def test_the_sentence_reads_the_interval(interval: list[float], word: str) -> None:
    content = {
        "gain": {"mean": sum(interval) / 2, "interval": interval},
        "splits": [{"gain": 0.01}, {"gain": -0.01}],
        "metric": "auc",
        "repeats": 1,
        "folds": 2,
    }
    said = repeated_sentence(content)
    assert word in said and "ahead in 1 of 2" in said
