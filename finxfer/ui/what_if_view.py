"""Explain, what if: the run's model, loaded by a job of its own, answers for a customer who differs."""

from __future__ import annotations

from typing import Any

import streamlit as st

from finxfer.errors import FinxferError
from finxfer.explanations.reasons import value_text
from finxfer.explanations.seen import Customer, SeenColumn, Value
from finxfer.records.assessment import assessment_of
from finxfer.records.folder import RunFolder
from finxfer.runs import asking, launcher
from finxfer.ui import after_run, progress
from finxfer.ui.changes_state import Changes
from finxfer.ui.counterfactual_view import search_part
from finxfer.ui.customer_view import pick_customer
from finxfer.ui.explain_view import Explained
from finxfer.ui.guard import show_error
from finxfer.ui.run_files import run_json
from finxfer.ui.safe import md
from finxfer.ui.tables import share
from finxfer.ui.text import what_if as text

FIRST = 12
_COLUMNS = 4
_RARE = 0.01
_MOST_OPTIONS = 200


@st.fragment
def what_if(run: RunFolder, found: Explained) -> None:
    """The panel of one customer; without a loaded model the way to one."""
    if found.model != "model":
        st.info(text.OTHER_MODEL)
        return
    job = _job_at_hand(run)
    if job is None:
        return
    row = int(found.rows[pick_customer(found)])
    try:
        start = _start(job, row)
        if start is None:
            _nobody_answered()
            return
        desk = run_json(job, asking.READY)
        columns = {one["name"]: SeenColumn.from_json(one) for one in desk["columns"]}
        changes = Changes(f"what-if-{job.id}-{row}", start["values"])
        draw = (
            lambda: _values_part(job, row, found.features, columns, changes, _locked(run, desk)),
            lambda: search_part(run, job, row, desk, columns, changes),
        )
        titles = [text.PART_VALUES, text.PART_SEARCH]
        for tab, part in zip(st.tabs(titles, key="what-if-parts", on_change="rerun"), draw, strict=True):
            if tab.open:
                with tab:
                    part()
    except FinxferError as error:
        show_error(error)
    if st.button(text.STOP, key="what-if-stop", type="tertiary", icon=":material/close:"):
        launcher.cancel(job)
        st.rerun(scope="app")


def _job_at_hand(run: RunFolder) -> RunFolder | None:
    """The job that has loaded the model; None where it is loading, or the page offers to load it."""
    job = after_run.newest(run, asking.JOB)
    status = progress.status_of(job) if job else None
    if job is not None and status is not None and status.active:
        if asking.is_ready(job) and not job.cancel_requested():
            return job
        st.fragment(_loading, run_every=0.5)(job)
        return None
    st.markdown(text.INTRO)
    if status is not None and status.state == "finished":
        st.caption(text.ENDED)
    elif status is not None and status.error:
        error = status.error
        show_error(FinxferError(error.get("what", ""), error.get("why", ""), error.get("next", "")))
    if st.button(text.START, type="primary", key="what-if-start", icon=":material/play_arrow:"):
        try:
            after_run.start(run, asking.JOB)
        except FinxferError as error:
            show_error(error)
        else:
            st.rerun(scope="app")
    return None


def _loading(job: RunFolder) -> None:
    if asking.is_ready(job) or not progress.status_of(job).active:
        st.rerun(scope="app")
    st.caption(f":material/hourglass: {text.LOADING}")
    if st.button(text.CANCEL, key=f"cancel-{job.id}"):
        launcher.cancel(job)


def _start(job: RunFolder, row: int) -> dict[str, Any] | None:
    """The customer as they are; asked once and kept for the session."""
    key = f"what-if-{job.id}-{row}-start"
    if key not in st.session_state:
        found = asking.ask(job, "customer", row=row)
        if found is None:
            return None
        st.session_state[key] = found
    kept: dict[str, Any] = st.session_state[key]
    return kept


def _nobody_answered() -> None:
    st.info(text.NO_ANSWER)
    st.button(text.ASK_AGAIN, key="what-if-again")


def _locked(run: RunFolder, desk: dict[str, Any]) -> set[str]:
    stated = assessment_of(run).changes.immutable
    return {*desk["always"], *(desk["proposed"] if stated is None else stated)}


