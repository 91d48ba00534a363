"""A crossing of two columns on the Fairness page: a grid of cells, one metric at a time."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from finxfer.fairness.slices import slice_order
from finxfer.ui import charts
from finxfer.ui.fairness_words import interval_of, metric_title, number, verdict_of
from finxfer.ui.safe import md, plain
from finxfer.ui.text import fairness as text


def cells(entry: dict[str, Any], metrics: tuple[str, ...]) -> None:
    """The grid with its metric's choice."""
    metric = st.segmented_control(
        text.CELLS_METRIC,
        list(metrics),
        default=metrics[0],
        format_func=metric_title,
        required=True,
        key="fairness-cells-metric",
        label_visibility="collapsed",
    )
    metric = str(metric)
    groups = entry["slices"]
    rows, columns = (
        slice_order({group["values"][place]: group["rows"] for group in groups}) for place in (0, 1)
    )
    drawn = [_cell(group, metric) for group in groups]
    values = "; ".join(f"{plain(group['value'])} {_level(group, metric)}" for group in groups)
    alt = text.CELLS_ALT.format(
        column=plain(entry["column"]),
        metric=metric_title(metric),
        reference=plain(entry["reference"]),
        values=values,
    )
    figure = charts.cell_grid(rows, columns, drawn, (entry["columns"][0], entry["columns"][1]))
    charts.show(figure, "fairness-cells", alt, lambda: _flat(groups, metric))
    st.caption(text.CELLS_LINE.format(reference=md(entry["reference"])))


def _level(group: dict[str, Any], metric: str) -> str:
    return number(metric, text.LEVEL, group["metrics"][metric]["value"], None)


def _cell(group: dict[str, Any], metric: str) -> charts.Cell:
    row, column = group["values"]
    if group["reference"]:
        return charts.Cell(row, column, [_level(group, metric), text.REFERENCE], "frozen")
    verdict = verdict_of(group, metric)
    value, _ = interval_of(group, metric, text.DIFFERENCE)
    lines = [_level(group, metric), number(metric, text.DIFFERENCE, value, None)]
    if verdict == "gap":
        return charts.Cell(row, column, [lines[0], f"{'▲' if (value or 0) > 0 else '▼'} {lines[1]}"], "worse")
    meaning = "baseline" if verdict == "no gap found" else "too_little"
    return charts.Cell(row, column, lines if value is not None else lines[:1], meaning)


def _flat(groups: list[dict[str, Any]], metric: str) -> pd.DataFrame:
    rows = []
    for group in groups:
        value, ends = interval_of(group, metric, text.DIFFERENCE)
        low, high = ends or (None, None)
        level = group["metrics"][metric]["value"]
        row = {"cell": group["value"], "rows": group["rows"], metric: level, "difference": value}
        rows.append(row | {"joint_low": low, "joint_high": high, "verdict": group["verdict"]})
    return pd.DataFrame(rows)
