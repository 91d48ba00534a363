"""A source model corrected by the target's rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from finxfer.backbones.card import Card
from finxfer.backbones.protocol import TrainingData
from finxfer.errors import Damaged
from finxfer.training.candidates import Work, as_is_model
from finxfer.training.corrected import Columns, correct
from finxfer.training.fitted import load_fitted
from finxfer.training.folds import make_folds
from finxfer.training.guard import log_odds_of, row_losses
from finxfer.training.source_candidates import PENALTIES, Corrected, Recalibrated
from tests.training.made import QUICK, customers, never, silent, training_data

WORK = Work(QUICK, 0, "cpu", silent, never)


def rows(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log-odds of a source, three columns, and labels that follow the source but for the first column."""
    generator = np.random.default_rng(seed)
    source, matrix = generator.normal(size=count), generator.normal(size=(count, 3))
    truth = 0.7 * source + 1.5 * matrix[:, 0] - 0.5
    return source, matrix, (generator.random(count) < 1 / (1 + np.exp(-truth))).astype(np.int8)


def test_many_rows_find_what_the_source_lacks() -> None:
    found = correct(*rows(20_000), penalty=1.0)
    assert found.slope == pytest.approx(0.7, abs=0.06) and found.intercept == pytest.approx(-0.5, abs=0.06)
    assert found.weights == pytest.approx([1.5, 0, 0], abs=0.06)


def test_the_larger_the_penalty_the_more_the_source_decides() -> None:
    sizes = [np.abs(correct(*rows(100), penalty=penalty).weights).max() for penalty in (1.0, 100.0, 1e6)]
    assert sizes[0] > sizes[1] > sizes[2] and sizes[2] < 1e-3


def test_without_weights_it_is_a_recalibration() -> None:
    source, matrix, y = rows(500)
    found = correct(source, matrix, y, np.inf)
    assert not found.weights.any() and len(found.weights) == 3
    asked = found(source, matrix)
    assert np.array_equal(np.argsort(asked), np.argsort(source))
    rate = (1 / (1 + np.exp(-asked))).mean()
    assert rate == pytest.approx(y.mean(), abs=1e-3)
    assert row_losses(y, asked).mean() < row_losses(y, source).mean()


def test_a_handful_of_rows_leaves_the_slope_near_one() -> None:
    source, matrix, y = rows(8)
    assert 0.5 < correct(source, matrix, y, np.inf).slope < 1.5


@pytest.mark.parametrize("family", ["tabm", "boosted"])
def test_a_recalibrated_source_keeps_the_order_and_the_rate(family: str, backbones: dict[str, Card]) -> None:
    data = training_data()
    folds = make_folds(data, 0)
    model = Recalibrated(backbones[family], WORK, len(folds.y)).fit(folds, 0, 0.0)
    frame, _ = customers(50, 5)
    start = as_is_model(backbones[family], folds.whole(), WORK).predict(frame)
    assert np.array_equal(np.argsort(model.predict(frame), kind="stable"), np.argsort(start, kind="stable"))
    whole = folds.whole()
    assert model.predict(whole.frame_train).mean() == pytest.approx(whole.y_train.mean(), abs=0.01)


def test_a_stored_model_comes_back_equal_and_a_changed_one_is_refused(
    tmp_path: Path, backbones: dict[str, Card]
) -> None:
    folds = make_folds(training_data(), 0)
    candidate = Corrected(backbones["mlp"], WORK, len(folds.y))
    model, (frame, _) = candidate.fit(folds, 0, 0.25), customers(50, 5)
    model.save(tmp_path)
    assert np.array_equal(load_fitted(tmp_path).predict(frame), model.predict(frame))
    shifted = log_odds_of(model.predict(frame)) - log_odds_of(candidate.fit(folds, 0, 0.0).predict(frame))
    assert shifted == pytest.approx(0.25)
    inner = tmp_path / "correction" / "model.json"
    inner.write_text(inner.read_text(encoding="utf-8").replace("intercept", "Intercept"), encoding="utf-8")
    with pytest.raises(Damaged):
        load_fitted(tmp_path)


def test_out_of_fold_a_correction_knows_the_training_rows_alone(backbones: dict[str, Card]) -> None:
    """Other labels of the asked rows change nothing of what is said of them."""
    piece = make_folds(training_data(), 0).piece(0)
    other = TrainingData(**{**vars(piece), "y_validation": 1 - piece.y_validation})
    candidate = Corrected(backbones["tabm"], WORK, 240)
    assert len(candidate.penalties) == len(PENALTIES)
    first, second = candidate.raw(piece, silent), candidate.raw(other, silent)
    assert np.array_equal(first, second) and first.shape == (len(PENALTIES), len(piece.y_validation))


def test_columns_that_are_empty_or_new_do_no_harm() -> None:
    data = training_data()
    columns = Columns.of(data)
    odd = data.frame_validation.assign(income=np.nan, housing="castle")
    assert np.isfinite(columns.matrix(odd)).all()
