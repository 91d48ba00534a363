"""The freezing ladder on the Run page: answer, picture, table, and the way on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import streamlit as st

from finxfer.records.folder import RunFolder, Status
from finxfer.records.spec import LADDER, Spec
from finxfer.runs import launcher
from finxfer.ui import charts, ladder_words, progress, state
from finxfer.ui.charts.ladder import ladder_panels
from finxfer.ui.run_files import run_json
from finxfer.ui.safe import md
from finxfer.ui.tables import show_table
from finxfer.ui.text import ladder as text

FILE = "ladder.json"


def is_ladder(run: RunFolder) -> bool:
    """Whether the run is a ladder."""
    spec = progress.spec_of(run)
    return spec is not None and spec.job == LADDER


def show_ladder(run: RunFolder, status: Status) -> None:
    """What the ladder found, or has found so far."""
    found: dict[str, Any] | None = run_json(run, FILE)
    if found is None:
        st.caption(text.WAIT if status.active else text.STOPPED_BEFORE)
        return
    if found["complete"]:
        _answer(run, found)
    else:
        words = text.SO_FAR if status.active else text.STOPPED_AT
        st.markdown(words.format(done=len(found["rungs"]), of=_depths(found)))
    names = [ladder_words.depth_name(rung["depth"]) for rung in found["rungs"]]
    figure = ladder_panels(names, ladder_words.panels(found), ladder_words.position(found))
    charts.show(figure, "ladder", ladder_words.chart_words(found), lambda: ladder_words.data(found))
    widths: dict[str, Any] = {text.COLUMNS["depth"]: st.column_config.TextColumn(width=150)}
    show_table(ladder_words.table(found), key="ladder-table", alt=text.TABLE_ALT, columns=widths)
    notes = [text.TIME_NOTE]
    if not all(rung["memory_measured"] for rung in found["rungs"]):
        notes.append(text.MEMORY_ESTIMATED)
    st.caption(" ".join(notes))


def _depths(found: dict[str, Any]) -> int:
    """How many depths there are in all."""
    as_is = any(rung["depth"] == ladder_words.AS_IS for rung in found["rungs"])
    return int(found["stages"]) + 1 + as_is


def _answer(run: RunFolder, found: dict[str, Any]) -> None:
    words, action = st.columns([11, 3], vertical_alignment="center")
    words.markdown(f"**{md(found['sentence'], 400)}**")
    words.caption(md(" ".join(found["sentences"]), 900))
    spec = progress.spec_of(run)
    if spec is None:
        return
    if not state.store().has(spec.table):
        action.caption(text.TABLE_GONE)
        return
    depth = found["recommended"]
    label = text.USE_AS_IS if depth == ladder_words.AS_IS else text.USE.format(depth=depth)
    if action.button(
        label,
        key="ladder-use",
        type="primary",
        icon=":material/play_arrow:",
        help=text.USE_HELP,
        width="stretch",
    ):
        taken = launcher.launch(taken_over(spec, depth))
        state.open_run(taken.id)
        st.rerun(scope="app")


def taken_over(spec: Spec, depth: int | str) -> Spec:
    """The run of the recommended depth: the ladder's own spec otherwise."""
    return replace(spec, job="finetune", freezing_depth=depth)
