"""What is chosen, from what, and how it is said."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from finxfer.backbones import catalogue
from finxfer.backbones.card import Card, read_card, write_card
from finxfer.backbones.protocol import FittedModel
from finxfer.errors import BadInput
from finxfer.training.choosing import Chosen, choose
from finxfer.training.logistic import fit_logistic
from tests.training.made import QUICK, customers, never, silent, training_data


class Constant:
    """A baseline that answers one number."""

    kind = "constant"

    def __init__(self, probability: float) -> None:
        self.probability = probability

    @property
    def features(self) -> list[str]:
        return []

    def predict(self, frame: object) -> np.ndarray:
        return np.full(len(frame), self.probability)  # type: ignore[arg-type]

    def save(self, folder: Path) -> None:
        raise AssertionError("not stored here")


@pytest.fixture
def home(tmp_path: Path, backbones: dict[str, Card], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue of the two tiny backbones alone."""
    monkeypatch.setattr(catalogue, "SHIPPED", tmp_path / "nothing")
    for family, card in backbones.items():
        assert card.folder
        shutil.copytree(card.folder, tmp_path / "backbones" / family)
    return tmp_path


def chosen(
    backbone: str, depth: int | str, home: Path, baselines: dict[str, FittedModel] | None = None
) -> Chosen:
    return choose(
        backbone, depth, training_data(), baselines or {}, QUICK, 0, "cpu", home / "work", silent, never, home
    )


def test_what_the_analyst_fixed_is_done(home: Path) -> None:
    found = chosen("tabm", 2, home, {"logistic_regression": Constant(0.3)})
    assert (found.backbone_id, found.depth, found.stages) == ("tabm", 2, 3)
    assert found.choice in ("fine-tuned", "as-is") and found.fell_back == (found.choice == "as-is")
    assert [entry["backbone"] for entry in found.tried] == ["tabm"]
    assert "as you chose" in found.reason


def test_as_is_is_no_fall_back(home: Path) -> None:
    found = chosen("incontext", "as-is", home)
    assert (found.choice, found.depth, found.fell_back) == ("as-is", "as-is", False)
    assert found.trainable_parameters == 0


def test_an_open_depth_tries_the_ladder_and_takes_none_worse_than_as_is(home: Path) -> None:
    found = chosen("tabm", "auto", home)
    assert [entry["depth"] for entry in found.tried] == ["as-is", 3, 1, 0]
    losses = {entry["title"]: entry["validation"]["log_loss"] for entry in found.tried}
    assert (
        losses[f"tabm, depth {found.depth}" if found.depth != "as-is" else "tabm, as-is"]
        <= losses["tabm, as-is"]
    )


def test_auto_takes_a_backbone_over_poor_baselines(home: Path) -> None:
    found = chosen("auto", "auto", home, {"lightgbm": Constant(0.999)})
    assert found.choice in ("fine-tuned", "as-is") and not found.fell_back
    assert {entry["backbone"] for entry in found.tried} == {"tabm", "incontext", None}
    assert "against" in found.reason and "lightgbm" in found.reason


def test_auto_never_validates_worse_than_the_best_baseline(home: Path) -> None:
    logistic, _ = fit_logistic(training_data(), QUICK)
    data = training_data()

    class Oracle(Constant):
        def predict(self, frame: object) -> np.ndarray:
            return np.clip(data.y_validation.astype(float), 0.01, 0.99)

    found = chosen("auto", "as-is", home, {"logistic_regression": logistic, "lightgbm": Oracle(0.0)})
    assert found.choice == "lightgbm" and found.fell_back
    assert found.depth is None and found.trainable_parameters is None
    assert found.backbone_id in ("tabm", "incontext")
    assert "lightgbm" in found.reason


def test_a_spoilt_backbone_is_passed_over_in_auto(home: Path) -> None:
    (home / "backbones" / "tabm" / "weights.safetensors").write_bytes(b"spoilt")
    messages: list[str] = []
    found = choose(
        "auto",
        "as-is",
        training_data(),
        {"lightgbm": Constant(0.99)},
        QUICK,
        0,
        "cpu",
        None,
        lambda kind, **fields: messages.append(str(fields.get("text"))),
        never,
        home,
    )
    assert found.backbone_id == "incontext"
    assert any("tabm was passed over" in message for message in messages)


def test_the_same_choice_twice_and_after_a_resume(home: Path) -> None:
    frame, _ = customers(30, 6)
    first, second = chosen("tabm", "auto", home), chosen("tabm", "auto", home)
    assert first.tried == second.tried and first.reason == second.reason
    assert np.array_equal(first.model.predict(frame), second.model.predict(frame))


def test_nothing_to_choose_from_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "SHIPPED", tmp_path / "nothing")
    with pytest.raises(BadInput, match="nothing to choose from"):
        chosen("auto", "auto", tmp_path)
    with pytest.raises(BadInput, match="no backbone 'unheard-of'"):
        chosen("unheard-of", 0, tmp_path)


def test_auto_passes_over_a_backbone_that_has_seen_the_table(home: Path) -> None:
    for family in ("tabm", "incontext"):
        folder = home / "backbones" / family
        write_card(replace(read_card(folder), tables=["a" * 64]), folder)
    baselines = {"logistic_regression": Constant(0.3)}

    def on(table: str) -> Chosen:
        arguments = (training_data(), baselines, QUICK, 0, "cpu", None, silent, never, home, table)
        return choose("auto", "as-is", *arguments)  # type: ignore[arg-type]

    assert all(entry["backbone"] in ("", None) for entry in on("a" * 64).tried)
    assert any(entry["backbone"] for entry in on("b" * 64).tried)
