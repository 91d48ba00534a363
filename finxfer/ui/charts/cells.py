"""A crossing of two columns as a grid of cells, coloured by verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from finxfer.ui.charts.theme import COLOURS, FONT_SIZE, axis, layout
from finxfer.ui.safe import chart_text as label


@dataclass(frozen=True)
class Cell:
    """One cell: where it is, the words in it (a line each) and what it means (a key of COLOURS)."""

    row: str
    column: str
    lines: Sequence[str]
    meaning: str


_SHADES = {"too_little": 0, "baseline": 1, "frozen": 2, "worse": 3}
_STRENGTH = {"too_little": 0.0, "baseline": 0.14, "frozen": 0.35, "worse": 0.55}


def cell_grid(
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Sequence[Cell],
    titles: tuple[str, str],
    row_height: int = 52,
) -> go.Figure:
    """A cell per pair of values; what is not among ``cells`` stays empty. ``titles``: rows, columns."""
    shades: list[list[int | None]] = [[None] * len(columns) for _ in rows]
    notes = []
    for cell in cells:
        y, x = rows.index(cell.row), columns.index(cell.column)
        shades[y][x] = _SHADES[cell.meaning]
        words = "<br>".join(label(line, 24) for line in cell.lines)
        notes.append({"x": x, "y": y, "text": words, "showarrow": False, "font": {"size": FONT_SIZE}})
    scale = []
    for name, number in _SHADES.items():
        shade = _with_alpha(COLOURS[name], _STRENGTH[name])
        scale += [[number / 4, shade], [(number + 1) / 4, shade]]
    grid = {
        "type": "heatmap",
        "z": shades,
        "zmin": -0.5,
        "zmax": 3.5,
        "colorscale": scale,
        "showscale": False,
        "xgap": 3,
        "ygap": 3,
        "hoverinfo": "skip",
    }
    drawn = layout(100 + row_height * len(rows)) | {
        "margin": {"l": 8, "r": 16, "t": 64, "b": 8},
        "annotations": notes,
        "xaxis": axis(label(titles[1], 60)) | _ticks(columns, 18) | {"side": "top", "showgrid": False},
        "yaxis": axis(label(titles[0], 60))
        | _ticks(rows, 24)
        | {"range": [len(rows) - 0.5, -0.5], "showgrid": False},
    }
    return go.Figure({"data": [grid], "layout": drawn})


def _ticks(names: Sequence[str], longest: int) -> dict[str, object]:
    words = [label(name, longest) for name in names]
    return {"tickmode": "array", "tickvals": list(range(len(names))), "ticktext": words}


def _with_alpha(colour: str, alpha: float) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"
