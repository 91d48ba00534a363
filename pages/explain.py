"""Explain: what drives the model, and why one customer got this score."""

from __future__ import annotations

import streamlit as st

from finxfer.ui import explain_view as view
from finxfer.ui.guard import guard
from finxfer.ui.run_files import class_names, need_file, spec_or_stop
from finxfer.ui.text import explain as text
from finxfer.ui.text import shell

guard()
st.title(shell.TITLES["explain"], anchor=False)
run, meta = need_file("explanations/meta.json", text.NOTHING)
spec = spec_or_stop(run)
sentence = st.empty()
model = view.pick_model(meta)
found = view.read(run, meta, model)
if found is None:
    st.info(text.NOTHING)
    st.stop()

sentence.markdown(view.answer(found))
view.overview(found)
view.one_customer(run, found, class_names(spec))
view.one_feature(found)
view.method(meta, model)
view.export(run, model)
