"""Where the scores of the two classes lie, and what a threshold does to them."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import plotly.graph_objects as go

from finxfer.ui.charts.performance import inside_legend
from finxfer.ui.charts.theme import COLOURS, FAINT, HEIGHT, base, rows_axis
from finxfer.ui.safe import chart_text as label
from finxfer.ui.text import charts as text


def ks(curve: dict[str, Any], classes: tuple[str, str]) -> go.Figure:
    """The two classes' cumulative score distributions and the largest distance between them.

    ``curve`` is one model's ``"ks"``; ``classes`` are the names of the positive class and of the other one.
    """
    figure = base(
        HEIGHT,
        x_title=text.PROBABILITY,
        y_title=text.SHARE_BELOW,
        x_range=(0, 1),
        y_range=(0, 1.02),
        x_format=".0%",
        y_format=".0%",
    )
    drawn = (
        ("cdf_negative", "negative", classes[1], "dash"),
        ("cdf_positive", "positive", classes[0], "solid"),
    )
    for key, colour, name, dash in drawn:
        figure.add_trace(
            go.Scatter(
                x=curve["score"],
                y=curve[key],
                mode="lines",
                name=label(name),
                line={"color": COLOURS[colour], "width": 2.4, "dash": dash},
                hovertemplate="%{y:.1%} ≤ %{x:.1%}<extra></extra>",
            )
        )
    at = curve.get("at")
    if at is not None:
        nearest = min(range(len(curve["score"])), key=lambda index: abs(curve["score"][index] - at))
        low, high = sorted((curve["cdf_positive"][nearest], curve["cdf_negative"][nearest]))
        figure.add_trace(
            go.Scatter(
                x=[at, at],
                y=[low, high],
                mode="lines",
                showlegend=False,
                hoverinfo="skip",
                line={"color": COLOURS["trained"], "width": 3},
            )
        )
        figure.add_annotation(
            x=at,
            y=high,
            text=f"KS {curve['value']:.3f}",
            showarrow=False,
            xanchor="right",
            xshift=-8,
            yshift=8,
        )
    return inside_legend(figure, 0.99, 0.03, "right", "bottom")


def score_distribution(
    histogram: dict[str, Any],
    threshold: float,
    classes: tuple[str, str],
    chosen: float | None = None,
    height: int = 300,
) -> go.Figure:
    """Scores of the positive class upwards and of the other class downwards, each as a share of its class.

    ``threshold`` (0 to 1) is drawn as a line, the flagged side shaded; ``chosen`` marks the threshold that
    the validation rows chose, where it is another one.
    """
    edges = histogram["edges"]
    centres = [(a + b) / 2 for a, b in pairwise(edges)]
    widths = [b - a for a, b in pairwise(edges)]
    top = edges[-1]
    figure = base(
        height, x_title=text.PROBABILITY, y_title=text.SHARE_OF_CLASS, x_range=(0, top), x_format=".0%"
    )
    sides = (("positive", 1, classes[0], ""), ("negative", -1, classes[1], "/"))
    shares_of = {key: _shares(histogram[key]) for key in ("positive", "negative")}
    highest = max(*shares_of["positive"], *shares_of["negative"], 1e-6)
    for key, sign, name, pattern in sides:
        shares = shares_of[key]
        figure.add_trace(
            go.Bar(
                x=centres,
                y=[sign * share for share in shares],
                width=widths,
                name=label(name),
                marker={
                    "color": COLOURS[key],
                    "line": {"width": 0},
                    "pattern": {"shape": pattern, "fillmode": "replace", "size": 5, "solidity": 0.5},
                },
                customdata=list(zip(histogram[key], shares, strict=True)),
                hovertemplate="%{x:.0%}: %{customdata[0]:,} rows, %{customdata[1]:.1%}<extra>"
                + label(name)
                + "</extra>",
            )
        )
        figure.add_annotation(
            x=0.995,
            xref="paper",
            y=sign * highest * 0.78,
            text=label(name),
            showarrow=False,
            xanchor="right",
            font={"color": COLOURS[key], "size": 14},
        )
    _threshold_lines(figure, threshold, chosen, top)
    ticks = _both_ways(highest)
    figure.update_yaxes(
        tickvals=ticks,
        ticktext=[f"{abs(tick):.3g}%" for tick in (100 * tick for tick in ticks)],
        range=[-1.12 * highest, 1.12 * highest],
    )
    figure.update_layout(barmode="relative", bargap=0)
    return figure


def new_scores(edges: list[float], counts: list[int], threshold: float) -> go.Figure:
    """Scores of customers whose outcome is unknown, with the run's threshold."""
    top = edges[-1]
    figure = base(260, x_title=text.PROBABILITY, y_title=text.ROWS, x_range=(0, top), x_format=".0%")
    figure.add_trace(
        go.Bar(
            x=[(a + b) / 2 for a, b in pairwise(edges)],
            y=counts,
            width=[b - a for a, b in pairwise(edges)],
            marker={"color": COLOURS["frozen"], "line": {"width": 0}},
            hovertemplate="%{x:.1%}: %{y:,}<extra></extra>",
        )
    )
    _threshold_lines(figure, threshold, None, top)
    figure.update_layout(bargap=0)
    return figure


