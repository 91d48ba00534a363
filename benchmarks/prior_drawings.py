"""Small drawings for the page about the prior, as SVG: histograms, curves, cells, dots, shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH = 960
THEMES = {"light": ("#FFFFFF", "#1F2937"), "dark": ("#0E1117", "#E5E7EB")}
# Okabe-Ito, 3:1 on both backgrounds as in finxfer/ui/charts/theme.py.
BLUE, ORANGE, GREEN, PURPLE, GREY = "#0072B2", "#D55E00", "#009E73", "#B4578F", "#858585"
DASHES = ("", "6 3", "2 3")


@dataclass(frozen=True)
class Frame:
    """A panel's place in pixels, the ranges of its axes and what it says about itself."""

    left: float
    top: float
    width: float
    height: float
    title: str = ""
    x_range: tuple[float, float] = (0.0, 1.0)
    y_range: tuple[float, float] = (0.0, 1.0)
    x_ends: tuple[str, str] = ("", "")
    y_ends: tuple[str, str] = ("", "")

    def x(self, value: float) -> float:
        low, high = self.x_range
        return round(self.left + self.width * (value - low) / (high - low), 1)

    def y(self, value: float) -> float:
        low, high = self.y_range
        return round(self.top + self.height * (1 - (value - low) / (high - low)), 1)

    def rim(self) -> list[str]:
        """Title, the two axes and the words at their ends."""
        right, bottom = self.left + self.width, self.top + self.height
        said = [
            text(self.left, self.top - 8, self.title, bold=True),
            text(self.left, bottom + 14, self.x_ends[0]),
            text(right, bottom + 14, self.x_ends[1], "end"),
            text(self.left - 4, bottom, self.y_ends[0], "end"),
            text(self.left - 4, self.top + 9, self.y_ends[1], "end"),
        ]
        axes = f'<path d="M{self.left} {self.top}V{bottom}H{right}" fill="none" stroke="{GREY}"/>'
        return [axes, *filter(None, said)]


def grid(count: int, across: int, height: float, top: float = 34, gap: float = 34) -> list[Frame]:
    """Empty frames in rows of `across`, each `height` pixels high."""
    width = (WIDTH - 44 - (across - 1) * gap) / across
    return [
        Frame(
            round(36 + (number % across) * (width + gap), 1),
            top + (number // across) * (height + 54),
            round(width, 1),
            height,
        )
        for number in range(count)
    ]


def sheet(title: str, description: str, parts: Sequence[str], height: float, theme: str) -> str:
    """The SVG's text, with its text alternative."""
    background, ink = THEMES[theme]
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img"'
        f' font-family="system-ui, sans-serif" font-size="12" fill="{ink}">'
    )
    said = f"<title>{escape(title)}</title><desc>{escape(description)}</desc>"
    paper = f'<rect width="{WIDTH}" height="{height:g}" fill="{background}"/>'
    return "\n".join([opening, said, paper, *parts, "</svg>"]) + "\n"


def text(x: float, y: float, words: str, anchor: str = "start", bold: bool = False) -> str:
    """Words at a place, nothing where there are none."""
    if not words:
        return ""
    weight = ' font-weight="600"' if bold else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{weight}>{escape(words)}</text>'


def bars(frame: Frame, edges: Sequence[float], heights: Sequence[float], colour: str = BLUE) -> str:
    """A histogram: one bar between each two edges."""
    steps = [
        f"M{frame.x(low)} {frame.y(0)}V{frame.y(value)}"
        f"H{max(frame.x(high) - 1, frame.x(low) + 1):g}V{frame.y(0)}z"
        for low, high, value in zip(edges, edges[1:], heights, strict=False)
        if value > 0
    ]
    return f'<path d="{"".join(steps)}" fill="{colour}"/>'


def line(frame: Frame, xs: Sequence[float], ys: Sequence[float], colour: str = BLUE, dash: str = "") -> str:
    """A curve through the points."""
    points = " ".join(f"{frame.x(x)},{frame.y(y)}" for x, y in zip(xs, ys, strict=True))
    stroke = f'stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"'
    return f'<polyline points="{points}" fill="none" {stroke}/>'


def dots(frame: Frame, xs: Sequence[float], ys: Sequence[float], colour: str = BLUE) -> str:
    """Small squares at the points."""
    places = "".join(f"M{frame.x(x) - 2:g} {frame.y(y) - 2:g}h4v4h-4z" for x, y in zip(xs, ys, strict=True))
    return f'<path d="{places}" fill="{colour}"/>'


def cells(frame: Frame, colours: Sequence[Sequence[str]]) -> list[str]:
    """A rectangle of coloured cells, one path per colour; "" leaves a cell empty."""
    wide, high = frame.width / len(colours[0]), frame.height / len(colours)
    places: dict[str, list[str]] = {}
    for row, line_of in enumerate(colours):
        for column, colour in enumerate(line_of):
            if colour:
                corner = f"M{frame.left + column * wide:.1f} {frame.top + row * high:.1f}"
                places.setdefault(colour, []).append(
                    f"{corner}h{wide - 1:.1f}v{high - 1:.1f}h-{wide - 1:.1f}z"
                )
    return [f'<path d="{"".join(found)}" fill="{colour}"/>' for colour, found in places.items()]


def blend(share: float, theme: str, colour: str = BLUE) -> str:
    """A colour between the background (share 0) and `colour` (share 1)."""
    ends = [[int(code[at : at + 2], 16) for at in (1, 3, 5)] for code in (THEMES[theme][0], colour)]
    mixed = [round(low + (high - low) * share) for low, high in zip(*ends, strict=True)]
    return "#" + "".join(f"{value:02X}" for value in mixed)


def key(entries: Sequence[tuple[str, str]], y: float, left: float = 36) -> list[str]:
    """Coloured squares with their words, from left to right."""
    parts = []
    for words, colour in entries:
        parts.append(f'<rect x="{left:g}" y="{y - 9:g}" width="10" height="10" fill="{colour}"/>')
        parts.append(text(left + 15, y, words))
        left += 40 + 6.6 * len(words)
    return parts
