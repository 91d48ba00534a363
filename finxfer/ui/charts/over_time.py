"""Figures by period, PSI against what chance makes of it, and Gini over the number of labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from finxfer.ui.charts.theme import COLOURS, DASHES, FAINT, HEIGHT, SYMBOLS, axis, layout, rows_axis
from finxfer.ui.safe import chart_text as label
from finxfer.ui.text import stability as text

READINGS = {"alike": "baseline", "within chance": "too_little", "shifted": "trained", "different": "worse"}
"""Which colour a PSI has."""
_APART = 0.09  # of a period, to either side of its middle
_BANDS = {"trained": "rgba(0,114,178,0.16)", "baseline": "rgba(133,133,133,0.16)"}


@dataclass(frozen=True)
class Series:
    """One model: points (x, value, interval or None, words); x is a position or a number of labels.

    band: the interval as a band, else as bars.
    """

    name: str
    points: Sequence[tuple[float, float, Sequence[float] | None, str]]
    meaning: str = "trained"
    dash: str = "solid"
    band: bool = False


def period_dots(names: Sequence[str], series: Sequence[Series], y_title: str) -> go.Figure:
    """Dots with intervals, one for each model and period; a period without figures says so."""
    figure = go.Figure(layout=layout(HEIGHT, legend=True))
    for number, one in enumerate(series):
        shift = (number - (len(series) - 1) / 2) * 2 * _APART
        figure.add_trace(_marks(one, [x + shift for x, *_ in one.points]))
    there = {round(x) for one in series for x, *_ in one.points}
    for place in set(range(len(names))) - there:
        note = {"x": place, "y": 0.5, "yref": "paper", "textangle": -90, "showarrow": False}
        figure.add_annotation(note | {"text": text.TOO_FEW, "font": {"color": COLOURS["too_little"]}})
    ticks = {"tickmode": "array", "tickvals": list(range(len(names))), "showgrid": False}
    figure.update_layout(
        xaxis=axis() | ticks | {"ticktext": [label(n, 18) for n in names], "range": [-0.6, len(names) - 0.4]},
        yaxis=axis(y_title, None, None if y_title == text.FIGURES["rmse"] else ".2f"),
        legend={"itemclick": False, "itemdoubleclick": False},
    )
    return figure


def label_curves(sizes: Sequence[int], series: Sequence[Series]) -> go.Figure:
    """Gini over the number of labels on a logarithmic axis; the first series stands in front."""
    figure = go.Figure(layout=layout(HEIGHT, legend=True))
    for one in reversed(series):
        if one.band:
            figure.add_trace(_band(one))
        figure.add_trace(_marks(one, [x for x, *_ in one.points], lines=True))
    room = 1.12
    figure.update_layout(
        xaxis=axis(text.LABELS_AXIS)
        | {
            "type": "log",
            "tickmode": "array",
            "tickvals": list(sizes),
            "ticktext": [f"{size:,}" for size in sizes],
            "range": None,
            "autorangeoptions": {"include": [sizes[0] / room, sizes[-1] * room]},
        },
        yaxis=axis(text.GINI, None, ".2f"),
        legend={"traceorder": "reversed", "itemclick": False, "itemdoubleclick": False},
    )
    return figure


def _marks(one: Series, x: Sequence[float], lines: bool = False) -> go.Scatter:
    bars = None
    if not one.band and any(interval for _, _, interval, _ in one.points):
        ends = [(interval or (value, value), value) for _, value, interval, _ in one.points]
        bars = {
            "type": "data",
            "symmetric": False,
            "array": [high - value for (_, high), value in ends],
            "arrayminus": [value - low for (low, _), value in ends],
            "width": 0,
            "thickness": 2.2,
        }
    colour = COLOURS[one.meaning]
    return go.Scatter(
        x=list(x),
        y=[value for _, value, _, _ in one.points],
        mode="lines+markers" if lines else "markers",
        name=label(one.name, 34),
        line={"color": colour, "width": 2.2, "dash": one.dash},
        marker={"color": colour, "size": 9, "symbol": SYMBOLS[one.meaning]},
        error_y=bars,
        hovertext=[label(f"{one.name}: {words}", 120) for *_, words in one.points],
        hoverinfo="text",
    )


def _band(one: Series) -> go.Scatter:
    known = [(x, interval) for x, _, interval, _ in one.points if interval]
    there, back = known, known[::-1]
    return go.Scatter(
        x=[x for x, _ in (*there, *back)],
        y=[*(interval[1] for _, interval in there), *(interval[0] for _, interval in back)],
        mode="lines",
        fill="toself",
        fillcolor=_BANDS[one.meaning],
        line={"width": 0},
        showlegend=False,
        hoverinfo="skip",
    )


def psi_bars(entries: Sequence[dict[str, Any]], row_height: int = 24) -> go.Figure:
    """A bar for each PSI {"name", "psi", "limit", "reading"}, with a tick where chance ends.

    The dotted lines are the rule of thumb, .10 and .25.
    """
    names = [label(one["name"], 26) for one in entries]
    far = max([0.3, *(one["psi"] for one in entries), *(min(one["limit"], 0.6) for one in entries)]) * 1.08
    figure = go.Figure(
        layout=layout(70 + row_height * max(len(entries), 1))
        | {"margin": {"l": 8, "r": 12, "t": 24, "b": 8}, "xaxis": axis(text.PSI_AXIS, (0, far), ".2f")}
        | {"yaxis": axis() | rows_axis(names)}
    )
    figure.add_bar(
        x=[one["psi"] for one in entries],
        y=list(range(len(entries))),
        orientation="h",
        marker={
            "color": [COLOURS[READINGS[one["reading"]]] for one in entries],
            "pattern": {
                "shape": ["/" if one["reading"] == "within chance" else "" for one in entries],
                "fgcolor": "rgba(255,255,255,0.6)",
                "size": 6,
            },
        },
        hovertext=[label(f"{one['name']}: {one['psi']:.3f}, {one['reading']}", 90) for one in entries],
        hoverinfo="text",
        width=0.62,
    )
    for row, one in enumerate(entries):
        ends = {"x0": one["limit"], "x1": one["limit"], "y0": row - 0.4, "y1": row + 0.4}
        figure.add_shape(type="line", line={"color": COLOURS["positive"], "width": 2.4}, **ends)
    for limit, words in text.RULE.items():
        line = {"color": FAINT, "width": 1.2, "dash": DASHES[2]}
        figure.add_shape(type="line", x0=limit, x1=limit, y0=0, y1=1, yref="paper", line=line)
        note = {"x": limit, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False}
        figure.add_annotation(note | {"text": words, "font": {"size": 11}})
    return figure