def _values_part(
    job: RunFolder,
    row: int,
    order: list[str],
    columns: dict[str, SeenColumn],
    changes: Changes,
    locked: set[str],
) -> None:
    answered = st.empty()
    ordered = [columns[name] for name in order if name in columns]
    _widgets(ordered[:FIRST], changes, locked)
    if len(ordered) > FIRST:
        with st.expander(text.MORE.format(count=len(ordered) - FIRST), key=f"more-{changes.key}"):
            _widgets(ordered[FIRST:], changes, locked)
    found = asking.ask(job, "what-if", row=row, values=changes.values)
    with answered.container():
        if found is None:
            _nobody_answered()
        else:
            _answer(found, columns, changes)


def _answer(found: dict[str, Any], columns: dict[str, SeenColumn], changes: Changes) -> None:
    """The new probability and decision beside the old ones, what changed, and a way back."""
    before, after, threshold = found["before"], found["probability"], found["threshold"]
    decisions = [text.FLAGGED if one >= threshold else text.APPROVED for one in (before, after)]
    left, middle, right, buttons = st.columns([1, 1, 1, 1.2], gap="small", vertical_alignment="top")
    left.metric(text.AS_IS, share(before))
    moved = f"{100 * (after - before):+.1f}"
    middle.metric(
        text.CHANGED, share(after), text.POINTS.format(points=moved) if changes.values else None, "inverse"
    )
    right.metric(
        text.DECISION,
        decisions[1],
        text.TURNED.format(before=decisions[0]) if decisions[0] != decisions[1] else None,
        "off",
        delta_arrow="off",
        help=text.DECISION_HELP.format(threshold=share(threshold)),
    )
    with buttons.container(horizontal=True):
        st.button(text.UNDO, key=f"undo-{changes.key}", disabled=not changes.history, on_click=changes.undo)
        st.button(text.RESET, key=f"reset-{changes.key}", disabled=not changes.values, on_click=changes.reset)
    listed = [
        text.CHANGE.format(column=md(name, 40), before=_words(changes.start[name]), after=_words(value))
        for name, value in changes.values.items()
    ]
    st.markdown(text.CHANGES.format(changes="; ".join(listed)) if listed else text.NOTHING_CHANGED)
    for name, column in columns.items():
        value = changes.now(name)
        why = column.unusual(value)
        if why and not (why == "missing" and name not in changes.values):
            st.caption(
                f":material/warning: {text.UNUSUAL[why].format(column=md(name, 40), value=_words(value))}"
            )


def _words(value: Value) -> str:
    return md(value_text(value), 40)


def _widgets(columns: list[SeenColumn], changes: Changes, locked: set[str]) -> None:
    for first in range(0, len(columns), _COLUMNS):
        for place, column in zip(st.columns(_COLUMNS), columns[first : first + _COLUMNS], strict=False):
            with place:
                _widget(column, changes, column.name in locked)


def _widget(column: SeenColumn, changes: Changes, locked: bool) -> None:
    """A slider over the numbers that training saw, or a choice of its categories; the value to begin with is
    the customer's, seen or not."""
    options = options_of(column, changes.start)
    now = changes.now(column.name)
    key = f"{changes.key}-{changes.generation}-{column.name}"
    place = options.index(now) if now in options else 0
    name = md(column.name, 40)
    common: dict[str, Any] = {
        "key": key,
        "disabled": locked,
        "help": text.LOCKED if locked else None,
        "on_change": changes.take,
        "args": (column.name, key, options),
    }
    label = f":material/lock: {name}" if locked else name
    indices = range(len(options))

    def words(index: int) -> str:
        return value_text(options[index])

    if column.kind == "choice" or len(options) < 3:
        st.selectbox(label, indices, index=place, format_func=words, **common)
        return
    st.select_slider(label, indices, value=place, format_func=words, **common)
    rare = column.position(now)
    if column.unusual(now) is None and (rare <= _RARE or rare >= 1 - _RARE):
        st.caption(text.RARE_LOW if rare <= _RARE else text.RARE_HIGH)


def options_of(column: SeenColumn, start: Customer) -> list[Value]:
    """The values of a widget: observed ones and the customer's own; missing where training had it."""
    own = start[column.name]
    if column.kind == "choice":
        options: list[Value] = list(column.choices[:_MOST_OPTIONS])
        options += [] if own is None or own in options else [own]
    else:
        numbers = {*column.grid, *([] if own is None else [column.number(own)])}
        options = [column.value(number) for number in sorted(numbers)]
    return [None, *options] if column.missing or own is None else options
