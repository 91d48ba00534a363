from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from finxfer.explanations.surrogates import DEPTH, POINTS_TO_DOUBLE, fidelity, fit_surrogates
from tests.explanations.enumeration import COLUMNS, Formula, eight


@pytest.fixture(scope="module")
def found() -> dict[str, object]:
    train, test = eight(1500, 1), eight(600, 2)
    model = Formula()
    return fit_surrogates(train, model.predict(train), test, model.predict(test), COLUMNS, 0.4, 0)


def test_both_are_measured_on_test_rows(found: dict) -> None:  # type: ignore[type-arg]
    for name in ("scorecard", "tree"):
        measured = found[name]["fidelity"]
        assert measured["rows"] == 600
        for figure in ("r2", "rank_correlation", "agreement"):
            low, high = measured["intervals"][figure]
            assert low <= measured[figure] <= high
        assert measured["agreement"] > 0.7
        assert f"R² {measured['r2']:.2f}" in found[name]["sentence"]


def test_points_are_as_stated(found: dict) -> None:  # type: ignore[type-arg]
    """Scored by hand from the table of points, customers come out as the scorecard's own probabilities do."""
    card, test, model = found["scorecard"], eight(600, 2), Formula()
    parts = {
        entry["feature"]: {one["label"]: one["points"] for one in entry["bins"]} for entry in card["features"]
    }
    assert all(min(bins.values()) == 0 for bins in parts.values())
    regions = test["region"].map(parts["region"])
    assert regions.notna().all()
    total = card["base_points"] + regions.to_numpy(float)
    for name in "abcde":
        total += test[name].map(lambda value, name=name: _points(parts[name], value)).to_numpy(float)
    for name in ("owner", "arrears"):
        total += test[name].map(lambda value, name=name: _points(parts[name], value)).to_numpy(float)
    log_odds = np.log(50) + (total - 600) / (POINTS_TO_DOUBLE / np.log(2))
    says = 1 / (1 + np.exp(log_odds))
    assert fidelity(says, model.predict(test), 0.4, 0)["r2"] == pytest.approx(
        card["fidelity"]["r2"], abs=0.02
    )


def _points(bins: dict[str, int], value: float) -> int:
    """Points of the bin whose words fit the value."""
    for label, points in bins.items():
        words = label.replace(",", "").split()
        if label == "any value" or (label == "missing" and pd.isna(value)):
            return points
        low = float(words[1]) if words[0] == "above" else -np.inf
        high = float(words[-1]) if "to" in words else np.inf
        if label != "missing" and low < value <= high:
            return points
    raise AssertionError(f"no bin for {value}")


def test_tree_is_small_and_its_nodes_fit_together(found: dict) -> None:  # type: ignore[type-arg]
    nodes = found["tree"]["nodes"]
    assert max(node["depth"] for node in nodes) == found["tree"]["depth"] <= DEPTH
    assert nodes[0]["rows"] == 1500
    for node in nodes:
        below = [one for one in nodes if one["parent"] == node["id"]]
        assert [one["answer"] for one in below] in ([], ["yes", "no"])
        assert (node["question"] is None) == (not below)
        if below:
            assert sum(one["rows"] for one in below) == node["rows"]
            mean = sum(one["rows"] * one["probability"] for one in below) / node["rows"]
            assert mean == pytest.approx(node["probability"])
    assert sum(node["question"] is None for node in nodes) == found["tree"]["leaves"]


def test_yes_means_what_the_question_asks() -> None:
    train = eight(800, 1)
    told = np.where(train["region"] == "south", 0.9, 0.1)
    found = fit_surrogates(train, told, train, told, COLUMNS, 0.5, 0)["tree"]
    assert found["nodes"][0]["question"] == "Is region south?"
    assert found["nodes"][1]["probability"] == pytest.approx(0.9)
    assert found["fidelity"]["agreement"] == 1


def test_model_that_never_varies_and_a_handful_of_rows() -> None:
    few = eight(12, 3).assign(a=1.0)
    found = fit_surrogates(few, np.full(12, 0.3), few, np.full(12, 0.3), COLUMNS, 0.5, 0)
    assert found["tree"]["leaves"] == 1
    assert found["scorecard"]["fidelity"]["r2"] is None
    assert "nothing to tell" in found["tree"]["sentence"]
