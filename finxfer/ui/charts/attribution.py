"""SHAP values as pictures. All values are on the probability scale of the run's explanations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from finxfer.ui.charts.scale import PROBABILITY, Scale
from finxfer.ui.charts.theme import COLOURS, FAINT, SERIES, base, rows_axis
from finxfer.ui.safe import chart_text as label
from finxfer.ui.text import charts as text

_ROW = 34
_MOST_SVG_POINTS = 2500
MOST_DOTS = 2000
# The middle of viridis: its ends vanish on a dark and on a white background.
VIRIDIS = ["#3B528B", "#2C728E", "#21918C", "#28AE80", "#5EC962"]


def shap_bar(importance: Sequence[dict[str, Any]], top: int = 12, scale: Scale = PROBABILITY) -> go.Figure:
    """Mean absolute contribution per feature with its interval, largest on top.

    ``importance`` holds {"feature", "mean_abs", "interval": [low, high] | None}.
    """
    shown = list(importance)[:top]
    figure = base(
        90 + _ROW * max(len(shown), 1),
        x_title=scale.mean_title,
        x_format=".1%" if scale.of_probability else scale.axis,
    )
    if shown and shown[0].get("by_class"):
        return _stacked(figure, shown)
    means = [one["mean_abs"] for one in shown]
    spans = [one.get("interval") or [one["mean_abs"]] * 2 for one in shown]
    figure.add_trace(
        go.Bar(
            x=means,
            y=list(range(len(shown))),
            orientation="h",
            width=0.62,
            marker={"color": COLOURS["trained"]},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [max(span[1] - mean, 0) for span, mean in zip(spans, means, strict=True)],
                "arrayminus": [max(mean - span[0], 0) for span, mean in zip(spans, means, strict=True)],
                "color": FAINT,
                "thickness": 1.5,
                "width": 3,
            },
            hovertext=[label(f"{one['feature']}: {scale.level(one['mean_abs'])}", 80) for one in shown],
            hoverinfo="text",
        )
    )
    figure.update_yaxes(rows_axis([label(one["feature"], 30) for one in shown]))
    figure.update_xaxes(rangemode="tozero")
    return figure


def _stacked(figure: go.Figure, shown: list[dict[str, Any]]) -> go.Figure:
    """The bars of several classes, one part a class."""
    names = list(shown[0]["by_class"])
    for place, name in enumerate(names):
        values = [one["by_class"][name] for one in shown]
        shape = ("", "/", ".", "x", "-")[place // len(SERIES) % 5]
        figure.add_trace(
            go.Bar(
                x=values,
                y=list(range(len(shown))),
                orientation="h",
                width=0.62,
                name=label(name, 24),
                marker={"color": SERIES[place % len(SERIES)], "pattern": {"shape": shape}},
                hovertext=[
                    label(f"{one['feature']}, {name}: {value:.2%}", 80)
                    for one, value in zip(shown, values, strict=True)
                ],
                hoverinfo="text",
            )
        )
    figure.update_layout(barmode="stack", showlegend=True, legend={"traceorder": "normal"})
    figure.update_yaxes(rows_axis([label(one["feature"], 30) for one in shown]))
    figure.update_xaxes(rangemode="tozero")
    return figure


def scatter(points: int) -> type[go.Scatter] | type[go.Scattergl]:
    """SVG prints sharply and needs none of the browser's few WebGL contexts; many points need WebGL."""
    return go.Scatter if points <= _MOST_SVG_POINTS else go.Scattergl


