"""Dialogs over selected runs: name and tags, export, delete; and the import of runs."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from finxfer.errors import FinxferError
from finxfer.records.folder import RunFolder, list_runs
from finxfer.records.home import uploads_dir
from finxfer.records.labels import LONGEST_NAME, keep_labels, labels_of, make_labels
from finxfer.runs import launcher
from finxfer.runs.moving import read_runs, write_runs
from finxfer.ui import progress, state
from finxfer.ui.forms import confirmed
from finxfer.ui.guard import show_error
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import size
from finxfer.ui.text import runs as text

NAMED = 3
_ROUND = "import_round"


@st.dialog(text.NAME_TITLE)
def name(runs: Sequence[RunFolder]) -> None:
    """Name one run, or add tags to several."""
    first = labels_of(runs[0])
    known = sorted({tag for run in list_runs() for tag in labels_of(run).tags}, key=str.casefold)
    typed = ""
    if len(runs) == 1:
        typed = st.text_input(
            text.NAME_FIELD,
            first.name,
            max_chars=LONGEST_NAME,
            placeholder=plain(progress.run_name(runs[0])),
            help=text.NAME_HELP.format(most=LONGEST_NAME),
            key="name_field",
        )
    else:
        st.caption(text.TAGS_SEVERAL.format(count=len(runs)))
    tags = st.multiselect(
        text.TAGS_FIELD,
        known,
        default=list(first.tags) if len(runs) == 1 else [],
        accept_new_options=True,
        help=text.TAGS_HELP,
        key="tags_field",
    )
    if not confirmed(text.KEEP, text.SAVE, "name_keep", "name_save"):
        return
    try:
        if len(runs) == 1:
            made = [(runs[0], make_labels(typed, tags))]
        else:
            kept = [(run, labels_of(run)) for run in runs]
            made = [(run, make_labels(old.name, [*old.tags, *tags])) for run, old in kept]
    except FinxferError as error:
        show_error(error)
        return
    for run, labels in made:
        keep_labels(run, labels)
    st.toast(text.SAVED)
    st.rerun()


@st.dialog(text.EXPORT_TITLE)
def export(runs: Sequence[RunFolder]) -> None:
    """One file of whole runs, after a confirmation: it holds customer rows."""
    open_runs = [run for run in runs if progress.status_of(run).state != "finished"]
    if open_runs:
        st.info(text.EXPORT_UNFINISHED.format(names=_names(open_runs)))
        return
    st.markdown(f"**{_names(runs)}**")
    st.warning(text.EXPORT_WARNING, icon=":material/warning:")
    st.caption(text.EXPORT_TABLE)
    agreed = st.checkbox(text.EXPORT_CONFIRM, key="export_confirm")
    file = f"run-{runs[0].id}.zip" if len(runs) == 1 else f"runs-{len(runs)}.zip"
    st.download_button(
        text.EXPORT_DOWNLOAD,
        lambda: _bytes(runs),
        file,
        "application/zip",
        key="export_zip",
        on_click="ignore",
        type="primary",
        icon=":material/download:",
        disabled=not agreed,
    )


def _bytes(runs: Sequence[RunFolder]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "runs.zip"
        write_runs(runs, out)
        return out.read_bytes()


@st.dialog(text.DELETE_TITLE)
def delete(runs: Sequence[RunFolder]) -> None:
    """Ask once, then delete."""
    st.markdown(text.DELETE_QUESTION.format(names=_names(runs)))
    if confirmed(text.DELETE_NO, text.DELETE_YES.format(count=len(runs)), "runs_keep", "runs_gone"):
        for run in runs:
            launcher.delete(run)
            if state.run_id() == run.id:
                state.open_run(None)
        st.toast(text.DELETED.format(count=len(runs)))
        st.rerun()


def show_import() -> None:
    """The field for a file of runs, folded away."""
    with st.expander(text.IMPORT, icon=":material/move_to_inbox:", key="import_fold"):
        st.caption(text.IMPORT_NOTE)
        turn = st.session_state.get(_ROUND, 0)
        upload = st.file_uploader(
            text.IMPORT_FIELD, type="zip", key=f"import_{turn}", label_visibility="collapsed"
        )
        for line in st.session_state.pop("imported", []):
            st.success(line)
        if upload is None:
            return
        with tempfile.TemporaryDirectory(dir=uploads_dir()) as folder:
            path = Path(folder) / "runs.zip"
            with st.spinner(text.IMPORT_WORK.format(name=md(upload.name), size=size(upload.size))):
                path.write_bytes(upload.getbuffer())
                try:
                    found = read_runs(path)
                except FinxferError as error:
                    show_error(error)
                    return
        st.session_state["imported"] = [text.IMPORTED[one.state].format(name=md(one.name)) for one in found]
        # A new key empties the field, so that the session no longer holds the file in memory.
        st.session_state[_ROUND] = turn + 1
        st.rerun()


def _names(runs: Sequence[RunFolder]) -> str:
    """Names of the first runs, escaped, and how many more there are."""
    listed = ", ".join(md(progress.run_name(run), 40) for run in runs[:NAMED])
    more = len(runs) - NAMED
    return text.DELETE_MORE.format(names=listed, count=more) if more > 0 else listed
