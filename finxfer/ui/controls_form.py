"""The training controls and the search under "More settings"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from finxfer.backbones.card import BOOSTED, Card
from finxfer.backbones.controls import idle_sentence
from finxfer.records.training_settings import TrainingSettings
from finxfer.ui.forms import NumberField
from finxfer.ui.safe import md
from finxfer.ui.text import controls as text

LAYER_DECAY = NumberField("layer_decay", text.LAYER_DECAY, text.LAYER_DECAY_HELP, 0.1, 1.0, 1.0, 0.05, "%.2f")
UNFREEZE = NumberField("unfreeze_every", text.UNFREEZE, text.UNFREEZE_HELP, 0, 100, 0, 1, "%d")
L2_SP = NumberField("l2_sp", text.L2_SP, text.L2_SP_HELP, 0.0, 1000.0, 0.0, 10.0, "%.4g")
CORRUPTION = NumberField("corruption", text.CORRUPTION, text.CORRUPTION_HELP, 0, 60, 0, 5, "%d")
MIXUP = NumberField("mixup", text.MIXUP, text.MIXUP_HELP, 0.0, 4.0, 0.0, 0.1, "%.2f")
SEARCH = NumberField("search_minutes", text.SEARCH, text.SEARCH_HELP, 0, 1440, 0, 5, "%d")


@dataclass(frozen=True)
class Controls:
    """settings: the controls as fields of `TrainingSettings`. search_minutes: 0 is no search."""

    settings: dict[str, Any]
    search_minutes: float


def draw_controls() -> Controls:
    """Draw the fields and read them; an empty one is off."""
    st.markdown(text.TITLE)
    first, second = st.columns(4), st.columns(4)
    with first[0]:
        layer_decay = LAYER_DECAY.draw("set")
    with first[1]:
        unfreeze = UNFREEZE.draw("set")
    with first[2]:
        pull = L2_SP.draw("set")
    with first[3]:
        minutes = SEARCH.draw("set")
    with second[0]:
        corruption = CORRUPTION.draw("set")
    with second[1]:
        mixup = MIXUP.draw("set")
    settings = {
        "layer_decay": 1.0 if layer_decay is None else float(layer_decay),
        "unfreeze_every": int(unfreeze or 0),
        "l2_sp": float(pull or 0),
        "corruption": (corruption or 0) / 100,
        "mixup": float(mixup or 0),
    }
    return Controls(settings, float(minutes or 0))


def searchable(card: Card | None, depth: int | str) -> bool:
    """Whether a search has something to search for."""
    return card is not None and card.family != BOOSTED and isinstance(depth, int)


def show_notes(card: Card | None, depth: int | str, settings: TrainingSettings, minutes: float) -> None:
    """What is set and changes nothing for this backbone at this depth."""
    notes = []
    if card is not None:
        notes.append(idle_sentence(card, depth, settings))
    elif settings.controls:
        notes.append(text.OPEN)
    if minutes and not searchable(card, depth):
        boosted = card is not None and card.family == BOOSTED
        notes.append(text.SEARCH_BOOSTED if boosted else text.SEARCH_OPEN)
    for note in filter(None, notes):
        st.caption(f":orange[:material/info:] {md(note, 300)}")
