"""Nested subsets of labelled rows, and which numbers of labels a curve may have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from finxfer.backbones.protocol import TrainingData
from finxfer.errors import BadInput
from finxfer.records.spec import ColumnSpec
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.candidates import Work
from finxfer.training.learning_curve import Nested, Recipe, check_sizes, default_sizes, fit_cell
from tests.customers import customers


def data(rows: int = 600) -> TrainingData:
    frame = customers(rows=rows)
    y = frame.pop("bad").to_numpy()
    columns = [ColumnSpec("income", "feature", "numeric"), ColumnSpec("debt", "feature", "numeric")]
    cut = int(rows * 0.8)
    return TrainingData(frame[:cut], y[:cut], frame[cut:].reset_index(drop=True), y[cut:], columns, "1")


def test_subsets_are_nested_stratified_and_differ_by_seed() -> None:
    nested = Nested(data(), 0.2, 0)
    small, large = nested.rows(100, 0), nested.rows(300, 0)
    assert len(small) == 100 and set(small) < set(large) and len(large) == 300
    assert nested.y[small].mean() == pytest.approx(nested.y.mean(), abs=0.01)
    assert set(small) != set(nested.rows(100, 1))
    assert nested.rows(600, 0).tolist() == list(range(600))


def test_a_subset_counts_its_validation_rows_among_its_labels() -> None:
    nested = Nested(data(), 0.2, 0)
    part = nested.subset(100, 2)
    assert len(part.y_train) + len(part.y_validation) == 100 and len(part.y_validation) == 20
    assert 0 < part.y_validation.mean() < 1
    pd.testing.assert_frame_equal(part.frame_train, nested.subset(100, 2).frame_train)


def test_rows_of_a_group_do_not_train_and_validate() -> None:
    grouped = data()
    for frame in (grouped.frame_train, grouped.frame_validation):
        frame["customer"] = np.arange(len(frame)) // 3 + (0 if len(frame) > 200 else 1000)
    part = Nested(replace(grouped, groups=("customer",)), 0.2, 0).subset(150, 0)
    assert not set(part.frame_train["customer"]) & set(part.frame_validation["customer"])


def test_sizes_are_steps_well_below_all_and_all() -> None:
    y = (np.arange(2000) % 4 == 0).astype(int)
    assert default_sizes(y) == (100, 300, 1000, 2000)
    assert default_sizes(y[:700]) == (100, 300, 700)
    rare = (np.arange(2000) % 100 == 0).astype(int)
    assert default_sizes(rare) == (1000, 2000)
    assert check_sizes([300, 100, 300], y) == (100, 300)
    for size, labels in ((10, y), (2001, y), (100, rare)):
        with pytest.raises(BadInput, match="learning curve"):
            check_sizes([size], labels)


@pytest.mark.parametrize("name", ["model", "lightgbm"])
def test_a_cell_of_a_baseline_is_that_baseline(name: str) -> None:
    work = Work(TrainingSettings(epochs=2), 0, "cpu", lambda *args, **kwargs: None, lambda: False)
    part = Nested(data(), 0.2, 0).subset(100, 0)
    model = fit_cell(name, Recipe("logistic_regression", None), part, work, None)
    assert model.kind == ("logistic_regression" if name == "model" else name)
    assert model.predict(data().frame_train).shape == (480,)
