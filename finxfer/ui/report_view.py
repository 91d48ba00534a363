"""The Report page: the summary's sentence, and the preview of card.html, kept apart from the app."""

from __future__ import annotations

import base64

import streamlit as st

from finxfer.evaluation.wording import gain_sentence, told_gain
from finxfer.records.folder import RunFolder
from finxfer.records.report_words import TEXTS, ReportWords
from finxfer.reports import write_card
from finxfer.reports.crosswalk import crosswalk_in_use
from finxfer.reports.material import test_rows
from finxfer.runs.pack_file import RUN_FILES
from finxfer.ui.guard import show_error
from finxfer.ui.run_files import run_json, stamp
from finxfer.ui.safe import md
from finxfer.ui.tables import size
from finxfer.ui.text import report as text

HEIGHT = 700
LONGEST_ANSWER = 600
LARGEST_PREVIEW = 8_000_000
# A run folder may come from another machine, so its report is not trusted: no script, no request to anywhere.
_POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "style-src 'unsafe-inline'; img-src data:; font-src data:\">"
)

# The run writes its own durations into metrics.json when the report is done.
_WITH_THE_RUN = ("card.html", "metrics.json", "spec.json", "resolved.json")


@st.cache_data(max_entries=4, show_spinner=False)
def frame_address(path: str, changed: int) -> str:
    """The report as a ``data:`` address.

    A document from a ``data:`` address has an origin of its own, so it cannot reach the app around it; an
    HTML string given to ``st.iframe`` could.
    """
    with open(path, "rb") as file:
        card = file.read()
    document = _POLICY.encode() + card
    return "data:text/html;charset=utf-8;base64," + base64.b64encode(document).decode("ascii")


def answer(run: RunFolder) -> str:
    """The management summary's sentence, as markdown: money where it was measured, else the gain."""
    decisions = run_json(run, "decisions.json") or {}
    if decisions.get("sentence"):
        note = f" {text.EXAMPLES}" if decisions.get("example_amounts") else ""
        return f"**{md(decisions['sentence'], LONGEST_ANSWER)}**{note}"
    metrics = run_json(run, "metrics.json") or {}
    if not metrics:
        return ""
    gain = gain_sentence(told_gain(metrics), test_rows(metrics))
    return text.NO_MONEY.format(gain=f"**{md(gain, LONGEST_ANSWER)}**")


def open_places(words: ReportWords) -> str:
    """How many places of the report still wait for the bank."""
    empty = [name for name in TEXTS if not getattr(words, name).strip()]
    count = len(empty) + sum(not name.strip() for name in words.sign_offs.values())
    return text.OPEN_PLACES.get(count, text.OPEN_PLACES_MANY.format(count=count))


def stale(run: RunFolder) -> bool:
    """Whether something that the report shows was written after it."""
    written = stamp(run.card)
    return any(stamp(run.path / name) > written for name in RUN_FILES if name not in _WITH_THE_RUN)


def again(run: RunFolder, urgent: bool) -> None:
    """A button that writes the report again, with the reason where there is one."""
    if urgent:
        st.info(text.STALE, icon=":material/update:")
    if st.button(
        text.AGAIN,
        key="report-again",
        help=text.AGAIN_HELP,
        icon=":material/refresh:",
        type="secondary" if urgent else "tertiary",
    ):
        write_card(run)
        st.rerun()


def preview(run: RunFolder) -> None:
    """The report in a frame of fixed height, with its download above it."""
    urgent = stale(run)
    if urgent:
        again(run, urgent)
    left, right = st.columns([1, 1.6], vertical_alignment="center")
    left.download_button(
        text.DOWNLOAD,
        lambda: run.card.read_bytes(),
        f"report-{run.id}.html",
        "text/html",
        key="card-html",
        on_click="ignore",
        icon=":material/download:",
        type="primary",
        help=text.DOWNLOAD_HELP,
    )
    right.caption(text.PRINT)
    length = run.card.stat().st_size
    if length > LARGEST_PREVIEW:
        st.info(text.TOO_LARGE.format(size=size(length)))
        return
    with st.container(border=True):
        st.iframe(frame_address(str(run.card), stamp(run.card)), height=HEIGHT, alt=text.ALT)
    crosswalk, problem = crosswalk_in_use()
    if problem is not None:
        show_error(problem)
    words = text.CROSSWALK_OWN if crosswalk.own else text.CROSSWALK_SHIPPED
    st.caption(f"{words.format(version=md(crosswalk.version))} {text.NOT_ADVICE}")
    if not urgent:
        again(run, urgent)
