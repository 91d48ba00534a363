"""Numbers as people read them in a report; None becomes an en dash."""

from __future__ import annotations

from collections.abc import Sequence

NOTHING = "–"
MINUS = "\u2212"


def metric(value: float | None) -> str:
    """Three decimals."""
    return NOTHING if value is None else f"{value:.3f}".replace("-", MINUS)


def small(value: float | None) -> str:
    """Two significant digits, for errors that three decimals would round to nothing."""
    return NOTHING if value is None else f"{value:.1e}" if 0 < abs(value) < 0.0005 else metric(value)


def share(value: float | None) -> str:
    """A percentage with one decimal."""
    return NOTHING if value is None else f"{value:.1%}".replace("-", MINUS)


def signed(value: float | None) -> str:
    """Three decimals with a sign."""
    return NOTHING if value is None else f"{value:+.3f}".replace("-", MINUS)


def points(value: float | None) -> str:
    """A difference of shares in percentage points, with a sign."""
    return NOTHING if value is None else f"{100 * value:+.1f}".replace("-", MINUS)


def count(value: float | None) -> str:
    """A count with thousands separators."""
    return NOTHING if value is None else f"{value:,.0f}"


def money(value: float | None) -> str:
    """An amount with thousands separators; cents only below a hundred."""
    if value is None:
        return NOTHING
    return f"{value:,.{2 if abs(value) < 100 else 0}f}".replace("-", MINUS)


def interval(ends: Sequence[float] | None, style: str = "metric") -> str:
    """[low, high] in the style of `metric`, `share`, `signed`, `points` or `money`; empty for None."""
    if not ends:
        return ""
    styles = {"metric": metric, "share": share, "signed": signed, "points": points, "money": money}
    spell = styles[style]
    return f"[{spell(ends[0])}, {spell(ends[1])}]"


def duration(seconds: float | None) -> str:
    """ "48 s", "2 min 10 s", "1 h 5 min"."""
    if seconds is None:
        return NOTHING
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


FILTERS = {
    "metric": metric,
    "small": small,
    "share": share,
    "signed": signed,
    "points": points,
    "count": count,
    "money": money,
    "interval": interval,
    "duration": duration,
}
