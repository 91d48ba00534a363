"""The template of every chart, and the colours that mean something.

Each colour has a contrast of at least 3:1 on the app's light and on its dark background, so that one figure
serves both; backgrounds, grid and text colours are left to Streamlit, which follows the reader's theme.
Colours are from the Okabe–Ito palette, or greys of its lightness.
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

COLOURS = {
    "frozen": "#7A8CA3",
    "trained": "#0072B2",
    "baseline": "#858585",
    "worse": "#D55E00",
    "better": "#009E73",
    "too_little": "#858585",
    "positive": "#B4578F",
    "negative": "#858585",
}
SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#7A6A00")
"""Okabe-Ito colours for things of equal rank (several runs), of enough contrast on both backgrounds."""
DASHES = ("solid", "dash", "dot", "dashdot", "longdash")
SYMBOLS = {
    "trained": "circle",
    "baseline": "square",
    "worse": "triangle-left",
    "better": "triangle-right",
    "too_little": "circle-open",
    "frozen": "diamond",
}
GRID = "rgba(133,133,133,0.22)"
FAINT = "rgba(133,133,133,0.7)"
AMOUNTS = ",.3~s"
"""d3 format of an axis in the target's units; :func:`ticks` keeps it from writing 0.2 as "200m"."""
MAX_POINTS = 10_000
FONT_SIZE = 13
HEIGHT = 340  # pixels, of a chart that is not a list of rows

TEMPLATE = go.layout.Template(
    layout={
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"size": FONT_SIZE},
        "hoverlabel": {"font": {"size": FONT_SIZE}, "align": "left"},
    }
)


def base(
    height: int = 320,
    *,
    x_title: str | None = None,
    y_title: str | None = None,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    x_format: str | None = None,
    y_format: str | None = None,
    legend: bool = False,
) -> go.Figure:
    """An empty figure in the house's style.

    ``height`` is in pixels and fixed. ``x_format`` and ``y_format`` are d3 formats (``".0%"``). Margins and
    titles are set on the figure, not only in the template, because Streamlit lays its own template on top.
    """
    # Laid out in one go: ten times as fast as `update_layout` and `update_xaxes` on an empty figure.
    x_axis, y_axis = axis(x_title, x_range, x_format), axis(y_title, y_range, y_format)
    return go.Figure(layout=layout(height, legend=legend) | {"xaxis": x_axis, "yaxis": y_axis})


def layout(height: int, *, legend: bool = False) -> dict[str, Any]:
    """The layout of :func:`base` but for its axes, as a plain object."""
    return {
        "template": TEMPLATE,
        "height": height,
        "margin": {"l": 8, "r": 16, "t": 30, "b": 8},
        "showlegend": legend,
        "legend": {"orientation": "h", "x": 0, "y": 1.0, "yanchor": "bottom", "xanchor": "left"},
        "hovermode": "closest",
        "dragmode": False,
    }


def axis(
    title: str | None = None, ends: tuple[float, float] | None = None, tick_format: str | None = None
) -> dict[str, Any]:
    """An axis in the house's style, as a plain object."""
    return {
        "gridcolor": GRID,
        "zeroline": False,
        "automargin": True,
        "fixedrange": True,
        "title": {"text": title, "standoff": 8},
        "range": list(ends) if ends else None,
        **ticks(tick_format),
    }


def ticks(tick_format: str | None) -> dict[str, Any]:
    """How an axis writes its numbers: k and M only where ticks lie one unit or more apart."""
    if tick_format is None or not tick_format.endswith("s"):
        return {"tickformat": tick_format}
    plain = {"dtickrange": [None, 1], "value": tick_format.replace("s", "g")}
    return {"tickformatstops": [plain, {"dtickrange": [1, None], "value": tick_format}]}


def rows_axis(labels: list[str]) -> dict[str, Any]:
    """A y axis of one row per label, first on top. Positions are numbers, so equal labels stay apart."""
    count = len(labels)
    rows = {"tickmode": "array", "tickvals": list(range(count)), "ticktext": labels}
    return rows | {"range": [count - 0.4, -0.6], "showgrid": False}
