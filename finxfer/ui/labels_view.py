"""The Results part "Labels": the learning curve over the number of labels."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from finxfer.errors import FinxferError
from finxfer.evaluation.learning_curve_wording import needed_words
from finxfer.records.folder import RunFolder
from finxfer.ui import after_run, charts
from finxfer.ui import results_words as words
from finxfer.ui.guard import show_error
from finxfer.ui.run_files import run_json
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count, metric3, rough_duration, show_table, with_interval
from finxfer.ui.text import charts as names
from finxfer.ui.text import stability as text

FILE = "learning_curve.json"
JOB = "learning-curve"
LONGEST = 600
# Labels, trainings of each model and share of the time of a training on all rows, for the estimate.
_STEPS = ((100, 5), (300, 5), (1_000, 5), (3_000, 3), (10_000, 1), (30_000, 1))
_MODELS = 4
_LEAST_SECONDS = 1.5


def labels_part(run: RunFolder, metrics: dict[str, Any]) -> None:
    """The curve where it is drawn; else what it would say, what it takes, and a button."""
    found = run_json(run, FILE)
    if found is None:
        st.markdown(text.LABELS_LEAD.format(what=words.what_it_is(metrics)))
    else:
        st.markdown(md(found["sentence"], LONGEST))
        _picture(found)
        st.caption("  \n".join(md(sentence, LONGEST) for sentence in found["sentences"]))
        show_table(_table(found), key="labels-table", alt=text.LABELS_TABLE_ALT)
    if after_run.at_work(run, JOB):
        return
    seconds, cells = estimate(metrics)
    title = text.LABELS_START if found is None else text.LABELS_AGAIN
    first = found is None
    if st.button(
        title, key="draw-labels", icon=":material/show_chart:", type="primary" if first else "tertiary"
    ):
        _start(run)
    st.caption(text.LABELS_TIME.format(time=rough_duration(seconds), cells=count(cells)))


def estimate(metrics: dict[str, Any]) -> tuple[float, int]:
    """Rough seconds and number of trainings, from what this run's own training and baselines took."""
    rows = metrics["rows"]["train"] + metrics["rows"]["validation"]
    seconds = metrics.get("seconds") or {}
    whole = float(seconds.get("train", 0.0)) + float(seconds.get("baselines", 0.0))
    steps = [(size, draws) for size, draws in _STEPS if size * 1.5 <= rows]
    steps.append((rows, next((draws for size, draws in _STEPS if rows <= size), 1)))
    time = sum(draws * max(whole * size / max(rows, 1), _LEAST_SECONDS * _MODELS) for size, draws in steps)
    return time, _MODELS * sum(draws for _, draws in steps)


def _start(run: RunFolder) -> None:
    try:
        after_run.start(run, JOB)
    except FinxferError as error:
        show_error(error)
        return
    st.rerun()


def _picture(found: dict[str, Any]) -> None:
    best = found["best_baseline"]
    series = []
    dashes = iter(("dash", "dot", "dashdot", "longdash"))
    for one in found["models"]:
        points = [
            (point["labels"], point["gini"], point["interval"], f"{point['labels']:,}: {_gini(point)}")
            for point in one["points"]
        ]
        own = one["name"] == "model"
        series.append(
            charts.Series(
                _name(one), points, "trained" if own else "baseline", "solid" if own else next(dashes),
                band=own or one["name"] == best,
            )
        )  # fmt: skip
    # Of the other baselines the line alone: four sets of intervals hide one another.
    series = [
        one
        if one.band
        else replace(one, points=[(size, value, None, said) for size, value, _, said in one.points])
        for one in series
    ]
    alt = text.LABELS_ALT.format(
        values="; ".join(
            f"{_name(one)}: "
            + ", ".join(f"{metric3(point['gini'])} with {point['labels']:,}" for point in one["points"])
            for one in found["models"]
        )
    )
    figure = charts.label_curves(found["sizes"], series)
    charts.show(figure, "learning-curve", plain(alt, LONGEST), lambda: _data(found))


def _name(one: dict[str, Any]) -> str:
    return str(one["title"]) if one["name"] == "model" else names.model_name(one["name"])


def _gini(point: dict[str, Any]) -> str:
    return with_interval(point["gini"], point["interval"], 3)


def _table(found: dict[str, Any]) -> pd.DataFrame:
    rows = []
    savings = {one["labels"]: one for one in found["savings"]}
    for place, size in enumerate(found["sizes"]):
        row = {
            text.LABELS_COLUMN: count(size),
            text.DRAWS_COLUMN: found["models"][0]["points"][place]["seeds"],
        }
        for one in found["models"]:
            row[plain(_name(one))] = _gini(one["points"][place])
        if savings:
            title = text.SAVED_COLUMN.format(name=names.spoken_name(found["best_baseline"]))
            row[title] = needed_words(savings[size], found["sizes"]) if size in savings else ""
        rows.append(row)
    return pd.DataFrame(rows)


def _data(found: dict[str, Any]) -> pd.DataFrame:
    rows = []
    for one in found["models"]:
        for point in one["points"]:
            low, high = point["interval"]
            rows.append({"model": _name(one), **point, "low": low, "high": high})
    return pd.DataFrame(rows).drop(columns="interval")
