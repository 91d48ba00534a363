"""The worst slices over all columns, at the foot of the Fairness page."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from finxfer.evaluation.amounts import amount, with_ends
from finxfer.records.folder import RunFolder
from finxfer.ui import after_run, charts
from finxfer.ui.run_files import run_json
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count, metric3, share, show_table, signed, with_interval
from finxfer.ui.text import worst as text

JOB, FILE = "worst-slices", "slices_found.json"


def worst_part(run: RunFolder) -> None:
    """The section: what was found, or the button that searches."""
    found = run_json(run, FILE)
    if after_run.at_work(run, JOB):
        return
    st.markdown(md(found["sentence"], 700) if found else text.INTRODUCTION)
    if found:
        _result(found)
    if st.button(text.AGAIN if found else text.START, key="worst-start", icon=":material/search:"):
        after_run.start(run, JOB)
        st.rerun()


def _result(found: dict[str, Any]) -> None:
    slices = [one for one in found["slices"] if one["judged"]["loss"] is not None]
    if not slices:
        return
    dots = [_dot(one) for one in slices]
    log_loss = found["metric"] == "log_loss"
    values = "; ".join(f"{plain(dot.name, 120)} {dot.words}" for dot in dots)
    figure = charts.dot_interval(
        dots,
        reference=0.0,
        reference_words=text.CHART_REFERENCE,
        x_title=text.AXIS if log_loss else text.AXIS_ERROR,
        x_format="+.2f" if log_loss else "+,.3~s",
    )
    charts.show(
        figure,
        "worst-slices",
        text.CHART_ALT.format(loss=text.LOSSES[found["metric"]], count=len(dots), values=values),
        lambda: flat(found),
    )
    st.caption(text.CHART_LINE)
    show_table(_table(slices), key="worst-table", alt=text.TABLE_ALT)


def _dot(one: dict[str, Any]) -> charts.Dot:
    there = one["judged"]
    low, high = there["interval"]
    meaning = "worse" if one["verdict"] == "confirmed" else "baseline"
    more = there["difference"]
    words = signed(more) if there["expected"] is not None else with_ends(more, there["interval"], sign=True)
    return charts.Dot(one["text"], more, (low, high), meaning, words)


def _table(slices: list[dict[str, Any]]) -> pd.DataFrame:
    names = text.COLUMNS
    rows = []
    for one in slices:
        there = one["judged"]
        parts = [
            f"{part['column']}: {part['value']}" + (f" {text.PROTECTED}" if part["protected"] else "")
            for part in one["predicates"]
        ]
        rows.append(
            {
                names["text"]: plain(", ".join(parts), 160),
                names["verdict"]: text.VERDICTS[one["verdict"]],
                names["rows"]: count(there["rows"]),
                **_figures(there),
            }
        )
    return pd.DataFrame(rows)


def _figures(there: dict[str, Any]) -> dict[str, str]:
    """The loss with what was expected; of a predicted number in its units, where nothing is expected."""
    names = text.COLUMNS
    if there["expected"] is None:
        return {
            text.ABSOLUTE_ERROR: amount(there["loss"]),
            names["difference"]: with_ends(there["difference"], there["interval"]),
            names["predicted"]: amount(there["predicted"]),
            names["observed"]: amount(there["observed"]),
        }
    return {
        names["loss"]: metric3(there["loss"]),
        names["difference"]: with_interval(there["difference"], there["interval"], 3),
        names["expected"]: metric3(there["expected"]),
        names["predicted"]: share(there["predicted"]),
        names["observed"]: share(there["observed"]),
    }


def flat(found: dict[str, Any]) -> pd.DataFrame:
    """One row per slice with plain numbers, for a download."""
    rows = []
    for one in found["slices"]:
        there = one["judged"]
        low, high = there["interval"] or (None, None)
        numbers = {
            name: there[name] for name in ("rows", "loss", "rest", "difference", "p_value", "expected")
        }
        rows.append({"slice": one["text"], "verdict": one["verdict"], **numbers, "low": low, "high": high})
    return pd.DataFrame(rows)