def bars(rows: list[tuple[str, float, str]]) -> go.Figure:
    """Horizontal bars, first on top: (name, length, words at the end of the bar)."""
    figure = base(80 + 60 * max(len(rows), 1))
    figure.add_trace(
        go.Bar(
            x=[length for _, length, _ in rows],
            y=list(range(len(rows))),
            orientation="h",
            width=0.6,
            marker={"color": COLOURS["frozen"]},
            text=[label(words, 60) for _, _, words in rows],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    figure.update_yaxes(rows_axis([label(name, 40) for name, _, _ in rows]))
    longest = max((length for _, length, _ in rows), default=1) or 1
    figure.update_xaxes(range=[0, 1.45 * longest], tickformat=",d", showticklabels=False, showgrid=False)
    return figure


def _both_ways(highest: float) -> list[float]:
    """Round ticks up and down from zero: two to four a side, none beyond ``highest`` (above 0, at most 1)."""
    power = 10.0 ** math.floor(math.log10(highest))
    step = power * next((part for part in (5, 2, 1) if highest >= 2 * part * power), 0.5)
    count = int(highest / step + 1e-9)
    return [round(number * step, 9) for number in range(-count, count + 1)]


def _shares(counts: list[float]) -> list[float]:
    total = sum(counts) or 1
    return [count / total for count in counts]


def _threshold_lines(figure: go.Figure, threshold: float, chosen: float | None, top: float) -> None:
    figure.add_hline(y=0, line={"color": FAINT, "width": 1})
    figure.add_vrect(
        x0=min(threshold, top), x1=top, fillcolor="rgba(0,114,178,0.07)", line_width=0, layer="below"
    )
    figure.add_vline(x=min(threshold, top), line={"color": COLOURS["trained"], "width": 2.5})
    figure.add_annotation(
        x=min(threshold, top),
        y=1,
        yref="paper",
        text=f"{text.THRESHOLD} {threshold:.1%} →",
        showarrow=False,
        xanchor="left" if threshold < 0.7 * top else "right",
        xshift=5 if threshold < 0.7 * top else -5,
        yanchor="top",
    )
    if chosen is not None and abs(chosen - threshold) > 0.002:
        figure.add_vline(x=chosen, line={"color": FAINT, "width": 1.5, "dash": "dash"})
        figure.add_annotation(
            x=chosen,
            y=0,
            yref="paper",
            text=text.RUNS_OWN,
            showarrow=False,
            xanchor="left",
            xshift=4,
            yanchor="bottom",
        )
