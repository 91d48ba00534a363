"""Two groups beside each other: a value of each per row, and the difference with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from finxfer.ui.charts.theme import COLOURS, FAINT, axis, layout, rows_axis
from finxfer.ui.safe import chart_text as label

_ROW = 30
_SPLIT = 0.54  # share of the width of the left picture
_GROUPS = (("trained", "circle"), ("frozen", "diamond-open"))


def cohort_panels(
    names: Sequence[str],
    means: tuple[Sequence[float], Sequence[float]],
    differences: Sequence[tuple[float, float, float]],
    titles: tuple[str, str, str],
) -> go.Figure:
    """Left: the two groups' values per row on one scale, joined by a line. Right: first minus second.

    Args:
        names: one per row, first on top.
        means: values of the first and of the second group.
        differences: (value, low, high) per row; grey where the interval holds zero.
        titles: of the first group, of the second group, of the right picture.
    """
    rows = list(range(len(names)))
    drawn = layout(104 + _ROW * max(len(names), 1), legend=True)
    left = {"domain": [0, _SPLIT], "anchor": "y", "showgrid": True}
    right = {"domain": [_SPLIT + 0.04, 1], "anchor": "y", "showgrid": True, "nticks": 6}
    drawn |= {
        "xaxis": axis(tick_format="+.0%") | left,
        "xaxis2": axis(tick_format="+.0%") | right,
        "yaxis": axis() | rows_axis([label(name, 30) for name in names]),
        "shapes": [_zero("x"), _zero("x2")],
        "annotations": [
            {
                "x": _SPLIT + 0.04,
                "xref": "paper",
                "xanchor": "left",
                "y": 1,
                "yref": "paper",
                "yanchor": "bottom",
            }
            | {"text": label(titles[2], 60), "showarrow": False}
        ],
    }
    traces: list[dict[str, Any]] = [_joins(means, rows)]
    for values, title, (meaning, symbol) in zip(means, titles, _GROUPS, strict=False):
        traces.append(
            {"type": "scatter", "mode": "markers", "x": list(values), "y": rows, "name": label(title, 60)}
            | {"marker": {"color": COLOURS[meaning], "symbol": symbol, "size": 10, "line": {"width": 1.5}}}
            | _hover(f"{name}: {value:+.1%}" for name, value in zip(names, values, strict=True))
        )
    traces += [
        trace
        for row, name, one in zip(rows, names, differences, strict=True)
        for trace in _difference(row, name, one)
    ]
    return go.Figure({"data": traces, "layout": drawn})


def _zero(axis_name: str) -> dict[str, Any]:
    ends = {"type": "line", "x0": 0, "x1": 0, "y0": 0, "y1": 1, "xref": axis_name, "yref": "y domain"}
    return ends | {"line": {"color": FAINT, "width": 1.5}}


def _joins(means: tuple[Sequence[float], Sequence[float]], rows: list[int]) -> dict[str, Any]:
    x = [one for pair in zip(*means, strict=True) for one in (*pair, None)]
    y = [one for row in rows for one in (row, row, None)]
    line = {"type": "scatter", "mode": "lines", "x": x, "y": y, "showlegend": False, "hoverinfo": "skip"}
    return line | {"line": {"color": FAINT, "width": 2}}


def _difference(row: int, name: str, found: tuple[float, float, float]) -> list[dict[str, Any]]:
    value, low, high = found
    meaning, symbol = ("baseline", "square")
    if low > 0:
        meaning, symbol = ("worse", "triangle-right")
    elif high < 0:
        meaning, symbol = ("better", "triangle-left")
    common = {"type": "scatter", "xaxis": "x2", "showlegend": False}
    line = {"x": [low, high], "y": [row, row], "mode": "lines", "hoverinfo": "skip"}
    dot = {"x": [value], "y": [row], "mode": "markers"}
    return [
        {**common, **line, "line": {"color": COLOURS[meaning], "width": 3}},
        {**common, **dot, "marker": {"color": COLOURS[meaning], "symbol": symbol, "size": 11}}
        | _hover([f"{name}: {value:+.1%} [{low:+.1%}, {high:+.1%}]"]),
    ]


def _hover(words: Any) -> dict[str, Any]:
    return {"hovertext": [label(one, 90) for one in words], "hoverinfo": "text"}
