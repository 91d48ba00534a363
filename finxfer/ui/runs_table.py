"""All runs as a table that can be searched, and what can be done with those selected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from finxfer.records.folder import STATES, RunFolder, find_run, list_runs
from finxfer.records.labels import labels_of
from finxfer.records.storage import folder_bytes
from finxfer.runs.compare import FEWEST, MOST
from finxfer.runs.moving import MOST_RUNS
from finxfer.ui import progress, runs_actions, runs_list, state
from finxfer.ui.run_files import stamp
from finxfer.ui.safe import plain
from finxfer.ui.text import runs as text
from finxfer.ui.text import shell

HEIGHT = 430
_FILTER = ("runs_search", "runs_states", "runs_tags", "runs_tables")


@dataclass(frozen=True)
class Row:
    """What the table shows of one run, already worded; all of it plain text."""

    id: str
    name: str
    tags: tuple[str, ...]
    state: str
    target: str
    backbone: str
    depth: str
    figure: str
    gain: str
    table: str
    created: float
    size: int

    def fits(self, words: str, states: Sequence[str], tags: Sequence[str], tables: Sequence[str]) -> bool:
        """Whether every word occurs somewhere, and state, tags and table are among those asked for."""
        everything = " ".join((self.id, self.name, self.table, self.target, self.backbone, *self.tags))
        return (
            all(word in everything.casefold() for word in words.casefold().split())
            and (not states or self.state in states)
            and set(tags) <= set(self.tags)
            and (not tables or self.table in tables)
        )


@st.cache_data(max_entries=500, show_spinner=False)
def _finished_row(path: str, changed: tuple[int, ...]) -> Row:
    """The row of a run that has ended: it is read again only where one of its files has changed."""
    return _row(RunFolder(Path(path)))


def _row(run: RunFolder) -> Row:
    spec, line = progress.spec_of(run), runs_list.run_line(run)
    return Row(
        id=run.id,
        name=plain(line.name),
        tags=labels_of(run).tags,
        state=line.status.state,
        target=plain(spec.target) if spec else "",
        backbone=plain(line.backbone),
        depth=plain(line.depth),
        figure=line.gini,
        gain=text.GAIN.format(value=line.gain, over=line.over).strip(),
        table=plain(spec.table_name) if spec else "",
        created=line.status.created,
        size=folder_bytes(run.path),
    )


def rows() -> list[Row]:
    """Every run, the newest first."""
    found = []
    for run in list_runs():
        if progress.status_of(run).active:
            found.append(_row(run))
        else:
            watched = ("status.json", "spec.json", "metrics.json", "labels.json", "checkpoints")
            found.append(_finished_row(str(run.path), tuple(stamp(run.path / name) for name in watched)))
    return found


def show_runs(found: Sequence[Row]) -> None:
    """Filter, table and the buttons for what is selected."""
    shown = _filtered(found)
    if not shown:
        st.info(text.NOTHING_FOUND)
        if st.button(text.CLEAR, key="runs_clear", on_click=_clear):
            st.rerun()
        return
    # Rows are selected by position: with another filter the positions mean other runs.
    key = f"runs_table_{abs(hash(tuple(row.id for row in shown)))}"
    chosen: Any = st.dataframe(
        _frame(shown),
        key=key,
        alt=text.TABLE_ALT,
        hide_index=True,
        height=min(HEIGHT, 38 + 35 * len(shown)),
        selection_mode="multi-row",
        on_select="rerun",
        column_config={
            text.COLUMNS["tags"]: st.column_config.ListColumn(),
            text.COLUMNS["created"]: st.column_config.DatetimeColumn(format=text.CREATED_FORMAT),
            text.COLUMNS["size"]: st.column_config.NumberColumn(format="bytes"),
        },
    )
    _buttons([shown[position] for position in chosen.selection.rows if position < len(shown)])


def _filtered(found: Sequence[Row]) -> list[Row]:
    search, states, tags, tables = st.columns([4, 2, 2, 3], vertical_alignment="bottom")
    words = search.text_input(
        text.SEARCH, key=_FILTER[0], placeholder=text.SEARCH_PLACEHOLDER, icon=":material/search:"
    )
    known = [name for name in STATES if any(row.state == name for row in found)]
    picked = states.multiselect(
        text.STATES, known, key=_FILTER[1], placeholder=text.ANY, format_func=lambda one: shell.STATES[one]
    )
    all_tags = sorted({tag for row in found for tag in row.tags}, key=str.casefold)
    wanted = tags.multiselect(
        text.TAGS, all_tags, key=_FILTER[2], placeholder=text.ANY, disabled=not all_tags
    )
    names = list(dict.fromkeys(row.table for row in found if row.table))
    of = tables.multiselect(text.TABLES, names, key=_FILTER[3], placeholder=text.ANY)
    return [row for row in found if row.fits(words, picked, wanted, of)]


def _clear() -> None:
    for key in _FILTER:
        st.session_state.pop(key, None)


def _frame(shown: Sequence[Row]) -> pd.DataFrame:
    names = text.COLUMNS
    frame = pd.DataFrame([{names[field]: getattr(row, field) for field in names} for row in shown])
    frame[names["state"]] = [shell.STATES[row.state] for row in shown]
    frame[names["tags"]] = [list(row.tags) for row in shown]
    frame[names["created"]] = pd.to_datetime([row.created for row in shown], unit="s")
    return frame


def _buttons(picked: Sequence[Row]) -> None:
    """What can be done with the selected runs; what cannot is greyed out."""
    count = len(picked)
    st.caption(text.PICKED.get(count, text.PICKED_MANY.format(count=count)) if picked else text.PICK)
    finished = [row for row in picked if row.state == "finished"]
    comparable = FEWEST <= count <= MOST and len(finished) == count
    runs = [find_run(row.id) for row in picked]
    with st.container(horizontal=True):
        if st.button(text.OPEN, key="runs_open", disabled=count != 1, type="primary"):
            runs_list.open_run(runs[0])
        if st.button(
            text.COMPARE,
            key="runs_compare",
            disabled=not comparable,
            help=text.COMPARE_HELP,
            icon=":material/compare_arrows:",
        ):
            state.compare_runs([row.id for row in picked])
        dialogs: tuple[tuple[str, str, str, bool, Callable[[Sequence[RunFolder]], None]], ...] = (
            ("runs_name", text.NAME, ":material/sell:", bool(picked), runs_actions.name),
            (
                "runs_export",
                text.EXPORT,
                ":material/ios_share:",
                1 <= count <= MOST_RUNS,
                runs_actions.export,
            ),
            ("runs_delete", text.DELETE, ":material/delete:", bool(picked), runs_actions.delete),
        )
        for key, title, icon, possible, dialog in dialogs:
            if st.button(title, key=key, icon=icon, disabled=not possible):
                dialog(runs)
