"""The freezing ladder: small charts over one axis of depths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from finxfer.ui.charts.theme import COLOURS, FAINT, FONT_SIZE, SYMBOLS, axis, layout
from finxfer.ui.safe import chart_text as label
from finxfer.ui.text import ladder as text

HEIGHT = 424
COLUMNS, ROWS = 4, 2
_GAP_X, _GAP_Y = 0.045, 0.2
STAR = "star"
_BAND = "rgba(0,114,178,0.10)"


@dataclass(frozen=True)
class Panel:
    """One small chart. Values, intervals and words, one for each depth; None is nothing to draw.

    bars: from zero up, for amounts; else dots with intervals. reference: a horizontal line.
    """

    title: str
    values: Sequence[float | None]
    words: Sequence[str]
    intervals: Sequence[Sequence[float] | None] = ()
    bars: bool = False
    reference: float | None = None
    tick_format: str | None = None
    nothing: str = ""


def ladder_panels(depths: Sequence[int | str], panels: Sequence[Panel], recommended: int | None) -> go.Figure:
    """`panels` in reading order, at most seven; the last place is the key. recommended: a position."""
    drawn: dict[str, Any] = layout(HEIGHT)
    traces: list[dict[str, Any]] = []
    shapes: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    width, height = (1 - _GAP_X * (COLUMNS - 1)) / COLUMNS, (1 - _GAP_Y * (ROWS - 1)) / ROWS
    for number, panel in enumerate(panels):
        row, column = divmod(number, COLUMNS)
        name = "" if number == 0 else str(number + 1)
        left, bottom = column * (width + _GAP_X), max(0.0, 1 - row * (height + _GAP_Y) - height)
        drawn[f"xaxis{name}"] = _depth_axis(depths, recommended, left, width, name)
        drawn[f"yaxis{name}"] = axis(None, _span(panel), panel.tick_format) | {
            "domain": [bottom, bottom + height],
            "anchor": f"x{name}",
            "nticks": 4,
            "tickfont": {"size": FONT_SIZE - 2},
        }
        notes.append(_title(panel.title, left, bottom + height))
        if not any(value is not None for value in panel.values):
            notes.append(_nothing(panel.nothing, left + width / 2, bottom + height / 2))
        if recommended is not None:
            shapes.append(_band(recommended, name))
        if panel.reference is not None:
            shapes.append(_line(panel.reference, name))
        traces += _traces(depths, panel, recommended, name)
    notes += _key(3 * (width + _GAP_X), height)
    notes.append(_note(text.AXIS, 0, 0) | {"yanchor": "top", "yshift": -36, "font": {"size": FONT_SIZE - 1}})
    margin = {"l": 8, "r": 12, "t": 40, "b": 62}
    return go.Figure(
        {"data": traces, "layout": drawn | {"margin": margin, "shapes": shapes, "annotations": notes}}
    )


def _depth_axis(
    depths: Sequence[int | str], recommended: int | None, left: float, width: float, name: str
) -> dict[str, Any]:
    return axis() | {
        "domain": [left, min(1.0, left + width)],
        "anchor": f"y{name}",
        "range": [-0.6, len(depths) - 0.4],
        "tickmode": "array",
        "tickvals": list(range(len(depths))),
        "ticktext": [
            f"<b>{depth}</b><br>★" if number == recommended else str(depth)
            for number, depth in enumerate(depths)
        ],
        "tickangle": 0,
        "tickfont": {"size": FONT_SIZE - 2},
        "showgrid": False,
    }


def _span(panel: Panel) -> tuple[float, float] | None:
    """The range that holds every value, interval and the reference; amounts begin at zero."""
    ends = [value for value in panel.values if value is not None]
    ends += [end for interval in panel.intervals if interval for end in interval]
    if panel.reference is not None:
        ends.append(panel.reference)
    if not ends:
        return (0.0, 1.0)
    low, high = min(ends), max(ends)
    if panel.bars:
        return (0.0, 1.08 * high or 1.0)
    room = 0.1 * ((high - low) or abs(high) or 1.0)
    return (low - room, high + room)


def _traces(
    depths: Sequence[int | str], panel: Panel, recommended: int | None, name: str
) -> list[dict[str, Any]]:
    meanings = ["frozen" if depth == text.AS_IS else "trained" for depth in depths]
    shown = [number for number, value in enumerate(panel.values) if value is not None]
    axes = {"xaxis": f"x{name}", "yaxis": f"y{name}", "showlegend": False}
    hover = {"hovertext": [label(panel.words[n], 120) for n in shown], "hoverinfo": "text"}
    values = [panel.values[n] for n in shown]
    colours = [COLOURS[meanings[n]] for n in shown]
    if panel.bars:
        bars = {"type": "bar", "x": shown, "y": values, "width": 0.7, "marker": {"color": colours}}
        return [{**bars, **axes, **hover}]
    traces: list[dict[str, Any]] = []
    for n in shown:
        interval = panel.intervals[n] if panel.intervals else None
        if interval is not None:
            line = {"color": COLOURS[meanings[n]], "width": 2.5}
            ends = {"x": [n, n], "y": list(interval), "mode": "lines", "line": line, "hoverinfo": "skip"}
            traces.append({"type": "scatter", **ends, **axes})
    marker = {
        "color": colours,
        "size": [15 if n == recommended else 9 for n in shown],
        "opacity": 1,
        "line": {"width": 0},
        "symbol": [STAR if n == recommended else SYMBOLS[meanings[n]] for n in shown],
    }
    dots = {"type": "scatter", "x": shown, "y": values, "mode": "markers", "marker": marker}
    return [*traces, {**dots, **axes, **hover}]


def _title(title: str, left: float, top: float) -> dict[str, Any]:
    return _note(f"<b>{title}</b>", left, top) | {"yanchor": "bottom", "yshift": 2}


def _note(words: str, x: float, y: float) -> dict[str, Any]:
    place = {"x": x, "y": y, "xref": "paper", "yref": "paper", "xanchor": "left", "showarrow": False}
    return place | {"text": words, "align": "left", "font": {"size": FONT_SIZE}}


def _nothing(words: str, x: float, y: float) -> dict[str, Any]:
    font = {"size": FONT_SIZE - 1, "color": COLOURS["too_little"]}
    return _note(words, x, y) | {"xanchor": "center", "yanchor": "middle", "font": font}


def _band(position: int, name: str) -> dict[str, Any]:
    """A column behind the recommended depth; it reaches over the whole panel."""
    ends = {"x0": position - 0.42, "x1": position + 0.42, "y0": 0, "y1": 1}
    return {"type": "rect", "xref": f"x{name}", "yref": f"y{name} domain", "layer": "below"} | (
        ends | {"fillcolor": _BAND, "line": {"width": 0}}
    )


def _line(value: float, name: str) -> dict[str, Any]:
    ends = {"x0": 0, "x1": 1, "y0": value, "y1": value, "line": {"color": FAINT, "width": 1.2, "dash": "dot"}}
    return {"type": "line", "xref": f"x{name} domain", "yref": f"y{name}"} | ends


def _key(left: float, top: float) -> list[dict[str, Any]]:
    """What the marks mean, in the place of an eighth panel."""
    signs = {"frozen": ("◆", "frozen"), "trained": ("●", "trained"), STAR: ("★", "trained")}
    lines = [
        f'<span style="color:{COLOURS[signs[mark][1]]}">{signs[mark][0]}</span>  {words}'
        for mark, words in text.LEGEND
    ]
    return [
        _note("<br>".join([*lines, text.LEGEND_BARS]), left, top)
        | {"yanchor": "top", "font": {"size": FONT_SIZE - 1}}
    ]
