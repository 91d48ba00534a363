"""What an approach costs against what it buys: price upwards, gap to the right, both with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

from finxfer.ui.charts.theme import COLOURS, FAINT, SYMBOLS, base
from finxfer.ui.safe import chart_text as label


@dataclass(frozen=True)
class Trade:
    """One approach: gap and price with intervals.

    ``number`` stands beside the dot and in the list of names. ``meaning`` is a key of ``COLOURS``; of a
    hollow one the decision itself reads the protected column.
    """

    number: int
    name: str
    gap: float
    gap_interval: Sequence[float] | None
    price: float
    price_interval: Sequence[float] | None
    meaning: str
    hollow: bool = False


def trade_off(trades: Sequence[Trade], x_title: str, y_title: str, height: int = 380) -> go.Figure:
    """Dots with a bar in both directions; the horizontal line is a price of nothing."""
    figure = base(height, x_title=x_title, y_title=y_title, x_format=".0%", y_format="+.3f")
    figure.add_traces([_trace(trade) for trade in trades])
    figure.add_hline(y=0, line={"color": FAINT, "width": 1.2, "dash": "dot"})
    figure.update_xaxes(rangemode="tozero", showgrid=True)
    return figure


def _trace(trade: Trade) -> dict[str, Any]:
    colour = COLOURS[trade.meaning]
    symbol = SYMBOLS["trained"] if not trade.hollow else SYMBOLS["too_little"]
    return {
        "type": "scatter",
        "x": [trade.gap],
        "y": [trade.price],
        "error_x": _bar(trade.gap, trade.gap_interval, colour),
        "error_y": _bar(trade.price, trade.price_interval, colour),
        "mode": "markers+text",
        "text": [str(trade.number)],
        "textposition": "top right",
        "marker": {"color": colour, "size": 11, "symbol": symbol, "line": {"width": 1.5, "color": colour}},
        "hovertext": label(f"{trade.number} {trade.name}", 90),
        "hoverinfo": "text",
        "showlegend": False,
    }


def _bar(value: float, interval: Sequence[float] | None, colour: str) -> dict[str, Any] | None:
    if interval is None:
        return None
    ends = {"array": [interval[1] - value], "arrayminus": [value - interval[0]]}
    return {"type": "data", "symmetric": False, "color": colour, "thickness": 1.2, "width": 3, **ends}
