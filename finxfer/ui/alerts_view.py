"""The Results part "Alerts": what is found of rare events with so many alerts a day."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from finxfer.errors import FinxferError
from finxfer.records.alert_settings import AlertSettings
from finxfer.records.assessment import assessment_of
from finxfer.records.folder import RunFolder
from finxfer.ui import after_run, charts
from finxfer.ui.forms import section
from finxfer.ui.guard import show_error
from finxfer.ui.run_files import run_json
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import NOTHING, share, share_interval, show_table, with_interval
from finxfer.ui.text import alerts as text
from finxfer.ui.text import charts as names

FILE = "alerts.json"
RARE = 0.05
LONGEST = 600


def has_alerts(run: RunFolder, metrics: dict[str, Any]) -> bool:
    """Whether the part has something to say: the run counted alerts, or is about a rare event."""
    rate = metrics.get("positive_rate")
    rare = metrics.get("task", "binary") == "binary" and rate is not None and rate < RARE
    return rare or (run.path / FILE).is_file()


def alerts_part(run: RunFolder) -> None:
    """Sentence, picture, table; where the run is older than this part, a button that measures it."""
    found = run_json(run, FILE)
    if found is None:
        if not after_run.at_work(run, "assess"):
            st.caption(text.MISSING)
            if st.button(text.MEASURE, key="measure-alerts", icon=":material/notifications:"):
                _start(run, "assess", only=["alerts"])
        return
    st.markdown(md(found["sentence"], LONGEST))
    left, right = st.columns([1.5, 1], gap="medium")
    with left:
        _curve(found)
    with right:
        _budget(run, found)
        st.caption("  \n".join(md(sentence, LONGEST) for sentence in found["sentences"]))
    show_table(_table(found), key="alerts-table", alt=text.TABLE_ALT)
    _anomaly(run, found)


def _start(run: RunFolder, job: str, **arguments: Any) -> None:
    try:
        after_run.start(run, job, **arguments)
    except FinxferError as error:
        show_error(error)
        return
    st.rerun()


def _name(model: str) -> str:
    return text.MODELS.get(model) or names.model_name(model)


def _curve(found: dict[str, Any]) -> None:
    unit = text.UNIT_DAY if found["time"] else text.UNIT_ALL
    section(text.CURVE.format(unit=unit))
    curve, titles = found["curve"], {name: _name(name) for name in found["curve"]["models"]}
    values = "; ".join(
        f"{titles[name]} {share((one['recall_at'] or {}).get('value'))}"
        for name, one in found["models"].items()
    )
    alt = text.CURVE_ALT.format(count=f"{found['per_day']:,.4g}", unit=unit, values=values)
    figure = charts.alert_curves(
        curve["alerts"],
        curve["models"],
        titles,
        found["per_day"],
        text.X_DAY if found["time"] else text.X_ALL,
    )
    charts.show(figure, "alerts", plain(alt, LONGEST), lambda: _curve_data(found))
    st.caption(text.CURVE_CAPTION)


def _curve_data(found: dict[str, Any]) -> pd.DataFrame:
    """The numbers behind the picture."""
    parts = []
    for name, curve in found["curve"]["models"].items():
        frame = pd.DataFrame({"model": name, "alerts": found["curve"]["alerts"], "recall": curve["recall"]})
        frame[["low", "high"]] = [ends or (None, None) for ends in curve["interval"]]
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def _budget(run: RunFolder, found: dict[str, Any]) -> None:
    """How many can be looked at, and measuring anew with another number."""
    if after_run.at_work(run, "assess"):
        return
    with (
        st.form(f"alerts-{run.id}", border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        per_day = st.number_input(
            text.PER_DAY if found["time"] else text.PER_ALL,
            0.01,
            1e6,
            float(found["per_day"]),
            step=1.0,
            format="%.10g",
            help=text.PER_DAY_HELP,
            key=f"alerts-per-day-{run.id}",
        )
        pressed = st.form_submit_button(text.AGAIN, icon=":material/notifications:")
    if pressed:
        settings = replace(assessment_of(run), alerts=AlertSettings(float(per_day)))
        _start(run, "assess", only=["alerts"], assessment=settings.to_json())


def _table(found: dict[str, Any]) -> pd.DataFrame:
    titles = text.COLUMNS | {"precision_top": text.COLUMNS["precision_top"].format(top=found["top"])}
    rows = []
    for name, one in found["models"].items():
        row = {titles["model"]: _name(name)}
        for metric, entry in one.items():
            if metric == "card_precision_at" and not found["card"]:
                continue
            row[titles[metric]] = _cell(metric, entry)
        gap = (found["differences"].get(name) or {}).get("recall_at")
        row[titles["difference"]] = NOTHING if gap is None else _points(gap)
        rows.append(row)
    return pd.DataFrame(rows)


def _points(gap: dict[str, Any]) -> str:
    """A difference of two shares in percentage points, as the sentence tells it."""
    ends = None if gap["interval"] is None else [100 * end for end in gap["interval"]]
    return with_interval(100 * gap["value"], ends, 1)


def _cell(metric: str, entry: dict[str, Any] | None) -> str:
    if entry is None:
        return NOTHING
    if metric == "average_precision":
        return with_interval(entry["value"], entry["interval"], 3)
    return share_interval(entry["value"], entry["interval"])


def _anomaly(run: RunFolder, found: dict[str, Any]) -> None:
    """Folded: the score that needs no labels."""
    if "anomaly" in found["models"]:
        st.caption(text.ANOMALY_THERE)
        return
    fold = st.expander(text.ANOMALY, icon=":material/travel_explore:", on_change="rerun", key="anomaly-fold")
    if not fold.open:
        return
    with fold:
        st.markdown(text.ANOMALY_NOTE)
        if not after_run.at_work(run, "anomaly") and st.button(text.ANOMALY_START, key="anomaly-start"):
            _start(run, "anomaly")
