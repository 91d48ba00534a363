"""Small charts of the Data page: what a quality finding rests on, the outcome, the split."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, wraps
from itertools import pairwise
from typing import Any, ParamSpec

import numpy as np
import plotly.graph_objects as go

from finxfer.ui import charts
from finxfer.ui.safe import chart_text
from finxfer.ui.tables import count, share
from finxfer.ui.text import data as text

SMALL = 120
MOST_BARS = 8
HATCHING = "rgba(255,255,255,0.55)"
KEPT = 64
_Arguments = ParamSpec("_Arguments")


def _kept(
    make: Callable[_Arguments, go.Figure | None],
) -> Callable[_Arguments, go.Figure | None]:
    """The same function, which draws a figure that it has drawn before no second time.

    Plotly takes longer to lay out four small figures than a rerun of the page takes otherwise. Nothing may
    write into a figure that comes from here.
    """

    @lru_cache(maxsize=KEPT)
    def drawn(key: str) -> go.Figure | None:
        places, named = json.loads(key)
        return make(*places, **named)

    @wraps(make)
    def find(*places: _Arguments.args, **named: _Arguments.kwargs) -> go.Figure | None:
        return drawn(json.dumps([places, named], default=_plain))

    return find


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else str(value)


@_kept
def finding_chart(chart: dict[str, Any], colour: str) -> go.Figure | None:
    """The small chart of a finding, or None for a kind of chart that is not known here."""
    kind = chart.get("type")
    if kind == "bar":
        return _bars(chart, colour)
    if kind in ("histogram", "two_histograms"):
        return _histogram(chart, colour)
    return None


def _bars(chart: dict[str, Any], colour: str) -> go.Figure:
    values = [float(value) for value in chart["values"][:MOST_BARS]]
    labels = [chart_text(label, 26) for label in chart["labels"][:MOST_BARS]]
    words = [share(value) if chart.get("unit") == "share" else count(value) for value in values]
    figure = charts.base(max(70, 24 * len(values) + 16))
    figure.add_bar(
        x=values,
        y=list(range(len(values))),
        orientation="h",
        marker={"color": charts.COLOURS[colour]},
        text=words,
        textposition="outside",
        cliponaxis=False,
        hoverinfo="skip",
    )
    highest = max([*values, 1e-9])
    figure.update_xaxes(visible=False, range=[0, highest * 1.35])
    figure.update_yaxes(
        tickmode="array",
        tickvals=list(range(len(labels))),
        ticktext=labels,
        range=[len(labels) - 0.4, -0.6],
        showgrid=False,
    )
    return figure


def _histogram(chart: dict[str, Any], colour: str) -> go.Figure:
    edges = [float(edge) for edge in chart["edges"]]
    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    widths = [high - low for low, high in pairwise(edges)]
    figure = charts.base(SMALL, legend="positive" in chart)
    series = (
        (("negative", text.NEGATIVE, "negative"), ("positive", text.POSITIVE_ROWS, "positive"))
        if "positive" in chart
        else (("counts", "", colour),)
    )
    for key, name, tint in series:
        figure.add_bar(
            x=middles,
            y=chart[key],
            width=widths,
            name=name,
            opacity=0.65 if len(series) > 1 else 1.0,
            marker={"color": charts.COLOURS[tint]},
            hoverinfo="skip",
        )
    figure.update_layout(barmode="overlay", bargap=0)
    figure.update_yaxes(visible=False)
    return figure


@_kept
def parts_bar(parts: list[tuple[str, int, str, str]]) -> go.Figure:
    """One bar cut into parts: (name, rows, colour, hatching). Names stand above the parts, counts below."""
    total = max(1, sum(rows for _, rows, _, _ in parts))
    figure = charts.base(96)
    for name, rows, colour, pattern in parts:
        figure.add_bar(
            x=[rows],
            y=[0],
            orientation="h",
            marker={
                "color": charts.COLOURS[colour],
                "pattern": {"shape": pattern, "fillmode": "overlay", "fgcolor": HATCHING, "size": 7},
            },
            hovertemplate=f"{chart_text(name)}: {count(rows)} ({share(rows / total)})<extra></extra>",
        )
    start = 0
    for place, (name, rows, _, _) in enumerate(parts):
        if rows:
            # The last name stands at the right end, so that a narrow first part does not push into it.
            last = 0 < place == len(parts) - 1 and rows > 0.4 * total
            for y, anchor, words in (
                (0.5, "bottom", chart_text(name, 24)),
                (
                    -0.5,
                    "top",
                    f"{count(rows)} ({share(rows / total)})" if rows > 0.2 * total else count(rows),
                ),
            ):
                figure.add_annotation(
                    x=total if last else start,
                    y=y,
                    xanchor="right" if last else "left",
                    yanchor=anchor,
                    text=words,
                    showarrow=False,
                    xshift=3 if last else -3,
                )
        start += rows
    figure.update_layout(barmode="stack")
    figure.update_xaxes(visible=False, range=[0, total])
    figure.update_yaxes(visible=False, range=[-1.7, 1.7])
    return figure


@_kept
def period_bars(names: Sequence[str], rows: Mapping[str, Sequence[int]]) -> go.Figure:
    """Stacked bars of rows by period: train, validation, test and left out, in the order given."""
    looks = {
        "train": ("trained", ""),
        "validation": ("frozen", "/"),
        "test": ("baseline", "."),
        "left": ("too_little", "x"),
    }
    figure = charts.base(190, legend=True)
    for part, counts in rows.items():
        if not sum(counts):
            continue
        colour, pattern = looks[part]
        hollow = part == "left"
        figure.add_bar(
            x=list(range(len(names))),
            y=[int(number) for number in counts],
            name=text.SPLIT_NAMES[part],
            marker={
                "color": "rgba(133,133,133,0.25)" if hollow else charts.COLOURS[colour],
                "pattern": {"shape": pattern, "fillmode": "overlay", "fgcolor": HATCHING, "size": 7},
            },
            hovertext=[f"{chart_text(name)}: {count(n)}" for name, n in zip(names, counts, strict=True)],
            hoverinfo="text+name",
        )
    short = [chart_text(name.removeprefix("week of "), 16).replace(" ", "<br>", 1) for name in names]
    ticks = {"tickmode": "array", "tickvals": list(range(len(names))), "ticktext": short, "showgrid": False}
    figure.update_layout(barmode="stack", bargap=0.15, xaxis=ticks, yaxis={"tickformat": ",", "nticks": 4})
    figure.update_layout(legend={"itemclick": False, "itemdoubleclick": False})
    return figure
