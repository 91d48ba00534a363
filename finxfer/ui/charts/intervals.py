"""Values with their intervals on one shared axis, beside a reference line: gains and fairness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from finxfer.ui.charts.theme import COLOURS, FAINT, SYMBOLS, base, rows_axis
from finxfer.ui.safe import chart_text as label
from finxfer.ui.text import charts as text


@dataclass(frozen=True)
class Dot:
    """One row: a name, a value with its interval (None: too little data) and what it means.

    ``meaning`` is a key of ``COLOURS``: trained, baseline, better, worse, too_little, frozen.
    ``words`` is written at the right of the row.
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
    row_height: int = 30,
) -> go.Figure:
    """A dot and a bar per row, first on top; the vertical line is the ``reference`` (zero for gains).

    A row without a value is drawn as words only, so that nothing looks like a measurement.
    """
    span = x_range or _span(dots, reference)
    top = 26 if reference_words else 8
    figure = base(64 + top + row_height * max(len(dots), 1), x_title=x_title, x_format=x_format, x_range=span)
    figure.update_layout(margin={"t": top, "r": 12})
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
        _row(figure, position, dot, span)
    rows_axis(figure, [label(dot.name, 28) for dot in dots])
    return figure


def _row(figure: go.Figure, position: int, dot: Dot, span: tuple[float, float]) -> None:
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
    if dot.interval is not None:
        figure.add_trace(
            go.Scatter(
                x=list(dot.interval),
                y=[position, position],
                mode="lines",
                line={"color": colour, "width": 3, "dash": "dot" if dot.meaning == "too_little" else "solid"},
                showlegend=False,
                hoverinfo="skip",
            )
        )
    figure.add_trace(
        go.Scatter(
            x=[dot.value],
            y=[position],
            mode="markers",
            marker={
                "color": colour,
                "size": 11,
                "symbol": SYMBOLS[dot.meaning],
                "line": {"width": 1.5, "color": colour},
            },
            showlegend=False,
            hovertext=label(f"{dot.name}: {dot.words}", 90),
            hoverinfo="text",
        )
    )
    if dot.words:
        edge = max([dot.value, *(dot.interval or ())])
        figure.add_annotation(
            x=edge, y=position, text=label(dot.words, 60), showarrow=False, xanchor="left", xshift=10
        )


def _span(dots: Sequence[Dot], reference: float | None) -> tuple[float, float]:
    """The x range that holds every value and interval, with room for the words at the right."""
    values = [] if reference is None else [reference]
    for dot in dots:
        if dot.value is not None:
            values += [dot.value, *(dot.interval or ())]
    low, high = min(values, default=0.0), max(values, default=1.0)
    width = (high - low) or 1.0
    return low - 0.06 * width, high + 0.34 * width
