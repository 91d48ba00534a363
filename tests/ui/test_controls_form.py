"""The training controls under "More settings"."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from finxfer.records.training_settings import TrainingSettings


def form(family: str, depth: int | str) -> None:
    import streamlit as st

    from finxfer.backbones.card import Card
    from finxfer.ui.settings_form import run_settings

    stages = [{"name": name, "title": name, "parameters": 1} for name in ("a", "b")]
    head = {"name": "head", "title": "Head", "parameters": 1}
    card = Card(id="one", name="One", family=family, stages=stages, head=head, parameters=3, config={})
    st.session_state["found"] = run_settings(card, depth)


def drawn(family: str, depth: int | str) -> AppTest:
    return AppTest.from_function(form, kwargs={"family": family, "depth": depth}).run()


def test_untouched_fields_are_the_defaults() -> None:
    page = drawn("tabm", 0)
    assert not page.exception
    found = page.session_state["found"]
    assert found.training == TrainingSettings() and found.search_minutes == 0
    assert found.recalibration == "none"
    assert not page.caption


def test_fields_reach_the_settings_in_their_units() -> None:
    page = drawn("tabm", 0)
    said: dict[str, Any] = {
        "layer_decay": 0.7,
        "unfreeze_every": 2,
        "l2_sp": 30.0,
        "corruption": 20,
        "mixup": 0.2,
    }
    for name, value in (said | {"search_minutes": 10}).items():
        page.number_input(key=f"set_{name}").set_value(value)
    page.selectbox(key="set_recalibration").set_value("isotonic")
    found = page.run().session_state["found"]
    shares = {"corruption": 0.2}
    assert found.training == TrainingSettings(**(said | shares)) and found.search_minutes == 10
    assert found.recalibration == "isotonic"


def test_what_has_no_effect_is_said_at_once() -> None:
    page = drawn("incontext", "as-is")
    page.number_input(key="set_mixup").set_value(0.2)
    page.number_input(key="set_search_minutes").set_value(10)
    page.run()
    notes = " ".join(one.value for one in page.caption)
    assert "without effect" in notes and "left out here" in notes
    assert page.session_state["found"].search_minutes == 0


@pytest.mark.parametrize(
    ("name", "number", "fields"),
    [
        ("weights", 0.5, {"class_weighting": "balanced", "weight_power": 0.5}),
        ("focal", 1.5, {"focal_gamma": 1.5}),
        ("oversample", 30, {"oversample": 0.3}),
        ("undersample", 20, {"undersample": 0.2}),
        ("smote", 40, {"smote": 0.4}),
    ],
)
def test_class_imbalance_is_one_choice_and_its_one_number(
    name: str, number: float, fields: dict[str, Any]
) -> None:
    page = drawn("tabm", 0)
    fields_before = [one.key for one in page.number_input]
    page.selectbox(key="set_imbalance").set_value(name).run()
    assert not page.exception
    assert [one.key for one in page.number_input if one.key not in fields_before] == [f"set_imbalance_{name}"]
    page.number_input(key=f"set_imbalance_{name}").set_value(number).run()
    assert page.session_state["found"].training == TrainingSettings(**fields)
