"""Geometry of the report's drawings. The template turns it into inline SVG: all text is escaped there.

Pixel positions are in a drawing's own coordinates; the page scales drawings to its width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

WIDTH = 900
_ROW_HEIGHT = 26
_LABEL_WIDTH = 250
_TEXT_WIDTH = 190
_MARGIN = 12
_AXIS_HEIGHT = 28


@dataclass(frozen=True)
class Tick:
    position: float
    label: str


@dataclass(frozen=True)
class Dot:
    """One row of a dot-and-interval drawing or of a bar drawing; `kind` is the CSS class of its mark."""

    label: str
    value: float | None
    interval: Sequence[float] | None
    text: str
    kind: str = "trained"


@dataclass(frozen=True)
class PlacedDot:
    label: str
    text: str
    kind: str
    y: float
    x: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class DotDrawing:
    title: str
    alt: str
    height: float
    rows: list[PlacedDot]
    ticks: list[Tick]
    left: float
    right: float
    bottom: float
    line: float | None  # x of the reference line
    bars: bool = False
    width: float = WIDTH


@dataclass(frozen=True)
class Line:
    label: str
    points: str  # "x,y x,y", as SVG wants it
    kind: str


@dataclass(frozen=True)
class Whisker:
    x: float
    y: float
    top: float
    bottom: float


@dataclass(frozen=True)
class PlotDrawing:
    title: str
    alt: str
    x_title: str
    y_title: str
    lines: list[Line]
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    whiskers: list[Whisker] = field(default_factory=list)
    width: float = 420
    height: float = 320
    left: float = 54
    right: float = 396
    top: float = 12
    bottom: float = 272


@dataclass(frozen=True)
class Series:
    label: str
    x: Sequence[float]
    y: Sequence[float]
    kind: str


def nice_ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Ascending round numbers from `low` to `high`, at most `most` of them."""
    span = high - low
    if span <= 0:
        return [low]
    power = 10.0 ** math.floor(math.log10(span / most))
    for step in (m * power for m in (1, 2, 5, 10, 20)):
        first = math.ceil(low / step - 1e-9)
        count = math.floor(high / step + 1e-9) - first + 1
        if count <= most:
            break
    return [round((first + number) * step, 12) for number in range(count)]


def dots(
    title: str,
    alt: str,
    rows: Sequence[Dot],
    reference: float | None = None,
    percent: bool = False,
    bars: bool = False,
) -> DotDrawing:
    """Rows of dots with intervals on one axis; `reference` draws a line, `bars` begins each row at zero."""
    left, right = _LABEL_WIDTH, WIDTH - _TEXT_WIDTH
    ends = [end for row in rows for end in (row.interval or ())]
    values = [*ends, *(row.value for row in rows if row.value is not None)]
    values += [reference] if reference is not None else []
    values += [0.0] if bars else []
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    padding = (high - low) * 0.05 or 0.05
    low, high = (0.0 if bars else low - padding), high + padding

    def x_of(value: float) -> float:
        return round(left + (right - left) * (value - low) / (high - low), 1)

    bottom = _MARGIN + _ROW_HEIGHT * max(1, len(rows))
    placed = [
        PlacedDot(
            label=row.label,
            text=row.text,
            kind=row.kind,
            y=_MARGIN + _ROW_HEIGHT * (number + 0.5),
            x=None if row.value is None else x_of(row.value),
            low=x_of(row.interval[0]) if row.interval else None,
            high=x_of(row.interval[1]) if row.interval else None,
        )
        for number, row in enumerate(rows)
    ]
    ticks = [Tick(x_of(value), _tick_label(value, percent)) for value in nice_ticks(low, high)]
    line = x_of(reference) if reference is not None else None
    return DotDrawing(title, alt, bottom + _AXIS_HEIGHT, placed, ticks, left, right, bottom, line, bars)


def plot(
    title: str,
    alt: str,
    series: Sequence[Series],
    x_title: str,
    y_title: str,
    x_high: float = 1.0,
    y_high: float = 1.0,
    whiskers: Sequence[tuple[float, float, float, float]] = (),
    percent: bool = True,
    y_low: float = 0.0,
    y_percent: bool | None = None,
) -> PlotDrawing:
    """Lines between 0 and `x_high`, `y_low` and `y_high`; whiskers are (x, y, low, high).

    percent: whether the axes are shares; `y_percent` where the upright one differs.
    """
    frame = PlotDrawing(title, alt, x_title, y_title, [], [], [])
    upright = percent if y_percent is None else y_percent

    def x_of(value: float) -> float:
        return round(frame.left + (frame.right - frame.left) * min(value, x_high) / x_high, 1)

    def y_of(value: float) -> float:
        part = (min(max(value, y_low), y_high) - y_low) / (y_high - y_low)
        return round(frame.bottom - (frame.bottom - frame.top) * part, 1)

    return PlotDrawing(
        title,
        alt,
        x_title,
        y_title,
        lines=[
            Line(
                one.label,
                " ".join(f"{x_of(x)},{y_of(y)}" for x, y in zip(one.x, one.y, strict=True)),
                one.kind,
            )
            for one in series
        ],
        x_ticks=[Tick(x_of(value), _tick_label(value, percent)) for value in nice_ticks(0, x_high)],
        y_ticks=[Tick(y_of(value), _tick_label(value, upright)) for value in nice_ticks(y_low, y_high)],
        whiskers=[Whisker(x_of(x), y_of(y), y_of(high), y_of(low)) for x, y, low, high in whiskers],
    )


def _tick_label(value: float, percent: bool) -> str:
    text = f"{100 * value:.6g}%" if percent else f"{value:,.6g}"
    return text.replace("-", "\u2212")
