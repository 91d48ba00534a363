"""Explain: what drives the model, and why one customer got this score."""

from __future__ import annotations

import streamlit as st

from finxfer.records.spec import BINARY
from finxfer.ui import explain_view as view
from finxfer.ui.cohorts_view import two_groups
from finxfer.ui.customer_view import CUSTOMER, one_customer
from finxfer.ui.feature_view import one_feature
from finxfer.ui.forms import Parts, lazy_tabs
from finxfer.ui.guard import guard
from finxfer.ui.readable_view import readable_models
from finxfer.ui.reasons_view import reasons
from finxfer.ui.run_files import class_names, need_file, spec_or_stop
from finxfer.ui.text import explain as text
from finxfer.ui.text import readable as readable_words
from finxfer.ui.text import reasons as reason_words
from finxfer.ui.text import shell
from finxfer.ui.what_if_view import what_if

guard()
st.title(shell.TITLES["explain"], anchor=False)
run, meta = need_file("explanations/meta.json", text.NOTHING)
spec = spec_or_stop(run)
sentence = st.empty()
model = view.pick_model(meta)
one_class = view.pick_class(meta)
read = view.read(run, meta, model, one_class)
binary = spec.task == BINARY
outcomes = class_names(spec)[::-1] if binary else spec.classes
if read is None:
    st.info(text.NOTHING)
    st.stop()

found: view.Explained = read
sentence.markdown(view.answer(found))
PARTS: Parts = (
    (text.PART_MODEL, lambda: view.overview(found)),
    (text.PART_FEATURE, lambda: one_feature(found)),
    (text.PART_CUSTOMER, lambda: one_customer(run, found, outcomes)),
    *(
        (
            (text.PART_WHAT_IF, lambda: what_if(run, found)),
            (reason_words.PART, lambda: reasons(run)),
            (readable_words.PART, lambda: readable_models(run)),
            (text.PART_GROUPS, lambda: two_groups(run, found, class_names(spec))),
        )
        if binary
        else ()
    ),
)
# An address with a customer opens at that customer.
lazy_tabs(PARTS, "explain-parts", text.PART_CUSTOMER if CUSTOMER in st.query_params else text.PART_MODEL)
view.method(meta, model)
view.export(run, model, not found.scale.of_probability)
