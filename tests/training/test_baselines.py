"""Baselines: found relations, stored without loss, reproducible."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from finxfer.backbones.card import Card
from finxfer.errors import Cancelled, Damaged
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.baselines import fit_baselines
from finxfer.training.boosting import fit_lightgbm, staged_raw
from finxfer.training.choosing import BASELINES as NAMES
from finxfer.training.fitted import load_fitted
from finxfer.training.logistic import fit_logistic
from tests.training.made import COLUMNS, QUICK, customers, never, silent, training_data

SETTINGS = TrainingSettings(epochs=10, patience=3)


def test_every_baseline_learns_is_stored_and_comes_back_equal(tmp_path: Path) -> None:
    data, (frame, y) = training_data(600), customers(800, 8)
    events: list[str] = []
    fitted = fit_baselines(
        data,
        "auto",
        "auto",
        SETTINGS,
        0,
        "cpu",
        tmp_path / "kept",
        lambda kind, **fields: events.append(fields["name"]) if kind == "baseline" else None,
        never,
    )
    assert tuple(fitted) == NAMES == tuple(events)
    for name, model in fitted.items():
        expected = model.predict(frame)
        assert roc_auc_score(y, expected) > 0.66, name  # the best LightGBM reaches .69 here
        model.save(tmp_path / name)
        assert np.array_equal(load_fitted(tmp_path / name).predict(frame), expected), name
        assert sorted(model.features) == sorted(column.name for column in COLUMNS)


def test_finished_baselines_are_not_trained_again(tmp_path: Path) -> None:
    arguments = (training_data(), "auto", "auto", QUICK, 0, "cpu", tmp_path, silent)
    first = fit_baselines(*arguments, never)
    second = fit_baselines(*arguments, lambda: True)
    frame, _ = customers(40, 8)
    for name in NAMES:
        assert np.array_equal(first[name].predict(frame), second[name].predict(frame)), name


def test_a_named_tabm_is_trained_from_scratch_in_its_own_size(backbones: dict[str, Card]) -> None:
    card = backbones["tabm"]
    fitted = fit_baselines(training_data(), str(card.folder), 0, QUICK, 0, "cpu", None, silent, never)
    assert fitted["from_scratch"].backbone.card.config["width"] == card.config["width"]  # type: ignore[attr-defined]


def test_of_trees_that_were_not_grown_nothing_is_claimed() -> None:
    """The last word of a training that ended early must not stand for more trees: they would look as good."""
    staged = staged_raw(training_data(300), QUICK, 0, never)
    known = np.isfinite(staged).all(axis=2)
    assert known[:, 0].all() and not known[:, -1].all()
    assert (known[:, :-1] >= known[:, 1:]).all()
    again = np.abs(np.diff(staged, axis=1)).max(axis=2)
    assert (again[known[:, 1:]] > 0).all()


def test_lightgbm_is_the_same_twice_and_can_be_cancelled() -> None:
    frame, _ = customers(40, 8)
    first, _ = fit_lightgbm(training_data(), QUICK, 5, silent, never)
    second, _ = fit_lightgbm(training_data(), QUICK, 5, silent, never)
    assert np.array_equal(first.predict(frame), second.predict(frame))
    assert first.matrix(frame).shape == (40, len(first.matrix_names))
    with pytest.raises(Cancelled):
        fit_lightgbm(training_data(), QUICK, 5, silent, lambda: True)


def test_logistic_regression_takes_missing_and_unseen_values() -> None:
    model, _ = fit_logistic(training_data(), QUICK)
    frame, _ = customers(10, 3)
    odd = frame.assign(income=np.nan, housing="castle", debt=1e30)
    assert np.isfinite(model.predict(odd)).all()


def test_a_table_of_one_numeric_column_with_nothing_known_still_fits() -> None:
    data = training_data()
    column = [COLUMNS[0]]
    empty = replace(
        data,
        columns=column,
        frame_train=data.frame_train.assign(income=np.nan),
        frame_validation=data.frame_validation.assign(income=np.nan),
    )
    fitted = fit_baselines(empty, "auto", "auto", QUICK, 0, "cpu", None, silent, never)
    for name, model in fitted.items():
        rate = model.predict(empty.frame_validation).mean()
        assert rate == pytest.approx(data.y_train.mean(), abs=0.1), name


def test_a_booster_edited_after_it_was_stored_is_noticed(tmp_path: Path) -> None:
    model, _ = fit_lightgbm(training_data(), QUICK, 0, silent, never)
    model.save(tmp_path)
    text = (tmp_path / "booster.txt").read_text()
    (tmp_path / "booster.txt").write_text(text.replace("leaf_value=0.", "leaf_value=9.", 1) + "\n")
    with pytest.raises(Damaged, match="checksum"):
        load_fitted(tmp_path)


@pytest.mark.parametrize(
    "content", ["[1]", '{"sha256": [1]}', '{"kind": "oracle"}', '{"kind": "logistic_regression"}', "{"]
)
def test_a_spoilt_model_is_said_to_be_damaged(content: str, tmp_path: Path) -> None:
    (tmp_path / "model.json").write_text(content)
    with pytest.raises(Damaged):
        load_fitted(tmp_path)
