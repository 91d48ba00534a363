"""Rating grades against outcomes, and what approving more customers does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from finxfer.ui.charts.performance import inside_legend
from finxfer.ui.charts.theme import COLOURS, DASHES, FAINT, HEIGHT, base
from finxfer.ui.safe import chart_text as label
from finxfer.ui.text import calibration as words

_MARKS = {
    "in line": ("trained", "circle"),
    "PD too low": ("worse", "triangle-up"),
    "PD looks too high": ("frozen", "triangle-down"),
}


def grades(table: Sequence[dict[str, Any]]) -> go.Figure:
    """Each grade's PD as a bar across, its observed default rate as a dot with its interval."""
    top = max((one["interval"][1] if one["interval"] else one["pd"] for one in table), default=1.0)
    figure = base(
        HEIGHT,
        x_title=words.AXIS_GRADE,
        y_title=words.AXIS_RATE,
        x_range=(0.4, len(table) + 0.6),
        y_range=(0, 1.1 * max(top, *[one["pd"] for one in table], 1e-6)),
        y_format=".0%",
        legend=True,
    )
    pds = [one["pd"] for one in table]
    figure.add_trace(
        go.Scatter(
            x=[one["grade"] for one in table],
            y=pds,
            mode="markers",
            name=words.PD_MARK,
            marker={
                "symbol": "line-ew",
                "size": 34,
                "color": COLOURS["baseline"],
                "line": {"width": 3, "color": COLOURS["baseline"]},
            },
            hovertemplate="PD %{y:.2%}<extra></extra>",
        )
    )
    for verdict, (colour, symbol) in _MARKS.items():
        shown = [one for one in table if one["verdict"] == verdict and one["interval"]]
        if shown:
            figure.add_trace(_observed(shown, words.OBSERVED_MARK[verdict], COLOURS[colour], symbol))
    figure.update_xaxes(dtick=1, showgrid=False)
    return figure


def _observed(shown: list[dict[str, Any]], name: str, colour: str, symbol: str) -> go.Scatter:
    return go.Scatter(
        x=[one["grade"] for one in shown],
        y=[one["observed"] for one in shown],
        mode="markers",
        name=name,
        marker={"color": colour, "size": 10, "symbol": symbol},
        error_y={
            "type": "data",
            "array": [one["interval"][1] - one["observed"] for one in shown],
            "arrayminus": [one["observed"] - one["interval"][0] for one in shown],
            "color": colour,
            "thickness": 2,
            "width": 5,
        },
        customdata=[[one["defaults"], one["rows"]] for one in shown],
        hovertemplate="%{y:.2%}: %{customdata[0]:,} of %{customdata[1]:,}<extra></extra>",
    )


def approval(
    lines: Sequence[tuple[str, Sequence[float], Sequence[float | None], bool]],
    titles: tuple[str, str],
    rate: float,
    rate_words: str,
    as_share: bool,
) -> go.Figure:
    """Lines over the approval rate: (name, rates, values, whether it is this model), the model drawn last.

    ``titles`` are those of the axes; a dotted line with ``rate_words`` marks the approval ``rate``.
    """
    figure = base(
        HEIGHT,
        x_title=titles[0],
        y_title=titles[1],
        x_range=(0, 1),
        x_format=".0%",
        y_format=".0%" if as_share else ",.3~s",
    )
    number = 0
    for name, x, y, mine in sorted(lines, key=lambda line: line[3]):
        number += not mine
        style = {"color": COLOURS["trained"], "width": 3, "dash": "solid"}
        if not mine:
            dash = DASHES[1 + (number - 1) % (len(DASHES) - 1)]
            style = {"color": COLOURS["baseline"], "width": 1.6, "dash": dash}
        written = "%{y:.1%}" if as_share else "%{y:,.0f}"
        figure.add_trace(
            go.Scatter(
                x=list(x),
                y=list(y),
                mode="lines",
                name=label(name),
                line=style,
                hovertemplate="%{x:.0%} → " + written + "<extra>" + label(name) + "</extra>",
            )
        )
    figure.add_vline(x=rate, line={"color": FAINT, "width": 1.5, "dash": "dot"})
    figure.add_annotation(
        x=rate,
        y=0,
        yref="paper",
        text=label(rate_words),
        showarrow=False,
        xanchor="right",
        xshift=-4,
        yshift=8,
    )
    return inside_legend(figure, 0.02, 0.99, "left", "top")
