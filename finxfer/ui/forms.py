"""Pieces that several pages share: the head of a page, tabs, times, the fields under "More settings"."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from finxfer.ui.text import common, shell


def page_head(name: str, sentence: str) -> None:
    """The page's name and its one sentence (markdown; customer text in it is escaped by the caller)."""
    st.title(shell.TITLES[name], anchor=False)
    st.markdown(sentence)


def section(title: str) -> None:
    """A heading inside a page."""
    st.subheader(title, anchor=False)


def ago(moment: float, now: float | None = None) -> str:
    """How long ago a time (seconds since 1970) was, in one unit."""
    seconds = max(0.0, (time.time() if now is None else now) - moment)
    if seconds < 90:
        return common.JUST_NOW
    if seconds < 5400:
        return common.MINUTES_AGO.format(count=round(seconds / 60))
    if seconds < 129_600:
        return common.HOURS_AGO.format(count=round(seconds / 3600))
    return common.DAYS_AGO.format(count=round(seconds / 86_400))


@dataclass(frozen=True)
class NumberField:
    """A number under "More settings".

    Args:
        name: key in the form's answer.
        label: what it is, with its unit.
        effect: safe range and what it does to the result.
        low, high: accepted range, both ends included.
        default: value at first; None shows an empty field that means the default of the family.
        step: step of the arrows.
        format: printf format of the value.
        placeholder: shown while the field is empty.
    """

    name: str
    label: str
    effect: str
    low: float
    high: float
    default: float | None
    step: float
    format: str
    placeholder: str = ""

    def draw(self, prefix: str) -> float | None:
        """Draw the field; the answer is None while it is empty."""
        return st.number_input(
            self.label,
            min_value=self.low,
            max_value=self.high,
            value=self.default,
            step=self.step,
            format=self.format,
            help=self.effect,
            placeholder=self.placeholder or None,
            key=f"{prefix}_{self.name}",
            persist_state="session",
        )

    @property
    def whole(self) -> bool:
        """Whether the field takes whole numbers only."""
        return isinstance(self.step, int)


def confirmed(keep: str, do: str, keep_key: str, do_key: str) -> bool:
    """The two buttons of a dialog that asks once: whether to do it. Keeping closes the dialog."""
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(keep, key=keep_key):
            st.rerun()
        return st.button(do, key=do_key, type="primary")


Parts = Sequence[tuple[str, Callable[[], None]]]
"""Titles of a page's parts, each with the function that draws it."""


@st.fragment
def lazy_tabs(parts: Parts, key: str, start: str | None = None) -> None:
    """Parts of a page as tabs, of which only the open one is drawn: the page opens as fast as that.

    A click on a tab draws that part alone; what stands above the tabs stays as it is.

    start: the title of the tab that is open at first; the first one where it is None.
    """
    tabs = st.tabs([title for title, _ in parts], default=start, key=key, on_change="rerun")
    for tab, (_, draw) in zip(tabs, parts, strict=True):
        if tab.open:
            with tab:
                draw()
