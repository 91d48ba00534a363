"""The choice about class imbalance under "More settings": one select, and its one number beside it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from finxfer.records.imbalance import CHOICES, NAMES, NONE, WEIGHTS, imbalance_fields
from finxfer.ui.forms import NumberField
from finxfer.ui.text import imbalance as text

_UNITS = ("weights", "focal")
"""Choices whose number is none of a share in percent."""


def draw_imbalance(
    select: st.delta_generator.DeltaGenerator, number: st.delta_generator.DeltaGenerator
) -> dict[str, Any]:
    """Fields of TrainingSettings. The second place stays empty unless something is chosen."""
    name = select.selectbox(
        text.LABEL,
        NAMES,
        format_func=lambda one: text.NAMES[one],
        help=text.HELP,
        key="set_imbalance",
        persist_state="session",
    )
    if name == NONE:
        return {}
    with number:
        said = _field(name).draw("set")
    if said is None:
        return imbalance_fields(name)
    return imbalance_fields(name, float(said) if name in _UNITS else said / 100)


def _field(name: str) -> NumberField:
    choice = CHOICES[name]
    words = (f"imbalance_{name}", text.NUMBERS[name], text.NUMBER_HELPS[name])
    if name in _UNITS:
        step = 0.1 if name == WEIGHTS else 0.5
        return NumberField(*words, choice.low, choice.high, choice.default, step, "%.1f")
    return NumberField(*words, 1, round(100 * choice.high), round(100 * choice.default), 5, "%d")
