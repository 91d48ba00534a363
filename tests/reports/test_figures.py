from __future__ import annotations

import pytest

from finxfer.reports import formats
from finxfer.reports.figures import Dot, Series, dots, nice_ticks, plot


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-0.013, 0.041, [-0.01, 0, 0.01, 0.02, 0.03, 0.04]),
        (0, 0.37, [0, 0.1, 0.2, 0.3]),
        (3, 3, [3]),
    ],
)
def test_ticks_are_round_and_inside(low: float, high: float, expected: list[float]) -> None:
    assert nice_ticks(low, high) == pytest.approx(expected)


def test_dots_keep_order_and_proportion() -> None:
    drawing = dots(
        "t", "a", [Dot("x", 0.1, [0.0, 0.2], ""), Dot("y", 0.3, None, ""), Dot("z", None, None, "")], 0.0
    )
    first, second, third = drawing.rows
    assert (first.low, third.x, second.low) == (drawing.line, None, None)
    assert first.x is not None and first.low is not None and first.high is not None and second.x is not None
    assert first.x - first.low == pytest.approx(first.high - first.x, abs=0.2)
    assert second.x - first.x == pytest.approx(first.high - first.low, abs=0.2)
    assert first.y < second.y < third.y < drawing.bottom < drawing.height


def test_dots_of_nothing_and_of_one_value_still_have_an_axis() -> None:
    assert dots("t", "a", []).ticks
    assert dots("t", "a", [Dot("x", 0.5, [0.5, 0.5], "")]).ticks


def test_bars_begin_at_zero() -> None:
    drawing = dots("t", "a", [Dot("x", 0.2, None, ""), Dot("y", 0.1, None, "")], bars=True)
    lengths = [row.x - drawing.left for row in drawing.rows if row.x is not None]
    assert lengths[0] == pytest.approx(2 * lengths[1], abs=0.2)


def test_lines_rise_towards_the_top() -> None:
    drawing = plot(
        "t", "a", [Series("s", [0, 1], [0, 1], "trained")], "x", "y", whiskers=[(0.5, 0.5, 0.4, 0.6)]
    )
    assert drawing.lines[0].points == "54.0,272.0 396.0,12.0"
    whisker = drawing.whiskers[0]
    assert whisker.top < whisker.y < whisker.bottom


@pytest.mark.parametrize(
    ("spelled", "expected"),
    [
        (formats.metric(0.5432), "0.543"),
        (formats.metric(None), "–"),
        (formats.metric(-0.5), "\u22120.500"),
        (formats.share(0.1234), "12.3%"),
        (formats.signed(0.02), "+0.020"),
        (formats.points(-0.123), "\u221212.3"),
        (formats.count(12345), "12,345"),
        (formats.interval([0.1, 0.25]), "[0.100, 0.250]"),
        (formats.interval([-0.1, 0.25], "signed"), "[\u22120.100, +0.250]"),
        (formats.interval(None), ""),
        (formats.small(0.0), "0.000"),
        (formats.small(0.00012), "1.2e-04"),
        (formats.duration(4.21), "4.2 s"),
        (formats.duration(48.4), "48 s"),
        (formats.duration(130), "2 min 10 s"),
        (formats.duration(3900), "1 h 5 min"),
    ],
)
def test_formats(spelled: str, expected: str) -> None:
    assert spelled == expected
