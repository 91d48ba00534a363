"""The Score page of a regression and of a choice among classes: sentence, pictures, table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from finxfer.evaluation.amounts import amount, decimals_for
from finxfer.records.folder import RunFolder
from finxfer.records.spec import REGRESSION, Spec
from finxfer.settings import integer
from finxfer.ui import charts, charts_data
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count, share, show_table
from finxfer.ui.text import score as text

BINS = 40
NAMED = 4


def outcome(job: RunFolder, scored: pd.DataFrame, result: dict[str, Any], spec: Spec) -> None:
    """A finished scoring."""
    from finxfer.ui.score_view import drift_line

    st.markdown(_numbers(scored) if spec.task == REGRESSION else _classes(scored, result))
    st.caption(drift_line(result.get("drift")))
    if spec.task == REGRESSION:
        _pictures(scored, result)
    else:
        _class_bars(result, len(scored))
    _table(scored, spec.task)


def _numbers(scored: pd.DataFrame) -> str:
    low, median, high = np.quantile(scored["prediction"].to_numpy(float), [0.25, 0.5, 0.75])
    said = {"low": amount(low), "median": amount(median), "high": amount(high)}
    return text.ANSWER_NUMBER.format(rows=count(len(scored)), **said)


def _classes(scored: pd.DataFrame, result: dict[str, Any]) -> str:
    often = sorted(result["classes"], key=lambda one: -one["rows"])[:NAMED]
    values = ", ".join(f"{count(one['rows'])} **{md(one['name'], 40)}**" for one in often if one["rows"])
    return text.ANSWER_CLASSES.format(rows=count(len(scored)), values=values)


def _pictures(scored: pd.DataFrame, result: dict[str, Any]) -> None:
    values = scored["prediction"].to_numpy(float)
    left, right = st.columns([1, 1.3], gap="medium")
    with left:
        st.markdown(f"**{text.BANDS_TITLE_AMOUNT}**")
        drawn = [
            (
                text.BAND_NAMES.get(band["name"], band["name"]) + _range(band),
                band["rows"],
                text.BAND_WORDS.format(rows=count(band["rows"]), share=share(band["rows"] / len(values))),
            )
            for band in result["bands"]
        ]
        alt = text.BANDS_ALT_AMOUNT.format(values="; ".join(f"{name}: {words}" for name, _, words in drawn))
        charts.show(charts.bars(drawn), "bands", alt, lambda: pd.DataFrame(result["bands"]))
        means = [
            f"{band['name']} {amount(band['mean'])}"
            for band in result["bands"]
            if band.get("mean") is not None
        ]
        if means:
            st.caption(text.BAND_MEAN.format(values=", ".join(means)))
    with right:
        st.markdown(f"**{text.PREDICTIONS_TITLE}**")
        counts, edges = np.histogram(values, bins=BINS)
        chart = {"type": "histogram", "edges": edges.tolist(), "counts": counts.tolist()}
        figure = charts_data.finding_chart(chart, "trained")
        if figure is not None:
            data = pd.DataFrame({"from": edges[:-1], "to": edges[1:], "rows": counts})
            charts.show(figure, "new-scores", text.PREDICTIONS_ALT.format(rows=count(len(values))), data)
        found = result.get("coverage")
        if found and "low" in scored:
            a, b = (share(end) for end in found["interval"])
            said = text.COVERAGE.format(level=f"{found['level']:.0%}", value=share(found["value"]), a=a, b=b)
            st.caption(said.replace("[", "\\["))


def _range(band: dict[str, Any]) -> str:
    if band["from"] is None:
        return f" (< {amount(band['to'])})"
    return (
        f" (≥ {amount(band['from'])})"
        if band["to"] is None
        else f" ({amount(band['from'])}–{amount(band['to'])})"
    )


def _class_bars(result: dict[str, Any], rows: int) -> None:
    st.markdown(f"**{text.CLASSES_TITLE}**")
    drawn = [
        (
            plain(one["name"], 40),
            one["rows"],
            text.BAND_WORDS.format(rows=count(one["rows"]), share=share(one["rows"] / max(rows, 1))),
        )
        for one in result["classes"]
    ]
    alt = text.CLASSES_ALT.format(values="; ".join(f"{name}: {words}" for name, _, words in drawn))
    charts.show(charts.bars(drawn), "bands", plain(alt, 900), lambda: pd.DataFrame(result["classes"]))


def _readable(scored: pd.DataFrame, shown: pd.DataFrame, names: list[str]) -> dict[str, pd.Series]:
    """Amounts with no more digits than their intervals, or else the predictions' spread, support."""
    if not names:
        return {}
    middle = float(scored["prediction"].median())
    width = float((scored["high"] - scored["low"]).median()) if "low" in scored else 0.0
    places = decimals_for(middle, (middle, middle + width) if width > 0 else None)
    return {name: shown[name].round(places) for name in names}


def _table(scored: pd.DataFrame, task: str) -> None:
    title = text.TABLE_TITLE_AMOUNT if task == REGRESSION else text.SURE_TITLE
    st.subheader(title, anchor=False)
    rows = integer("preview_rows")
    shown = scored.nlargest(rows, "prediction") if task == REGRESSION else scored.head(rows)
    named = [str(name) for name in shown]
    told = [name for name in named if name.startswith("probability_")] if task != REGRESSION else []
    first = ["prediction", "low", "high", "band", *told, "reason_1", "reason_2"]
    first = [name for name in first if name in named]
    rest = [name for name in named if name not in first and not name.startswith("reason_")]
    numbers: list[str] = [
        name for name in ("prediction", "low", "high") if task == REGRESSION and name in named
    ]
    shown = shown[[*first, *rest]].assign(
        **_readable(scored, shown, numbers), **{name: 100 * shown[name] for name in told}
    )
    configured: dict[str, Any] = {
        name: text.COLUMN_NAMES.get(name, name) for name in first if name not in (*told, *numbers)
    }
    configured |= {
        name: st.column_config.NumberColumn(text.COLUMN_NAMES[name], format="localized") for name in numbers
    }
    configured |= {
        name: st.column_config.NumberColumn(plain(name.removeprefix("probability_"), 40), format="%.1f%%")
        for name in told
    }
    show_table(shown, key="scored", alt=title, columns=configured)
    st.caption(text.TABLE_CAPTION.format(shown=count(len(shown)), rows=count(len(scored))))