def _jitter(x: np.ndarray, height: float = 0.36) -> np.ndarray:
    """Vertical offsets that spread points where many share a value (deterministic; |offset| <= height)."""
    span = float(np.ptp(x)) or 1.0
    bins = np.floor((x - x.min()) / span * 60).astype(int)
    offsets = np.zeros(len(x))
    crowd = max(int(np.bincount(bins).max()), 1)
    for one in np.unique(bins):
        where = np.flatnonzero(bins == one)
        steps = np.arange(len(where))
        signed = np.where(steps % 2 == 0, 1, -1) * ((steps + 1) // 2)
        offsets[where] = signed * (2 * height / max(crowd, 6))
    return np.clip(offsets, -height, height)


def rank(values: pd.Series) -> np.ndarray:
    """Feature values as ranks from 0 (low) to 1 (high); NaN where the value is missing or not a number."""
    return np.asarray(numbers(values).rank(pct=True), dtype=float)


def numbers(values: pd.Series) -> pd.Series:
    """Values as floats, dates as milliseconds since 1970 (as Plotly's date axes want them); else missing."""
    if pd.api.types.is_datetime64_any_dtype(values):
        since = values.dt.tz_localize(None) - pd.Timestamp(0)
        return since.dt.total_seconds() * 1000
    return pd.to_numeric(values, errors="coerce").astype("float64")


def beeswarm(
    shap: pd.DataFrame, values: pd.DataFrame, features: Sequence[str], scale: Scale = PROBABILITY
) -> go.Figure:
    """One dot per row and feature: its contribution, coloured by how high the feature's value is.

    ``shap`` and ``values`` have one column per feature and the same rows. Text features and missing values
    are grey. At most ``MOST_DOTS`` dots are drawn (evenly spaced rows).
    """
    step = max(1, -(-len(shap) * len(features) // MOST_DOTS))
    shap, values = shap.iloc[::step], values.iloc[::step]
    xs, ys, colours, hover, grey = [], [], [], [], []
    for position, feature in enumerate(features):
        x = shap[feature].to_numpy(float)
        place = rank(values[feature]) if feature in values else np.full(len(x), np.nan)
        xs.append(x)
        ys.append(position + _jitter(x))
        colours.append(place)
        grey.append(np.isnan(place))
        shown = values[feature].astype(object) if feature in values else pd.Series([""] * len(x))
        hover += [
            f"{label(feature)} = {label(value, 24)}: {scale.moved(s)}"
            for value, s in zip(shown, x, strict=True)
        ]
    figure = base(90 + _ROW * max(len(features), 1), x_title=scale.title, x_format=scale.axis)
    if xs:
        _dots(
            figure,
            np.concatenate(xs),
            np.concatenate(ys),
            np.concatenate(colours),
            np.concatenate(grey),
            hover,
        )
    figure.add_vline(x=0, line={"color": FAINT, "width": 1.5})
    figure.update_yaxes(rows_axis([label(feature, 30) for feature in features]))
    return figure


def _dots(
    figure: go.Figure, x: np.ndarray, y: np.ndarray, colour: np.ndarray, grey: np.ndarray, hover: list[str]
) -> None:
    texts = np.asarray(hover, dtype=object)
    figure.add_trace(
        scatter(len(x))(
            x=x[grey],
            y=y[grey],
            mode="markers",
            hovertext=texts[grey],
            hoverinfo="text",
            showlegend=False,
            marker={"color": COLOURS["baseline"], "size": 5, "opacity": 0.75},
        )
    )
    figure.add_trace(
        scatter(len(x))(
            x=x[~grey],
            y=y[~grey],
            mode="markers",
            hovertext=texts[~grey],
            hoverinfo="text",
            showlegend=False,
            marker={
                "color": colour[~grey],
                "colorscale": VIRIDIS,
                "cmin": 0,
                "cmax": 1,
                "size": 5,
                "opacity": 0.95,
                "colorbar": {
                    "title": {"text": text.FEATURE_VALUE, "side": "right"},
                    "tickvals": [0.02, 0.98],
                    "ticktext": [text.LOW, text.HIGH],
                    "thickness": 8,
                    "outlinewidth": 0,
                },
            },
        )
    )


def waterfall(
    base_value: float,
    contributions: Sequence[tuple[str, str, float]],
    probability: float,
    top: int = 9,
    scale: Scale = PROBABILITY,
) -> go.Figure:
    """From the reference group's average to one customer's probability, one bar per feature.

    ``contributions`` are (feature, value as text, contribution); all but the ``top`` largest are summed up.
    Raising bars are vermilion with an arrow ▲ in their label, lowering ones teal with ▼.
    """
    ranked = sorted(contributions, key=lambda one: -abs(one[2]))
    rest = sum(one[2] for one in ranked[top:])
    steps = [(f"{label(name, 28)} = {label(value, 18)}", amount) for name, value, amount in ranked[:top]]
    if len(ranked) > top:
        steps.append((f"{text.OTHERS} ({len(ranked) - top})", rest))
    figure = base(
        92 + 29 * (len(steps) + 2),
        x_format=scale.axis,
        x_title=text.PREDICTED if scale.of_probability else text.PREDICTION,
    )
    names = [text.START, *[name for name, _ in steps], text.END]
    figure.add_trace(
        go.Waterfall(
            orientation="h",
            x=[base_value, *[amount for _, amount in steps], 0],
            y=list(range(len(names))),
            measure=["absolute", *["relative"] * len(steps), "total"],
            text=[
                scale.level(base_value),
                *[_signed(amount, scale) for _, amount in steps],
                scale.level(probability),
            ],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="text",
            increasing={"marker": {"color": COLOURS["worse"]}},
            decreasing={"marker": {"color": COLOURS["better"]}},
            totals={"marker": {"color": COLOURS["frozen"]}},
            connector={"line": {"color": FAINT, "width": 1}},
        )
    )
    figure.update_yaxes(rows_axis(names))
    figure.update_xaxes(range=_waterfall_range(base_value, [amount for _, amount in steps], scale))
    return figure


def _signed(amount: float, scale: Scale) -> str:
    return f"{'▲' if amount > 0 else '▼'} {scale.points(amount)}"


def _waterfall_range(start: float, amounts: list[float], scale: Scale) -> list[float]:
    path = np.concatenate([[start], start + np.cumsum(amounts)])
    low, high = float(path.min()), float(path.max())
    width = max(high - low, 0.02 if scale.of_probability else 1e-9)
    # A bar that does not begin at zero misleads, so only a path far up the scale is zoomed into.
    start_at = (
        low - 0.35 * width
        if low > (0.5 if scale.of_probability else high / 2)
        else min(0.0, low - 0.2 * width)
    )
    return [start_at, high + 0.3 * (high - start_at)]
