"""What this machine offers and which backbones are installed."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finxfer.backbones.catalogue import list_backbones
from finxfer.runs.machine import machine
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count, show_table, size
from finxfer.ui.text import home as text


def show_machine() -> None:
    """Cores, memory and GPUs, in one line each."""
    found = machine()
    cores = text.ONE_CORE if found.cores == 1 else text.CORES.format(count=found.cores)
    lines = [
        (":material/memory:", cores),
        (
            ":material/storage:",
            text.MEMORY.format(free=size(found.memory_free_bytes), total=size(found.memory_bytes)),
        ),
    ]
    lines += [
        (":material/developer_board:", text.GPU.format(name=md(gpu.name), memory=size(gpu.memory_bytes)))
        for gpu in found.gpus
    ]
    if not found.gpus:
        lines.append((":material/developer_board_off:", text.NO_GPU))
    st.markdown("  \n".join(f"{icon} {words}" for icon, words in lines))


def show_backbones() -> None:
    """The catalogue as a table."""
    cards = list_backbones()
    if not cards:
        st.caption(text.BACKBONES_EMPTY)
        return
    names = text.BACKBONE_COLUMNS
    frame = pd.DataFrame(
        {
            names["name"]: [plain(card.name) for card in cards],
            names["available"]: [text.INSTALLED if card.available else text.NOT_INSTALLED for card in cards],
            names["family"]: [text.FAMILIES.get(card.family, card.family) for card in cards],
            names["stages"]: [card.depth_count for card in cards],
            names["parameters"]: [count(card.parameters) for card in cards],
            names["size"]: [size(card.bytes) for card in cards],
            names["trained_on"]: [plain(card.trained_on, 200) for card in cards],
            names["licence"]: [plain(card.licence) for card in cards],
        }
    )
    show_table(frame, key="backbones_table", alt=text.BACKBONES_ALT)
