"""The Results part "Repeated splits": the run's recipe and its baselines cross-validated again and again."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from finxfer.errors import FinxferError
from finxfer.evaluation.resampled import NAMES
from finxfer.records.folder import RunFolder
from finxfer.records.spec import Spec
from finxfer.ui import after_run, charts
from finxfer.ui.guard import show_error
from finxfer.ui.run_files import run_json
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import NOTHING, count, metric3, rough_duration, show_table, with_interval
from finxfer.ui.text import charts as names
from finxfer.ui.text import repeated as text

FILE = "cross_validation.json"
JOB = "cross-validate"
LONGEST = 400
FOLDS, REPEATS = 5, 2


def repeated_part(run: RunFolder, metrics: dict[str, Any], spec: Spec) -> None:
    """What was found, else what it would say and what it takes; the form either way."""
    found = run_json(run, FILE)
    if found is None:
        st.markdown(text.LEAD.format(folds=FOLDS, repeats=REPEATS))
    else:
        st.markdown(md(found["sentence"], LONGEST))
        picture, table = st.columns([1, 1.2], gap="medium")
        with picture:
            _picture(found)
        with table:
            show_table(_table(found), key="repeated-table", alt=text.TABLE_ALT)
            splits, rows = count(len(found["splits"])), count(found["rows"])
            own = text.OWN_TABLE if spec.test_table else ""
            st.caption(text.CAPTION.format(splits=splits, rows=rows) + own)
    if not after_run.at_work(run, JOB):
        _form(run, metrics, found)


def _form(run: RunFolder, metrics: dict[str, Any], found: dict[str, Any] | None) -> None:
    usual = (FOLDS, REPEATS) if found is None else (found["folds"], found["repeats"])
    first, second, third = st.columns([1, 1, 4], vertical_alignment="bottom")
    folds = first.number_input(text.FOLDS, 2, 20, usual[0], help=text.FOLDS_HELP, key=f"cv-folds-{run.id}")
    repeats = second.number_input(
        text.REPEATS, 1, 20, usual[1], help=text.REPEATS_HELP, key=f"cv-repeats-{run.id}"
    )
    title, kind = (text.START, "primary") if found is None else (text.AGAIN, "tertiary")
    if third.button(title, key="cross-validate", icon=":material/repeat:", type=kind):  # type: ignore[arg-type]
        try:
            after_run.start(run, JOB, folds=int(folds), repeats=int(repeats))
        except FinxferError as error:
            show_error(error)
            return
        st.rerun()
    seconds = estimate(metrics, int(folds), int(repeats))
    st.caption(text.TIME.format(splits=count(folds * repeats), time=rough_duration(seconds)))


def estimate(metrics: dict[str, Any], folds: int, repeats: int) -> float:
    """Rough seconds: what this run's baselines and training took, by the rows that a split learns from."""
    took = metrics.get("seconds") or {}
    rows = metrics["rows"]
    own = rows["train"] + rows["validation"]
    share = (own + rows["test"]) * (1 - 1 / folds) / max(own, 1)
    return folds * repeats * share * (float(took.get("train", 0.0)) + float(took.get("baselines", 0.0)))


def _picture(found: dict[str, Any]) -> None:
    """The mean with its interval on top, below it a dot for every split."""
    gain = found["gain"]
    if gain["mean"] is None:
        return
    interval = tuple(gain["interval"]) if gain["interval"] else None
    verdict = "baseline"
    if interval is not None and (interval[0] > 0 or interval[1] < 0):
        verdict = "better" if interval[0] > 0 else "worse"
    title = text.MEAN.format(splits=len(found["splits"]))
    dots = [charts.Dot(title, gain["mean"], interval, verdict, with_interval(gain["mean"], interval, 3))]
    dots += [
        charts.Dot(_name(one), one["gain"], None, "trained", metric3(one["gain"])) for one in found["splits"]
    ]
    figure = charts.dot_interval(
        dots,
        reference=0.0,
        reference_words=text.ZERO,
        x_title=text.AXIS.format(metric=NAMES[found["metric"]]),
        row_height=44 if len(dots) <= 6 else 24,
    )
    alt = text.CHART_ALT.format(values="; ".join(f"{dot.name} {dot.words}" for dot in dots))
    charts.show(figure, "repeated-splits", plain(alt, 2000), lambda: _data(found))


def _name(one: dict[str, Any]) -> str:
    return text.SPLIT.format(repeat=one["repeat"] + 1, fold=one["fold"] + 1)


def _table(found: dict[str, Any]) -> pd.DataFrame:
    metric = found["metric"]
    rows = []
    for model, means in found["models"].items():
        gain = found["gains"].get(model, {}).get(metric) or {}
        rows.append(
            {
                text.COLUMNS["model"]: names.model_name(model),
                NAMES[metric]: _cell(means[metric]),
                text.COLUMNS["gain"]: _cell(gain) if gain else "",
                text.COLUMNS["p_value"]: metric3(gain["p_value"]) if gain else "",
            }
        )
    return pd.DataFrame(rows)


def _cell(one: dict[str, Any]) -> str:
    return NOTHING if one["mean"] is None else with_interval(one["mean"], one["interval"], 3)


def _data(found: dict[str, Any]) -> pd.DataFrame:
    metric = found["metric"]
    rows = []
    for one in found["splits"]:
        figures = {name: figure[metric] for name, figure in one["models"].items()}
        rows.append(
            {"split": _name(one), "best_baseline": one["best_baseline"], "gain": one["gain"], **figures}
        )
    return pd.DataFrame(rows)
