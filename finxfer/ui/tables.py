"""Numbers and tables as the screens show them: one format per kind of number, everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

NOTHING = "–"


def metric3(value: float | None) -> str:
    """A Gini, an AUC or another score in 0..1: three decimals."""
    return NOTHING if _missing(value) else f"{value:.3f}".replace("-", "−")


def share(value: float | None) -> str:
    """A share in 0..1 as a percentage with one decimal."""
    return NOTHING if _missing(value) else f"{value * 100:.1f}%".replace("-", "−")  # type: ignore[operator]


def count(value: float | None) -> str:
    """A number of rows or parameters, with separators."""
    return NOTHING if _missing(value) else f"{round(value):,}".replace("-", "−")  # type: ignore[arg-type]


def size(value: float | None) -> str:
    """A number of bytes in the unit that fits (kB = 1,000 bytes)."""
    if _missing(value):
        return NOTHING
    amount, unit = float(value), "bytes"  # type: ignore[arg-type]
    for bigger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, bigger
    return f"{amount:.0f} {unit}" if unit == "bytes" or amount >= 100 else f"{amount:.1f} {unit}"


def duration(seconds: float | None) -> str:
    """A time span: ``0.4 s``, ``21 s``, ``2 min 10 s``, ``3 h 5 min``."""
    if _missing(seconds):
        return NOTHING
    total = max(float(seconds), 0.0)  # type: ignore[arg-type]
    if total < 9.95:
        return f"{total:.1f} s"
    whole = round(total)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def rough_duration(seconds: float) -> str:
    """An estimated time span with no more digits than a guess supports."""
    step = 5 if seconds < 60 else 30 if seconds < 600 else 300
    return duration(max(step, round(seconds / step) * step)).replace(".0 s", " s")


def digits(interval: Sequence[float] | None) -> int:
    """How many decimals a number with this interval supports: two, or three where it is narrow."""
    if not interval or interval[0] is None or interval[1] is None:
        return 3
    # An end beside zero must not read as zero: the interval would seem to include it.
    hidden = interval[0] * interval[1] > 0 and min(abs(interval[0]), abs(interval[1])) < 0.005
    return 3 if interval[1] - interval[0] < 0.02 or hidden else 2


def with_interval(value: float | None, interval: Sequence[float] | None, decimals: int | None = None) -> str:
    """``0.58 [0.55, 0.61]``; no more decimals than the interval supports unless ``decimals`` asks."""
    if _missing(value):
        return NOTHING
    places = digits(interval) if decimals is None else decimals
    words = f"{_zero(value, places):.{places}f}"
    if interval and not (_missing(interval[0]) or _missing(interval[1])):
        low, high = (_zero(end, places) for end in interval)
        words += f" [{low:.{places}f}, {high:.{places}f}]"
    return words.replace("-", "−")


def share_interval(value: float | None, interval: Sequence[float] | None) -> str:
    """``18.2% [15.0%, 21.4%]``."""
    if _missing(value):
        return NOTHING
    words = share(value)
    if interval and not (_missing(interval[0]) or _missing(interval[1])):
        words += f" [{share(interval[0])}, {share(interval[1])}]"
    return words


def signed(value: float | None, decimals: int = 3) -> str:
    """A difference with its sign: ``+0.021``."""
    return NOTHING if _missing(value) else f"{_zero(value, decimals):+.{decimals}f}".replace("-", "−")


def show_table(
    frame: pd.DataFrame,
    *,
    key: str,
    alt: str,
    columns: dict[str, Any] | None = None,
    height: int | None = None,
) -> None:
    """A read-only table without its index; ``alt`` names it for screen readers. Cells are never Markdown."""
    st.dataframe(
        frame,
        key=key,
        alt=alt,
        hide_index=True,
        column_config=columns,
        height=height if height is not None else "auto",
        width="stretch",
    )


def _missing(value: float | None) -> bool:
    return value is None or pd.isna(value)


def _zero(value: float | None, places: int) -> float:
    """``value`` rounded, without the sign that a rounded negative zero keeps."""
    return round(float(value), places) + 0.0  # type: ignore[arg-type]
