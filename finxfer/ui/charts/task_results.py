"""Pictures of a regression and of a choice among classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from finxfer.ui.charts.theme import AMOUNTS, COLOURS, DASHES, FAINT, HEIGHT, SERIES, base
from finxfer.ui.safe import chart_text as label
from finxfer.ui.text import task_results as text

_SHADES = [[0.0, "rgba(0,114,178,0)"], [0.02, "rgba(0,114,178,0.18)"], [1.0, "rgba(0,114,178,1)"]]
MOST_NAMED = 12


def predicted_against_actual(grid: dict[str, Any]) -> go.Figure:
    """How many rows lie in each cell of predicted (across) and actual (up); on the line both are equal."""
    edges = np.asarray(grid["edges"])
    middles = (edges[:-1] + edges[1:]) / 2
    counts = np.asarray(grid["counts"], dtype=float)
    figure = base(
        HEIGHT, x_title=text.PREDICTED, y_title=text.ACTUAL, x_format=AMOUNTS, y_format=AMOUNTS,
        x_range=(edges[0], edges[-1]), y_range=(edges[0], edges[-1]),
    )  # fmt: skip
    figure.add_trace(
        go.Heatmap(
            x=middles,
            y=middles,
            z=np.sqrt(counts),
            customdata=counts,
            colorscale=_SHADES,
            showscale=False,
            hovertemplate=text.GRID_HOVER,
        )
    )
    figure.add_shape(
        type="line", x0=edges[0], y0=edges[0], x1=edges[-1], y1=edges[-1],
        line={"color": FAINT, "width": 1.5, "dash": DASHES[2]},
    )  # fmt: skip
    return figure


def tenths(entries: Sequence[dict[str, Any]]) -> go.Figure:
    """Mean actual value with its interval over the mean prediction, one dot a tenth of the predictions."""
    x = [one["predicted"] for one in entries]
    ends = [min(x + [one["actual"] for one in entries]), max(x + [one["actual"] for one in entries])]
    figure = base(
        HEIGHT, x_title=text.MEAN_PREDICTED, y_title=text.MEAN_ACTUAL, x_format=AMOUNTS, y_format=AMOUNTS
    )
    figure.add_shape(
        type="line", x0=ends[0], y0=ends[0], x1=ends[1], y1=ends[1],
        line={"color": FAINT, "width": 1.5, "dash": DASHES[2]},
    )  # fmt: skip
    figure.add_trace(_dots(x, [one["actual"] for one in entries], [one["interval"] for one in entries]))
    return figure


def residuals(entries: Sequence[dict[str, Any]]) -> go.Figure:
    """Mean error with its interval by tenth of the predictions, lowest first; above 0 predicts too much."""
    figure = base(HEIGHT, x_title=text.TENTH, y_title=text.MEAN_ERROR, y_format=AMOUNTS)
    figure.add_hline(y=0, line={"color": FAINT, "width": 1.5})
    x = list(range(1, len(entries) + 1))
    figure.add_trace(_dots(x, [one["bias"] for one in entries], [one["bias_interval"] for one in entries]))
    figure.update_xaxes(tickmode="linear", dtick=1)
    return figure


def error_by_size(entries: Sequence[dict[str, Any]]) -> go.Figure:
    """RMSE with its interval by tenth of the actual values, over their mean."""
    figure = base(HEIGHT, x_title=text.MEAN_ACTUAL, y_title=text.ERROR, x_format=AMOUNTS, y_format=AMOUNTS)
    x = [one["actual"] for one in entries]
    figure.add_trace(_dots(x, [one["rmse"] for one in entries], [one["rmse_interval"] for one in entries]))
    figure.update_yaxes(rangemode="tozero")
    return figure


def _dots(x: Sequence[float], y: Sequence[float], intervals: Sequence[Sequence[float]]) -> go.Scatter:
    return go.Scatter(
        x=list(x),
        y=list(y),
        mode="markers",
        showlegend=False,
        marker={"color": COLOURS["trained"], "size": 9},
        error_y={
            "type": "data",
            "symmetric": False,
            "array": [high - value for (_, high), value in zip(intervals, y, strict=True)],
            "arrayminus": [value - low for (low, _), value in zip(intervals, y, strict=True)],
            "width": 0,
            "thickness": 2,
        },
        hovertemplate="%{x:,.4~g} → %{y:,.4~g}<extra></extra>",
    )


def confusion(counts: Sequence[Sequence[int]], classes: Sequence[str]) -> go.Figure:
    """Share of each actual class (down) that is predicted as each class (across), as a heat map."""
    rows = np.asarray(counts, dtype=float)
    shares = rows / np.maximum(rows.sum(axis=1, keepdims=True), 1)
    places = list(range(len(classes)))
    names = [label(name, 14) for name in classes]
    figure = base(HEIGHT, x_title=text.PREDICTED_CLASS, y_title=text.ACTUAL_CLASS)
    hover = [
        [f"{names[i]} → {names[j]}: {int(rows[i, j]):,} ({shares[i, j]:.1%})" for j in places] for i in places
    ]
    figure.add_trace(
        go.Heatmap(
            x=places,
            y=places,
            z=shares,
            zmin=0,
            zmax=1,
            colorscale=_SHADES,
            showscale=False,
            hovertext=hover,
            hoverinfo="text",
            xgap=2,
            ygap=2,
        )
    )
    if len(classes) <= MOST_NAMED:
        # White on full cells; on empty ones the page's own text colour, which differs by theme.
        for full in (True, False):
            figure.add_trace(_shares_in_words(shares, full))
    ticks = {"tickmode": "array", "tickvals": places, "ticktext": names, "showgrid": False}
    figure.update_xaxes(ticks)
    figure.update_yaxes(ticks | {"range": [len(classes) - 0.5, -0.5]})
    return figure


def _shares_in_words(shares: np.ndarray, full: bool) -> go.Scatter:
    """The shares of the cells that are full, half or more of the row, or of the others."""
    rows, columns = np.nonzero((shares >= 0.5) == full)
    return go.Scatter(
        x=columns,
        y=rows,
        mode="text",
        text=[f"{value:.0%}" for value in shares[rows, columns]],
        textfont={"color": "white"} if full else None,
        showlegend=False,
        hoverinfo="skip",
    )


def class_roc(curves: Sequence[dict[str, Any] | None], classes: Sequence[str]) -> go.Figure:
    """One-vs-rest ROC curves, one a class; at most ten."""
    figure = base(HEIGHT, x_title=text.FPR, y_title=text.TPR, x_format=".0%", y_format=".0%", legend=True)
    drawn = [(name, one) for name, one in zip(classes, curves, strict=True) if one][:10]
    for place, (name, one) in enumerate(drawn):
        line = {"color": SERIES[place % len(SERIES)], "dash": DASHES[place // len(SERIES)], "width": 2}
        figure.add_trace(
            go.Scatter(x=one["fpr"], y=one["tpr"], mode="lines", name=label(name, 24), line=line)
        )
    figure.add_shape(
        type="line", x0=0, y0=0, x1=1, y1=1, line={"color": FAINT, "width": 1, "dash": DASHES[2]}
    )
    return figure
