"""A backbone's stages from input to output, frozen and trained."""

from __future__ import annotations

import textwrap

import plotly.graph_objects as go

from finxfer.backbones.card import Card
from finxfer.ui import charts
from finxfer.ui.safe import chart_text
from finxfer.ui.tables import count
from finxfer.ui.text import backbone as text

HEIGHT = 190
# What a stage is in the picture: its colour's meaning, and the hatching that says the same without colour.
_FILL = {
    text.FROZEN: ("frozen", "/"),
    text.TRAINED: ("trained", ""),
    text.USED: ("frozen", "/"),
    text.OPEN: ("baseline", "."),
}


def stage_states(card: Card, depth: int | str) -> list[tuple[str, str, int]]:
    """(title, state, parameters) of every stage and, last, of the head."""
    parts = [*card.stages, card.head]
    if depth == "as-is":
        states = [text.USED] * len(parts)
    elif depth == "auto":
        states = [text.OPEN] * len(parts)
    else:
        states = [text.FROZEN if index < int(depth) else text.TRAINED for index in range(len(parts))]
    return [
        (str(part["title"]), state, int(part["parameters"]))
        for part, state in zip(parts, states, strict=True)
    ]


def stage_words(states: list[tuple[str, str, int]]) -> str:
    """The picture in words, for those who cannot see it."""
    parts = ", ".join(f"{title}: {state}, {count(parameters)}" for title, state, parameters in states)
    return text.STAGES_ALT.format(parts=parts)


def stage_picture(states: list[tuple[str, str, int]]) -> go.Figure:
    """Boxes from left to right; under each its title and parameters, above each group what happens to it."""
    figure = charts.base(HEIGHT)
    width = max(9, 110 // len(states))
    labels = [
        "<br>".join([*textwrap.wrap(chart_text(title, 60), width)[:3], count(parameters)])
        for title, _, parameters in states
    ]
    colours = [charts.COLOURS[_FILL[state][0]] for _, state, _ in states]
    figure.add_bar(
        x=list(range(len(states))),
        y=[1] * len(states),
        width=0.86,
        marker={
            "color": colours,
            "pattern": {
                "shape": [_FILL[state][1] for _, state, _ in states],
                "fillmode": "overlay",
                "fgcolor": "rgba(255,255,255,0.55)",
                "size": 8,
                "solidity": 0.2,
            },
            "line": {"width": 0},
        },
        hoverinfo="skip",
    )
    for start, end, state in _groups(states):
        figure.add_annotation(
            x=(start + end) / 2, y=1.12, yanchor="bottom", text=f"<b>{state}</b>", showarrow=False
        )
    for x, word, anchor in ((-0.62, text.INPUT, "right"), (len(states) - 0.38, text.OUTPUT, "left")):
        figure.add_annotation(x=x, y=0.5, text=word, showarrow=False, xanchor=anchor)
    figure.update_xaxes(
        tickmode="array",
        tickvals=list(range(len(states))),
        ticktext=labels,
        tickangle=0,
        showgrid=False,
        range=[-1.15, len(states) + 0.15],
    )
    figure.update_yaxes(visible=False, range=[0, 1.6])
    return figure


def _groups(states: list[tuple[str, str, int]]) -> list[tuple[int, int, str]]:
    """(first, last, state) of each stretch of equal states."""
    found: list[tuple[int, int, str]] = []
    for index, (_, state, _) in enumerate(states):
        if found and found[-1][2] == state:
            found[-1] = (found[-1][0], index, state)
        else:
            found.append((index, index, state))
    return found
