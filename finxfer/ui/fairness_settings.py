"""How groups are cut and compared: the form of the Fairness page, and the job that measures again."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import streamlit as st

from finxfer.records.assessment import FairnessSettings, assessment_of
from finxfer.records.folder import RunFolder
from finxfer.ui import after_run
from finxfer.ui.safe import md, plain
from finxfer.ui.text import fairness as text

JOB = "assess"
ONLY = ["fairness"]


def settings_part(run: RunFolder, report: dict[str, Any]) -> None:
    """The form; while the job is at work, its progress instead."""
    if after_run.at_work(run, JOB):
        return
    if "metrics" not in report:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(text.OLD)
            if st.button(text.MEASURE, key="fairness-measure", type="primary"):
                after_run.start(run, JOB, only=ONLY)
                st.rerun()
        return
    with st.expander(text.SETTINGS, icon=":material/tune:", key=f"fairness-settings-{run.id}"):
        _form(run, report)


def _form(run: RunFolder, report: dict[str, Any]) -> None:
    assessment = assessment_of(run)
    now = assessment.fairness
    names = [entry["column"] for entry in report["columns"]]
    with st.form(f"fairness-form-{run.id}", border=False):
        references = _references(run, report, now)
        ranges = _ranges(run, report, now)
        crossings = _crossings(run, names, now)
        outcome = _outcome(run, report, now)
        if not st.form_submit_button(text.APPLY, type="primary"):
            return
    bins, problems = {}, []
    for column, written in ranges.items():
        edges = edges_of(written)
        if edges is None:
            problems.append(text.BINS_BAD.format(column=md(column)))
        elif edges:
            bins[column] = edges
    if crossings is not None and any(len(names) not in (2, 3) for names in crossings):
        problems.append(text.CROSSED_BAD)
    for problem in problems:
        st.error(problem, icon=":material/error:")
    if problems:
        return
    changed = FairnessSettings(references, bins, crossings, outcome)
    after_run.start(run, JOB, only=ONLY, assessment=replace(assessment, fairness=changed).to_json())
    st.rerun()


def _references(run: RunFolder, report: dict[str, Any], now: FairnessSettings) -> dict[str, str]:
    """Reference groups by column; those of crossings stay as they were set."""
    shown = [entry["column"] for entry in report["columns"]]
    found = {name: value for name, value in now.references.items() if name not in shown}
    places = st.columns(min(3, len(shown)))
    for number, entry in enumerate(report["columns"]):
        name = entry["column"]
        values = [part["value"] for part in entry["slices"]]
        chosen = now.references.get(name)
        picked = places[number % len(places)].selectbox(
            text.FIELD_REFERENCE.format(column=md(name, 40)),
            ["", *values],
            index=values.index(chosen) + 1 if chosen in values else 0,
            format_func=lambda value: plain(value, 40) if value else text.LARGEST,
            help=text.FIELD_REFERENCE_HELP,
            key=f"fairness-reference-{run.id}-{number}",
        )
        if picked:
            found[name] = picked
    return found


def _ranges(run: RunFolder, report: dict[str, Any], now: FairnessSettings) -> dict[str, str]:
    """What is written of the edges of every column of numbers."""
    entries = [entry for entry in report["columns"] if entry.get("numeric")]
    if not entries:
        return {}
    places = st.columns(min(3, len(entries)))
    found = {}
    for number, entry in enumerate(entries):
        name = entry["column"]
        found[name] = places[number % len(places)].text_input(
            text.FIELD_BINS.format(column=md(name, 40)),
            ", ".join(f"{edge:g}" for edge in now.bins.get(name, ())),
            placeholder=text.BINS_PLACEHOLDER,
            help=text.FIELD_BINS_HELP,
            key=f"fairness-bins-{run.id}-{number}",
        )
    return found


def _crossings(run: RunFolder, names: list[str], now: FairnessSettings) -> tuple[tuple[str, ...], ...] | None:
    """The crossings asked for; None for every pair with enough rows."""
    if len(names) < 2:
        return now.crossings
    options = [text.CROSSINGS_AUTO, text.CROSSINGS_NONE, text.CROSSINGS_OWN]
    place = 0 if now.crossings is None else 2 if now.crossings else 1
    left, right = st.columns(2)
    kind = left.radio(
        text.FIELD_CROSSINGS, options, index=place, horizontal=True, key=f"fairness-crossings-{run.id}"
    )
    first = [name for name in (now.crossings or ((),))[0] if name in names]
    picked = right.multiselect(
        text.FIELD_CROSSED, names, first, max_selections=3, format_func=lambda name: plain(name, 40),
        help=text.FIELD_CROSSED_HELP, key=f"fairness-crossed-{run.id}",
    )  # fmt: skip
    if kind == text.CROSSINGS_AUTO:
        return None
    return () if kind == text.CROSSINGS_NONE else (tuple(picked),)


def _outcome(run: RunFolder, report: dict[str, Any], now: FairnessSettings) -> str:
    """Of several classes the one that matters; "" for each in turn, and where there are none."""
    classes = report.get("classes") or []
    if not classes:
        return ""
    options = ["", *classes]
    return str(
        st.selectbox(
            text.FIELD_OUTCOME,
            options,
            index=options.index(now.outcome) if now.outcome in options else 0,
            format_func=lambda name: plain(name, 40) if name else text.EACH_CLASS,
            help=text.FIELD_OUTCOME_HELP,
            key=f"fairness-outcome-{run.id}",
        )
    )


def edges_of(written: str) -> tuple[float, ...] | None:
    """Ascending edges written as "25, 35; 50"; () for nothing, None for what are none."""
    parts = [part for part in written.replace(";", ",").split(",") if part.strip()]
    try:
        edges = tuple(float(part) for part in parts)
    except ValueError:
        return None
    # The comparison is false for NaN, which so is refused too.
    return edges if all(low < high for low, high in pairwise(edges)) and len(edges) <= 11 else None
