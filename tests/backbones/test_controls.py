"""Which controls mean something for which backbone."""

from __future__ import annotations

import pytest

from finxfer.backbones.card import Card
from finxfer.backbones.controls import TITLES, idle_controls, idle_sentence
from finxfer.records.training_settings import CONTROLS, TrainingSettings

ALL_ON = TrainingSettings(layer_decay=0.9, unfreeze_every=1, l2_sp=1.0, corruption=0.1, mixup=0.1, smote=0.3)

ON = tuple(ALL_ON.controls)
RARE = TrainingSettings(class_weighting="balanced", weight_power=0.5, undersample=0.3)


def card(family: str) -> Card:
    stages = [{"name": name, "title": name, "parameters": 1} for name in ("a", "b")]
    return Card(
        id="one",
        name="One",
        family=family,
        stages=stages,
        head={"name": "head", "title": "Head", "parameters": 1},
        parameters=3,
        config={},
    )


@pytest.mark.parametrize(
    ("family", "depth", "idle"),
    [
        ("tabm", 0, ()),
        ("tabm", 2, ("layer_decay", "unfreeze_every")),
        ("tabm", "as-is", ON),
        ("incontext", 0, ("mixup", "smote")),
        ("boosted", 0, ON),
        ("tabm", "auto", ()),
    ],
)
def test_what_is_idle(family: str, depth: int | str, idle: tuple[str, ...]) -> None:
    assert idle_controls(card(family), depth, ALL_ON) == idle
    sentence = idle_sentence(card(family), depth, ALL_ON)
    assert all((TITLES[name] in sentence) == (name in idle) for name in CONTROLS)
    assert idle_controls(card(family), depth, TrainingSettings()) == ()


def test_every_family_takes_what_is_done_about_a_rare_class_and_a_context_is_drawn_as_it_says() -> None:
    for family in ("tabm", "boosted", "incontext"):
        assert idle_controls(card(family), 0, RARE) == ()
    assert idle_controls(card("incontext"), "as-is", RARE) == ("weight_power", "class_weighting")
    assert "class weights" in idle_sentence(card("incontext"), "as-is", RARE)
    assert set(idle_controls(card("tabm"), "as-is", RARE)) == {
        "undersample",
        "weight_power",
        "class_weighting",
    }
