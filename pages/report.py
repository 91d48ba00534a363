"""Report: the model card, ready to print."""

from __future__ import annotations

import streamlit as st

from finxfer.ui import progress
from finxfer.ui.guard import guard
from finxfer.ui.report_view import preview
from finxfer.ui.run_files import need_path
from finxfer.ui.safe import md
from finxfer.ui.text import report as text
from finxfer.ui.text import shell

guard()
st.title(shell.TITLES["report"], anchor=False)
run = need_path("card.html", text.NOTHING)
st.markdown(text.ANSWER.format(name=md(progress.run_name(run))))
preview(run)
