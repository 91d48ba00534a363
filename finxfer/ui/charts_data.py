"""Small charts of the Data page: what a quality finding rests on, the outcome, the split."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from finxfer.ui import charts
from finxfer.ui.safe import chart_text
from finxfer.ui.tables import count, share
from finxfer.ui.text import data as text

SMALL = 120
MOST_BARS = 8


def finding_chart(chart: dict[str, Any], colour: str) -> go.Figure | None:
    """The small chart of a finding, or None for a kind of chart that is not known here."""
    kind = chart.get("type")
    if kind == "bar":
        return _bars(chart, colour)
    if kind in ("histogram", "two_histograms"):
        return _histogram(chart, colour)
    return None


def _bars(chart: dict[str, Any], colour: str) -> go.Figure:
    values = [float(value) for value in chart["values"][:MOST_BARS]]
    labels = [chart_text(label, 26) for label in chart["labels"][:MOST_BARS]]
    words = [share(value) if chart.get("unit") == "share" else count(value) for value in values]
    figure = charts.base(max(70, 24 * len(values) + 16))
    figure.add_bar(
        x=values,
        y=list(range(len(values))),
        orientation="h",
        marker={"color": charts.COLOURS[colour]},
        text=words,
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    highest = max([*values, 1e-9])
    figure.update_xaxes(visible=False, range=[0, highest * 1.35])
    figure.update_yaxes(
        tickmode="array",
        tickvals=list(range(len(labels))),
        ticktext=labels,
        range=[len(labels) - 0.4, -0.6],
        showgrid=False,
    )
    return figure


def _histogram(chart: dict[str, Any], colour: str) -> go.Figure:
    edges = [float(edge) for edge in chart["edges"]]
    middles = [(low + high) / 2 for low, high in zip(edges, edges[1:], strict=False)]
    widths = [high - low for low, high in zip(edges, edges[1:], strict=False)]
    figure = charts.base(SMALL, legend="positive" in chart)
    series = (
        (("negative", text.NEGATIVE, "negative"), ("positive", text.POSITIVE_ROWS, "positive"))
        if "positive" in chart
        else (("counts", "", colour),)
    )
    for key, name, tint in series:
        figure.add_bar(
            x=middles,
            y=chart[key],
            width=widths,
            name=name,
            opacity=0.65 if len(series) > 1 else 1.0,
            marker={"color": charts.COLOURS[tint]},
            hoverinfo="skip",
        )
    figure.update_layout(barmode="overlay", bargap=0)
    figure.update_yaxes(visible=False)
    return figure


def parts_bar(parts: list[tuple[str, int, str, str]]) -> go.Figure:
    """One bar cut into parts: (name, rows, colour, hatching). Names and counts stand on the parts."""
    total = max(1, sum(rows for _, rows, _, _ in parts))
    figure = charts.base(84)
    for name, rows, colour, pattern in parts:
        figure.add_bar(
            x=[rows],
            y=[0],
            orientation="h",
            marker={
                "color": charts.COLOURS[colour],
                "pattern": {"shape": pattern, "fgcolor": "rgba(255,255,255,0.5)", "size": 7, "solidity": 0.2},
            },
            hovertemplate=f"{chart_text(name)}: {count(rows)} ({share(rows / total)})<extra></extra>",
        )
    start = 0
    for name, rows, _, _ in parts:
        if rows:
            figure.add_annotation(
                x=start,
                y=0.62,
                xanchor="left",
                yanchor="bottom",
                text=f"{chart_text(name, 30)} {count(rows)} ({share(rows / total)})",
                showarrow=False,
            )
        start += rows
    figure.update_layout(barmode="stack")
    figure.update_xaxes(visible=False, range=[0, total])
    figure.update_yaxes(visible=False, range=[-0.5, 1.3])
    return figure
