"""Risk bands."""

from __future__ import annotations

import numpy as np
import pytest

from finxfer.runs.schema import band_edges, band_names, observed_bands


def test_bands_hold_a_half_three_tenths_and_a_fifth() -> None:
    p = np.linspace(0.001, 0.999, 1000)
    names = band_names(p, band_edges(p))
    assert [int((names == band).sum()) for band in ("low", "medium", "high")] == [500, 300, 200]


def test_a_model_that_always_says_the_same_has_one_band() -> None:
    p = np.full(10, 0.3)
    assert set(band_names(p, band_edges(p))) == {"high"}


def test_observed_rates_come_from_labelled_test_rows_or_else_from_validation_rows() -> None:
    edges = [0.2, 0.6]
    test, y_test = np.array([0.1, 0.1, 0.4, 0.9]), np.array([0, -1, 1, 1])
    validation, y_validation = np.array([0.1, 0.7]), np.array([0, 1])
    found = observed_bands(edges, y_test, test, y_validation, validation)
    assert [(band["rows"], band["positive_rate"]) for band in found] == [(1, 0.0), (1, 1.0), (1, 1.0)]
    assert (found[0]["from"], found[-1]["to"]) == (0.0, 1.0)
    found = observed_bands(edges, np.full(4, -1), test, y_validation, validation)
    assert [(band["rows"], band["positive_rate"]) for band in found] == [(1, 0.0), (0, None), (1, 1.0)]
    assert sum(band["rows"] for band in found) == pytest.approx(2)
