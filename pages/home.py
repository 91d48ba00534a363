"""Home: start with a table or a sample, go back to earlier runs, see what this machine offers."""

from __future__ import annotations

import streamlit as st

from finxfer.ui import machine_view, runs_list, table_choice, tour, uploading
from finxfer.ui.forms import page_head, section
from finxfer.ui.guard import guard
from finxfer.ui.text import home as text

guard()
page_head("home", text.LEAD)

start, runs = st.columns([4, 9], gap="large")
with start:
    section(text.UPLOAD_TITLE)
    st.caption(text.UPLOAD_NOTE)
    uploading.upload_field("home")
    table_choice.choose_stored("home")
    section(text.SAMPLE_TITLE)
    tour.show_sample()
with runs:
    section(text.RUNS_TITLE)
    runs_list.show_runs()
    runs_list.link_to_all()

installed, machine = st.columns([8, 5], gap="large")
with installed:
    section(text.BACKBONES_TITLE)
    machine_view.show_backbones()
with machine:
    section(text.MACHINE_TITLE)
    machine_view.show_machine()
