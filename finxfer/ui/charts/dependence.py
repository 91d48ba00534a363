"""A feature's contribution over its value, coloured by another feature."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from finxfer.ui.charts.attribution import VIRIDIS, numbers, rank, scatter
from finxfer.ui.charts.scale import PROBABILITY, Scale
from finxfer.ui.charts.theme import COLOURS, FAINT, base
from finxfer.ui.safe import chart_text as label
from finxfer.ui.text import charts as text

MOST_CATEGORIES = 5
# Of more dots than these nobody sees more, and a page takes its time to draw them.
MOST_DOTS = 1000
_SYMBOLS = ("circle", "diamond", "square", "triangle-up", "cross", "circle-open")
# Okabe–Ito colours that no meaning has taken, readable on both backgrounds; the last is for all others.
_PALETTE = ("#0072B2", "#CC6677", "#009E73", "#B8860B", "#8E63B0", "#858585")


def dependence(
    values: pd.Series,
    shap: pd.Series,
    feature: str,
    other: pd.Series | None = None,
    scale: Scale = PROBABILITY,
) -> go.Figure:
    """Contribution of one feature over its value: a scatter for numbers, one column per category for text.

    ``other`` colours the dots: by its rank where it is a number, else by its commonest categories, each with
    a symbol of its own. All series have the same rows; at most 1,000 are drawn (evenly spaced).
    """
    figure = base(
        370, x_title=label(feature, 60), y_title=scale.title, y_format=scale.axis, legend=other is not None
    )
    step = max(1, -(-len(values) // MOST_DOTS))
    values, shap = values.iloc[::step], shap.iloc[::step].astype(float)
    other = None if other is None else other.iloc[::step]
    x, gone, ticks = _places(values, shap)
    figure.add_hline(y=0, line={"color": FAINT, "width": 1.5})
    hover = [f"{label(v, 24)}: {scale.moved(s)}" for v, s in zip(values.astype(object), shap, strict=True)]
    if other is not None:
        name = label(other.name, 24)
        hover = [
            f"{words}<br>{name} = {label(v, 24)}"
            for words, v in zip(hover, other.astype(object), strict=True)
        ]
    points = {"x": x, "y": shap.to_numpy(float), "text": np.asarray(hover, dtype=object)}
    for trace in _traces(points, gone, other):
        figure.add_trace(trace)
    figure.update_xaxes(ticks)
    if gone.any():
        figure.add_annotation(
            x=float(x[gone][0]), y=0, yref="paper", text=text.MISSING, showarrow=False, yanchor="bottom"
        )
    return figure


def _places(values: pd.Series, shap: pd.Series) -> tuple[np.ndarray, np.ndarray, dict[str, Any]]:
    """x of every dot, whether its value is a missing number, and the settings of the axis."""
    found = numbers(values)
    if bool((found.notna() | values.isna()).all()) and bool(found.notna().any()):
        x = found.to_numpy(float)
        gone = np.isnan(x)
        low, high = float(np.nanmin(x)), float(np.nanmax(x))
        x = np.where(gone, low - 0.08 * ((high - low) or 1.0), x)
        return x, gone, {"type": "date"} if pd.api.types.is_datetime64_any_dtype(values) else {}
    words = values.astype("string").fillna(text.MISSING)
    names = [str(one) for one in shap.groupby(words).mean().sort_values().index]
    place = words.map({name: index for index, name in enumerate(names)}).to_numpy(float)
    ticks = {
        "tickmode": "array",
        "tickvals": list(range(len(names))),
        "ticktext": [label(n, 18) for n in names],
    }
    return place + _spread(place), np.zeros(len(place), dtype=bool), ticks


def _traces(points: dict[str, Any], gone: np.ndarray, other: pd.Series | None) -> list[Any]:
    """Dots in one colour, in a scale with grey for missing, or one trace for each of some categories."""
    everyone = np.ones(len(gone), dtype=bool)
    if other is None:
        plain = {
            "color": np.where(gone, COLOURS["baseline"], COLOURS["trained"]),
            "symbol": np.where(gone, "circle-open", "circle"),
        }
        return [_dots(points, everyone, plain)]
    found = numbers(other)
    if bool((found.notna() | other.isna()).all()) and found.nunique() > MOST_CATEGORIES:
        colour = rank(other)
        unknown = np.isnan(colour)
        traces = [_dots(points, ~unknown, {"color": colour[~unknown], **_scale(str(other.name))})]
        if unknown.any():
            grey = {"color": COLOURS["baseline"], "symbol": "circle-open"}
            traces.append(_dots(points, unknown, grey, f"{label(other.name, 24)}: {text.MISSING}"))
        return traces
    words = other.astype("string").fillna(text.MISSING)
    common = list(words.value_counts().index[:MOST_CATEGORIES])
    kinds = words.where(words.isin(common), text.OTHER_VALUES)
    shown = [*sorted(common), *([text.OTHER_VALUES] if (~words.isin(common)).any() else [])]
    return [
        _dots(points, (kinds == kind).to_numpy(bool), {"color": colour, "symbol": symbol}, label(kind, 24))
        for kind, colour, symbol in zip(shown, _PALETTE, _SYMBOLS, strict=False)
    ]


def _dots(points: dict[str, Any], where: np.ndarray, marker: dict[str, Any], name: str = "") -> Any:
    return scatter(len(where))(
        x=points["x"][where],
        y=points["y"][where],
        mode="markers",
        name=name,
        showlegend=bool(name),
        marker={"size": 6, "opacity": 0.75, **marker},
        hovertext=points["text"][where],
        hoverinfo="text",
    )


def _scale(name: str) -> dict[str, Any]:
    return {
        "colorscale": VIRIDIS,
        "cmin": 0,
        "cmax": 1,
        "colorbar": {
            "title": {"text": label(name, 30), "side": "right"},
            "tickvals": [0.02, 0.98],
            "ticktext": [text.LOW, text.HIGH],
            "thickness": 8,
            "outlinewidth": 0,
        },
    }


def _spread(place: np.ndarray) -> np.ndarray:
    """Horizontal offsets inside each category, evenly spread over ±0.28 (deterministic)."""
    offsets = np.zeros(len(place))
    for one in np.unique(place):
        where = np.flatnonzero(place == one)
        offsets[where] = ((np.arange(len(where)) * 0.618034) % 1.0 - 0.5) * 0.56
    return offsets
