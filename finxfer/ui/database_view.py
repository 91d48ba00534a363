"""From a database to a table: folded away on the empty Data page until somebody wants it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from finxfer.data.databases import Database, find_database, named_databases
from finxfer.data.query import check_reads, first_rows, try_connection
from finxfer.errors import FinxferError
from finxfer.runs.query import start_query
from finxfer.settings import integer, number, text
from finxfer.ui import uploading
from finxfer.ui.guard import show_error
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count, duration, show_table, size
from finxfer.ui.text import database as words

_PREVIEW_SECONDS = 30.0


def from_database() -> None:
    """The folded section: connection, query, and three things to do with them."""
    with st.expander(
        words.TITLE, icon=":material/database:", on_change="rerun", key="database_section"
    ) as box:
        if box.open:
            _section()


def _section() -> None:
    st.caption(words.LEAD)
    try:
        named = named_databases()
    except FinxferError as error:
        show_error(error)
        return
    typed = text("typed_databases") == "yes"
    if not named and not typed:
        st.info(words.NOT_ALLOWED)
        return
    chosen = _connection(list(named), typed) if named else None
    known = chosen in named and bool(named[chosen].known_password())
    with st.form("database_form", border=False):
        address = chosen or _address()
        password = _password_and_name(ask=not known)
        sql = st.text_area(
            words.QUERY,
            placeholder=words.QUERY_PLACEHOLDER,
            help=words.QUERY_HELP.format(
                seconds=duration(number("database_seconds")),
                rows=count(integer("database_rows")),
                size=size(integer("database_mb") * 1e6),
            ),
            height=140,
            key="database_sql",
            persist_state="session",
        )
        with st.container(horizontal=True):
            test = st.form_submit_button(words.TEST)
            preview = st.form_submit_button(words.PREVIEW)
            use = st.form_submit_button(words.USE, type="primary")
    do = _test if test else _preview if preview else _use if use else None
    if do is not None:
        _answer(do, address, password, sql)


def _connection(names: list[str], typed: bool) -> str | None:
    """The chosen named connection; None for an address that is typed."""
    options: list[str | None] = [*names, None] if typed else [*names]
    return st.selectbox(
        words.CONNECTION,
        options,
        format_func=lambda name: words.OTHER if name is None else plain(name),
        help=words.CONNECTION_HELP,
        key="database_named",
        persist_state="session",
    )


def _address() -> str:
    return st.text_input(
        words.ADDRESS,
        placeholder=words.ADDRESS_PLACEHOLDER,
        help=words.ADDRESS_HELP,
        key="database_address",
        persist_state="session",
    )


def _password_and_name(ask: bool) -> str:
    left, right = st.columns(2)
    password = ""
    if ask:
        # Its state is not kept: when the section is gone the browser session has forgotten it.
        password = left.text_input(
            words.PASSWORD,
            type="password",
            autocomplete="off",
            help=words.PASSWORD_HELP,
            key="database_password",
        )
    else:
        left.caption(words.PASSWORD_KNOWN)
    right.text_input(
        words.NAME, max_chars=60, help=words.NAME_HELP, key="database_name", persist_state="session"
    )
    return password


def _answer(do: Callable[[Database, str, str], None], address: str, password: str, sql: str) -> None:
    try:
        database = find_database(address)
        do(database, password or database.known_password(), sql)
    except FinxferError as error:
        show_error(error)


def _test(database: Database, password: str, sql: str) -> None:
    with st.spinner(words.WORKING):
        version = try_connection(database, password)
    shown = words.VERSION.format(version=md(version)) if version else ""
    st.success(words.TESTED.format(name=md(database.name), version=shown), icon=":material/check:")


def _preview(database: Database, password: str, sql: str) -> None:
    with st.spinner(words.WORKING):
        seconds = min(_PREVIEW_SECONDS, number("database_seconds"))
        frame = first_rows(database, password, sql, words.PREVIEW_ROWS, seconds)
    if frame.empty:
        st.warning(words.PREVIEW_NONE.format(names=", ".join(md(name, 40) for name in frame.columns[:20])))
        return
    line = words.PREVIEW_LINE if len(frame) == words.PREVIEW_ROWS else words.PREVIEW_ALL
    st.caption(line.format(rows=count(len(frame))))
    show_table(frame, key="database_preview", alt=words.PREVIEW_ALT, height=280)


def _use(database: Database, password: str, sql: str) -> None:
    check_reads(sql)
    name = plain(st.session_state.get("database_name") or words.NAME_DEFAULT.format(name=database.name))
    uploading.watch(start_query(database, password, sql, name))
    st.rerun()
