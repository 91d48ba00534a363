"""The proxy probe: how well each stage's representation tells a protected column, before and after."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from finxfer.records.folder import RunFolder
from finxfer.ui import charts
from finxfer.ui.run_files import run_json
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import NOTHING, count, show_table, with_interval
from finxfer.ui.text import probe as text


def probe_part(run: RunFolder) -> None:
    """Sentence, picture and table of one protected column."""
    found = run_json(run, "proxies.json")
    if not found or not found["columns"]:
        st.caption(text.NOTHING_PROBED)
        return
    st.markdown(text.ANSWER.format(rows=count(found["rows"])))
    names = [entry["column"] for entry in found["columns"]]
    entry = found["columns"][0]
    if len(names) > 1:
        picked = st.selectbox(text.PICK, names, format_func=plain, key="probe-column")
        entry = next(one for one in found["columns"] if one["column"] == picked)
    st.markdown(md(entry["sentence"], 600))
    if entry["features"] is None:
        return
    rows = _rows(entry)
    _picture(entry, rows, found["trained"])
    with st.expander(text.TABLE_ALT, icon=":material/table_rows:"):
        show_table(_table(rows, found["trained"]), key="probe-table", alt=text.TABLE_ALT)
        if found["backbone"] is None:
            st.caption(text.NO_BACKBONE)
        elif found["note"]:
            st.caption(md(found["note"], 300))
        elif not found["trained"]:
            st.caption(text.NOT_TRAINED)
        st.caption(text.METHOD.format(components=found["components"], folds=found["folds"]))


def _rows(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Features, stages and score in the order of the data's way."""
    features = {"title": text.INPUT, "before": None, "after": entry["features"]["trees"], "change": None}
    return [features, *entry["stages"], {"title": text.SCORE, **entry["score"]}]


def _picture(entry: dict[str, Any], rows: list[dict[str, Any]], trained: bool) -> None:
    # Its probe is another one, so the features stand apart from the stages.
    alone = [_point(rows[0]["after"]), *[None] * (len(rows) - 1)]
    now = [None, *(_point(row["after"]) for row in rows[1:])]
    lines = [charts.StageLine(text.AFTER if trained else text.NOW, "trained", now)]
    if trained:
        lines.insert(0, charts.StageLine(text.BEFORE, "frozen", [_point(row["before"]) for row in rows]))
    lines.append(charts.StageLine(text.FEATURES, "baseline", alone))
    figure = charts.stage_lines(
        [row["title"] for row in rows], lines, reference=0.5, reference_words=text.CHANCE, y_title=text.AXIS
    )
    values = ", ".join(text.POINT.format(stage=row["title"], value=_words(row["after"])) for row in rows)
    alt = text.ALT.format(column=plain(entry["column"], 60), values=values)
    charts.show(figure, "probe", alt, lambda: _table(rows, trained))


def _point(found: dict[str, Any] | None) -> tuple[float, float, float] | None:
    if found is None:
        return None
    low, high = found["interval"] or (found["auc"], found["auc"])
    return found["auc"], low, high


def _words(found: dict[str, Any] | None) -> str:
    return NOTHING if found is None else with_interval(found["auc"], found["interval"], 3)


def _table(rows: list[dict[str, Any]], trained: bool) -> pd.DataFrame:
    table = pd.DataFrame({text.STAGE: [row["title"] for row in rows]})
    if trained:
        table[text.BEFORE_TITLE] = [_words(row["before"]) for row in rows]
    table[text.AFTER_TITLE] = [_words(row["after"]) for row in rows]
    if trained:
        changes = [row["change"] for row in rows]
        table[text.CHANGE] = [
            NOTHING if one is None else with_interval(one["value"], one["interval"], 3) for one in changes
        ]
    return table
