"""Which configurations of LightGBM a large table is trained with."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from finxfer.backbones.protocol import TrainingData
from finxfer.records.spec import ColumnSpec
from finxfer.records.training_settings import TrainingSettings
from finxfer.training import boosting, boosting_search
from finxfer.training.boosting import SEARCH, TREES, fit_lightgbm, staged_raw
from finxfer.training.boosting_search import worth_training


def made(rows: int, groups: tuple[str, ...] = ()) -> TrainingData:
    generator = np.random.default_rng(3)
    frame = pd.DataFrame({"a": generator.normal(size=rows), "b": generator.normal(size=rows)})
    frame["who"] = generator.integers(0, rows // 3, rows)
    y = (frame["a"] + generator.normal(size=rows) > 0.5).to_numpy().astype(np.int8)
    columns = [ColumnSpec("a", "feature", "numeric"), ColumnSpec("b", "feature", "numeric")]
    split = rows * 3 // 4
    return TrainingData(
        frame[:split], y[:split], frame[split:], y[split:], columns, "1", "bad", groups=groups
    )


def test_a_table_of_usual_size_is_searched_whole() -> None:
    asked: list[int] = []
    found = worth_training(made(400), SEARCH, 0, lambda data, number: asked.append(number) or 0.0)  # type: ignore[func-returns-value]
    assert found == list(range(len(SEARCH))) and not asked


def test_a_large_table_is_searched_on_training_rows_alone_with_groups_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(boosting_search, "SEARCHED_ROWS", 120)
    data = made(2000, ("who",))
    samples: list[TrainingData] = []

    def loss_of(sample: TrainingData, number: int) -> float:
        samples.append(sample)
        return abs(number - 3) / 10

    assert worth_training(data, SEARCH, 0, loss_of) == [3, 4]
    sample = samples[0]
    learned, judging = sample.frame_train, sample.frame_validation
    assert 80 <= len(learned) <= 130 and 10 <= len(judging) <= 30
    assert not set(learned["who"]) & set(judging["who"])
    own = set(data.frame_train["a"])
    assert set(learned["a"]) <= own and set(judging["a"]) <= own and not set(learned["a"]) & set(judging["a"])
    assert len(sample.y_train) == len(learned) and len(sample.y_validation) == len(judging)


def test_only_what_is_worth_it_is_trained_on_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boosting_search, "SEARCHED_ROWS", 120)
    monkeypatch.setattr(boosting, "MOST_TREES", 30)
    data, settings = made(1200), TrainingSettings()
    staged = staged_raw(data, settings, 0, lambda: False)
    assert staged.shape == (len(SEARCH), len(TREES), len(data.y_validation))
    known = np.isfinite(staged).any(axis=(1, 2))
    assert 1 <= known.sum() <= 2
    told: list[int] = []
    _, validation = fit_lightgbm(
        data, settings, 0, lambda kind, **fields: told.append(fields["of"]), lambda: False
    )
    assert validation.auc > 0.7 and set(told) == {int(known.sum())}
