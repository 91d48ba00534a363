""" "More settings" of a run: every field with unit, safe range and effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from finxfer.backbones.card import Card
from finxfer.records.spec import RECALIBRATIONS
from finxfer.records.training_settings import OPTIMISERS, TrainingSettings
from finxfer.runs.machine import machine
from finxfer.ui.controls_form import draw_controls, searchable, show_notes
from finxfer.ui.forms import NumberField
from finxfer.ui.imbalance_form import draw_imbalance
from finxfer.ui.text import backbone as text

_DEFAULT = TrainingSettings()

LEARNING_RATE = NumberField(
    "learning_rate",
    text.LEARNING_RATE,
    text.LEARNING_RATE_HELP,
    1e-6,
    1.0,
    None,
    1e-4,
    "%.6g",
    text.FAMILY_DEFAULT,
)
BATCH_SIZE = NumberField(
    "batch_size", text.BATCH_SIZE, text.BATCH_SIZE_HELP, 8, 8192, None, 8, "%d", text.FAMILY_DEFAULT
)
EPOCHS = NumberField("epochs", text.EPOCHS, text.EPOCHS_HELP, 1, 1000, _DEFAULT.epochs, 1, "%d")
PATIENCE = NumberField("patience", text.PATIENCE, text.PATIENCE_HELP, 1, 1000, _DEFAULT.patience, 1, "%d")
WEIGHT_DECAY = NumberField(
    "weight_decay", text.WEIGHT_DECAY, text.WEIGHT_DECAY_HELP, 0.0, 1.0, _DEFAULT.weight_decay, 0.005, "%.4g"
)
SEED = NumberField("seed", text.SEED, text.SEED_HELP, 0, 2**31 - 1, 0, 1, "%d")
TEST_SHARE = NumberField("test_share", text.TEST_SHARE, text.TEST_SHARE_HELP, 5, 60, 30, 5, "%d")
VALIDATION_SHARE = NumberField(
    "validation_share", text.VALIDATION_SHARE, text.VALIDATION_SHARE_HELP, 5, 50, 20, 5, "%d"
)


@dataclass(frozen=True)
class RunSettings:
    """What the form answers; shares are from 0 to 1."""

    training: TrainingSettings
    seed: int
    test_share: float
    validation_share: float
    device: str
    label: str
    search_minutes: float = 0.0
    recalibration: str = "none"


def run_settings(card: Card | None = None, depth: int | str = "auto") -> RunSettings:
    """Draw the fields and read them. Empty fields of training mean the default of the family.

    card, depth: what the run starts from, so that the form says which controls have no effect there.
    """
    with st.expander(text.MORE, icon=":material/tune:"):
        first, second, third = st.columns(4), st.columns(4), st.columns(4)
        label = first[0].text_input(
            text.LABEL, max_chars=60, help=text.LABEL_HELP, key="set_label", persist_state="session"
        )
        seed = _in(first[1], SEED)
        test_share = _in(first[2], TEST_SHARE)
        validation_share = _in(first[3], VALIDATION_SHARE)
        learning_rate = _in(second[0], LEARNING_RATE)
        batch_size = _in(second[1], BATCH_SIZE)
        epochs = _in(second[2], EPOCHS)
        patience = _in(second[3], PATIENCE)
        optimiser = _choose(
            third[0], "optimiser", text.OPTIMISER, text.OPTIMISER_HELP, OPTIMISERS, text.OPTIMISERS
        )
        weight_decay = _in(third[1], WEIGHT_DECAY)
        devices = ("auto", "cpu", "cuda") if machine().gpus else ("auto", "cpu")
        device = _choose(third[3], "device", text.DEVICE, text.DEVICE_HELP, devices, text.DEVICE_NAMES)
        fourth = st.columns(4)
        imbalance = draw_imbalance(third[2], fourth[0])
        recalibration = _recalibration(fourth[1] if imbalance else fourth[0])
        controls = draw_controls()
        training = TrainingSettings(
            learning_rate=learning_rate,
            batch_size=None if batch_size is None else int(batch_size),
            epochs=_or(epochs, _DEFAULT.epochs),
            patience=_or(patience, _DEFAULT.patience),
            optimiser=optimiser,
            weight_decay=_DEFAULT.weight_decay if weight_decay is None else float(weight_decay),
            **imbalance,
            **controls.settings,
        )
        show_notes(card, depth, training, controls.search_minutes)
    return RunSettings(
        training=training,
        seed=_or(seed, 0),
        test_share=_or(test_share, 30) / 100,
        validation_share=_or(validation_share, 20) / 100,
        device=device,
        label=label.strip(),
        search_minutes=controls.search_minutes if searchable(card, depth) else 0.0,
        recalibration=recalibration,
    )


def _recalibration(place: st.delta_generator.DeltaGenerator) -> str:
    words = (text.RECALIBRATION, text.RECALIBRATION_HELP)
    return _choose(place, "recalibration", *words, RECALIBRATIONS, text.RECALIBRATIONS)


def _in(place: st.delta_generator.DeltaGenerator, field: NumberField) -> float | None:
    with place:
        return field.draw("set")


def _choose(
    place: st.delta_generator.DeltaGenerator,
    name: str,
    label: str,
    effect: str,
    options: Sequence[str],
    titles: dict[str, str],
) -> str:
    return place.selectbox(
        label,
        options,
        format_func=lambda option: titles.get(option, option),
        help=effect,
        key=f"set_{name}",
        persist_state="session",
    )


def _or(value: float | None, default: int) -> int:
    return default if value is None else int(value)
