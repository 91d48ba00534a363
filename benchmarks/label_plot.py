"""The label-efficiency plot as SVG: mean AUC, and what each arm has over CatBoost with its interval.

The tables differ far more from one another than the arms do, so that an interval of a mean AUC would only
tell that; intervals are drawn where draws are paired, on the differences.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from benchmarks.label_report import (
    TITLES,
    Aucs,
    differences,
    interval,
    labels_of,
    means,
    measured_arms,
    signed,
)

REFERENCE = "catboost"
STYLES = {  # Okabe-Ito, 3:1 on both backgrounds as in finxfer/ui/charts/theme.py; dashes tell them apart too
    "own": ("#0072B2", "", 3.2),
    "without": ("#7A8CA3", "2 4", 2.0),
    "as-is": ("#009E73", "", 2.0),
    "fine-tuned": ("#009E73", "7 4", 2.0),
    "catboost": ("#D55E00", "", 2.0),
    "lightgbm": ("#B4578F", "7 3 2 3", 2.0),
    "logistic": ("#858585", "5 3", 2.0),
}
THEMES = {"light": ("#FFFFFF", "#1F2937"), "dark": ("#0E1117", "#E5E7EB")}
WIDTH, HEIGHT = 960, 440
TOP, BOTTOM = 44, 384
ALL_AT = 20_000
"""Where "all" stands on the axis of labels: the tables have 700 to 42,211 rows to learn from."""
DODGE = 4.5
"""Pixels between the intervals of two arms at one number of labels."""


@dataclass(frozen=True)
class Point:
    """One arm at one number of labels; low and high are the ends of an interval, or the value itself."""

    labels: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Panel:
    """A drawing area: pixel ends, the range of its values, and how far labels reach."""

    left: float
    right: float
    low: float
    high: float
    labels: Sequence[str]

    def x(self, labels: str) -> float:
        ends = [math.log(_count(self.labels[0])), math.log(_count(self.labels[-1]))]
        share = (math.log(_count(labels)) - ends[0]) / ((ends[1] - ends[0]) or 1.0)
        return self.left + 14 + (self.right - self.left - 28) * share

    def y(self, value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * (value - self.low) / (self.high - self.low)


def write_plots(found: Aucs, arms: Sequence[str], folder: Path) -> list[Path]:
    """label-efficiency-light.svg and -dark.svg; ValueError where no arm was measured on every table."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for theme in THEMES:
        path = folder / f"label-efficiency-{theme}.svg"
        path.write_text(drawing(found, arms, theme), encoding="utf-8")
        paths.append(path)
    return paths


def drawing(found: Aucs, arms: Sequence[str], theme: str) -> str:
    """The SVG's text. arms: those drawn, as far as they were measured on every table."""
    lines = {arm: line for arm in arms if (line := _line(found, arm, arms))}
    if not lines:
        raise ValueError("no arm was measured on every table")
    gaps = {arm: line for arm in lines if arm != REFERENCE and (line := _gap(found, arm))}
    names = [
        name for name in labels_of(found) if any(name == p.labels for line in lines.values() for p in line)
    ]
    background, ink = THEMES[theme]
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' font-family="system-ui, sans-serif" font-size="13" fill="{ink}">',
        "<title>AUC against the number of labels</title>",
        f"<desc>{escape(in_words(found, arms))}</desc>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{background}"/>',
    ]
    parts += _panel(
        lines, _spanned(lines, 52, 330, names), "mean AUC", lambda value: f"{value:.2f}", ink, True
    )
    if gaps:
        title = f"AUC − {TITLES[REFERENCE]}'s, with 95 % intervals"
        parts += _panel(gaps, _spanned(gaps, 620, 944, names, zero=True), title, _gap_tick, ink, False)
    return "\n".join([*parts, "</svg>"]) + "\n"


def in_words(found: Aucs, arms: Sequence[str]) -> str:
    """The text alternative: every arm's mean AUC at every number of labels."""
    said = []
    for arm in arms:
        line = _line(found, arm, arms)
        if line:
            said.append(f"{TITLES[arm]}: " + ", ".join(f"{p.value:.3f} at {p.labels}" for p in line))
    return "Mean AUC by number of labels. " + "; ".join(said) + "."


