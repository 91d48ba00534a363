"""The Report page's preview of card.html, kept apart from the app."""

from __future__ import annotations

import base64

import streamlit as st

from finxfer.records.folder import RunFolder
from finxfer.ui.run_files import stamp
from finxfer.ui.tables import size
from finxfer.ui.text import report as text

HEIGHT = 700
LARGEST_PREVIEW = 8_000_000
# A run folder may come from another machine, so its card is not trusted: no script, no request to anywhere.
_POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "style-src 'unsafe-inline'; img-src data:; font-src data:\">"
)


@st.cache_data(max_entries=4, show_spinner=False)
def frame_address(path: str, changed: int) -> str:
    """The card as a ``data:`` address.

    A document from a ``data:`` address has an origin of its own, so it cannot reach the app around it; an
    HTML string given to ``st.iframe`` could.
    """
    with open(path, "rb") as file:
        card = file.read()
    document = _POLICY.encode() + card
    return "data:text/html;charset=utf-8;base64," + base64.b64encode(document).decode("ascii")


def preview(run: RunFolder) -> None:
    """The card in a frame of fixed height, with its download above it."""
    st.download_button(
        text.DOWNLOAD,
        lambda: run.card.read_bytes(),
        f"model-card-{run.id}.html",
        "text/html",
        key="card-html",
        on_click="ignore",
        icon=":material/download:",
        type="primary",
        help=text.DOWNLOAD_HELP,
    )
    length = run.card.stat().st_size
    if length > LARGEST_PREVIEW:
        st.info(text.TOO_LARGE.format(size=size(length)))
        return
    with st.container(border=True):
        st.iframe(frame_address(str(run.card), stamp(run.card)), height=HEIGHT, alt=text.ALT)
