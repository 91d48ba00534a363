"""Tables from a folder of the server, and the same file read in another way; hidden without a choice."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd
import streamlit as st

from finxfer.data.allowed import Offered, allowed_folders, offered_tables
from finxfer.data.choices import ReadingChoice
from finxfer.data.encodings import COMMON
from finxfer.errors import FinxferError
from finxfer.records.spec import JobSpec
from finxfer.records.tables import TableMeta
from finxfer.runs import launcher
from finxfer.runs.taking_in import can_read_again, read_again
from finxfer.settings import text as setting_text
from finxfer.ui import state, uploading
from finxfer.ui.guard import show_error
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import size
from finxfer.ui.text import files as text

_LIST_SECONDS = 20
_HEIGHT = 300
_TRIED = "files_read_again"


def from_folder() -> None:
    """The folded list of tables that lie on the server; nothing where the setting allows no folder."""
    if not setting_text("data_folders").strip():
        return
    with st.expander(
        text.FOLDER_TITLE, icon=":material/folder_open:", on_change="rerun", key="folder_section"
    ) as box:
        if box.open:
            _folder()


@st.cache_data(ttl=_LIST_SECONDS, max_entries=4, show_spinner=False)
def _listed(setting: str) -> list[Offered]:
    """The tables now; kept for some seconds, since every click draws the page anew."""
    return offered_tables()


def _folder() -> None:
    if not allowed_folders():
        st.info(text.FOLDER_MISSING)
        return
    st.caption(text.FOLDER_LEAD)
    tables = _listed(setting_text("data_folders"))
    if not tables:
        st.info(text.FOLDER_EMPTY)
        return
    wanted = st.text_input(text.FOLDER_SEARCH, key="folder_search", placeholder=text.FOLDER_SEARCH_HELP)
    fitting = [table for table in tables if wanted.strip().casefold() in table.name.casefold()]
    if not fitting:
        st.info(text.FOLDER_NONE_FITS)
        return
    chosen = _chosen(fitting, wanted)
    label = text.FOLDER_CHOOSE if chosen is None else text.FOLDER_READ.format(name=md(chosen.name, 60))
    if st.button(label, key="folder_read", type="primary", disabled=chosen is None) and chosen is not None:
        arguments = {"file": str(chosen.path), "name": Path(chosen.name).name}
        uploading.watch(launcher.launch(JobSpec("ingest", arguments)))
        st.rerun()


def _chosen(tables: list[Offered], wanted: str) -> Offered | None:
    """The table list; the chosen row's table."""
    names = text.FOLDER_COLUMNS
    frame = pd.DataFrame(
        {
            names["name"]: [plain(table.name, 200) for table in tables],
            names["size"]: [size(table.bytes) if table.bytes else text.FOLDER_DATASET for table in tables],
            names["modified"]: [datetime.fromtimestamp(table.modified) for table in tables],
        }
    )
    # The rows change with the search: a new key forgets a selection that would then mean another table.
    event = st.dataframe(
        frame,
        key=f"folder_tables_{hash((wanted, len(tables), tables[0].name))}",
        alt=text.FOLDER_ALT,
        hide_index=True,
        height=min(_HEIGHT, 38 + 35 * len(tables)),
        column_config={names["modified"]: st.column_config.DatetimeColumn(format="YYYY-MM-DD HH:mm")},
        on_select="rerun",
        selection_mode="single-row",
    )
    rows = event.selection.rows  # type: ignore[attr-defined]
    return tables[rows[0]] if rows and rows[0] < len(tables) else None


def show_choices(table: TableMeta) -> None:
    """Another sheet, member or encoding, where there is a choice and the table's file is at hand."""
    report = table.report
    if not can_read_again(table):
        return
    parts = [str(part) for part in report.get("parts") or []]
    choice = ReadingChoice(str(report.get("part") or "") or None, _said_encoding(report))
    if parts:
        index = parts.index(choice.part) if choice.part in parts else 0
        picked = st.selectbox(
            text.PART,
            range(len(parts)),
            index=index,
            format_func=lambda place: plain(parts[place]),
            help=text.PART_HELP,
            key=f"part_{table.sha256[:12]}",
        )
        if picked is not None and picked != index:
            _read_again(table, ReadingChoice(parts[picked], choice.encoding))
            return
    guessed = report.get("format") == "csv" and not str(report.get("encoding") or "utf-8").startswith("utf-")
    encoding = _encoding(table, choice) if guessed or choice.encoding else None
    if encoding != choice.encoding:
        _read_again(table, ReadingChoice(choice.part, encoding))
    else:
        st.session_state.pop(_TRIED, None)


def _encoding(table: TableMeta, choice: ReadingChoice) -> str | None:
    """The encoding that is picked; None leaves it to finxfer."""
    options: list[str | None] = [None, *COMMON]
    if choice.encoding and choice.encoding not in options:
        options.append(choice.encoding)
    index = options.index(choice.encoding)
    picked = st.selectbox(
        text.ENCODING,
        range(len(options)),
        index=index,
        format_func=lambda place: options[place] or text.ENCODING_GUESS,
        help=text.ENCODING_HELP,
        key=f"encoding_{table.sha256[:12]}",
    )
    return options[picked] if picked is not None else choice.encoding


def _said_encoding(report: dict[str, object]) -> str | None:
    """The encoding that was chosen for the table, None where finxfer decided."""
    marks = dict(mark.partition("=")[::2] for mark in str(report.get("chosen") or "").rsplit(";", 1))
    return marks.get("encoding") or None


def _read_again(table: TableMeta, choice: ReadingChoice) -> None:
    """Read it once: the choice stays picked while the page is drawn again and again."""
    tried: dict[tuple[str, ReadingChoice], FinxferError | None] = st.session_state.setdefault(_TRIED, {})
    if (table.sha256, choice) in tried:
        error = tried[table.sha256, choice]
        if error is not None:
            show_error(error)
        return
    tried[table.sha256, choice] = None
    if uploading.is_large(table.bytes, packed=bool(table.report.get("parts"))):
        arguments = {
            "table": table.sha256,
            "name": table.name,
            "part": choice.part,
            "encoding": choice.encoding,
        }
        uploading.watch(launcher.launch(JobSpec("ingest", arguments)))
        st.rerun()
    try:
        with st.spinner(text.READING_AGAIN):
            made = read_again(table, choice)
    except FinxferError as error:
        tried[table.sha256, choice] = error
        show_error(error)
        return
    del tried[table.sha256, choice]
    state.open_table(made.sha256)
    st.rerun()


def where_line(report: dict[str, object]) -> str:
    """Where in the file the table was, as the rest of a line of markdown."""
    container = {"zip": text.IN_ZIP, "gzip": text.IN_GZIP}.get(str(report.get("container") or ""), "")
    part = str(report.get("part") or "")
    return "".join(
        f", {words}" for words in (container, text.READ_PART.format(part=md(part)) if part else "") if words
    )
