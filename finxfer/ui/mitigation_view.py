"""What narrowing a gap would cost: start, progress, picture and table, on the Fairness page."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from finxfer.records.folder import RunFolder
from finxfer.ui import after_run, charts
from finxfer.ui.run_files import run_json
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import metric3, share, show_table, signed, with_interval
from finxfer.ui.text import mitigation as text

JOB, FILE = "mitigate", "mitigation.json"
MOST_COLUMNS = 3


def mitigation_part(run: RunFolder, columns: list[str]) -> None:
    """The section: what was tried, and the form that tries it."""
    found = run_json(run, FILE)
    if after_run.at_work(run, JOB):
        return
    if not found:
        st.markdown(text.INTRODUCTION)
        _form(run, columns)
        return
    entries = found["entries"]
    entry = entries[-1]
    if len(entries) > 1:
        names = [one["column"] for one in entries]
        picked = st.pills(
            text.PICK, names, default=names[-1], format_func=lambda name: md(name, 60), required=True,
            key="mitigation-column", label_visibility="collapsed",
        )  # fmt: skip
        entry = next((one for one in entries if one["column"] == picked), entry)
    st.markdown(md(entry["sentence"], 500))
    _result(entry)
    with st.expander(text.AGAIN, icon=":material/replay:"):
        _form(run, columns)


def _form(run: RunFolder, columns: list[str]) -> None:
    with st.form(f"mitigation-{run.id}", border=False):
        left, right = st.columns(2)
        picked = left.multiselect(
            text.FIELD_COLUMNS, columns, columns[:1], max_selections=MOST_COLUMNS,
            format_func=lambda name: plain(name, 40), help=text.FIELD_COLUMNS_HELP,
            key=f"mitigation-columns-{run.id}",
        )  # fmt: skip
        base = right.selectbox(
            text.FIELD_BASE, list(text.BASES), format_func=lambda name: text.BASES[name],
            help=text.FIELD_BASE_HELP, key=f"mitigation-base-{run.id}",
        )  # fmt: skip
        if not st.form_submit_button(text.START, type="primary"):
            return
    if not picked:
        st.error(text.NO_COLUMN, icon=":material/error:")
        return
    after_run.start(run, JOB, columns=list(picked), base=base)
    st.rerun()


def _result(entry: dict[str, Any]) -> None:
    measure = st.segmented_control(
        text.MEASURE,
        list(text.GAPS),
        default="equalised_odds",
        format_func=lambda name: text.GAPS[name],
        required=True,
        key="mitigation-measure",
        label_visibility="collapsed",
    )
    measure = str(measure)
    trades = trades_of(entry, measure)
    words = text.GAPS[measure]
    values = "; ".join(f"{one.name} {share(one.gap)}, {signed(one.price)}" for one in trades)
    alt = text.CHART_ALT.format(
        measure=words.lower(), count=len(trades), column=plain(entry["column"]), values=values
    )
    figure = charts.trade_off(trades, text.AXIS_GAP.format(measure=words), text.AXIS_PRICE)
    charts.show(figure, "mitigation", alt, lambda: flat(entry))
    st.caption(text.CHART_LINE)
    show_table(_table(entry, measure), key="mitigation-table", alt=text.TABLE_ALT)
    if entry["left_out"]:
        st.caption(text.LEFT_OUT.format(groups=md(", ".join(entry["left_out"]), 300)))
    for note in entry["notes"]:
        st.caption(md(note, 300))
    with st.expander(text.LIMITS, icon=":material/info:"):
        for limit in entry["limits"]:
            st.markdown(f"- {md(limit, 500)}")


def trades_of(entry: dict[str, Any], measure: str) -> list[charts.Trade]:
    """The dots: every approach whose Gini can be compared, numbered as in the table."""
    trades = []
    for number, one in enumerate(entry["approaches"], start=1):
        price: dict[str, Any] = (
            {"value": 0.0, "interval": None} if one["price"] is None else one["price"]["gini"]
        )
        if price["value"] is None:
            continue
        gap = one["gaps"][measure]
        trades.append(
            charts.Trade(
                number, one["title"], gap["value"], gap["interval"], price["value"], price["interval"],
                _meaning(one, measure), one["analysis_only"],
            )
        )  # fmt: skip
    return trades


def _meaning(one: dict[str, Any], measure: str) -> str:
    if one["bought"] is None:
        return "trained"
    interval = one["bought"][measure]["interval"]
    if interval is None:
        return "baseline"
    return "better" if interval[0] > 0 else "worse" if interval[1] < 0 else "baseline"


def _table(entry: dict[str, Any], measure: str) -> pd.DataFrame:
    names = text.COLUMNS
    rows = []
    for number, one in enumerate(entry["approaches"], start=1):
        plain_one = one["price"] is None
        nothing: dict[str, Any] = {"value": None, "interval": None}
        price = nothing if plain_one else one["price"]["gini"]
        lost = nothing if plain_one else one["price"]["balanced_accuracy"]
        bought = nothing if plain_one else one["bought"][measure]
        no_score = not plain_one and price["value"] is None
        rows.append(
            {
                names["number"]: str(number),
                names["title"]: plain(one["title"], 80),
                names["gap"].format(measure=text.GAPS[measure]): _points(one["gaps"][measure], ""),
                names["bought"]: _points(bought, "+"),
                names["gini"]: metric3(one["gini"]["value"]),
                names["price"]: text.NO_PRICE if no_score else _lost(price),
                names["accuracy"]: _lost(lost),
                names["selection_rate"]: share(one["selection_rate"]["value"]),
                names["reads"]: text.READS[one["reads_protected"]],
            }
        )
    return pd.DataFrame(rows)


def _lost(found: dict[str, Any]) -> str:
    return with_interval(found["value"], found["interval"], 3)


def _points(found: dict[str, Any], sign: str) -> str:
    if found["value"] is None:
        return metric3(None)
    words = f"{100 * found['value']:{sign}.1f}"
    if found["interval"] is not None:
        low, high = found["interval"]
        words += f" [{100 * low:{sign}.1f}, {100 * high:{sign}.1f}]"
    return words.replace("-", "−")


def flat(entry: dict[str, Any]) -> pd.DataFrame:
    """One row per approach with plain numbers, for a download."""
    rows = []
    for one in entry["approaches"]:
        row: dict[str, Any] = {"column": entry["column"], "approach": one["title"]}
        groups = {"": {"gini": one["gini"], "selection_rate": one["selection_rate"]}, "_gap": one["gaps"]}
        groups |= {"_narrower_by": one["bought"] or {}, "_lost": one["price"] or {}}
        for suffix, values in groups.items():
            for name, found in values.items():
                low, high = found["interval"] or (None, None)
                row |= {f"{name}{suffix}": found["value"]}
                row |= {f"{name}{suffix}_low": low, f"{name}{suffix}_high": high}
        rows.append(row | {"reads_protected": one["reads_protected"], "analysis_only": one["analysis_only"]})
    return pd.DataFrame(rows)
