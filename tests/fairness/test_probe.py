"""The proxy probe finds what is there, finds nothing where nothing is, and compares on the same rows."""

from __future__ import annotations

import numpy as np
import pytest

from finxfer.fairness.probe import Attribute, change, principal_components, probe_sentence


@pytest.fixture
def rows() -> tuple[np.ndarray, np.ndarray]:
    """900 rows of three groups; the first two of ten columns tell them."""
    draw = np.random.default_rng(1)
    group = draw.choice(["a", "b", "c"], 900)
    features = draw.normal(size=(900, 10))
    features[:, 0] += 1.5 * (group == "a")
    features[:, 1] += 1.5 * (group == "b")
    return group, features


def test_what_is_there_is_found_and_what_is_not_is_chance(rows: tuple[np.ndarray, np.ndarray]) -> None:
    group, features = rows
    attribute = Attribute(group, draws=100, seed=0)
    for probe in (attribute.told_by, attribute.told_by_trees):
        found, nothing = probe(features), probe(features[:, 2:])
        assert found.interval is not None and nothing.interval is not None
        assert found.value > 0.75 and found.interval[0] > 0.7
        assert nothing.interval[0] < 0.5 < nothing.interval[1] + 0.02


def test_the_auc_is_that_of_scikit_learn(rows: tuple[np.ndarray, np.ndarray]) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    group, features = rows
    two = group != "c"
    attribute = Attribute(group[two], draws=10, seed=3)
    read = principal_components(features[two])
    folds = StratifiedKFold(3, shuffle=True, random_state=3)
    said = cross_val_predict(
        LogisticRegression(C=1.0, max_iter=300), read, group[two], cv=folds, method="predict_proba"
    )
    expected = roc_auc_score(group[two] == "b", said[:, 1])
    assert attribute.told_by(features[two]).value == pytest.approx(expected, abs=1e-9)


def test_a_change_is_paired(rows: tuple[np.ndarray, np.ndarray]) -> None:
    group, features = rows
    attribute = Attribute(group, draws=100, seed=0)
    same = change(attribute.told_by(features), attribute.told_by(features))
    assert same == {"value": 0.0, "interval": [0.0, 0.0]}
    worse = change(attribute.told_by(features), attribute.told_by(features[:, 2:]))
    assert worse["interval"][1] < 0


@pytest.mark.parametrize(
    "labels", [["a"] * 100, ["a"] * 90 + ["b"] * 10, [str(number) for number in range(500)]]
)
def test_too_few_rows_of_a_value_are_no_probe(labels: list[str]) -> None:
    attribute = Attribute(np.array(labels), draws=10, seed=0)
    assert not attribute.can_be_probed
    entry = {"column": "sex", "in_model": False, "features": None, "stages": []}
    assert "too little data" in probe_sentence(entry)


def test_rare_values_are_left_out_and_named(rows: tuple[np.ndarray, np.ndarray]) -> None:
    group, features = rows
    group = group.astype(object)
    group[:10] = "rare"
    attribute = Attribute(group, draws=10, seed=0)
    assert attribute.left_out == ["rare"] and attribute.values == ["a", "b", "c"]
    assert attribute.told_by(features).value > 0.7


def test_constant_features_tell_nothing(rows: tuple[np.ndarray, np.ndarray]) -> None:
    group, _ = rows
    assert Attribute(group, draws=10, seed=0).told_by(np.ones((900, 4))).value == pytest.approx(0.5, abs=0.01)


def sentence(change_of: dict[str, object] | None, in_model: bool = False) -> str:
    found = {"auc": 0.7, "interval": [0.65, 0.75]}
    stage = {"title": "Block 3", "after": found, "change": change_of}
    features = {"trees": found}
    return probe_sentence({"column": "sex", "in_model": in_model, "features": features, "stages": [stage]})


def test_the_sentence_says_what_fine_tuning_did() -> None:
    assert "made it harder to tell" in sentence({"value": -0.1, "interval": [-0.15, -0.05]})
    assert "made it easier to tell" in sentence({"value": 0.1, "interval": [0.05, 0.15]})
    assert "no difference" in sentence({"value": 0.1, "interval": [-0.05, 0.15]})
    assert "fine-tuning" not in sentence(None)
    assert "reads it as a feature" in sentence(None, in_model=True)
