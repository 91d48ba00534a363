"""How well models rank and calibrate: charts over ``curves.json``.

``curves`` is the object stored by the run: model name -> {"roc", "precision_recall", "calibration", "ks",
"lift", "histogram", ...}. The model comes first and in the accent; baselines are grey with a dash each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go

from finxfer.ui.charts.theme import COLOURS, DASHES, FAINT, HEIGHT, SERIES, base
from finxfer.ui.safe import chart_text as label
from finxfer.ui.text import charts as text


def _line(name: str, position: int, x: Sequence[float], y: Sequence[float], hover: str) -> go.Scatter:
    mine = name == "model"
    return go.Scatter(
        x=x,
        y=y,
        mode="lines",
        name=text.model_name(name),
        line={
            "color": COLOURS["trained" if mine else "baseline"],
            "width": 3 if mine else 1.6,
            "dash": "solid" if mine else DASHES[1 + (position - 1) % (len(DASHES) - 1)],
        },
        hovertemplate=hover + "<extra>" + label(text.model_name(name)) + "</extra>",
    )


def _ordered(curves: dict[str, Any]) -> list[str]:
    return sorted(curves, key=lambda name: name != "model")


def _guide(figure: go.Figure, x: list[float], y: list[float], words: str) -> None:
    figure.add_trace(
        go.Scatter(
            x=x,
            y=y,
            mode="lines",
            name=words,
            showlegend=False,
            hoverinfo="skip",
            line={"color": FAINT, "width": 1, "dash": "dot"},
        )
    )


def inside_legend(figure: go.Figure, x: float, y: float, xanchor: str, yanchor: str) -> go.Figure:
    figure.update_layout(
        showlegend=True,
        legend={"x": x, "y": y, "xanchor": xanchor, "yanchor": yanchor, "orientation": "v"},
    )
    return figure


def _rates(height: int) -> go.Figure:
    """The frame of ROC curves, with the diagonal of guessing."""
    figure = base(
        height,
        x_title=text.FALSE_POSITIVE_RATE,
        y_title=text.TRUE_POSITIVE_RATE,
        x_range=(0, 1),
        y_range=(0, 1.01),
        x_format=".0%",
        y_format=".0%",
    )
    _guide(figure, [0, 1], [0, 1], text.GUESSING)
    return figure


def roc_of_runs(curves: dict[str, Any]) -> go.Figure:
    """ROC curves of several runs by name: {"fpr", "tpr"} each; told apart by colour and dash."""
    figure = _rates(HEIGHT + 60)
    for position, (name, one) in enumerate(curves.items()):
        figure.add_trace(
            go.Scatter(
                x=one["fpr"],
                y=one["tpr"],
                mode="lines",
                name=label(name),
                line={
                    "color": SERIES[position % len(SERIES)],
                    "width": 2,
                    "dash": DASHES[position // len(SERIES)],
                },
                hovertemplate="%{x:.1%} → %{y:.1%}<extra>" + label(name) + "</extra>",
            )
        )
    return inside_legend(figure, 0.99, 0.03, "right", "bottom")


def roc(curves: dict[str, Any]) -> go.Figure:
    """ROC curves of all models; the dotted diagonal is guessing."""
    figure = _rates(HEIGHT)
    for position, name in enumerate(_ordered(curves)):
        one = curves[name]["roc"]
        figure.add_trace(_line(name, position, one["fpr"], one["tpr"], "%{x:.1%} → %{y:.1%}"))
    figure.add_annotation(x=0.5, y=0.5, text=text.GUESSING, showarrow=False, yshift=-10, xshift=26)
    return inside_legend(figure, 0.99, 0.03, "right", "bottom")


def precision_recall(curves: dict[str, Any], positive_rate: float | None = None) -> go.Figure:
    """Precision over recall; the dotted line is guessing (the share of positives, 0 to 1)."""
    figure = base(
        HEIGHT,
        x_title=text.RECALL,
        y_title=text.PRECISION,
        x_range=(0, 1),
        y_range=(0, 1.02),
        x_format=".0%",
        y_format=".0%",
    )
    if positive_rate is not None:
        _guide(figure, [0, 1], [positive_rate, positive_rate], text.GUESSING)
        figure.add_annotation(
            x=0.01, y=positive_rate, text=text.GUESSING, showarrow=False, yshift=-9, xanchor="left"
        )
    for position, name in enumerate(_ordered(curves)):
        one = curves[name]["precision_recall"]
        figure.add_trace(_line(name, position, one["recall"], one["precision"], "%{x:.1%} → %{y:.1%}"))
    return inside_legend(figure, 0.99, 0.99, "right", "top")


def calibration(
    curves: dict[str, Any],
    others: Sequence[str] = (),
    titles: tuple[str, str] = (text.PREDICTED, text.OBSERVED),
) -> go.Figure:
    """Observed against predicted rate per bin with intervals; ``others`` adds baselines as hollow squares."""
    top = _calibration_top([curves.get(name, {}).get("calibration") or [] for name in ("model", *others)])
    figure = base(
        HEIGHT,
        x_title=titles[0],
        y_title=titles[1],
        x_range=(0, top),
        y_range=(0, 1.02 * top),
        x_format=".0%",
        y_format=".0%",
    )
    _guide(figure, [0, 1], [0, 1], text.PERFECT)
    for name in ["model", *others]:
        bins = [one for one in curves.get(name, {}).get("calibration") or [] if one["observed"] is not None]
        mine = name == "model"
        colour = COLOURS["trained" if mine else "baseline"]
        figure.add_trace(
            go.Scatter(
                x=[one["predicted"] for one in bins],
                y=[one["observed"] for one in bins],
                mode="markers+lines" if mine else "markers",
                name=text.model_name(name),
                marker={"color": colour, "size": 9, "symbol": "circle" if mine else "square-open"},
                line={"color": colour, "width": 1.5},
                error_y=_error_bars(bins, colour) if mine else None,
                customdata=[one["rows"] for one in bins],
                hovertemplate="%{x:.1%} → %{y:.1%}, %{customdata:,} rows<extra></extra>",
            )
        )
    return inside_legend(figure, 0.02, 0.99, "left", "top")


def _calibration_top(models: list[list[dict[str, Any]]]) -> float:
    """The end of both axes: the highest rate of any model, rounded up to a tenth."""
    rates = [
        rate
        for bins in models
        for one in bins
        for rate in (one["predicted"], one["observed"])
        if rate is not None
    ]
    rates += [one["interval"][1] for one in models[0] if one.get("interval")]
    return min(1.0, math.ceil(10 * max(rates, default=1.0)) / 10)


def _error_bars(bins: list[dict[str, Any]], colour: str) -> dict[str, Any]:
    spans = [one.get("interval") or [one["observed"], one["observed"]] for one in bins]
    return {
        "type": "data",
        "symmetric": False,
        "array": [max(span[1] - one["observed"], 0) for span, one in zip(spans, bins, strict=True)],
        "arrayminus": [max(one["observed"] - span[0], 0) for span, one in zip(spans, bins, strict=True)],
        "color": colour,
        "thickness": 1.5,
        "width": 4,
    }


def lift(curve: list[dict[str, Any]]) -> go.Figure:
    """Bars: how many times the average rate each tenth of the rows holds, riskiest first."""
    figure = base(HEIGHT, x_title=text.DECILE, y_title=text.LIFT)
    values = [one["lift"] for one in curve]
    figure.add_trace(
        go.Bar(
            x=[str(one["decile"]) for one in curve],
            y=values,
            marker={"color": COLOURS["trained"]},
            text=[f"{value:.1f}×" if value is not None else "" for value in values],
            textposition="outside",
            cliponaxis=False,
            customdata=[[one["rows"], one["positives"]] for one in curve],
            hovertemplate="%{customdata[1]:,} of %{customdata[0]:,} rows<extra></extra>",
        )
    )
    figure.add_hline(y=1, line={"color": FAINT, "width": 1, "dash": "dot"})
    figure.add_annotation(
        x=1, xref="paper", y=1, text=text.AVERAGE, showarrow=False, yshift=9, xanchor="right"
    )
    figure.update_yaxes(rangemode="tozero")
    figure.update_xaxes(type="category", showgrid=False)
    return figure


def gain(curves: dict[str, Any]) -> go.Figure:
    """Cumulative gain: the share of positives found in the riskiest share of rows."""
    figure = base(
        HEIGHT,
        x_title=text.ROWS_SEEN,
        y_title=text.POSITIVES_FOUND,
        x_range=(0, 1),
        y_range=(0, 1.02),
        x_format=".0%",
        y_format=".0%",
    )
    _guide(figure, [0, 1], [0, 1], text.GUESSING)
    for position, name in enumerate(_ordered(curves)):
        tenths = curves[name]["lift"]
        total = sum(one["rows"] for one in tenths) or 1
        seen, x = 0, [0.0]
        for one in tenths:
            seen += one["rows"]
            x.append(seen / total)
        y = [0.0, *[one["cumulative_gain"] for one in tenths]]
        figure.add_trace(_line(name, position, x, y, "%{x:.0%} → %{y:.1%}"))
    return inside_legend(figure, 0.99, 0.03, "right", "bottom")
