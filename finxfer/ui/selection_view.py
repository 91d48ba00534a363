"""The Results page's section about finxfer's own choice."""

from __future__ import annotations

from typing import Any

import streamlit as st

from finxfer.ui import charts
from finxfer.ui import selection_words as words
from finxfer.ui.forms import section
from finxfer.ui.tables import show_table
from finxfer.ui.text import selection as text


def selection_part(metrics: dict[str, Any]) -> None:
    """What won and by how much; what it owes to pretraining; folded, everything that was tried.

    Draws nothing where the analyst fixed backbone and depth, or the run is older than this record.
    """
    selection = metrics.get("selection")
    if not selection or not selection.get("tried"):
        return
    section(text.TITLE)
    st.markdown(words.won_sentence(selection))
    _tried(selection)
    if selection.get(words.WITHOUT):
        _without(metrics, selection)


def _tried(selection: dict[str, Any]) -> None:
    """The picture and the table; they are made only when somebody looks."""
    title = text.FOLD.format(count=len(selection["tried"]))
    fold = st.expander(title, icon=":material/format_list_numbered:", on_change="rerun", key="tried-fold")
    if not fold.open:
        return
    with fold:
        picture, table = st.columns([1, 1.4], gap="medium")
        with picture:
            dots = words.dots(selection)
            st.markdown(f"**{text.CHART_TITLE.format(loss=text.LOSSES[words.loss_name(selection)])}**")
            figure = charts.dot_interval(dots, reference=None)
            charts.show(figure, "tried", words.chart_words(dots), lambda: words.tried_data(selection))
        with table:
            show_table(words.tried_table(selection), key="tried-table", alt=text.TABLE_ALT)
            st.caption(text.PLUS_MINUS)


def _without(metrics: dict[str, Any], selection: dict[str, Any]) -> None:
    sentence = words.without_sentence(selection, metrics["rows"]["test"])
    st.markdown(f"**{text.WITHOUT_TITLE}** {sentence}")
    if metrics["model"].get("gini") is not None and words.pretrained_share(selection):
        table = words.without_table(metrics).set_index(text.WITHOUT_COLUMNS["metric"])
        st.table(table, border="horizontal", alt=text.WITHOUT_ALT)
