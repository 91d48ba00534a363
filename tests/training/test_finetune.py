"""A fine-tuning from card to model: depths, the guard, models that survive being stored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from finxfer.backbones.card import Card
from finxfer.backbones.families import FAMILIES
from finxfer.backbones.weights import load_weights
from finxfer.errors import BadInput, Damaged
from finxfer.records.files import read_json
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.finetune import FineTuned, TrainingData, finetune
from finxfer.training.fitted import load_fitted
from tests.training.made import QUICK, customers, never, silent, training_data


def tuned(card: Card, depth: int | str, settings: TrainingSettings = QUICK, **changes: Any) -> FineTuned:
    data = replace(training_data(), **changes)
    return finetune(card, depth, data, settings, 0, "cpu", None, silent, never)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("depth", ["as-is", 0, 2])
def test_a_stored_model_gives_the_same_probabilities(
    family: str, depth: int | str, backbones: dict[str, Card], tmp_path: Path
) -> None:
    found = tuned(backbones[family], depth)
    frame, _ = customers(50, 9)
    expected = found.model.predict(frame)
    assert expected.dtype == np.float64 and expected.shape == (50,)
    assert ((expected > 0) & (expected < 1)).all()
    found.model.save(tmp_path)
    stored = load_fitted(tmp_path)
    assert stored.kind == family
    assert stored.features == found.model.features
    assert np.array_equal(stored.predict(frame), expected)
    shuffled = stored.predict(frame.assign(extra=1)[["extra", "housing", "age", "debt", "income"]])
    assert np.array_equal(shuffled, expected)
    assert not [path for path in tmp_path.rglob("*") if path.suffix in (".pt", ".pkl", ".bin", ".joblib")]


@pytest.mark.parametrize("family", FAMILIES)
def test_the_result_never_validates_worse_than_the_start(family: str, backbones: dict[str, Card]) -> None:
    for rate in (1e-3, 1.0):
        found = tuned(backbones[family], 0, TrainingSettings(epochs=3, learning_rate=rate))
        assert found.judged.validation.loss <= found.start.validation.loss
        assert found.fell_back == (found.choice == "as-is")
        if found.fell_back:
            assert found.judged is found.start


def test_falling_back_returns_the_backbone_as_is(backbones: dict[str, Card]) -> None:
    card = backbones["tabm"]
    found = tuned(card, 0, TrainingSettings(epochs=2, learning_rate=1.0))
    assert found.fell_back and found.choice == "as-is"
    original = load_weights(card.weights_path, card.sha256)
    assert all(torch.equal(found.weights[name], tensor) for name, tensor in original.items())


@pytest.mark.parametrize("family", FAMILIES)
def test_a_resumed_run_of_finetune_is_equal(family: str, backbones: dict[str, Card], tmp_path: Path) -> None:
    arguments = (backbones[family], 1, training_data(), QUICK, 0, "cpu", tmp_path, silent, never)
    first, second = finetune(*arguments), finetune(*arguments)
    frame, _ = customers(30, 4)
    assert np.array_equal(first.model.predict(frame), second.model.predict(frame))


def test_a_head_of_another_task_is_new_and_starts_at_the_default_rate(backbones: dict[str, Card]) -> None:
    data = training_data()
    found = tuned(backbones["tabm"], 3, target="churned")
    assert np.ptp(found.start.prediction) < 1e-9
    assert found.start.prediction[0] == pytest.approx(data.y_train.mean(), rel=1e-5)
    with pytest.raises(BadInput, match="cannot be used as-is"):
        tuned(backbones["tabm"], "as-is", target="churned")


def test_a_table_that_lacks_columns_is_served_and_extra_ones_are_left(backbones: dict[str, Card]) -> None:
    data = training_data()
    columns = [column for column in data.columns if column.name != "debt"]
    found = tuned(backbones["tabm"], 0, columns=columns)
    assert found.model.features == ["income", "age", "housing"]
    frame, _ = customers(20, 2)
    assert np.array_equal(
        found.model.predict(frame.drop(columns="debt")), found.model.predict(frame.assign(debt=0))
    )


def test_a_table_without_any_known_column_is_refused(backbones: dict[str, Card]) -> None:
    data = training_data()
    columns = [replace(column, name="x_" + column.name) for column in data.columns]
    frames = {name: getattr(data, name).add_prefix("x_") for name in ("frame_train", "frame_validation")}
    with pytest.raises(BadInput, match="None of the 4 columns"):
        tuned(backbones["tabm"], 0, columns=columns, **frames)
    assert tuned(backbones["incontext"], "as-is", columns=columns, **frames).model.features[0] == "x_income"


@pytest.mark.parametrize("family", FAMILIES)
def test_lacking_columns_at_scoring_are_all_named(family: str, backbones: dict[str, Card]) -> None:
    model = tuned(backbones[family], "as-is").model
    frame, _ = customers(5, 2)
    with pytest.raises(BadInput) as caught:
        model.predict(frame[["age", "housing"]])
    assert "income" in caught.value.why and "debt" in caught.value.why


@pytest.mark.parametrize("family", FAMILIES)
def test_unseen_categories_and_empty_columns_are_scored(family: str, backbones: dict[str, Card]) -> None:
    model = tuned(backbones[family], "as-is").model
    frame, _ = customers(6, 2)
    odd = frame.assign(housing="castle", income=np.nan)
    assert np.isfinite(model.predict(odd)).all()
    assert model.predict(frame[:0]).shape == (0,)


@pytest.mark.parametrize("family", FAMILIES)
def test_weights_with_a_wrong_checksum_are_refused(family: str, backbones: dict[str, Card]) -> None:
    with pytest.raises(Damaged, match="wrong checksum"):
        tuned(replace(backbones[family], sha256="0" * 64), "as-is")


@pytest.mark.parametrize("family", FAMILIES)
def test_balanced_weights_keep_the_default_rate(family: str, backbones: dict[str, Card]) -> None:
    settings = TrainingSettings(epochs=6, class_weighting="balanced", learning_rate=5e-3)
    found = tuned(backbones[family], 0, settings)
    if not found.fell_back:
        assert found.judged.prediction.mean() == pytest.approx(training_data().y_validation.mean(), abs=0.02)
        assert found.logit_shift != 0


def test_going_on_from_an_earlier_training_is_never_worse(backbones: dict[str, Card]) -> None:
    card = backbones["tabm"]
    head = tuned(card, card.depth_count)
    deeper = finetune(card, 0, training_data(), QUICK, 0, "cpu", None, silent, never, head)
    assert deeper.start is head.judged
    assert deeper.judged.validation.loss <= head.judged.validation.loss


def test_in_context_answers_only_from_training_rows(backbones: dict[str, Card], tmp_path: Path) -> None:
    data: TrainingData = training_data()
    tuned(backbones["incontext"], "as-is").model.save(tmp_path)
    context = load_weights(tmp_path / "context.safetensors", None)
    assert sum(len(tensor) for name, tensor in context.items() if name.startswith("labels")) == len(
        data.y_train
    )
    changed = replace(data, y_validation=1 - data.y_validation)
    other = finetune(backbones["incontext"], "as-is", changed, QUICK, 0, "cpu", None, silent, never)
    frame: pd.DataFrame = customers(20, 5)[0]
    assert np.array_equal(other.model.predict(frame), load_fitted(tmp_path).predict(frame))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_flipped_bit_in_a_file_of_a_stored_model_is_noticed(
    family: str, backbones: dict[str, Card], tmp_path: Path
) -> None:
    tuned(backbones[family], "as-is").model.save(tmp_path)
    names = list(read_json(tmp_path / "model.json")["sha256"])
    assert {backbones[family].weights_file, "encoder.json"} <= set(names)
    assert {path.name for path in tmp_path.iterdir()} == {*names, "model.json"}
    for name in names:
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:])
        with pytest.raises(Damaged, match="checksum"):
            load_fitted(tmp_path)
        (tmp_path / name).unlink()
        with pytest.raises(Damaged, match=f"{name} is missing"):
            load_fitted(tmp_path)
        (tmp_path / name).write_bytes(whole)
    load_fitted(tmp_path)
