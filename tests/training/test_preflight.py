"""The preflight: it ranks what can be ranked, says why the rest cannot, and looks at no other rows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from finxfer.backbones.card import Card
from finxfer.backbones.protocol import TrainingData
from finxfer.errors import BadInput, Cancelled
from finxfer.training import preflight as room
from finxfer.training.embeddings import View
from finxfer.training.folds import Folds
from finxfer.training.preflight import preflight, probed_folds
from tests.training.made import never, silent, training_data

TABLE = "c" * 64


def run(cards: list[Card], data: TrainingData, **options: Any) -> dict[str, Any]:
    settings: dict[str, Any] = {"table": TABLE, "seed": 0, "cache": None, "report": silent}
    return preflight(data, cards, **{**settings, "should_stop": never, **options})


@pytest.fixture(scope="module")
def data() -> TrainingData:
    return training_data(300)


@pytest.fixture(scope="module")
def catalogue(backbones: dict[str, Card]) -> list[Card]:
    """The two tiny backbones, and four that cannot be used."""
    tabm = backbones["tabm"]
    stranger = [{"name": "balance of trade", "kind": "numeric"}]
    return [
        replace(tabm, id="away", folder=None),
        backbones["incontext"],
        replace(tabm, id="seen", tables=[TABLE]),
        replace(tabm, id="foreign", columns=stranger),
        replace(tabm, id="broken", sha256="0" * 64),
        tabm,
    ]


def test_what_can_be_ranked_is_and_the_rest_says_why(catalogue: list[Card], data: TrainingData) -> None:
    found = run(catalogue, data)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    ranked = [entry for entry in found["backbones"] if entry["rank"]]
    assert {entry["id"] for entry in ranked} == {"tabm", "incontext"}
    assert [entry["rank"] for entry in ranked] == [1, 2] and ranked[0]["score"] > ranked[1]["score"]
    assert [entry["judged_by"] for entry in ranked] == ["head", "head"]
    assert ranked[0]["auc"] > 0.55 and ranked[0]["level"] and ranked[0]["reason"] is None
    assert all(
        {entry[f"{score}_rank"] for entry in ranked} == {1, 2} for score in ("probe", "log_me", "h_score")
    )
    reasons = {entry["id"]: entry["reason"] for entry in found["backbones"] if not entry["rank"]}
    assert set(reasons) == {"away", "seen", "foreign", "broken"}
    assert "not on this machine" in reasons["away"] and "rows of this table" in reasons["seen"]
    assert "None of the 1 columns" in reasons["foreign"] and "SHA-256" in reasons["broken"]
    assert found["first"]["id"] == ranked[0]["id"]
    assert found["first"]["over_second"]["value"] == pytest.approx(ranked[0]["auc"] - ranked[1]["auc"])
    alone = found["columns_alone"]
    assert found["first"]["over_columns"]["value"] == pytest.approx(ranked[0]["auc"] - alone["auc"])
    assert (found["rows"], found["labelled"], found["folds"], found["columns"]) == (300, 300, 5, 4)


def test_a_catalogue_of_nothing_usable_has_no_first(catalogue: list[Card], data: TrainingData) -> None:
    found = run(catalogue[:1], data)
    assert found["first"] is None and found["columns_alone"]["auc"] > 0.6
    alone = run([catalogue[-1]], data)
    assert alone["first"]["over_second"] is None and alone["first"]["over_columns"]["interval"]


def test_a_second_look_finds_the_representations_again(
    catalogue: list[Card], data: TrainingData, tmp_path: Path
) -> None:
    first, second = (run(catalogue, data, cache=tmp_path) for _ in range(2))
    assert [entry["cached"] for entry in first["backbones"]][:2] == [False, False]
    assert [entry["cached"] for entry in second["backbones"]][:2] == [True, True]
    aucs = [[entry["auc"] for entry in found["backbones"]] for found in (first, second)]
    assert aucs[0] == aucs[1]


def test_backbones_of_the_same_scores_share_a_rank(catalogue: list[Card], data: TrainingData) -> None:
    tabm = catalogue[-1]
    found = run([tabm, replace(tabm, id="twin")], data)
    assert [entry["rank"] for entry in found["backbones"]] == [1, 1]
    assert all(entry["level"] for entry in found["backbones"])
    assert not found["first"]["over_second"]["clear"]


def test_rows_are_bounded_by_cells_and_keep_the_classes(
    data: TrainingData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "LEAST_ROWS", 50)
    monkeypatch.setattr(room, "CELLS", 4 * 120)
    folds = probed_folds(data, 0)
    assert len(folds.y) == 120 and folds.pieces == 5
    every = np.concatenate([data.y_train, data.y_validation]).mean()
    assert folds.y.mean() == pytest.approx(every, abs=0.01)
    monkeypatch.setattr(room, "CELLS", 4)
    assert len(probed_folds(data, 0).y) == 50


def test_too_few_of_a_class_and_a_stop_are_said(catalogue: list[Card], data: TrainingData) -> None:
    y = np.zeros_like(data.y_train)
    y[0] = 1
    scarce = replace(data, y_train=y, y_validation=np.zeros_like(data.y_validation))
    with pytest.raises(BadInput, match=r"1 are positive"):
        run(catalogue, scarce)
    with pytest.raises(Cancelled):
        run(catalogue, data, should_stop=lambda: True)


def test_progress_is_told_backbone_by_backbone(catalogue: list[Card], data: TrainingData) -> None:
    told: list[tuple[int, int]] = []

    def listen(kind: str, **fields: Any) -> None:
        if kind == "progress":
            told.append((fields["done"], fields["of"]))

    run(catalogue, data, report=listen)
    assert told == [(number, 6) for number in range(7)]


def test_knowing_the_task_beats_noise_clearly(catalogue: list[Card], monkeypatch: pytest.MonkeyPatch) -> None:
    real, draw = room.embed_cached, np.random.default_rng(0)

    def noisy(card: Card, folds: Folds, *rest: Any) -> tuple[View, bool]:
        found, cached = real(card, folds, *rest)
        noise = View(draw.normal(size=found.features.shape), draw.normal(size=len(folds.y)))
        return (found if card.id == "tabm" else noise), cached

    monkeypatch.setattr(room, "embed_cached", noisy)
    found = run(catalogue, training_data(800))
    assert [entry["id"] for entry in found["backbones"]][:2] == ["tabm", "incontext"]
    assert [entry["level"] for entry in found["backbones"]][:2] == [True, False]
    assert found["first"]["over_second"]["clear"]
    assert found["backbones"][0]["h_score_rank"] == found["backbones"][0]["log_me_rank"] == 1


def test_a_new_head_is_judged_by_the_probe_and_expected_to_bring_less(
    catalogue: list[Card], data: TrainingData
) -> None:
    tabm = catalogue[-1]
    found = run([tabm, replace(tabm, id="stranger", target="churned")], data)["backbones"]
    known, stranger = (next(one for one in found if one["id"] == name) for name in ("tabm", "stranger"))
    assert known["judged_by"] == "head" and stranger["judged_by"] == "probe"
    assert stranger["auc"] == stranger["probe"] == known["probe"]
    assert known["score"] - stranger["score"] > known["auc"] - stranger["auc"]
    assert known["rank"] == 1
