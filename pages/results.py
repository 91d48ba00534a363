"""Results: how good the model is, against what would have been used instead."""

from __future__ import annotations

import streamlit as st

from finxfer.ui import results_view as view
from finxfer.ui import results_words as words
from finxfer.ui.forms import page_head
from finxfer.ui.guard import guard
from finxfer.ui.run_files import class_names, need_file, run_json, spec_or_stop
from finxfer.ui.search_view import search_part
from finxfer.ui.selection_view import selection_part
from finxfer.ui.text import results as text
from finxfer.ui.text import shell
from finxfer.ui.threshold_view import threshold_part

guard()
head = st.empty()
head.title(shell.TITLES["results"], anchor=False)
run, metrics = need_file("metrics.json", text.NOTHING)
spec = spec_or_stop(run)
curves = run_json(run, "curves.json") or {}
with head.container():
    page_head("results", words.answer(metrics))
    fell_back = words.fell_back_line(metrics)
    if fell_back:
        st.warning(fell_back, icon=":material/undo:")
    st.caption(words.backbone_line(metrics) + (f" · {text.SYNTHETIC}" if spec.synthetic else ""))

if curves.get("model") and metrics["model"].get("threshold") is not None:
    threshold_part(run, metrics["model"]["threshold"], curves["model"]["histogram"], class_names(spec))
    curve_column, gain_column = st.columns([1.5, 1], gap="medium")
    with curve_column:
        view.curve_tabs(metrics, curves, class_names(spec))
    with gain_column:
        view.gain_part(metrics, run_json(run, "comparison.json"))
if metrics["model"].get("brier") is not None:
    view.metrics_part(metrics)
selection_part(metrics)
search_part(metrics)
view.details_part(metrics, spec)
view.compare_part(run, metrics, spec)
view.downloads_part(run, metrics)
