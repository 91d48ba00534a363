"""Draw a figure on the page: fixed height, text alternative, PNG from the toolbar, numbers as CSV."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from finxfer.data.writing import spreadsheet_safe
from finxfer.ui.text import charts as text

_TOOLBAR = ["zoom2d", "pan2d", "select2d", "lasso2d", "zoomIn2d", "zoomOut2d", "autoScale2d", "resetScale2d"]


def csv_bytes(data: pd.DataFrame) -> bytes:
    """``data`` as UTF-8 CSV (with BOM, so that Excel reads accents) whose cells no spreadsheet executes."""
    # Every text is quoted, so that another delimiter cannot cut a cell into a formula.
    safe = spreadsheet_safe(data)
    return safe.to_csv(index=False, quoting=csv.QUOTE_NONNUMERIC).encode("utf-8-sig")


def show(
    figure: go.Figure,
    key: str,
    text_alternative: str,
    data: pd.DataFrame | Callable[[], pd.DataFrame] | None = None,
) -> None:
    """Draw ``figure`` at its own fixed height.

    ``key`` is unique on the page and names the downloads. ``text_alternative`` is one plain sentence that
    says what the picture shows. ``data`` (or a function that makes it when asked) are the numbers behind it.
    """
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", key)
    config = {
        "displaylogo": False,
        "modeBarButtonsToRemove": _TOOLBAR,
        "toImageButtonOptions": {"format": "png", "filename": name, "scale": 2},
    }
    with st.container(gap=None, key=f"chart-{name}"):
        st.plotly_chart(figure, key=key, config=config, alt=text_alternative)
        if data is None:
            return
        with st.container(horizontal=True, horizontal_alignment="right"):
            st.download_button(
                text.DOWNLOAD_DATA,
                data=lambda: csv_bytes(data() if callable(data) else data),
                file_name=f"{name}.csv",
                mime="text/csv",
                key=f"{key}-csv",
                help=text.DOWNLOAD_HELP,
                on_click="ignore",
                type="tertiary",
                icon=":material/download:",
            )
