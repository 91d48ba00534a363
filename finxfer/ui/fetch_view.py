"""Getting weights that do not ship: a dialog that says what leaves the machine, and starts a job."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import fetch_command
from finxfer.backbones.download import Source, downloads_allowed
from finxfer.errors import FinxferError
from finxfer.records.files import write_atomically
from finxfer.records.home import uploads_dir
from finxfer.records.spec import JobSpec
from finxfer.runs import launcher
from finxfer.ui.guard import show_error
from finxfer.ui.safe import md
from finxfer.ui.tables import count, size
from finxfer.ui.text import backbone as text


@st.dialog(text.FETCH_TITLE, width="medium")
def offer(card: Card) -> None:
    """The two ways to the weights of `card`: an allowed download, or a file that is here already."""
    try:
        source = Source.from_json(card.source)
        host, allowed = source.host, downloads_allowed()
    except FinxferError as error:
        show_error(error)
        return
    st.markdown(
        text.FETCH_ABOUT.format(
            name=md(card.name), licence=md(card.licence), file=md(source.file), size=md(size(source.bytes))
        )
    )
    if allowed:
        st.markdown(text.FETCH_DOWNLOAD.format(host=md(host.split("://")[-1])))
        if st.button(
            text.FETCH_DOWNLOAD_YES.format(size=size(source.bytes)),
            key="fetch_download",
            type="primary",
            icon=":material/download:",
        ):
            _start(card, None)
    else:
        st.markdown(text.FETCH_DOWNLOAD_OFF)
    upload = st.file_uploader(text.FETCH_FILE.format(file=source.file), type=["ckpt"], key="fetch_file")
    if upload is not None and upload.size != source.bytes:
        st.error(text.FETCH_OTHER_FILE.format(found=count(upload.size), wanted=count(source.bytes)))
    elif upload is not None and st.button(text.FETCH_FILE_YES, key="fetch_use", type="primary"):
        _start(card, upload)
    st.caption(text.FETCH_COMMAND)
    st.code(fetch_command(card), language=None, wrap_lines=True)


def _start(card: Card, upload: UploadedFile | None) -> None:
    arguments = {"backbone": card.id, "name": card.name}
    if upload is not None:
        content = upload.getbuffer()
        path = uploads_dir() / f"{card.id}.upload"
        write_atomically(path, lambda temporary: temporary.write_bytes(content))
        arguments["upload"] = str(path)
    launcher.launch(JobSpec("fetch-backbone", arguments))
    st.rerun()
