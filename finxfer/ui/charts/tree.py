"""A small decision tree, the first question on top, each end with its probability."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from finxfer.ui.charts.theme import COLOURS, FAINT, layout
from finxfer.ui.safe import chart_text as label

_ROW = 92


def question_tree(nodes: Sequence[dict[str, Any]], threshold: float | None) -> go.Figure:
    """Nodes as ``surrogates.json`` has them, "yes" to the left.

    Ends at or above ``threshold`` are drawn in the colour of what is worse, as squares.
    """
    place = _places(nodes)
    deepest = max(node["depth"] for node in nodes)
    lines: tuple[list[float | None], list[float | None]] = ([], [])
    for node in nodes:
        if node["parent"] is not None:
            above, here = -node["depth"] + 1, -node["depth"]
            lines[0].extend((place[node["parent"]], place[node["id"]], place[node["id"]], None))
            lines[1].extend((above, above, here, None))
    drawn = go.Figure(layout=layout(70 + _ROW * (deepest + 1)))
    drawn.add_trace(
        go.Scatter(
            x=lines[0], y=lines[1], mode="lines", line={"color": FAINT, "width": 1.5}, hoverinfo="skip"
        )
    )
    for ends in (False, True):
        shown = [node for node in nodes if (node["question"] is None) is ends]
        high = [threshold is not None and node["probability"] >= threshold for node in shown]
        drawn.add_trace(
            go.Scatter(
                x=[place[node["id"]] for node in shown],
                y=[-node["depth"] for node in shown],
                mode="markers+text",
                text=[
                    f"{node['probability']:.0%}" if ends else label(node["question"], 30) for node in shown
                ],
                textposition="bottom center",
                textfont={"size": 12 if ends else 11},
                marker={
                    "size": 12 if ends else 7,
                    "color": [
                        COLOURS["worse" if one else "trained"] if ends else COLOURS["baseline"]
                        for one in high
                    ],
                    "symbol": ["square" if one and ends else "circle" for one in high],
                },
                hovertext=[_hover(node) for node in shown],
                hoverinfo="text",
            )
        )
    hidden = {"visible": False, "fixedrange": True}
    width = max(place.values(), default=0)
    drawn.update_layout(
        xaxis=hidden | {"range": [-0.7, width + 0.7]}, yaxis=hidden | {"range": [-deepest - 0.45, 0.45]}
    )
    return drawn


def _places(nodes: Sequence[dict[str, Any]]) -> dict[int, float]:
    """Ends side by side, every question above the middle of its two answers."""
    children: dict[int, list[int]] = {}
    for node in nodes:
        if node["parent"] is not None:
            children.setdefault(node["parent"], []).append(node["id"])
    place: dict[int, float] = {}
    ends = 0
    for node in nodes:
        if node["id"] not in children:
            place[node["id"]] = float(ends)
            ends += 1
    for node in sorted(nodes, key=lambda one: -one["depth"]):
        if node["id"] in children:
            below = [place[one] for one in children[node["id"]]]
            place[node["id"]] = sum(below) / len(below)
    return place


def _hover(node: dict[str, Any]) -> str:
    asked = "" if node["question"] is None else f"{label(node['question'], 60)}<br>"
    return f"{asked}{node['probability']:.1%}<br>n = {node['rows']:,}"
