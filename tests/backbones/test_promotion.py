"""Promotion: a finished run as a backbone, without customer rows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import find_card
from finxfer.backbones.families import FAMILIES, NETWORKS, load_backbone, read_as_is
from finxfer.backbones.promotion import promote_run, without_rare_categories
from finxfer.backbones.protocol import FittedModel, TrainingData
from finxfer.backbones.tabm import TabMBackbone
from finxfer.backbones.weights import file_sha256
from finxfer.errors import BadInput
from finxfer.evaluation.recalibration import Recalibration
from finxfer.records.folder import RunFolder
from finxfer.records.spec import ColumnSpec, Spec
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.ensemble import EnsembleModel, Member
from finxfer.training.finetune import finetune
from finxfer.training.fitted import load_fitted
from finxfer.training.recalibrated import RecalibratedModel
from tests.training.made import COLUMNS, QUICK, TINY_TABM, customers, never, silent, training_data


def as_is(card: Card, data: TrainingData) -> FittedModel:
    return read_as_is(card, data, TrainingSettings(), 0, "cpu").model(0.0)


def finished_run(folder: Path, model: FittedModel, metrics: dict[str, Any] | None = None) -> RunFolder:
    columns = (*COLUMNS, ColumnSpec("bad", "target", "category"))
    spec = Spec("a" * 64, "book.csv", "bad", "1", columns)
    run = RunFolder(folder).create(spec)
    model.save(run.model)
    run.write_json("metrics.json", metrics or {"rows": {"train": 180}, "model": {"auc": 0.7}})
    return run


@pytest.mark.parametrize("family", FAMILIES)
def test_a_promoted_run_scores_as_before_and_leaves_customers_behind(
    family: str, tmp_path: Path, backbones: dict[str, Card]
) -> None:
    data = training_data()
    model = as_is(backbones[family], data)
    run = finished_run(tmp_path / "runs" / "20260101-000000-abcd", model)
    card = promote_run(run, tmp_path, "My second book!")
    assert (card.id, card.family, card.contains_customer_rows) == ("my-second-book", family, False)
    assert card.sha256 == file_sha256(card.weights_path) and card.measured["test_auc"] == 0.7
    assert card.tables == [run.spec().table]
    files = {path.name for path in card.weights_path.parent.iterdir()}
    encoder = {"encoder.json"} if family != "incontext" else set()
    assert files == {"card.json", card.weights_file} | encoder
    again = as_is(find_card("my-second-book", tmp_path), data)
    frame, _ = customers(20, 3)
    assert np.array_equal(again.predict(frame), model.predict(frame))
    assert promote_run(run, tmp_path, "My second book!").id == "my-second-book-2"
    incomes = {repr(round(value, 6)) for value in data.frame_train["income"].dropna()}
    text = "".join(path.read_text() for path in card.weights_path.parent.glob("*.json"))
    assert not any(value in text for value in incomes)
    if family in NETWORKS:
        shapes = {value.shape for value in load_file(card.weights_path).values()}
        assert not any(len(data.y_train) in shape for shape in shapes)


def test_of_tuned_trees_a_promotion_keeps_the_new_ones_and_no_number_of_a_customer(
    tmp_path: Path, backbones: dict[str, Card]
) -> None:
    data = training_data(400)
    balances = np.random.default_rng(0).gamma(2, 500, len(data.y_train)).round(2) + 1000.0 * data.y_train
    data = replace(
        data,
        frame_train=data.frame_train.assign(balance=balances),
        frame_validation=data.frame_validation.assign(balance=1000.0 * data.y_validation),
        columns=[*data.columns, ColumnSpec("balance", "feature", "numeric")],
    )
    tuned = finetune(backbones["boosted"], 5, data, QUICK, 0, "cpu", None, silent, never)
    card = promote_run(finished_run(tmp_path / "run", tuned.model), tmp_path, "tuned trees")
    assert card.head["parameters"] > 0 and card.config["new_columns"] == 1
    assert card.parameters == card.trainable_parameters(0)
    text = "".join(path.read_text() for path in card.weights_path.parent.iterdir())
    assert not any(repr(float(value)) in text for value in balances)
    assert np.array_equal(as_is(card, data).predict(data.frame_validation), tuned.judged.prediction)
    # Its new trees are a part of what it starts from; it takes up no further columns.
    again = finetune(card, 10, data, QUICK, 0, "cpu", None, silent, never)
    assert np.array_equal(again.start.prediction, tuned.judged.prediction)


def test_promoting_a_network_from_scratch_withholds_rare_categories(tmp_path: Path) -> None:
    data = training_data()
    backbone = TabMBackbone.from_scratch(data.frame_train, data.columns, 0, TINY_TABM, min_category_rows=2)
    model = backbone.learner(data, TrainingSettings(), 0, "cpu").model(0.0)
    card = promote_run(finished_run(tmp_path / "run", model), tmp_path, "scratch")
    encoder = json.loads((card.weights_path.parent / "encoder.json").read_text())
    assert encoder["table"]["categories"]["housing"] == ["owner", "tenant"]
    assert "category_rows" not in encoder
    assert load_backbone(card).network.embeddings.categories.num_embeddings == 4  # type: ignore[attr-defined, union-attr]


def test_of_an_ensemble_the_fine_tuned_member_is_promoted(tmp_path: Path, backbones: dict[str, Card]) -> None:
    learner = load_backbone(backbones["incontext"]).learner(training_data(), TrainingSettings(), 0, "cpu")
    as_is, tuned = "incontext, as-is", "incontext, fine-tuned"
    model = EnsembleModel([Member(name, 0.5, learner.model(0.0)) for name in (as_is, tuned)])
    judged = [{"name": as_is, "kind": "as-is"}, {"name": tuned, "kind": "fine-tuned"}]
    metrics = {"choice": "ensemble", "model": {"auc": 0.7}, "selection": {"tried": judged}}
    run = finished_run(tmp_path / "run", model, metrics)
    card = promote_run(run, tmp_path, "mixed")
    assert card.sha256 == file_sha256(run.model / "members" / "1" / "weights.safetensors")
    assert card.family == "incontext" and card.measured == {}
    run.write_json("metrics.json", metrics | {"selection": {"tried": judged[:1]}})
    with pytest.raises(BadInput, match="no fine-tuned backbone"):
        promote_run(run, tmp_path, "none")
    run.write_json(
        "metrics.json", metrics | {"selection": {"tried": [judged[1], judged[1] | {"name": as_is}]}}
    )
    with pytest.raises(BadInput, match="2 fine-tuned backbones"):
        promote_run(run, tmp_path, "two")


def test_of_a_recalibrated_run_the_network_underneath_is_promoted(
    tmp_path: Path, backbones: dict[str, Card]
) -> None:
    learner = load_backbone(backbones["incontext"]).learner(training_data(), TrainingSettings(), 0, "cpu")
    function = Recalibration("platt", (0.3,), (1.2,))
    run = finished_run(tmp_path / "alone", RecalibratedModel(learner.model(0.0), function))
    card = promote_run(run, tmp_path, "alone")
    assert card.sha256 == file_sha256(run.model / "base" / "weights.safetensors")
    name = "incontext, fine-tuned"
    mixed = RecalibratedModel(EnsembleModel([Member(name, 1.0, learner.model(0.0))]), function)
    metrics = {"choice": "ensemble", "selection": {"tried": [{"name": name, "kind": "fine-tuned"}]}}
    run = finished_run(tmp_path / "mixed", mixed, metrics)
    assert promote_run(run, tmp_path, "mixed").sha256 == card.sha256
    frame, _ = customers(20, 3)
    assert np.array_equal(load_fitted(run.model).predict(frame), mixed.predict(frame))


def test_withholding_keeps_the_codes_of_common_categories() -> None:
    encoder = {
        "table": {"columns": [], "categories": {"c": ["a", "b", "rare"], "d": ["x"]}},
        "edges": [],
        "category_rows": {"c": [90, 50, 49]},
    }
    assert without_rare_categories(encoder)["table"]["categories"] == {"c": ["a", "b"], "d": ["x"]}


def test_what_cannot_be_promoted_is_said(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    run.path.mkdir()
    with pytest.raises(BadInput, match="no finished model"):
        promote_run(run, tmp_path, "x")
    run.model.mkdir()
    run.write_json("model/model.json", {"kind": "lightgbm"})
    with pytest.raises(BadInput, match="chosen model is a lightgbm"):
        promote_run(run, tmp_path, "x")
    run.write_json("model/model.json", {"kind": "tabm", "backbone": {}})
    with pytest.raises(BadInput, match="needs a name"):
        promote_run(run, tmp_path, " / ")
    assert not list((tmp_path / "backbones").glob("*"))
