"""Report: the validation report of a run, what the bank adds to it, and the pack for an examiner."""

from __future__ import annotations

import streamlit as st

from finxfer.records.report_words import report_words
from finxfer.ui.forms import Parts, lazy_tabs, page_head
from finxfer.ui.guard import guard
from finxfer.ui.pack_view import pack_part
from finxfer.ui.report_form import words_form
from finxfer.ui.report_view import answer, open_places, preview
from finxfer.ui.run_files import need_path, spec_or_stop
from finxfer.ui.text import report as text
from finxfer.ui.text import shell

guard()
head = st.empty()
head.title(shell.TITLES["report"], anchor=False)
run = need_path("card.html", text.NOTHING)
spec = spec_or_stop(run)
with head.container():
    page_head("report", answer(run))
    st.caption(open_places(report_words(run)))
PARTS: Parts = (
    (text.PART_PREVIEW, lambda: preview(run)),
    (text.PART_WORDS, lambda: words_form(run)),
    (text.PART_PACK, lambda: pack_part(run, spec)),
)
lazy_tabs(PARTS, "report-parts")
