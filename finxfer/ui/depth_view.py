"""How deep to freeze: presets, slider, the picture of the stages, and what the training would take."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import estimate
from finxfer.backbones.ladder_cost import estimate_ladder
from finxfer.runs.machine import machine
from finxfer.ui import charts, charts_backbone
from finxfer.ui.safe import md
from finxfer.ui.tables import count, rough_duration, share, size
from finxfer.ui.text import backbone as text
from finxfer.ui.text import ladder as ladder_text

_DEPTH, _PRESET = "freezing_depth", "depth_preset"


def preset_depth(preset: str, stages: int) -> int | str:
    """The freezing depth that a preset stands for, given the number of stages without the head."""
    return {"head": stages, "half": -(-stages // 2), "all": 0}.get(preset, preset)


def choose_depth(card: Card, as_is: bool, presets: DeltaGenerator, slider: DeltaGenerator) -> int | str:
    """Presets and, where a depth is a number, the slider. The answer is 0..S, "as-is" or "auto".

    `as_is` offers to train nothing, which makes sense only where the backbone knows the task. `presets`
    and `slider` are the places for the two.
    """
    offered = [name for name in text.PRESETS if name != "as-is" or as_is]
    stages = card.depth_count
    # None is a preset too: the slider stands at a depth that has no name.
    if st.session_state.get(_PRESET, "") not in [*offered, None]:
        st.session_state[_PRESET] = "half"
    presets.segmented_control(
        text.PRESET,
        offered,
        format_func=text.PRESETS.__getitem__,
        help=text.PRESET_HELP,
        key=_PRESET,
        on_change=_follow_preset,
        args=(stages,),
        persist_state="session",
    )
    preset = st.session_state[_PRESET]
    if preset in ("auto", "as-is"):
        return str(preset)
    if preset is not None:
        st.session_state[_DEPTH] = int(preset_depth(preset, stages))
    elif not 0 <= st.session_state.get(_DEPTH, -1) <= stages:
        st.session_state[_DEPTH] = int(preset_depth("half", stages))
    depth = slider.slider(
        text.DEPTH,
        0,
        stages,
        help=text.DEPTH_HELP.format(stages=stages),
        key=_DEPTH,
        on_change=_leave_preset,
        args=(stages,),
        persist_state="session",
    )
    return int(depth)


def restart() -> None:
    """A backbone was chosen instead of finxfer's choice: begin at its top half."""
    st.session_state[_PRESET] = "half"


def _follow_preset(stages: int) -> None:
    preset = st.session_state.get(_PRESET)
    if preset in ("head", "half", "all"):
        st.session_state[_DEPTH] = preset_depth(preset, stages)


def _leave_preset(stages: int) -> None:
    """The slider moved: mark the preset that it now equals, or none."""
    depth = st.session_state[_DEPTH]
    st.session_state[_PRESET] = next(
        (name for name in ("head", "all", "half") if preset_depth(name, stages) == depth), None
    )


def depth_sentence(card: Card, depth: int | str) -> str:
    """What the depth means, in words."""
    if depth == "as-is":
        return text.SENTENCE_AS_IS
    if depth == "auto":
        return ladder_text.DEPTH_SENTENCE
    stages, frozen = card.depth_count, int(depth)
    if frozen == stages:
        return text.SENTENCE_HEAD.format(stages=stages)
    if frozen == 0:
        return text.SENTENCE_ALL.format(stages=stages)
    return text.SENTENCE_DEPTH.format(frozen=frozen, stages=stages, trained=stages - frozen)


def show_stages(card: Card, depth: int | str) -> None:
    """The picture of the stages."""
    states = charts_backbone.stage_states(card, depth)
    charts.show(charts_backbone.stage_picture(states), "stages", charts_backbone.stage_words(states))


def show_estimate(card: Card, depth: int | str, rows: int, columns: int, device: str, epochs: int) -> None:
    """Trained share, time and memory; says so where this machine is too small."""
    here = machine()
    used = here.device if device == "auto" else device
    guess = estimate(card, rows, columns, 0 if depth == "auto" else depth, used, here.cores, epochs)
    seconds = guess.seconds
    if depth == "auto":
        seconds = estimate_ladder(card, rows, columns, used, here.cores)
    free = here.gpus[0].memory_bytes if used == "cuda" and here.gpus else here.memory_free_bytes
    part = 0 if depth == "as-is" else guess.trainable
    lines = [
        (
            text.TRAINABLE,
            share(part / max(guess.total, 1)),
            text.TRAINABLE_VALUE.format(count=count(part), total=count(guess.total)),
        ),
        (
            text.TIME,
            rough_duration(seconds),
            text.TIME_NOTE.format(device=text.DEVICES.get(used, md(used))),
        ),
        (text.MEMORY, size(guess.memory_bytes), text.MEMORY_FREE.format(free=size(free))),
    ]
    for label, value, note in lines:
        st.markdown(f":small[{label}]  \n**{md(value)}** :small[· {note}]")
    if guess.memory_bytes > free:
        st.error(
            text.TOO_LARGE.format(need=md(size(guess.memory_bytes)), free=md(size(free))),
            icon=":material/memory_alt:",
        )
