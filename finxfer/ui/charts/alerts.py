"""What is found of rare events, by the number of alerts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from finxfer.ui.charts.theme import COLOURS, DASHES, FAINT, HEIGHT, axis, layout
from finxfer.ui.safe import chart_text as label
from finxfer.ui.text import alerts as text

_BAND = "rgba(0,114,178,0.16)"
WITHOUT_LABELS = ("anomaly", "isolation_forest")


def alert_curves(
    alerts: Sequence[float],
    curves: dict[str, dict[str, Any]],
    names: dict[str, str],
    chosen: float,
    x_title: str,
) -> go.Figure:
    """Recall (0 to 1) over alerts on a logarithmic axis; a line stands at the chosen number.

    Args:
        alerts: the numbers, ascending.
        curves: of each model "recall" and "interval" (a pair or None) at each number; the first is in front.
        names: of the models, for people.
        chosen: the number that the sentence is about.
        x_title: of the axis.
    """
    figure = go.Figure(layout=layout(HEIGHT, legend=True))
    first = next(iter(curves))
    for number, (name, curve) in reversed(list(enumerate(curves.items()))):
        meaning = "trained" if name == first else "frozen" if name in WITHOUT_LABELS else "baseline"
        if name == first:
            _band(figure, alerts, curve["interval"])
        figure.add_scatter(
            x=list(alerts),
            y=curve["recall"],
            mode="lines",
            name=label(names[name], 34),
            line={
                "color": COLOURS[meaning],
                "width": 2.6 if name == first else 1.8,
                "dash": DASHES[number % 5],
            },
            hovertext=[
                label(f"{names[name]}: {recall:.1%} of {count:,.4g} alerts", 120)
                for count, recall in zip(alerts, curve["recall"], strict=True)
            ],
            hoverinfo="text",
        )
    figure.add_shape(
        type="line",
        x0=chosen,
        x1=chosen,
        y0=0,
        y1=1,
        yref="paper",
        line={"color": FAINT, "width": 1.4, "dash": "dot"},
    )
    x = axis(x_title, None, ",.4~g") | {"type": "log", "tickmode": "array", "tickvals": list(alerts)}
    x |= {"ticktext": [f"{count:,.4g}" for count in alerts]}
    figure.update_layout(
        xaxis=x,
        yaxis=axis(text.Y_AXIS, (0, 1.02), ".0%"),
        legend={"traceorder": "reversed", "itemclick": False, "itemdoubleclick": False},
    )
    return figure


def _band(figure: go.Figure, alerts: Sequence[float], intervals: Sequence[Any]) -> None:
    known = [(count, ends) for count, ends in zip(alerts, intervals, strict=True) if ends]
    if not known:
        return
    figure.add_scatter(
        x=[count for count, _ in (*known, *known[::-1])],
        y=[*(ends[1] for _, ends in known), *(ends[0] for _, ends in known[::-1])],
        mode="lines",
        fill="toself",
        fillcolor=_BAND,
        line={"width": 0},
        showlegend=False,
        hoverinfo="skip",
    )
