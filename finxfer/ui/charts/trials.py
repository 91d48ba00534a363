"""The trials of a search: their losses in order, and the lowest so far."""

from __future__ import annotations

from dataclasses import dataclass

import plotly.graph_objects as go

from finxfer.ui.charts.theme import COLOURS, FAINT, base
from finxfer.ui.text import controls as text


@dataclass(frozen=True)
class TrialPoint:
    """number: from 1. ended: whether it was ended early; its loss is then the last that is known."""

    number: int
    loss: float
    ended: bool


def trial_losses(points: list[TrialPoint], height: int = 290) -> go.Figure:
    """Points of the trials, hollow where ended early; the lowest so far as steps; the first as a level."""
    figure = base(height, x_title=text.AXIS_TRIAL, y_title=text.AXIS_LOSS, y_format=".3f", legend=True)
    done = [point for point in points if not point.ended]
    lowest, steps = float("inf"), []
    for point in done:
        lowest = min(lowest, point.loss)
        steps.append(lowest)
    for ended, name, symbol, colour in (
        (False, text.POINT, "circle", "trained"),
        (True, text.ENDED, "circle-open", "baseline"),
    ):
        shown = [point for point in points if point.ended is ended]
        if shown:
            figure.add_trace(
                go.Scatter(
                    x=[point.number for point in shown],
                    y=[point.loss for point in shown],
                    mode="markers",
                    name=name,
                    marker={"symbol": symbol, "size": 8, "color": COLOURS[colour]},
                    hovertemplate="%{x}: %{y:.4f}<extra></extra>",
                )
            )
    figure.add_trace(
        go.Scatter(
            x=[point.number for point in done],
            y=steps,
            mode="lines",
            name=text.BEST_SO_FAR,
            line={"color": COLOURS["better"], "width": 2.2, "shape": "hv"},
            hoverinfo="skip",
        )
    )
    if done:
        figure.add_hline(
            y=done[0].loss,
            line={"color": FAINT, "width": 1, "dash": "dot"},
            annotation_text=text.YOURS,
            annotation_position="bottom right",
        )
    figure.update_yaxes(title_standoff=16)
    figure.update_xaxes(tickformat="d", dtick=1 if len(points) < 12 else None, rangemode="tozero")
    return figure