def _line(found: Aucs, arm: str, arms: Sequence[str]) -> list[Point]:
    """Mean AUC over the draws that all drawn arms have."""
    points = []
    for labels in labels_of(found):
        there, seeds = measured_arms(found, labels, arms)
        if seeds and arm in there:
            value = float(means(found, labels, arm, seeds).mean())
            points.append(Point(labels, value, value, value))
    return points


def _gap(found: Aucs, arm: str) -> list[Point]:
    points = []
    for labels in labels_of(found):
        gains, draws = differences(found, labels, arm, REFERENCE)
        if draws:
            points.append(Point(labels, float(gains.mean()), *interval(gains)))
    return points


def _spanned(
    lines: dict[str, list[Point]], left: float, right: float, labels: Sequence[str], zero: bool = False
) -> Panel:
    values = [end for line in lines.values() for point in line for end in (point.low, point.high)]
    low, high = min([*values, 0.0] if zero else values), max([*values, 0.0] if zero else values)
    room = (high - low) * 0.06 or 0.01
    return Panel(left, right, low - room, high + room, labels)


def _panel(
    lines: dict[str, list[Point]],
    panel: Panel,
    title: str,
    tick: Callable[[float], str],
    ink: str,
    named: bool,
) -> list[str]:
    parts = [f'<text x="{panel.left}" y="22" font-weight="600">{escape(title)}</text>']
    step = _step(panel.high - panel.low)
    for number in range(math.ceil(panel.low / step), math.floor(panel.high / step) + 1):
        y = panel.y(number * step)
        strong = ' stroke-opacity="0.9"' if number == 0 else ' stroke-opacity="0.2"'
        parts.append(f'<path d="M{panel.left} {y:.1f}H{panel.right}" stroke="{ink}"{strong}/>')
        parts.append(
            f'<text x="{panel.left - 6}" y="{y + 4:.1f}" text-anchor="end">{tick(number * step)}</text>'
        )
    for labels in panel.labels:
        text = labels if labels == "all" else f"{int(labels):,}"
        parts.append(f'<text x="{panel.x(labels):.1f}" y="{BOTTOM + 20}" text-anchor="middle">{text}</text>')
    middle = (panel.left + panel.right) / 2
    parts.append(f'<text x="{middle}" y="{BOTTOM + 42}" text-anchor="middle">labelled rows</text>')
    for place, (arm, line) in enumerate(lines.items()):
        parts += _drawn(arm, line, panel, DODGE * (place - (len(lines) - 1) / 2) if not named else 0.0)
    return parts + (_names(lines, panel) if named else [])


def _drawn(arm: str, line: list[Point], panel: Panel, aside: float) -> list[str]:
    colour, _, width = STYLES[arm]
    spots = [(panel.x(point.labels) + aside, panel.y(point.value), point) for point in line]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y, _ in spots)
    parts = [f'<path d="M{path}" fill="none" {_stroke(arm)}/>']
    for x, y, point in spots:
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{width + 1:.1f}" fill="{colour}"/>')
        if point.high > point.low:
            ends = f"M{x:.1f} {panel.y(point.low):.1f}V{panel.y(point.high):.1f}"
            parts.append(f'<path d="{ends}" stroke="{colour}" stroke-width="1.6"/>')
    return parts


def _names(lines: dict[str, list[Point]], panel: Panel) -> list[str]:
    """The arms' names right of their last points, moved apart where they would lie on one another."""
    parts, last = [], -math.inf
    for arm, line in sorted(lines.items(), key=lambda entry: panel.y(entry[1][-1].value)):
        y = max(panel.y(line[-1].value) + 4, last + 17)
        last = y
        left = panel.right + 2
        parts.append(f'<path d="M{left} {y - 4:.1f}h26" {_stroke(arm)}/>')
        parts.append(f'<text x="{left + 32}" y="{y:.1f}">{escape(TITLES[arm])}</text>')
    return parts


def _stroke(arm: str) -> str:
    colour, dashes, width = STYLES[arm]
    return f'stroke="{colour}" stroke-width="{width}" stroke-dasharray="{dashes}"'


def _count(labels: str) -> float:
    return ALL_AT if labels == "all" else float(labels)


def _step(span: float) -> float:
    """A round distance between grid lines, so that there are four to nine."""
    power = 10.0 ** math.floor(math.log10(span / 4))
    return next(step * power for step in (5, 2, 1) if span / (step * power) >= 4)


def _gap_tick(value: float) -> str:
    return signed(value)[:-1] if abs(value) > 1e-9 else "0"
