"""What was read of the file, the split, and the first rows."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from finxfer.data.splits import binary_target
from finxfer.records.tables import TableMeta
from finxfer.settings import integer
from finxfer.ui import files_view, roles_state, state
from finxfer.ui.forms import section
from finxfer.ui.safe import md
from finxfer.ui.tables import count, duration, show_table
from finxfer.ui.text import data as text
from finxfer.ui.text import database, files, windows


def read_line(table: TableMeta) -> str:
    """Format, encoding and delimiter in one line."""
    report = table.report
    kind = str(report.get("format", "")).lower()
    if kind == "windows":
        made = report["windows"]
        who = " and ".join(name for name in ("customer", "terminal") if made.get(name))
        return windows.READ_LINE.format(count=len(made["windows"]), who=who)
    if table.synthetic or kind == "sample":
        return text.READ_LINE_SAMPLE
    if kind == "query":
        return database.READ_LINE.format(
            name=md(report.get("database") or ""),
            when=time.strftime("%Y-%m-%d %H:%M", time.localtime(float(report.get("queried") or 0))),
            seconds=duration(report.get("seconds")),
        )
    if kind in ("xlsx", "parquet"):
        return (files.READ_XLSX if kind == "xlsx" else files.READ_PARQUET) + files_view.where_line(report)
    if kind != "csv":
        return md(kind.capitalize()) or text.READ_LINE_UNKNOWN
    decimal = str(report.get("decimal") or "")
    return _csv_line(report, decimal) + files_view.where_line(report)


def _csv_line(report: dict[str, Any], decimal: str) -> str:
    return text.READ_LINE.format(
        format="CSV",
        encoding=md(str(report.get("encoding") or "").upper()),
        delimiter=md(str(report.get("delimiter") or "")),
        decimal=text.DECIMALS.get(decimal, md(decimal)),
    )


def show_read(table: TableMeta) -> None:
    """What was read, every repair, and the first rows when asked for."""
    repairs = [str(repair) for repair in table.report.get("repairs") or []]
    dates = [md(name) for name in table.report.get("date_columns") or []]
    lines = [read_line(table)]
    # Repairs come as sentences and as parts of one; all are shown as sentences.
    told = " ".join(f"{md(repair, 200).rstrip('. ')}." for repair in repairs)
    lines.append(f"{text.REPAIRS}: {told}" if repairs else text.NO_REPAIRS)
    if dates:
        lines.append(text.DATES.format(names=", ".join(dates)))
    section(text.READ_TITLE)
    st.markdown("  \n".join(lines))
    files_view.show_choices(table)
    if table.report.get("query"):
        with st.expander(database.READ_QUERY):
            st.code(str(table.report["query"]), language="sql", wrap_lines=True)
    rows = min(integer("preview_rows"), table.rows)
    with st.expander(
        text.PREVIEW.format(rows=count(rows)), on_change="rerun", key=f"preview_{table.sha256[:12]}"
    ) as box:
        if box.open:
            show_table(
                state.store().preview(table.sha256, rows),
                key="preview_table",
                alt=text.PREVIEW_ALT,
                height=320,
            )


@st.cache_data(max_entries=16, show_spinner=False)
def target_counts(sha256: str, target: str, positive: str, how: str = "") -> tuple[int, int, int]:
    """Rows that are positive, negative, and without a known target, read as `how` says."""
    y = _target(sha256, target, positive, how)
    return int((y == 1).sum()), int((y == 0).sum()), int((y < 0).sum())


def _target(sha256: str, target: str, positive: str, how: str) -> np.ndarray:
    series: pd.Series = roles_state.read_column(sha256, target, how)
    return binary_target(series, positive)
