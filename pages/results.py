"""Results: how good the model is, against what would have been used instead."""

from __future__ import annotations

import streamlit as st

from finxfer.records.spec import BINARY
from finxfer.ui import results_view as view
from finxfer.ui import results_words as words
from finxfer.ui import task_results, validation_view
from finxfer.ui.alerts_view import alerts_part, has_alerts
from finxfer.ui.calibration_view import calibration_part
from finxfer.ui.compare_view import compare_part
from finxfer.ui.decisions_view import decisions_part
from finxfer.ui.forms import Parts, lazy_tabs, page_head
from finxfer.ui.guard import guard
from finxfer.ui.labels_view import labels_part
from finxfer.ui.repeated_view import repeated_part
from finxfer.ui.run_files import class_names, need_file, run_json, spec_or_stop
from finxfer.ui.stability_view import stability_part
from finxfer.ui.text import alerts as alerts_text
from finxfer.ui.text import calibration as calibration_text
from finxfer.ui.text import compare as compare_text
from finxfer.ui.text import decisions as decisions_text
from finxfer.ui.text import repeated as repeated_text
from finxfer.ui.text import results as text
from finxfer.ui.text import shell
from finxfer.ui.text import stability as stability_text
from finxfer.ui.threshold_view import threshold_part

guard()
head = st.empty()
head.title(shell.TITLES["results"], anchor=False)
run, metrics = need_file("metrics.json", text.NOTHING)
spec = spec_or_stop(run)
curves = run_json(run, "curves.json") or {}
binary = spec.task == BINARY
with head.container():
    page_head("results", words.answer(metrics) if binary else task_results.answer(metrics))
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
if not binary and (curves.get("model") or {}) and metrics["test_rows_with_target"]:
    task_results.pictures(metrics, curves, run_json(run, "comparison.json"))
if binary:
    OF_EVENTS: Parts = (
        (calibration_text.PART, lambda: calibration_part(run)),
        (decisions_text.PART, lambda: decisions_part(run, spec)),
    )
else:
    OF_EVENTS = ()
PARTS: Parts = (
    (
        text.PART_METRICS,
        lambda: view.metrics_part(metrics) if binary else task_results.metrics_part(run, metrics),
    ),
    *(((alerts_text.PART, lambda: alerts_part(run)),) if has_alerts(run, metrics) else ()),
    *OF_EVENTS,
    (stability_text.PART, lambda: stability_part(run)),
    *(((repeated_text.PART, lambda: repeated_part(run, metrics, spec)),) if binary else ()),
    *(((stability_text.LABELS_PART, lambda: labels_part(run, metrics)),) if binary else ()),
    (text.PART_CHOICE, lambda: view.choice_part(metrics, spec)),
    (compare_text.PART, lambda: compare_part(run, spec)),
)
lazy_tabs(PARTS, "parts")
validation_view.of_test_table(run)
view.downloads_part(run, metrics)
