"""A column before and after a remedy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from finxfer.data.remedy_steps import as_floats
from finxfer.data.values import value_counts
from finxfer.evaluation.amounts import amount
from finxfer.ui import charts
from finxfer.ui.charts_data import HATCHING
from finxfer.ui.safe import chart_text
from finxfer.ui.tables import count
from finxfer.ui.text import remedies as text

HEIGHT = 190
BINS = 24
MOST_LEVELS = 7
_LOOKS = {"before": ("baseline", "/"), "after": ("trained", "")}


def before_after(before: pd.Series, after: pd.Series) -> tuple[go.Figure, str, str]:
    """The chart, and in words what stands before and after."""
    if pd.api.types.is_datetime64_any_dtype(after.dtype):
        before_year = before.dt.year.astype("Int64") if before.dtype.kind == "M" else None
        return _levels(before_year, after.dt.year.astype("Int64"))
    if pd.api.types.is_numeric_dtype(after.dtype) and after.nunique() > 2:
        return _histograms(before if pd.api.types.is_numeric_dtype(before.dtype) else None, after)
    return _levels(before, after)


def _bar(figure: go.Figure, part: str, x: list[float], y: list[int], words: list[str]) -> None:
    colour, pattern = _LOOKS[part]
    figure.add_bar(
        x=x,
        y=y,
        name={"before": text.BEFORE, "after": text.AFTER}[part],
        marker={
            "color": charts.COLOURS[colour],
            "pattern": {"shape": pattern, "fillmode": "overlay", "fgcolor": HATCHING, "size": 7},
        },
        hovertext=words,
        hoverinfo="text+name",
    )


def _histograms(before: pd.Series | None, after: pd.Series) -> tuple[go.Figure, str, str]:
    """Rows by value; what lies beyond the middle 98% stands in the outermost bars, gaps on their own."""
    values = {"after": as_floats(after)}
    if before is not None:
        values = {"before": as_floats(before), **values}
    known = np.concatenate([one[~np.isnan(one)] for one in values.values()])
    figure = charts.base(HEIGHT, legend=True)
    # Some values stand far from the others: ends by what is left of them after the remedy.
    core = values["after"][~np.isnan(values["after"])]
    low, high = np.quantile(core if len(core) else known, [0.01, 0.99]) if len(known) else (0.0, 1.0)
    if not high > low:
        low, high = low - 0.5, low + 0.5
    edges = np.linspace(low, high, BINS + 1)
    step = edges[1] - edges[0]
    middles = [float(low - 2 * step), *((edges[:-1] + edges[1:]) / 2).tolist()]
    said = {"before": text.AS_TEXT}
    for part, column in values.items():
        there = column[~np.isnan(column)]
        missing = len(column) - len(there)
        rows = [missing, *np.histogram(np.clip(there, low, high), edges)[0].tolist()]
        words = [f"{amount(m)}: {count(n)}" for m, n in zip(middles, rows, strict=True)]
        words[0] = f"{text.NOTHING}: {count(missing)}"
        _bar(figure, part, middles, rows, words)
        ends = f"{there.min():,.5g} to {there.max():,.5g}" if len(there) else text.NOTHING
        said[part] = f"{ends}, {count(missing)} missing"
    ticks = np.linspace(low, high, 4)
    figure.update_layout(barmode="group", bargap=0.05, yaxis={"tickformat": ",", "nticks": 4})
    figure.update_xaxes(
        tickmode="array",
        tickvals=[middles[0], *ticks.tolist()],
        ticktext=[text.NOTHING, *(amount(one) for one in ticks)],
        showgrid=False,
    )
    return figure, said["before"], said["after"]


def _levels(before: pd.Series | None, after: pd.Series) -> tuple[go.Figure, str, str]:
    """Rows by level: the most frequent ones of either side."""
    counts = {"after": value_counts(after)}
    if before is not None:
        counts = {"before": value_counts(before), **counts}
    often = [name for one in counts.values() for name in list(one)[:MOST_LEVELS]]
    names = list(dict.fromkeys(often))[: 2 * MOST_LEVELS]
    figure = charts.base(HEIGHT + 30, legend=True)
    said = {"before": text.AS_TEXT}
    for part, found in counts.items():
        rows = [int(found.get(name, 0)) for name in names]
        words = [f"{chart_text(name, 40)}: {count(n)}" for name, n in zip(names, rows, strict=True)]
        _bar(figure, part, list(range(len(names))), rows, words)
        said[part] = f"{count(len(found))} levels"
    figure.update_layout(barmode="group", bargap=0.15, yaxis={"tickformat": ",", "nticks": 4})
    figure.update_xaxes(
        tickmode="array",
        tickvals=list(range(len(names))),
        ticktext=[chart_text(name, 14) for name in names],
        showgrid=False,
    )
    return figure, said["before"], said["after"]
