"""A value after every stage of a backbone, before and after fine-tuning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from finxfer.ui.charts.theme import COLOURS, FAINT, SYMBOLS, axis, layout
from finxfer.ui.safe import chart_text as label

HEIGHT = 340
_ASIDE = 0.09  # from the middle of a stage's place


@dataclass(frozen=True)
class StageLine:
    """One line: its name, a key of ``COLOURS``, and per place (value, low, high) or None."""

    name: str
    meaning: str
    points: Sequence[tuple[float, float, float] | None]


def stage_lines(
    places: Sequence[str],
    lines: Sequence[StageLine],
    *,
    reference: float,
    reference_words: str,
    y_title: str,
) -> go.Figure:
    """Values with intervals over the stages from input to output.

    Lines that share a place stand side by side there: at most two.
    """
    drawn = layout(HEIGHT, legend=len(lines) > 1) | {
        "xaxis": axis()
        | {
            "tickmode": "array",
            "tickvals": list(range(len(places))),
            "ticktext": [label(place, 24) for place in places],
            "range": [-0.5, len(places) - 0.5],
            "showgrid": False,
        },
        "yaxis": axis(y_title),
        "shapes": [
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": reference, "y1": reference}
            | {"line": {"color": FAINT, "width": 1.5}}
        ],
        "annotations": [
            {"xref": "paper", "x": 1, "y": reference, "xanchor": "right", "yanchor": "bottom"}
            | {"text": label(reference_words, 60), "showarrow": False}
        ],
    }
    crowd = [sum(line.points[place] is not None for line in lines) for place in range(len(places))]
    return go.Figure({"data": [_line(line, crowd, line is lines[0]) for line in lines], "layout": drawn})


def _line(line: StageLine, crowd: Sequence[int], first: bool) -> dict[str, Any]:
    shift = -_ASIDE if first else _ASIDE
    known = [
        (place + shift if crowd[place] > 1 else place, point)
        for place, point in enumerate(line.points)
        if point is not None
    ]
    colour = COLOURS[line.meaning]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": line.name,
        "x": [place for place, _ in known],
        "y": [point[0] for _, point in known],
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": [point[2] - point[0] for _, point in known],
            "arrayminus": [point[0] - point[1] for _, point in known],
            "color": colour,
            "thickness": 2,
            "width": 0,
        },
        "line": {"color": colour, "width": 1.5, "dash": "dot" if line.meaning == "frozen" else "solid"},
        "marker": {"color": colour, "size": 9, "symbol": SYMBOLS[line.meaning]},
        "hovertemplate": "%{y:.3f}<extra>" + label(line.name, 40) + "</extra>",
    }
