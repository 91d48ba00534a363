"""Values with their intervals on one shared axis, beside a reference line: gains and fairness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from finxfer.ui.charts.theme import COLOURS, FAINT, FONT_SIZE, GRID, SYMBOLS, TEMPLATE, base, rows_axis
from finxfer.ui.safe import chart_text as label
from finxfer.ui.text import charts as text


@dataclass(frozen=True)
class Dot:
    """One row: a name, a value with its interval (None: too little data) and what it means.

    ``meaning`` is a key of ``COLOURS``: trained, baseline, better, worse, too_little, frozen.
    ``words`` is written above the dot.
    """

    name: str
    value: float | None
    interval: tuple[float, float] | None
    meaning: str = "trained"
    words: str = ""


def dot_interval(
    dots: Sequence[Dot],
    *,
    reference: float | None,
    reference_words: str = "",
    x_title: str = "",
    x_format: str | None = None,
    x_range: tuple[float, float] | None = None,
    row_height: int = 44,
) -> go.Figure:
    """A dot and a bar per row, first on top; the vertical line is the ``reference`` (zero for gains).

    A row without a value is drawn as words only, so that nothing looks like a measurement.
    """
    span = x_range or _span(dots, reference)
    top = 26 if reference_words else 8
    figure = base(64 + top + row_height * max(len(dots), 1), x_title=x_title, x_format=x_format, x_range=span)
    figure.update_layout(margin={"t": top, "r": 12})
    figure.update_xaxes(showgrid=True)
    if reference is not None:
        figure.add_vline(x=reference, line={"color": FAINT, "width": 1.5})
        if reference_words:
            figure.add_annotation(
                x=reference,
                y=1,
                yref="paper",
                yanchor="bottom",
                text=label(reference_words, 60),
                showarrow=False,
            )
    for position, dot in enumerate(dots):
        _row(figure, position, dot, span, reference)
    rows_axis(figure, [label(dot.name, 24) for dot in dots])
    return figure


def _row(
    figure: go.Figure, position: int, dot: Dot, span: tuple[float, float], reference: float | None
) -> None:
    colour = COLOURS[dot.meaning]
    if dot.value is None:
        figure.add_annotation(
            x=span[0],
            y=position,
            text=label(dot.words or text.TOO_LITTLE, 60),
            showarrow=False,
            xanchor="left",
            xshift=6,
            font={"color": colour},
        )
        return
    figure.add_traces(_traces(position, dot, reference))
    if dot.words:
        figure.add_annotation(x=dot.value, y=position, text=label(dot.words, 60), showarrow=False, yshift=15)


def _traces(position: int, dot: Dot, reference: float | None) -> list[go.Scatter]:
    """The bar (where there is an interval) and the dot of one row that has a value."""
    colour = COLOURS[dot.meaning]
    hollow = dot.meaning == "too_little"
    traces = []
    if dot.interval is not None:
        traces.append(
            go.Scatter(
                x=list(dot.interval),
                y=[position, position],
                mode="lines",
                line={"color": colour, "width": 3, "dash": "dot" if hollow else "solid"},
                showlegend=False,
                hoverinfo="skip",
            )
        )
    marker = {
        "color": colour,
        "size": 11,
        "symbol": _symbol(dot, reference),
        "line": {"width": 1.5, "color": colour},
    }
    traces.append(
        go.Scatter(
            x=[dot.value],
            y=[position],
            mode="markers",
            marker=marker,
            showlegend=False,
            hovertext=label(f"{dot.name}: {dot.words}", 90),
            hoverinfo="text",
        )
    )
    return traces


def _symbol(dot: Dot, reference: float | None) -> str:
    """The meaning's symbol; better and worse are triangles that point away from the reference."""
    if dot.meaning in ("better", "worse") and reference is not None and dot.value is not None:
        return "triangle-right" if dot.value > reference else "triangle-left"
    return SYMBOLS[dot.meaning]


def _span(dots: Sequence[Dot], reference: float | None) -> tuple[float, float]:
    """The x range that holds every value and interval, with room for the words at the right."""
    values = [] if reference is None else [reference]
    for dot in dots:
        if dot.value is not None:
            values += [dot.value, *(dot.interval or ())]
    low, high = min(values, default=0.0), max(values, default=1.0)
    width = (high - low) or 1.0
    return low - 0.12 * width, high + 0.12 * width


def dot_panels(
    names: Sequence[str],
    panels: Sequence[tuple[str, Sequence[Dot], float | None, str]],
    row_height: int = 34,
) -> go.Figure:
    """Several metrics of the same rows side by side, the rows shared.

    ``panels`` holds (title, one dot per row, reference value or None, d3 format of the axis).
    """
    figure = make_subplots(
        rows=1,
        cols=len(panels),
        shared_yaxes=True,
        horizontal_spacing=0.035,
        subplot_titles=[label(title, 40) for title, *_ in panels],
    )
    style = base(92 + row_height * max(len(names), 1)).layout
    figure.update_layout(template=TEMPLATE, height=style.height, showlegend=False, dragmode=False)
    figure.update_layout(margin={"l": 8, "r": 16, "t": 34, "b": 8})
    for column, (_, dots, reference, tick_format) in enumerate(panels, start=1):
        span = _span(dots, reference)
        figure.update_xaxes(
            range=list(span),
            tickformat=tick_format,
            gridcolor=GRID,
            showgrid=True,
            zeroline=False,
            fixedrange=True,
            nticks=5,
            col=column,
        )
        for position, dot in enumerate(dots):
            _panel_row(figure, position, dot, span, column, reference)
        if reference is not None:
            line = {"color": FAINT, "width": 1.5, "dash": "dot"}
            figure.add_vline(x=reference, line=line, row=1, col=column, exclude_empty_subplots=False)
    figure.update_annotations(selector={"yref": "paper"}, font={"size": FONT_SIZE})
    figure.update_yaxes(zeroline=False, automargin=True, fixedrange=True)
    rows_axis(figure, [label(name, 24) for name in names])
    return figure


def _panel_row(
    figure: go.Figure,
    position: int,
    dot: Dot,
    span: tuple[float, float],
    column: int,
    reference: float | None,
) -> None:
    where = {"row": 1, "col": column}
    if dot.value is None:
        figure.add_annotation(
            x=span[0],
            y=position,
            text=text.TOO_LITTLE,
            showarrow=False,
            xanchor="left",
            xshift=4,
            font={"color": COLOURS["too_little"]},
            **where,
        )
        return
    for trace in _traces(position, dot, reference):
        figure.add_trace(trace, **where)
