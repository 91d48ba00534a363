"""The form for what only the bank can say in a report; saving it writes the report again."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from finxfer.errors import FinxferError
from finxfer.records.folder import RunFolder
from finxfer.records.report_words import FILE, TEXTS, ReportWords, report_words
from finxfer.reports import write_card
from finxfer.reports.material import gather
from finxfer.reports.monitoring import Measure, plan
from finxfer.ui.forms import section
from finxfer.ui.guard import show_error
from finxfer.ui.safe import plain
from finxfer.ui.text import report as text

LOW = 80
WIDTHS = {"figure": 300, "now": 260, "proposed": 220, "limit": 220}


def words_form(run: RunFolder) -> None:
    """Draw the form with what was kept; on save, keep it and write the report again."""
    st.caption(text.WORDS_INTRO)
    words, measures = report_words(run), plan(gather(run))
    with st.form("report-words", border=False):
        texts = _texts(words)
        section(text.PLAN)
        st.caption(text.PLAN_HELP)
        limits = _plan(measures)
        section(text.SIGN_OFFS)
        names = {
            role: column.text_input(plain(role), name, key=f"report-sign-{number}")
            for number, (column, (role, name)) in enumerate(
                zip(st.columns(max(len(words.sign_offs), 1)), words.sign_offs.items(), strict=False)
            )
        }
        sent = st.form_submit_button(text.SAVE, type="primary", key="report-save")
    if not sent:
        return
    kept = {key: limit for key, limit in words.thresholds.items() if key not in limits}
    given = {key: limit for key, limit in limits.items() if limit.strip()}
    try:
        fresh = ReportWords(**texts, thresholds=kept | given, sign_offs=names)
    except FinxferError as error:
        show_error(error)
        return
    run.write_json(FILE, fresh.to_json())
    write_card(run)
    st.toast(text.SAVED, icon=":material/check:")


def _texts(words: ReportWords) -> dict[str, str]:
    """The long fields in two columns, the short ones below in two rows."""
    found, columns = {}, st.columns(2, gap="medium")
    for number, name in enumerate(text.LONG_FIELDS):
        label, help_text = text.FIELDS[name]
        found[name] = columns[number % 2].text_area(
            label, getattr(words, name), key=f"report-{name}", help=help_text, height=LOW
        )
    short = [name for name in TEXTS if name not in text.LONG_FIELDS]
    for column, name in zip(st.columns(len(short), gap="medium"), short, strict=True):
        label, help_text = text.FIELDS[name]
        found[name] = column.text_input(label, getattr(words, name), key=f"report-{name}", help=help_text)
    return found


def _plan(measures: list[Measure]) -> dict[str, str]:
    """The plan as a table whose last column can be written in; returns the limits by key."""
    names = list(text.PLAN_COLUMNS)
    frame = pd.DataFrame(
        [[plain(getattr(one, name), 200) for name in names] for one in measures],
        columns=names,
        dtype="str",
    )
    edited = st.data_editor(
        frame,
        key="report-plan",
        hide_index=True,
        disabled=[name for name in names if name != "limit"],
        column_config={
            name: st.column_config.TextColumn(title, width=WIDTHS[name])
            for name, title in text.PLAN_COLUMNS.items()
        },
        width="stretch",
    )
    limits = edited["limit"].fillna("")
    return {one.key: str(limit) for one, limit in zip(measures, limits, strict=True)}
