"""What models say, kept as columns and read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finxfer.records.spec import BINARY, MULTICLASS, REGRESSION
from finxfer.runs.predictions import prediction_table, predictions_in, targets_in

CASES = {
    BINARY: (np.array([0, 1, -1], dtype=np.int8), np.array([0.1, 0.9, 0.5])),
    MULTICLASS: (
        np.array([2, -1, 0], dtype=np.int16),
        np.array([[0.1, 0.2, 0.7], [0.6, 0.3, 0.1], [0.3, 0.4, 0.3]]),
    ),
    REGRESSION: (np.array([10.5, np.nan, -3.0]), np.array([9.0, 4.0, -2.5])),
}
CLASSES = ("low", "middle", "high")


@pytest.mark.parametrize("task", CASES)
def test_targets_and_predictions_come_back_from_the_file_as_they_were(tmp_path: Path, task: str) -> None:
    y, p = CASES[task]
    classes = CLASSES if task == MULTICLASS else ()
    table = prediction_table(task, y, {"model": p, "lightgbm": p[::-1]}, ("lightgbm", "absent"), classes)
    table.to_parquet(tmp_path / "predictions.parquet")
    read = pd.read_parquet(tmp_path / "predictions.parquet")
    found = predictions_in(read, task, len(classes), ("lightgbm", "absent"))
    assert list(found) == ["model", "lightgbm"]
    np.testing.assert_array_equal(found["model"], p)
    np.testing.assert_array_equal(found["lightgbm"], p[::-1])
    np.testing.assert_array_equal(targets_in(read, task), y)
    assert read["target"].isna().sum() == 1


def test_the_predicted_class_is_the_likeliest_in_words() -> None:
    y, p = CASES[MULTICLASS]
    table = prediction_table(MULTICLASS, y, {"model": p}, (), CLASSES)
    assert list(table["prediction"]) == ["high", "low", "middle"]
    assert [name for name in table if name.startswith("probability_")] == [
        f"probability_{k}" for k in range(3)
    ]
