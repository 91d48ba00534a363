"""Explain, reasons: principal reasons of declined customers, how stable they are, the bank's own words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from finxfer.errors import FinxferError
from finxfer.explanations.principal import exported
from finxfer.explanations.reason_files import FACTS, TABLE, tell_again
from finxfer.explanations.reasons import MOST_REASONS
from finxfer.records.folder import RunFolder
from finxfer.records.reason_library import (
    LONGEST_NAME,
    LONGEST_SENTENCE,
    ReasonLibrary,
    Theme,
    can_undo,
    read_library,
    save_library,
    undo_library,
    with_theme,
)
from finxfer.ui import charts
from finxfer.ui.run_files import run_json, run_table
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count, share, show_table
from finxfer.ui.text import reasons as text

RANKS = range(1, MOST_REASONS + 1)


@st.fragment
def reasons(run: RunFolder) -> None:
    """Sentence, themes, customers, export and the library."""
    facts = run_json(run, f"explanations/{FACTS}")
    table = run_table(run, f"explanations/{TABLE}")
    if not facts or table is None:
        st.info(text.NOTHING)
        return
    threshold = share(facts["threshold"])
    if table.empty:
        st.markdown(text.NOBODY.format(explained=count(facts["explained"]), threshold=threshold))
    else:
        _answer(facts, table, threshold)
        _customers(run, facts, table)
    _library(run, facts)


def theme_table(facts: dict[str, Any], table: pd.DataFrame) -> pd.DataFrame:
    """One row a theme that is a reason: first reason of, among the four of, mean share of draws."""
    names = table[[f"theme_{rank}" for rank in RANKS]].to_numpy(dtype=object)
    again = table[[f"stability_{rank}" for rank in RANKS]].to_numpy(float)
    rows = []
    for theme in facts["themes"]:
        named = names == plain(theme["name"], LONGEST_NAME)
        if named.any():
            known = again[named][~np.isnan(again[named])]
            rows.append(
                {
                    text.THEME: plain(theme["name"]),
                    text.COLUMNS: plain(", ".join(theme["features"]), 200),
                    text.FIRST: int(named[:, 0].sum()),
                    text.NAMED: int(named.any(axis=1).sum()),
                    text.STABLE: float(known.mean()) if len(known) else None,
                }
            )
    columns = [text.THEME, text.COLUMNS, text.FIRST, text.NAMED, text.STABLE]
    return pd.DataFrame(rows, columns=columns).sort_values(text.FIRST, ascending=False, kind="stable")


def _answer(facts: dict[str, Any], table: pd.DataFrame, threshold: str) -> None:
    themes = theme_table(facts, table)
    first = themes.iloc[0] if len(themes) else None
    st.markdown(
        text.ANSWER.format(
            explained=count(facts["explained"]),
            declined=count(facts["declined"]),
            threshold=threshold,
            first=md(first[text.THEME]) if first is not None else text.NOT_MEASURED,
            share=share(first[text.FIRST] / len(table)) if first is not None else text.NOT_MEASURED,
        )
    )
    percent = st.column_config.ProgressColumn(
        help=text.STABLE_HELP, format="percent", min_value=0.0, max_value=1.0
    )
    show_table(themes, key="reason-themes", alt=text.TABLE_ALT, columns={text.STABLE: percent})
    st.caption(md(facts["stability"]["sentence"], 600))


def _customers(run: RunFolder, facts: dict[str, Any], table: pd.DataFrame) -> None:
    least, stability = facts["stability"]["least"], facts["stability"]
    ordered = table.sort_values("probability", ascending=False, kind="stable")
    shown = pd.DataFrame({text.ROW: ordered["row"], text.PROBABILITY: ordered["probability"]})
    formats: dict[str, Any] = {text.PROBABILITY: st.column_config.NumberColumn(format="percent")}
    for rank in RANKS:
        shown[text.REASON.format(rank=rank)] = ordered[f"reason_{rank}"].map(lambda one: plain(one, 400))
        shown[text.AGAIN.format(rank=rank)] = ordered[f"stability_{rank}"]
        formats[text.AGAIN.format(rank=rank)] = st.column_config.NumberColumn(format="percent", width="small")
    st.markdown(f"**{text.CUSTOMERS}**")
    show_table(shown, key="reason-customers", alt=text.CUSTOMERS_ALT, columns=formats, height=320)

    def csv() -> bytes:
        return charts.csv_bytes(pd.concat([table[["row", "probability"]], exported(table, least)], axis=1))

    st.download_button(
        text.DOWNLOAD,
        csv,
        f"reasons-{run.id}.csv",
        "text/csv",
        key="reasons-csv",
        on_click="ignore",
        icon=":material/download:",
        help=text.DOWNLOAD_HELP.format(
            held=count(stability["held_back"]), affected=count(stability["customers_affected"])
        ),
    )


def _library(run: RunFolder, facts: dict[str, Any]) -> None:
    try:
        library = read_library()
    except FinxferError as error:
        st.error(md(str(error), 600))
        return
    if said := st.session_state.pop("reasons-said", None):
        st.toast(said)
    with st.expander(text.EDIT, icon=":material/edit_note:"):
        st.caption(text.EDIT_INTRO.format(version=library.version))
        themes = {theme["name"]: theme for theme in facts["themes"]}
        which = st.selectbox(
            text.WHICH,
            ["", *themes],
            index=1 if themes else 0,
            key="reason-theme",
            format_func=lambda name: (
                f"{plain(name)} ({text.PROPOSED[themes[name]['proposed_by']]})" if name else text.NEW
            ),
        )
        _form(run, library, themes.get(which), facts["features"])
        with st.container(horizontal=True):
            if st.button(text.UNDO, key="reasons-undo", icon=":material/undo:", disabled=not can_undo()):
                _apply(run, undo_library(), text.UNDONE)
            if st.button(text.RESET, key="reasons-reset", disabled=not library.themes):
                _apply(run, save_library(ReasonLibrary(least_stable=library.least_stable)), text.SAVED)


def _form(run: RunFolder, library: ReasonLibrary, theme: dict[str, Any] | None, features: list[str]) -> None:
    given = theme or {"name": "", "features": [], "sentence": ""}
    version = f"{library.version}-{given['name']}"
    with st.form(f"reason-form-{version}", border=False):
        left, right = st.columns([1, 2])
        name = left.text_input(
            text.NAME,
            given["name"],
            max_chars=LONGEST_NAME,
            help=text.NAME_HELP,
            key=f"reason-name-{version}",
        )
        chosen = right.multiselect(
            text.FEATURES,
            features,
            given["features"],
            help=text.FEATURES_HELP,
            key=f"reason-features-{version}",
            format_func=lambda one: plain(one, 60),
        )
        sentence = st.text_input(
            text.SENTENCE,
            given.get("sentence", ""),
            max_chars=LONGEST_SENTENCE,
            help=text.SENTENCE_HELP,
            key=f"reason-sentence-{version}",
        )
        least = st.slider(
            text.LEAST, 50, 100, round(100 * library.least_stable), 5, "%d%%", help=text.LEAST_HELP,
            key=f"reason-least-{version}",
        )  # fmt: skip
        if st.form_submit_button(text.SAVE, key=f"reason-save-{version}", type="primary"):
            _save(
                run, library, given["name"], Theme(name.strip(), tuple(chosen), sentence.strip()), least / 100
            )


def _save(run: RunFolder, library: ReasonLibrary, old: str, theme: Theme, least: float) -> None:
    try:
        changed = with_theme(library, [old, theme.name], theme)
        kept = save_library(ReasonLibrary(changed.themes, least))
    except FinxferError as error:
        st.error(md(str(error), 600))
        return
    _apply(run, kept, text.SAVED)


def _apply(run: RunFolder, library: ReasonLibrary, said: str) -> None:
    """Tell this run's reasons in the words of the library, and draw the page anew."""
    tell_again(run.explanations, library)
    st.session_state["reasons-said"] = said.format(version=library.version)
    st.rerun()
