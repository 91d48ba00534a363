"""Places of the same things in several rankings, side by side: level lines where the rankings agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from finxfer.ui.charts.theme import COLOURS, SYMBOLS, axis, layout
from finxfer.ui.safe import chart_text as label

_APART = 0.16
"""Of a place, between things that share it in a ranking."""


def rank_lines(
    names: Sequence[str],
    rankings: Sequence[tuple[str, Sequence[int], str]],
    row_height: int = 44,
) -> go.Figure:
    """One line per thing from ranking to ranking, the first place on top.

    names: of the things. rankings: (title, the place of each thing from 1, meaning of the line that leads to
    the next ranking, a key of ``COLOURS``), from left to right; the names stand beside the first.
    """
    places = [_spread(ranking[1]) for ranking in rankings]
    traces = []
    for thing, name in enumerate(names):
        for left in range(len(rankings) - 1):
            ends = [places[left][thing], places[left + 1][thing]]
            traces.append(_line(left, ends, rankings[left][2]))
        for column, (title, ranks, meaning) in enumerate(rankings):
            words = label(f"{name}: {title} {ranks[thing]}", 90)
            traces.append(_dot(column, places[column][thing], ranks[thing], meaning, words))
    last = max((place for column in places for place in column), default=1.0)
    titles = [label(title, 30) for title, _, _ in rankings]
    drawn = layout(84 + row_height * max(len(names), 1)) | {
        "margin": {"l": 8, "r": 8, "t": 34, "b": 8},
        "xaxis": axis(None, (-0.72, len(rankings) - 0.7))
        | {
            "tickmode": "array",
            "tickvals": list(range(len(rankings))),
            "ticktext": titles,
            "side": "top",
            "showgrid": False,
        },
        "yaxis": axis(None, (last + 0.6, 0.4)) | {"showgrid": False, "showticklabels": False},
        "annotations": [
            {"x": 0, "y": places[0][thing], "xanchor": "right", "xshift": -16, "showarrow": False}
            | {"text": label(name, 34)}
            for thing, name in enumerate(names)
        ],
    }
    return go.Figure({"data": traces, "layout": drawn})


def _spread(ranks: Sequence[int]) -> list[float]:
    """The places as they are drawn: things that share one stand a little apart."""
    seen: dict[int, int] = {}
    drawn = []
    for rank in ranks:
        drawn.append(rank + 2 * _APART * seen.get(rank, 0))
        seen[rank] = seen.get(rank, 0) + 1
    return drawn


def _line(left: int, ends: list[float], meaning: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [left, left + 1],
        "y": ends,
        "line": {"color": COLOURS[meaning], "width": 2, "dash": "dot" if meaning == "baseline" else "solid"},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _dot(column: int, place: float, rank: int, meaning: str, words: str) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": [column],
        "y": [place],
        "marker": {"color": COLOURS[meaning], "size": 11, "symbol": SYMBOLS[meaning]},
        "text": [str(rank)],
        "textposition": "top center",
        "hovertext": [words],
        "hoverinfo": "text",
        "showlegend": False,
    }
