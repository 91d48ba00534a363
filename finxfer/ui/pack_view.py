"""A run's pack: the download, the one with customer rows behind a confirmation, and how to replay it."""

from __future__ import annotations

import streamlit as st

from finxfer.records.folder import RunFolder
from finxfer.records.spec import Spec
from finxfer.runs.packing import pack_bytes
from finxfer.ui import state
from finxfer.ui.safe import md
from finxfer.ui.text import report as text


def pack_part(run: RunFolder, spec: Spec) -> None:
    """Draw it; a pack is made when its button is pressed."""
    head = st.empty()
    with_data = st.toggle(text.PACK_DATA, key="pack-data", help=text.PACK_DATA_HELP)
    head.markdown(text.PACK_INTRO if with_data else f"{text.PACK_INTRO} {text.PACK_WITHOUT}")
    agreed = True
    if with_data and not all(state.store().has(one) for one in (spec.table, spec.test_table) if one):
        st.info(text.PACK_NO_TABLE)
        return
    if with_data:
        st.warning(text.PACK_WARNING, icon=":material/warning:")
        agreed = st.checkbox(text.PACK_CONFIRM, key="pack-confirm")
    file = f"pack-{run.id}{'-with-data' if with_data else ''}.zip"
    st.download_button(
        text.PACK_DOWNLOAD_DATA if with_data else text.PACK,
        lambda: pack_bytes(run, with_data),
        file,
        "application/zip",
        key="pack-zip",
        on_click="ignore",
        icon=":material/download:",
        type="primary",
        disabled=not agreed,
    )
    st.markdown(text.REPLAY)
    if with_data:
        st.code(text.REPLAY_COMMAND_DATA.format(file=file), language="sh")
        return
    test = " --test TEST_TABLE" if spec.test_table else ""
    st.code(text.REPLAY_COMMAND.format(file=file, test=test), language="sh")
    st.caption(text.REPLAY_TABLE.format(name=md(spec.table_name)))
