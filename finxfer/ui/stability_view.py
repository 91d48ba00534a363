"""The Results part "Stability": how the model does period by period, and what has moved."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from finxfer.errors import FinxferError
from finxfer.evaluation.amounts import amount, with_ends
from finxfer.records.folder import RunFolder
from finxfer.ui import after_run, charts
from finxfer.ui.forms import section
from finxfer.ui.guard import show_error
from finxfer.ui.run_files import run_json
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import NOTHING, count, metric3, share, share_interval, show_table, with_interval
from finxfer.ui.text import charts as names
from finxfer.ui.text import stability as text

FILE = "stability.json"
MOST_BARS = 12
LONGEST = 600


def stability_part(run: RunFolder) -> None:
    """Sentence, pictures, tables; where the run is older than this file, a button that measures it."""
    found = run_json(run, FILE)
    if found is None:
        _measure_first(run)
        return
    st.markdown(md(found["sentence"], LONGEST))
    if any(one["model"] for one in found["periods"]):
        left, right = st.columns([1.5, 1], gap="medium")
        with left:
            _periods(found)
        with right:
            _moved(found)
    else:
        _moved(found)
    st.caption("  \n".join(md(sentence, LONGEST) for sentence in found["sentences"]))
    if found["periods"]:
        show_table(_period_table(found), key="periods", alt=text.PERIOD_TABLE_ALT)
    _psi_table(found)


def _measure_first(run: RunFolder) -> None:
    if after_run.at_work(run, "assess"):
        return
    st.caption(text.MISSING)
    if st.button(text.MEASURE, key="measure-stability", icon=":material/timeline:"):
        try:
            after_run.start(run, "assess", only=["stability"])
        except FinxferError as error:
            show_error(error)
            return
        st.rerun()


def _periods(found: dict[str, Any]) -> None:
    unit = text.UNITS.get(found["time"]["unit"], found["time"]["unit"])
    section(
        text.PERIODS.format(
            figure=text.FIGURES[found.get("figure", "gini")],
            unit=unit,
            column=md(found["time"]["column"], 30),
        )
    )
    periods = found["periods"]
    series = [charts.Series(names.model_name("model"), _points(found, "model"))]
    if any(one["baseline"] for one in periods):
        name = names.model_name(found["baseline"])
        series.append(charts.Series(name, _points(found, "baseline"), "baseline"))
    titles = [one["name"] for one in periods]
    alt = text.PERIODS_ALT.format(
        figure=text.FIGURES[found.get("figure", "gini")],
        values="; ".join(
            f"{one['name']} {_figure(found, one['model']) if one['model'] else text.TOO_FEW}"
            for one in periods
        ),
    )
    figure = charts.period_dots(titles, series, text.FIGURES[found.get("figure", "gini")])
    charts.show(figure, "stability-periods", plain(alt, LONGEST), lambda: _period_data(found))
    time = found["time"]
    if time["train"] and time["test"]:
        spans = {"train_from": time["train"][0], "train_to": time["train"][1]}
        spans |= {"test_from": time["test"][0], "test_to": time["test"][1]}
        st.caption(text.SPANS.format(**spans))


def _points(found: dict[str, Any], model: str) -> list[Any]:
    name = found.get("figure", "gini")
    return [
        (
            place,
            one[model][name],
            one[model][f"{name}_interval"],
            f"{one['name']} {_figure(found, one[model])}",
        )
        for place, one in enumerate(found["periods"])
        if one[model]
    ]


def _figure(found: dict[str, Any], figures: dict[str, Any]) -> str:
    """What is followed through the periods, with its interval."""
    name = found.get("figure", "gini")
    value, interval = figures[name], figures[f"{name}_interval"]
    if name == "rmse":
        return with_ends(value, interval)
    return share_interval(value, interval) if name == "accuracy" else with_interval(value, interval, 3)


def _moved(found: dict[str, Any]) -> None:
    section(text.PSI)
    entries = [{"name": text.SCORE, **found["score"]}] if found["score"] else []
    entries += [{**one, "name": one["column"]} for one in found["features"][: MOST_BARS - len(entries)]]
    values = "; ".join(f"{one['name']} {one['psi']:.3f}" for one in entries)
    alt = plain(text.PSI_ALT.format(values=values), LONGEST)
    charts.show(charts.psi_bars(entries), "stability-psi", alt, lambda: _psi_frame(found))
    st.caption(text.PSI_CAPTION.format(reference=text.REFERENCES))


def _period_table(found: dict[str, Any]) -> pd.DataFrame:
    """One row for each period, as it is shown."""
    titles, score = text.COLUMNS, {one["name"]: one for one in (found["score"] or {}).get("by_period", [])}
    rows = []
    if found.get("figure", "gini") != "gini":
        return _task_table(found)
    for one in found["periods"]:
        row = {
            titles["period"]: plain(one["name"]),
            titles["rows"]: count(one["rows"]),
            titles["rate"]: share(one["positive_rate"]),
            titles["mean"]: share(one["mean_probability"]),
        }
        figures = one["model"] or {}
        for metric in ("gini", "ks", "auc"):
            value = with_interval(figures.get(metric), figures.get(f"{metric}_interval"), 3)
            row[titles[metric]] = value if figures else one["reason"] if metric == "gini" else NOTHING
        if found["baseline"]:
            gap = one["difference"] or {}
            title = titles["difference"].format(name=names.model_name(found["baseline"]))
            row[title] = with_interval(gap.get("value"), gap.get("interval"), 3)
        row[titles["psi"]] = metric3(score[one["name"]]["psi"]) if one["name"] in score else NOTHING
        rows.append(row)
    return pd.DataFrame(rows)


def _task_table(found: dict[str, Any]) -> pd.DataFrame:
    """The same of a regression or of several classes."""
    titles, figure = text.COLUMNS, found["figure"]
    rows = []
    for one in found["periods"]:
        row = {titles["period"]: plain(one["name"]), titles["rows"]: count(one["rows"])}
        if figure == "rmse":
            row[text.MEAN_ACTUAL], row[text.MEAN_PREDICTED] = (
                amount(one["mean_actual"]),
                amount(one["mean_prediction"]),
            )
        row[text.FIGURES[figure]] = _figure(found, one["model"]) if one["model"] else one["reason"]
        rows.append(row)
    return pd.DataFrame(rows)


def _period_data(found: dict[str, Any]) -> pd.DataFrame:
    """The numbers behind the picture."""
    rows = []
    for one in found["periods"]:
        for model in ("model", "baseline"):
            if one[model]:
                rows.append({"period": one["name"], "rows": one["rows"], "model": model, **one[model]})
    return pd.DataFrame(rows)


def _psi_table(found: dict[str, Any]) -> None:
    title = text.PSI_FOLD.format(count=count(len(found["features"])))
    fold = st.expander(title, icon=":material/table_rows:", on_change="rerun", key="psi-fold")
    if fold.open:
        with fold:
            show_table(_psi_frame(found), key="psi-table", alt=text.PSI_TABLE_ALT)


def _psi_frame(found: dict[str, Any]) -> pd.DataFrame:
    titles = text.PSI_COLUMNS
    entries = ([{"column": text.SCORE, **found["score"]}] if found["score"] else []) + found["features"]
    rows = []
    for one in entries:
        worst = max(one["by_period"], key=lambda part: part["psi"], default=None)
        highest = NOTHING if worst is None else f"{metric3(worst['psi'])} ({worst['name']})"
        rows.append(
            {
                titles["column"]: plain(one["column"]),
                titles["psi"]: one["psi"],
                titles["mean"]: one["chance_mean"],
                titles["limit"]: one["limit"],
                titles["reading"]: text.READINGS[one["reading"]],
                titles["worst"]: plain(highest),
            }
        )
    return pd.DataFrame(rows)
