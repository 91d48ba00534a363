"""Explain, readable models: the scorecard and the tree that were fitted to the run's model."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from finxfer.records.folder import RunFolder
from finxfer.ui import charts
from finxfer.ui.charts.tree import question_tree
from finxfer.ui.run_files import run_json
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count, share, show_table, with_interval
from finxfer.ui.text import readable as text

FILE = "explanations/surrogates.json"


def readable_models(run: RunFolder) -> None:
    """Sentence, tree, scorecard, each with how much of the model it tells."""
    found = run_json(run, FILE)
    if not found:
        st.info(text.NOTHING)
        return
    st.markdown(text.INTRO)
    tree, card = found["tree"], found["scorecard"]
    st.subheader(text.TREE, anchor=False)
    st.markdown(md(tree["sentence"], 400))
    _tree(tree, found["threshold"])
    _fidelity(tree["fidelity"])
    st.subheader(text.SCORECARD, anchor=False)
    st.markdown(md(card["sentence"], 400))
    _card(run, card)
    _fidelity(card["fidelity"])


def _tree(tree: dict[str, Any], threshold: float) -> None:
    nodes = tree["nodes"]
    ends = [node["probability"] for node in nodes if node["question"] is None]
    alt = text.TREE_ALT.format(
        leaves=tree["leaves"],
        question=plain(nodes[0]["question"] or text.NO_FIGURE),
        low=share(min(ends)),
        high=share(max(ends)),
    )
    columns = ["id", "parent", "answer", "depth", "question", "rows", "probability"]
    charts.show(question_tree(nodes, threshold), "surrogate-tree", alt, pd.DataFrame(nodes)[columns])
    st.caption(f"{md(tree['note'], 300)} {text.TREE_CAPTION.format(threshold=share(threshold))}")


def card_table(card: dict[str, Any]) -> pd.DataFrame:
    """The scorecard as a table, a row for each bin."""
    rows = [
        {
            text.FEATURE: plain(entry["feature"], 60),
            text.BIN: plain(one["label"], 60),
            text.POINTS: one["points"],
            text.CUSTOMERS: one["share"],
        }
        for entry in card["features"]
        for one in entry["bins"]
    ]
    return pd.DataFrame(rows)


def _card(run: RunFolder, card: dict[str, Any]) -> None:
    table = card_table(card)
    show_table(
        table,
        key="scorecard",
        alt=text.CARD_ALT.format(base=card["base_points"]),
        columns={text.CUSTOMERS: st.column_config.NumberColumn(format="percent")},
        height=380,
    )
    st.caption(md(card["note"], 400))
    st.download_button(
        text.CARD_DOWNLOAD,
        lambda: charts.csv_bytes(table),
        f"scorecard-{run.id}.csv",
        "text/csv",
        key="scorecard-csv",
        on_click="ignore",
        icon=":material/download:",
    )


def _fidelity(measured: dict[str, Any]) -> None:
    title, rows = text.FIDELITY
    with st.expander(title, icon=":material/info:"):
        for name, words in text.FIGURES.items():
            value, interval = measured[name], measured["intervals"][name]
            shown = text.NO_FIGURE if value is None else with_interval(value, interval)
            st.markdown(f"- {words}: {shown}")
        st.caption(rows.format(rows=count(measured["rows"])))
