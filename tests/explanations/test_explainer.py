"""The fitted explainer and every other method, held against exact Shapley values of eight features."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from finxfer.errors import BadInput, Damaged
from finxfer.explanations import fitting
from finxfer.explanations.explain import EXPLAINERS, explain_frame, explain_log_odds, explain_models
from finxfer.explanations.explainer import Explainer, closed, explainer_in, fit_explainer
from finxfer.explanations.fidelity import r_squared
from finxfer.explanations.masking import Model
from finxfer.explanations.trees import tree_values
from finxfer.explanations.values import NETWORK_METHOD, PATHS_METHOD, shap_values
from tests.explanations.enumeration import COLUMNS, EIGHT, Formula, Trees, eight, enumerated


def ignore(*_: Any, **__: Any) -> None:
    """A tick or report for nobody."""


def exact(model: Model, reference: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    return np.stack(
        [enumerated(model.predict, reference, rows[at : at + 1], EIGHT) for at in range(len(rows))]
    )


def fit(seed: int = 0, evaluations: int = 5000, model: Model | None = None) -> Explainer:
    table = eight(300, 5)
    return fit_explainer(
        model or Formula(), table[:6], table[6:30], table[30:], COLUMNS, evaluations, seed, ignore
    )


@pytest.fixture(scope="module")
def explainer() -> Explainer:
    return fit()


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return eight(12, 77)


@pytest.fixture(scope="module")
def reference() -> pd.DataFrame:
    return eight(300, 5)[:6]


def test_explainer_comes_near_exact_shapley_values(
    explainer: Explainer, reference: pd.DataFrame, rows: pd.DataFrame
) -> None:
    made = shap_values(Formula(), reference, rows, EIGHT, explainer=explainer)
    assert r_squared(made.values, exact(Formula(), reference, rows)) > 0.96
    assert made.method == NETWORK_METHOD
    assert made.gaps.max() < 1e-12
    assert made.missed is not None
    assert 0 < made.missed.max() < 0.2
    assert made.evaluations == len(rows) + len(reference)


def test_paths_come_nearer_still(reference: pd.DataFrame, rows: pd.DataFrame) -> None:
    made = shap_values(Formula(), reference, rows, EIGHT, paths=16)
    assert made.method == PATHS_METHOD
    assert r_squared(made.values, exact(Formula(), reference, rows)) > 0.99


def test_treeshap_is_exact_on_the_log_odds_and_near_on_the_probability(
    reference: pd.DataFrame, rows: pd.DataFrame
) -> None:
    trees = Trees()
    found = tree_values(trees, rows, reference, EIGHT, ignore, log_odds=True)
    assert found is not None
    right = np.stack(
        [enumerated(trees.log_odds, reference, rows[at : at + 1], EIGHT) for at in range(len(rows))]
    )
    output = trees.log_odds(eight(500, 8))
    assert np.abs(found.values - right).max() < 1e-3 * np.ptp(output)
    gap = found.base_value + found.values.sum(axis=1) - trees.log_odds(rows)
    assert np.abs(gap).max() < 1e-3 * np.ptp(output)
    rescaled = tree_values(trees, rows, reference, EIGHT, ignore)
    assert rescaled is not None
    assert r_squared(rescaled.values, exact(trees, reference, rows)) > 0.95


def test_log_odds_of_trees_add_up_and_no_other_model_has_them(
    reference: pd.DataFrame, rows: pd.DataFrame
) -> None:
    made = explain_log_odds(Trees(), reference, rows, EIGHT)
    assert list(made) == [*(f"shap_{name}" for name in EIGHT), "base_value", "log_odds", "probability"]
    assert made["probability"].to_numpy() == pytest.approx(Trees().predict(rows))
    total = made.filter(like="shap_").sum(axis=1) + made["base_value"]
    assert total.to_numpy() == pytest.approx(made["log_odds"].to_numpy())
    with pytest.raises(BadInput, match="boosted trees only"):
        explain_log_odds(Formula(), reference, rows, EIGHT)


def test_equal_seeds_fit_equal_explainers_and_a_copy_from_disk_is_one(
    explainer: Explainer, reference: pd.DataFrame, rows: pd.DataFrame, tmp_path: Path
) -> None:
    explainer.save(tmp_path / "kept")
    kept = explainer_in(tmp_path / "kept")
    assert kept is not None
    again, other = fit(), fit(seed=1)
    found = [one.drawn(Formula(), reference, rows, 3, ignore) for one in (explainer, kept, again, other)]
    assert (found[0] == found[1]).all()
    assert (found[0] == found[2]).all()
    assert not np.allclose(found[0], found[3], atol=1e-6)
    assert explainer_in(tmp_path / "nothing") is None


def test_a_changed_explainer_is_not_read(explainer: Explainer, tmp_path: Path) -> None:
    explainer.save(tmp_path)
    weights = tmp_path / "weights.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(Damaged, match="checksum"):
        explainer_in(tmp_path)


def test_no_customer_of_the_training_rows_is_in_the_kept_files(explainer: Explainer, tmp_path: Path) -> None:
    explainer.save(tmp_path)
    text = (tmp_path / "explainer.json").read_text(encoding="utf-8")
    assert all(repr(float(value)) not in text for value in eight(300, 5)["a"])


def test_row_alone_missing_cells_and_values_never_seen(explainer: Explainer, reference: pd.DataFrame) -> None:
    odd = eight(3, 9)
    odd.loc[0, ["a", "b", "c"]] = np.nan
    odd.loc[1, "region"] = "the moon"
    odd.loc[2, "a"] = 1e30
    together = shap_values(Formula(), reference, odd, EIGHT, explainer=explainer)
    alone = shap_values(Formula(), reference, odd[1:2], EIGHT, explainer=explainer)
    assert np.isfinite(together.values).all()
    assert together.gaps.max() < 1e-12
    assert np.allclose(together.values[1], alone.values[0], atol=1e-6)


def test_constant_feature_is_worth_nothing() -> None:
    table = eight(300, 5).assign(c=1.5, region="north")
    fitted = fit_explainer(Formula(), table[:6], table[:0], table[30:], COLUMNS, 1000, 0, ignore)
    made = shap_values(Formula(), table[:6], table[40:50], EIGHT, explainer=fitted)
    assert (made.values[:, [EIGHT.index("c"), EIGHT.index("region")]] == 0).all()
    assert made.gaps.max() < 1e-12


def test_what_is_missed_is_shared_out_in_proportion() -> None:
    found = closed(np.array([[0.3, -0.1, 0.0], [0.0, 0.0, 0.0]]), np.array([0.04, 0.06]))
    assert found == pytest.approx(np.array([[0.33, -0.09, 0.0], [0.02, 0.02, 0.02]]))


def explained(folder: Path, model: Model, evaluations: int = 5000) -> dict[str, Any]:
    table = eight(400, 5)
    given = fitting.material(table[20:300], table[6:12], COLUMNS, evaluations, 0)
    return explain_models(
        {"model": model, "trees": Trees()}, table[:6], table[300:], np.arange(100), EIGHT, folder, ignore,
        lambda: False, 0, given,
    )  # fmt: skip


def test_run_measures_fidelity_on_rows_the_explainer_has_not_seen(tmp_path: Path) -> None:
    meta = explained(tmp_path, Formula())["models"]
    fidelity = meta["model"]["fidelity"]
    low, high = fidelity["interval"]
    assert fidelity["met"]
    assert not fidelity["fell_back"]
    assert low <= fidelity["r2"] <= high <= 1
    assert fidelity["standard"]["own_r2"] > 0.9
    assert f"R² is {fidelity['r2']:.3f} [{low:.3f}" in fidelity["sentence"]
    assert meta["model"]["method"] == NETWORK_METHOD
    assert meta["model"]["closed_gap"]["max"] < 0.2
    assert meta["model"]["explainer"]["rows"] == 280 - 32
    assert (meta["trees"]["explainer"], meta["trees"]["fidelity"]) == (None, None)
    kept = explainer_in(tmp_path / EXPLAINERS / "model")
    assert kept is not None
    table = eight(400, 5)
    new = explain_frame(Formula(), table[:6], table[300:], EIGHT, explainer=kept)
    stored = pd.read_parquet(tmp_path / "model.parquet")
    assert np.allclose(new["shap_a"], stored["shap_a"])


def test_reference_group_of_three_rows_says_what_it_is_worth(tmp_path: Path) -> None:
    table = eight(60, 5)
    meta = explain_models(
        {"model": Formula()}, table[:3], table[20:30], np.arange(10), EIGHT, tmp_path, ignore, lambda: False
    )
    error = Formula().predict(table[:3]).std(ddof=1) / np.sqrt(3)
    assert meta["reference_group"]["base_value_error"] == pytest.approx(error)
    assert f"by about {100 * error:.1f} percentage points" in meta["reference_group"]["sentence"]


class Noise:
    """A model that no network can learn: its answer changes with the last digits of a number."""

    kind = "tabm"
    features = EIGHT

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return np.asarray(np.modf(np.abs(frame["a"].to_numpy() * 1e6 + frame["d"].to_numpy() * 1e5))[0])


def test_an_explainer_that_is_not_faithful_is_not_used(tmp_path: Path) -> None:
    meta = explained(tmp_path, Noise(), evaluations=400)["models"]["model"]
    assert meta["fidelity"]["r2"] < 0.9
    assert (meta["fidelity"]["met"], meta["fidelity"]["fell_back"]) == (False, True)
    assert (meta["method"], meta["explainer"]) == (PATHS_METHOD, None)
    assert json.loads((tmp_path / "meta.json").read_text(encoding="utf-8"))["models"]["model"] == meta
    assert not (tmp_path / EXPLAINERS / "model").exists()
