"""The catalogue: what is there, how it fits, what it costs, and promotion without customer rows."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import load_file

from finxfer.backbones import catalogue
from finxfer.backbones.card import Card, write_card
from finxfer.backbones.catalogue import (
    delete_backbone,
    estimate,
    find_card,
    fit_to_table,
    list_backbones,
    promote_run,
    without_rare_categories,
)
from finxfer.backbones.families import FAMILIES, TABULAR, load_backbone
from finxfer.backbones.protocol import FittedModel
from finxfer.backbones.tabm import TabMBackbone
from finxfer.backbones.weights import file_sha256
from finxfer.errors import BadInput
from finxfer.records.folder import RunFolder
from finxfer.records.spec import ColumnSpec, Spec, TrainingSettings
from finxfer.training.ensemble import EnsembleModel, Member
from tests.training.made import COLUMNS, TINY_TABM, customers, training_data


def column(name: str, kind: str = "numeric") -> ColumnSpec:
    return ColumnSpec(name, "feature", kind)


def test_the_catalogue_is_light_and_its_shipped_backbones_are_whole() -> None:
    code = (
        "import sys; from finxfer.backbones.catalogue import *; cards = list_backbones();"
        "[estimate(card, 1000, 20, 0) for card in cards]; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])
    shipped = [card for card in list_backbones() if card.source is None]
    assert {card.family for card in shipped} == {"incontext", "tabm"}
    for card in shipped:
        assert card.available and not card.contains_customer_rows
        assert card.sha256 == file_sha256(card.weights_path)
        assert card.bytes == card.weights_path.stat().st_size
        assert card.licence and card.trained_on and card.made_by and card.created and card.measured
        backbone = load_backbone(card)
        assert [stage.title for stage in backbone.stages] == [stage["title"] for stage in card.stages]
        assert card.parameters == card.trainable_parameters(0)


def test_own_backbones_are_listed_found_and_deleted_and_spoilt_ones_left_out(
    tmp_path: Path, backbones: dict[str, Card], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "SHIPPED", tmp_path / "nothing")
    write_card(replace(backbones["tabm"], id="mine"), tmp_path / "backbones" / "mine")
    (tmp_path / "backbones" / "half").mkdir()
    assert [card.id for card in list_backbones(tmp_path)] == ["mine"]
    assert not find_card("mine", tmp_path).available
    assert find_card(backbones["tabm"].folder or "", tmp_path).available
    delete_backbone("mine", tmp_path)
    assert list_backbones(tmp_path) == []
    with pytest.raises(BadInput, match="cannot be deleted"):
        delete_backbone("mine", tmp_path)
    with pytest.raises(BadInput):
        delete_backbone("../outside", tmp_path)
    with pytest.raises(BadInput, match="no backbone 'mine'"):
        find_card("mine", tmp_path)


def test_columns_are_matched_by_name_and_kind(backbones: dict[str, Card]) -> None:
    card = backbones["tabm"]
    whole = fit_to_table(card, COLUMNS)
    assert whole.share == 1 and not whole.lacking and "(100%)" in whole.sentence
    part = fit_to_table(
        card, [column("Income "), column("housing"), column("debt", "boolean"), column("new")]
    )
    assert set(part.matched) == {"Income ", "debt"}
    assert set(part.lacking) == {"age", "housing"} and set(part.unused) == {"housing", "new"}
    assert (
        part.share == 0.5 and "2 of the 4 columns" in part.sentence and "2 of your columns" in part.sentence
    )
    nothing = fit_to_table(card, [column("other")])
    assert not nothing.fits and "None of the 4" in nothing.sentence
    assert fit_to_table(backbones["incontext"], [column("other")]).share == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_estimates_grow_with_the_work(family: str, backbones: dict[str, Card]) -> None:
    card = backbones[family]
    few, many = estimate(card, 500, 10, 0), estimate(card, 1000, 20, 0)
    assert few.trainable == few.total == card.parameters
    assert 0 < few.seconds <= many.seconds and 0 < few.memory_bytes <= many.memory_bytes
    assert estimate(card, 1000, 20, card.depth_count).seconds <= many.seconds
    as_is = estimate(card, 1000, 20, "as-is")
    assert as_is.trainable == 0 and as_is.seconds <= many.seconds
    assert estimate(card, 1000, 20, 0, "cuda").seconds <= many.seconds


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
    learner = load_backbone(backbones[family]).learner(data, TrainingSettings(), 0, "cpu")
    run = finished_run(tmp_path / "runs" / "20260101-000000-abcd", learner.model(0.0))
    card = promote_run(run, tmp_path, "My second book!")
    assert (card.id, card.family, card.contains_customer_rows) == ("my-second-book", family, False)
    assert card.sha256 == file_sha256(card.weights_path) and card.measured["test_auc"] == 0.7
    assert card.tables == [run.spec().table]
    files = {path.name for path in card.weights_path.parent.iterdir()}
    encoder = {"encoder.json"} if family in TABULAR else set()
    assert files == {"card.json", "weights.safetensors"} | encoder
    again = load_backbone(find_card("my-second-book", tmp_path)).learner(data, TrainingSettings(), 0, "cpu")
    frame, _ = customers(20, 3)
    assert np.array_equal(again.model(0.0).predict(frame), learner.model(0.0).predict(frame))
    assert promote_run(run, tmp_path, "My second book!").id == "my-second-book-2"
    incomes = {repr(round(value, 6)) for value in data.frame_train["income"].dropna()}
    text = "".join(path.read_text() for path in card.weights_path.parent.glob("*.json"))
    assert not any(value in text for value in incomes)
    shapes = {value.shape for value in load_file(card.weights_path).values()}
    assert not any(len(data.y_train) in shape for shape in shapes)


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
