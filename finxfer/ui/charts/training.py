"""Losses and validation AUC while a network trains."""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from finxfer.ui.charts.theme import COLOURS, FAINT, GRID, TEMPLATE, base
from finxfer.ui.text import charts as text


def training_curves(epochs: list[dict[str, Any]], height: int = 320) -> go.Figure:
    """Losses (left) and validation AUC (right, where it is defined) per epoch.

    ``epochs`` are the run's ``epoch`` events: {"epoch", "train_loss", "validation_loss", "validation_auc"}.
    The best validation loss so far is marked.
    """
    ranked = not epochs or any(one.get("validation_auc") is not None for one in epochs)
    figure = make_subplots(rows=1, cols=2 if ranked else 1, horizontal_spacing=0.09)
    figure.update_layout(base(height, legend=True).layout)
    figure.update_layout(template=TEMPLATE, height=height)
    if ranked:
        figure.update_layout(
            xaxis={"domain": [0, 0.43], "anchor": "y"}, xaxis2={"domain": [0.57, 1], "anchor": "y2"}
        )
    series = (
        ("train_loss", 1, text.TRAIN_LOSS, "baseline", "dash"),
        ("validation_loss", 1, text.VALIDATION_LOSS, "trained", "solid"),
        ("validation_auc", 2, text.VALIDATION_AUC, "trained", "solid"),
    )
    for key, column, name, colour, dash in series[: 3 if ranked else 2]:
        known = [one for one in epochs if one.get(key) is not None]
        figure.add_trace(
            go.Scatter(
                x=[one["epoch"] for one in known],
                y=[one[key] for one in known],
                mode="lines+markers",
                name=name,
                showlegend=column == 1,
                line={"color": COLOURS[colour], "dash": dash, "width": 2.4},
                marker={"size": 5},
                hovertemplate="%{x}: %{y:.4f}<extra></extra>",
            ),
            row=1,
            col=column,
        )
    figure.update_xaxes(
        title_text=text.EPOCH,
        title_standoff=8,
        gridcolor=GRID,
        rangemode="tozero",
        fixedrange=True,
        tickformat="d",
        dtick=1 if epochs and epochs[-1]["epoch"] < 8 else None,
        automargin=True,
    )
    figure.update_yaxes(gridcolor=GRID, zeroline=False, automargin=True, fixedrange=True, title_standoff=8)
    figure.update_yaxes(title_text=text.LOSS, row=1, col=1)
    if ranked:
        figure.update_yaxes(title_text=text.VALIDATION_AUC, range=_around_one(epochs), row=1, col=2)
    _mark_best(figure, epochs, (1, 2) if ranked else (1,))
    return figure


def _around_one(epochs: list[dict[str, Any]]) -> list[float] | None:
    """The range of the AUC while there is one value only, where Plotly would take 0 to 1.5; else None."""
    known = {one["validation_auc"] for one in epochs if one.get("validation_auc") is not None}
    return [min(known) - 0.05, max(known) + 0.05] if len(known) == 1 else None


def _mark_best(figure: go.Figure, epochs: list[dict[str, Any]], columns: tuple[int, ...]) -> None:
    """A dotted line in every part at the epoch of the best validation loss."""
    best = min(
        (one for one in epochs if one.get("validation_loss") is not None),
        key=lambda one: one["validation_loss"],
        default=None,
    )
    if best is None:
        return
    for column in columns:
        figure.add_vline(x=best["epoch"], line={"color": FAINT, "width": 1, "dash": "dot"}, row=1, col=column)
    early = 2 * best["epoch"] <= 1 + epochs[-1]["epoch"]  # words to the left would cover the axis
    figure.add_annotation(
        x=best["epoch"],
        y=1,
        yref="y domain",
        text=text.BEST_EPOCH,
        showarrow=False,
        xanchor="left" if early else "right",
        xshift=4 if early else -4,
        yanchor="top",
    )
