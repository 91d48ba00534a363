"""What the home folder takes on the disk, and freeing it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from finxfer.records import storage
from finxfer.records.storage import Item
from finxfer.ui import charts
from finxfer.ui.forms import confirmed, section
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count, size
from finxfer.ui.text import runs as text

HEIGHT = 300
NAMED = 4


def show_storage(items: Sequence[Item]) -> None:
    """Bars by kind, the button for what is spare, and everything in a folded table."""
    section(text.STORAGE)
    total, spare = sum(item.bytes for item in items), storage.spare(items)
    room = sum(item.bytes for item in spare)
    said, drawn = st.columns([2, 3], gap="large")
    with said:
        words = text.STORAGE_LEAD if room else text.STORAGE_TIDY
        st.markdown(words.format(size=size(total), spare=size(room)))
        if room and st.button(
            text.SPARE.format(size=size(room)),
            key="storage_free",
            icon=":material/mop:",
            help=text.SPARE_HELP,
        ):
            _confirm_spare(spare)
    if not items:
        return
    with drawn:
        _bars(items)
    with st.expander(text.ITEMS, icon=":material/table_rows:", key="storage_fold"):
        _table(items)


def _bars(items: Sequence[Item]) -> None:
    kinds = [
        (kind, [item for item in items if item.kind == kind])
        for kind in storage.KINDS
        if any(item.kind == kind for item in items)
    ]
    sums = [(text.KINDS[kind], sum(one.bytes for one in found), len(found)) for kind, found in kinds]
    rows = [
        (name, float(used), text.BAR_WORDS.format(size=size(used), count=count(number)))
        for name, used, number in sums
    ]
    alt = text.STORAGE_ALT.format(values="; ".join(f"{name} {words}" for name, _, words in rows))
    charts.show(charts.bars(rows), "storage", alt, pd.DataFrame(sums, columns=["kind", "bytes", "count"]))
    st.caption("; ".join(f"{text.KINDS[kind]}: {text.KIND_HELP[kind]}" for kind, _ in kinds) + ".")


def _table(items: Sequence[Item]) -> None:
    names = text.ITEM_COLUMNS
    frame = pd.DataFrame(
        {
            names["name"]: [plain(item.name) for item in items],
            names["kind"]: [text.KINDS[item.kind] for item in items],
            names["size"]: [item.bytes for item in items],
            names["used_by"]: [item.used_by for item in items],
            names["changed"]: pd.to_datetime([item.changed for item in items], unit="s"),
        }
    )
    chosen: Any = st.dataframe(
        frame,
        key=f"storage_table_{abs(hash(tuple(item.identifier for item in items)))}",
        alt=text.ITEMS_ALT,
        hide_index=True,
        height=HEIGHT,
        selection_mode="multi-row",
        on_select="rerun",
        column_config={
            names["size"]: st.column_config.NumberColumn(format="bytes"),
            names["changed"]: st.column_config.DatetimeColumn(format=text.CREATED_FORMAT),
        },
    )
    # A run that is at work is ended on Home or on its own page, not in passing.
    picked = [items[position] for position in chosen.selection.rows if position < len(items)]
    if picked and st.button(
        text.ITEMS_DELETE.format(size=size(sum(item.bytes for item in picked))),
        key="storage_delete",
        icon=":material/delete:",
    ):
        _confirm_items(picked)


@st.dialog(text.SPARE_TITLE)
def _confirm_spare(items: Sequence[Item]) -> None:
    kinds = [(kind, sum(item.kind == kind for item in items)) for kind in storage.KINDS]
    listed = ", ".join(
        text.SPARE_KIND.format(count=count(number), kind=text.KINDS[kind]) for kind, number in kinds if number
    )
    st.markdown(text.SPARE_QUESTION.format(kinds=listed, size=size(sum(item.bytes for item in items))))
    _free(items)


@st.dialog(text.ITEMS_TITLE)
def _confirm_items(items: Sequence[Item]) -> None:
    listed = ", ".join(md(item.name, 40) for item in items[:NAMED])
    more = len(items) - NAMED
    names = text.DELETE_MORE.format(names=listed, count=more) if more > 0 else listed
    st.markdown(text.ITEMS_QUESTION.format(names=names, size=size(sum(item.bytes for item in items))))
    used = sum(item.used_by > 0 for item in items)
    if used:
        st.warning(text.ITEMS_USED.format(count=used))
    _free(items)


def _free(items: Sequence[Item]) -> None:
    if confirmed(text.DELETE_NO, text.SPARE_YES, "storage_keep", "storage_go"):
        st.toast(text.FREED.format(size=size(storage.free(items))))
        st.rerun()
