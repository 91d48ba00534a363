"""After runs: what the comparison of backbones foretold beside what came of it and beside a fixed order."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from finxfer.records.spec import Spec
from finxfer.runs import preflight
from finxfer.ui import charts
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import metric3, show_table, with_interval
from finxfer.ui.text import preflight as text

LEAST_FOR_TAU, FEW = 3, 6
"""Backbones from which on an order can agree with another, and below which it easily does by chance."""


def show_track_record(spec: Spec, result: dict[str, Any]) -> None:
    """A sentence, the ranks side by side, the table; before two backbones were run, what is missing."""
    found = preflight.track_record(spec, result)
    st.markdown(f"**{text.TRACK_TITLE}**")
    if found is None:
        st.caption(text.TRACK_EMPTY)
        return
    st.markdown(track_sentence(found))
    _picture(found)
    show_table(track_table(found), key="preflight-track", alt=text.TRACK_ALT)
    st.caption(text.TRACK_CAUTION)


def track_sentence(found: dict[str, Any]) -> str:
    """Whether the order held, and how little that says; markdown."""
    first, fixed, count = md(found["first"], 40), md(found["first_fixed"], 40), len(found["backbones"])
    best = md(found["backbones"][0]["name"], 40)
    held = text.TRACK_HELD if found["behind"] == 0 else text.TRACK_MISSED
    words = [held.format(first=first, best=best, behind=metric3(found["behind"]), runs=found["runs"])]
    words.append(
        (text.FIXED_HELD if found["behind_fixed"] == 0 else text.FIXED_MISSED).format(
            fixed=fixed, behind=metric3(found["behind_fixed"])
        )
    )
    if count >= LEAST_FOR_TAU and found["tau"] is not None:
        tau = {name: _tau(found[name]) for name in ("tau", "tau_log_me", "tau_h_score", "tau_fixed")}
        words.append(text.TRACK_TAU.format(**tau))
    if count < LEAST_FOR_TAU:
        words.append(text.TRACK_TWO)
    elif count < FEW:
        words.append(text.TRACK_FEW.format(count=count))
    if not found["apart"]:
        words.append(text.TRACK_LEVEL)
    return " ".join(words)


def track_table(found: dict[str, Any]) -> pd.DataFrame:
    """A line per backbone, by realised rank."""
    rows = [
        (
            plain(one["name"]),
            one["foretold_rank"],
            one["realised_rank"],
            one["fixed_rank"],
            metric3(one["foretold"]),
            with_interval(one["realised"], one["interval"]),
            one["runs"],
        )
        for one in found["backbones"]
    ]
    return pd.DataFrame(rows, columns=list(text.TRACK_COLUMNS))


def _picture(found: dict[str, Any]) -> None:
    ones = found["backbones"]
    names = [one["name"] for one in ones]
    rankings = [
        (text.FORETOLD, [one["foretold_rank"] for one in ones], "trained"),
        (text.REALISED, [one["realised_rank"] for one in ones], "baseline"),
        (text.FIXED, [one["fixed_rank"] for one in ones], "baseline"),
    ]
    told = "; ".join(
        text.RANKS_ALT_VALUE.format(
            name=plain(one["name"]),
            foretold=one["foretold_rank"],
            realised=one["realised_rank"],
            fixed=one["fixed_rank"],
        )
        for one in ones
    )
    columns = ("id", "foretold_rank", "realised_rank", "fixed_rank", "foretold", "realised", "runs")
    data = pd.DataFrame([{name: one[name] for name in columns} for one in ones])
    charts.show(
        charts.rank_lines(names, rankings), "preflight-ranks", text.RANKS_ALT.format(values=told), data
    )


def _tau(value: float | None) -> str:
    return metric3(value) if value is None else f"{value:.2f}".replace("-", "−")
