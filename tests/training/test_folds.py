"""Who judges whom: every row once, by a training that has not seen it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from finxfer.backbones.protocol import TrainingData
from finxfer.records.spec import ColumnSpec
from finxfer.training import folds as module
from finxfer.training.folds import make_folds
from tests.training.made import training_data


def numbers(train: int, validation: int, share: float = 0.3) -> TrainingData:
    """Rows that are told apart by their one column."""
    rows = train + validation
    y = (np.arange(rows) % round(1 / share) == 0).astype(np.int8)
    frame = pd.DataFrame({"row": np.arange(rows, dtype=float)})
    column = [ColumnSpec("row", "feature", "numeric")]
    return TrainingData(frame[:train], y[:train], frame[train:], y[train:], column, "1", "bad")


def test_every_row_is_judged_once_by_a_training_without_it() -> None:
    data = training_data(300)
    folds = make_folds(data, 0)
    assert folds.crossed and folds.pieces == 5
    asked = np.concatenate([folds.asked(number) for number in range(5)])
    assert np.array_equal(np.sort(asked), np.arange(300))
    for number in range(5):
        piece = folds.piece(number)
        assert len(piece.y_train) + len(piece.y_validation) == 300
        assert abs(piece.y_validation.mean() - folds.y.mean()) < 0.03
        assert piece.frame_validation["debt"].tolist() == folds.frame["debt"][folds.asked(number)].tolist()
        assert not set(piece.frame_validation["debt"]) & set(piece.frame_train["debt"])
    assert len(folds.whole().y_train) == 300


def test_more_rows_take_fewer_folds_and_many_the_held_out_rows() -> None:
    assert [make_folds(numbers(rows, 100), 0).pieces for rows in (500, 501, 1401)] == [5, 4, 3]
    folds = make_folds(numbers(2900, 600), 0)
    assert not folds.crossed and folds.pieces == 1
    assert folds.judged.tolist() == list(range(2900, 3500))
    assert np.array_equal(folds.piece(0).frame_train["row"], np.arange(2900))
    assert sorted(np.bincount(folds.parts)) == [120] * 5


def test_of_very_many_held_out_rows_a_part_judges_and_the_rest_is_learned_from(monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST_JUDGED", 200)
    folds = make_folds(numbers(2900, 600, share=0.1), 0)
    assert len(folds.judged) == 200 and folds.judged.min() >= 2900
    assert abs(folds.targets.mean() - 0.1) < 0.01
    assert len(folds.piece(0).y_train) == 3300


def test_rows_of_a_group_stay_together() -> None:
    data = training_data(300)
    both = pd.concat([data.frame_train, data.frame_validation])
    customer = pd.Series(np.arange(300) // 3, index=both.index)
    cut = len(data.y_train)
    grouped = replace(
        data,
        frame_train=data.frame_train.assign(customer=customer[:cut].to_numpy()),
        frame_validation=data.frame_validation.assign(customer=customer[cut:].to_numpy()),
        groups=("customer",),
    )
    folds = make_folds(grouped, 0)
    assert folds.crossed
    assert (pd.Series(folds.part).groupby(customer.to_numpy()).nunique() == 1).all()


def test_a_scarce_class_takes_fewer_folds_or_none() -> None:
    data = numbers(40, 20)
    rare = replace(data, y_train=np.zeros(40, np.int8), y_validation=np.zeros(20, np.int8))
    rare.y_train[[3, 4]] = rare.y_validation[0] = 1
    folds = make_folds(rare, 0)
    assert folds.pieces == 3 and all(folds.piece(number).y_train.sum() == 2 for number in range(3))
    rare.y_train[4] = 0
    assert make_folds(rare, 0).pieces == 2
    frames = {
        "frame_train": data.frame_train.assign(of=1),
        "frame_validation": data.frame_validation.assign(of=1),
    }
    alone = make_folds(replace(rare, **frames, groups=("of",)), 0)  # type: ignore[arg-type]
    assert not alone.crossed and len(alone.judged) == 20
