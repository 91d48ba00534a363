from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from finxfer.evaluation.calibration import calibration_table, chance_calibration_errors, wilson_interval
from finxfer.evaluation.metrics import calibration_error


@pytest.mark.parametrize(("hits", "rows"), [(0, 10), (3, 10), (10, 10), (57, 200), (1, 1)])
def test_wilson_agrees_with_scipy(hits: int, rows: int) -> None:
    expected = binomtest(hits, rows).proportion_ci(0.95, method="wilson")
    assert wilson_interval(hits, rows) == pytest.approx([expected.low, expected.high], abs=1e-9)


def test_no_rows_say_nothing() -> None:
    assert wilson_interval(0, 0) == [0.0, 1.0]
    assert calibration_table(np.array([], dtype=np.int64), np.array([])) == []


def test_table_holds_every_row_once_and_gives_the_error() -> None:
    generator = np.random.default_rng(0)
    p = generator.random(997)
    y = (generator.random(997) < p**2).astype(np.int64)
    table = calibration_table(y, p)
    assert sum(entry["rows"] for entry in table) == 997
    assert [entry["predicted"] for entry in table] == sorted(entry["predicted"] for entry in table)
    error = sum(entry["rows"] * abs(entry["predicted"] - entry["observed"]) for entry in table) / 997
    assert error == pytest.approx(calibration_error(y, p), abs=1e-12)
    for entry in table:
        assert entry["interval"][0] <= entry["observed"] <= entry["interval"][1]


def test_equal_scores_share_one_bin() -> None:
    table = calibration_table(np.array([0, 1, 1, 0]), np.full(4, 0.5))
    assert [(entry["rows"], entry["observed"]) for entry in table] == [(4, 0.5)]


def test_chance_errors_are_those_of_labels_drawn_from_the_scores() -> None:
    generator = np.random.default_rng(1)
    p = generator.beta(2, 5, 800)
    drawn = [calibration_error((generator.random(800) < p).astype(np.int64), p) for _ in range(300)]
    found = chance_calibration_errors(p, 2000, 0)
    assert np.median(found) == pytest.approx(np.median(drawn), rel=0.1)
    assert np.quantile(found, 0.95) == pytest.approx(np.quantile(drawn, 0.95), rel=0.12)
