"""Values with their intervals on one shared axis, beside a reference line: gains and fairness."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from finxfer.ui.charts.theme import (
    COLOURS,
    FAINT,
    FONT_SIZE,
    GRID,
    SYMBOLS,
    TEMPLATE,
    axis,
    layout,
    rows_axis,
    ticks,
)
from finxfer.ui.safe import chart_text as label
from finxfer.ui.text import charts as text

_GAP = 0.035  # between panels, as a share of the width
_EDGE = 0.25  # share of the width on either side in which a row's words would reach over the edge
_AXIS = {"gridcolor": GRID, "showgrid": True, "zeroline": False, "fixedrange": True}


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
    top = 44 if reference_words else 8  # words below the toolbar
    names = [label(dot.name, 34) for dot in dots]
    drawn = layout(64 + top + row_height * max(len(dots), 1)) | {
        "margin": {"l": 8, "r": 12, "t": top, "b": 8},
        "xaxis": axis(x_title, span, x_format) | {"showgrid": True, "nticks": 7},
        # Room above the first row for its words.
        "yaxis": axis() | rows_axis(names) | {"range": [len(dots) - 0.5, -0.85]},
        "annotations": [_row_words(position, dot, span) for position, dot in enumerate(dots)],
    }
    if reference is not None:
        line = {"type": "line", "x0": reference, "x1": reference, "y0": 0, "y1": 1, "yref": "paper"}
        drawn["shapes"] = [line | {"line": {"color": FAINT, "width": 1.5}}]
        note = {"x": reference, "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False}
        if reference_words:
            drawn["annotations"].append(note | {"text": label(reference_words, 60)})
    traces = [
        trace
        for position, dot in enumerate(dots)
        if dot.value is not None
        for trace in _traces(position, dot, reference)
    ]
    return go.Figure({"data": traces, "layout": drawn})


def _row_words(position: int, dot: Dot, span: tuple[float, float]) -> dict[str, Any]:
    """What is written above a row's dot, or in its place where there is no value."""
    if dot.value is None:
        note = {"x": span[0], "y": position, "xanchor": "left", "xshift": 6, "showarrow": False}
        return note | {
            "text": label(dot.words or text.TOO_LITTLE, 60),
            "font": {"color": COLOURS[dot.meaning]},
        }
    # Beside an edge of the picture the words begin or end at the dot, so that they are not cut off.
    place = (dot.value - span[0]) / ((span[1] - span[0]) or 1.0)
    anchor, shift = ("left", -8) if place < _EDGE else ("right", 8) if place > 1 - _EDGE else ("center", 0)
    beside = {"x": dot.value, "y": position, "xanchor": anchor, "xshift": shift, "yshift": 15}
    return beside | {"text": label(dot.words, 60), "showarrow": False}


def _traces(position: int, dot: Dot, reference: float | None, axis: str = "x") -> list[dict[str, Any]]:
    """The bar (where there is an interval) and the dot of one row that has a value, as plain objects."""
    colour = COLOURS[dot.meaning]
    hollow = dot.meaning == "too_little"
    common = {"type": "scatter", "xaxis": axis, "showlegend": False}
    traces: list[dict[str, Any]] = []
    if dot.interval is not None:
        line = {"color": colour, "width": 3, "dash": "dot" if hollow else "solid"}
        ends = {"x": list(dot.interval), "y": [position, position]}
        traces.append({**common, **ends, "mode": "lines", "line": line, "hoverinfo": "skip"})
    marker = {
        "color": colour,
        "size": 11,
        "symbol": _symbol(dot, reference),
        "line": {"width": 1.5, "color": colour},
    }
    hover = {"hovertext": label(f"{dot.name}: {dot.words}", 90), "hoverinfo": "text"}
    traces.append({**common, "x": [dot.value], "y": [position], "mode": "markers", "marker": marker, **hover})
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
    traces: list[dict[str, Any]] = []
    shapes: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    axes: dict[str, Any] = {}
    width = (1 - _GAP * (len(panels) - 1)) / max(len(panels), 1)
    for number, (title, dots, reference, tick_format) in enumerate(panels):
        axis = "x" if number == 0 else f"x{number + 1}"
        span, left = _span(dots, reference), number * (width + _GAP)
        axes[axis.replace("x", "xaxis")] = {
            **_AXIS,
            "domain": [left, left + width],
            "range": list(span),
            **ticks(tick_format),
            "nticks": 5,
            "anchor": "y",
        }
        notes.append(
            {"x": left + width / 2, "y": 1, "xref": "paper", "yref": "paper", "yanchor": "bottom"}
            | {"text": label(title, 40), "showarrow": False, "font": {"size": FONT_SIZE}}
        )
        for position, dot in enumerate(dots):
            if dot.value is None:
                notes.append(_nothing(position, span[0], axis))
            else:
                traces += _traces(position, dot, reference, axis)
        if reference is not None:
            line = {"color": FAINT, "width": 1.5, "dash": "dot"}
            ends = {"x0": reference, "x1": reference, "y0": 0, "y1": 1}
            shapes.append({"type": "line", "xref": axis, "yref": "y domain", **ends, "line": line})
    layout = {
        "template": TEMPLATE,
        "height": 92 + row_height * max(len(names), 1),
        "margin": {"l": 8, "r": 16, "t": 34, "b": 8},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "shapes": shapes,
        "annotations": notes,
        "yaxis": {
            **_AXIS,
            "automargin": True,
            "showgrid": False,
            "tickmode": "array",
            "tickvals": list(range(len(names))),
            "ticktext": [label(name, 24) for name in names],
            "range": [len(names) - 0.4, -0.6],
        },
    }
    return go.Figure({"data": traces, "layout": layout | axes})


def _nothing(position: int, x: float, axis: str) -> dict[str, Any]:
    """The words in place of a dot without a value."""
    note = {"x": x, "y": position, "xref": axis, "yref": "y", "xanchor": "left", "xshift": 4}
    return note | {"text": text.TOO_LITTLE, "showarrow": False, "font": {"color": COLOURS["too_little"]}}
