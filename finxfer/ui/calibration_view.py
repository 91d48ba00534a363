"""The Results part "Calibration and grades": PDs against outcomes, and the form that builds grades anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from finxfer.evaluation.calibration_wording import recalibration_words
from finxfer.records.assessment import assessment_of
from finxfer.records.decision_settings import FEWEST_GRADES, GRADE_METHODS, MOST_GRADES, CalibrationSettings
from finxfer.records.folder import RunFolder
from finxfer.ui import after_run, charts
from finxfer.ui.forms import section
from finxfer.ui.imbalance_view import show_imbalance
from finxfer.ui.run_files import run_json
from finxfer.ui.safe import md
from finxfer.ui.tables import (
    NOTHING,
    count,
    metric3,
    share,
    share_interval,
    show_table,
    signed,
    with_interval,
)
from finxfer.ui.text import calibration as text
from finxfer.ui.text import charts as names

FILE = "calibration.json"
ONLY = ("decisions", "calibration")
"""What the settings of this part have a say in; the base rate is also one of decisions."""


def calibration_part(run: RunFolder) -> None:
    """Sentence, picture, table, recalibration, notes and the form."""
    found = run_json(run, FILE)
    if found is None:
        _measure_first(run)
        return
    st.markdown(md(found["sentence"], 500))
    grades = found["grades"]
    if found["measured"]:
        picture, figures = st.columns([1.5, 1], gap="medium")
        with picture:
            _picture(grades["table"])
        with figures:
            section(text.SCORE)
            st.table(_figures(found), border="horizontal", alt=text.SCORE)
            st.caption(_brier_line(found["brier"]))
    section(text.TABLE)
    table = _table(found)
    left = (text.COLUMNS["grade"], text.COLUMNS["between"], text.COLUMNS["verdict"])
    columns = {
        title: st.column_config.Column(
            help=text.COLUMN_HELP.get(title), alignment="left" if title in left else "right"
        )
        for title in map(str, table)
    }
    show_table(table, key="grades-table", alt=text.TABLE, columns=columns)
    if found["recalibrations"]:
        section(text.RECALIBRATION)
        st.markdown(
            " ".join(
                md(recalibration_words(found["recalibrations"][one], one), 200)
                for one in ("platt", "isotonic")
            )
        )
        st.table(_recalibrations(found["recalibrations"]), border="horizontal", alt=text.RECALIBRATION)
        st.caption(
            text.RECALIBRATION_CAPTION if found["recalibration"] == "none" else text.RECALIBRATION_OF_BASE
        )
    show_imbalance(found.get("imbalance"), _with_change)
    with st.expander(text.NOTES, icon=":material/info:", key=f"calibration-notes-{run.id}"):
        for note in found["notes"]:
            st.markdown(f"- {md(note, 500)}")
    _form(run)


def _measure_first(run: RunFolder) -> None:
    st.info(text.MISSING)
    if not after_run.at_work(run, "assess") and st.button(text.MEASURE, key="measure-calibration"):
        after_run.start(run, "assess", only=list(ONLY))
        st.rerun()


def _picture(table: list[dict[str, Any]]) -> None:
    values = "; ".join(
        text.ALT_GRADE.format(
            grade=one["grade"], pd=share(one["pd"]), observed=share_interval(one["observed"], one["interval"])
        )
        for one in table
    )
    charts.show(charts.grades(table), "grades", text.ALT.format(values=values), lambda: _flat(table))


def _flat(table: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(table)
    ends = frame.pop("interval")
    return frame.assign(low=ends.str[0], high=ends.str[1])


def _table(found: dict[str, Any]) -> pd.DataFrame:
    grades, base = found["grades"], found["prior"]["base_rate"]
    rows = [_row(one, base) for one in grades["table"]]
    if grades["portfolio"]:
        rows.append(
            _row(
                {"grade": text.PORTFOLIO, "share": 1.0, "pd_at_base_rate": None, **grades["portfolio"]}, base
            )
        )
    return pd.DataFrame(rows)


def _row(one: dict[str, Any], base: float | None) -> dict[str, str]:
    between = text.BETWEEN.format(low=share(one["from"]), high=share(one["to"])) if "from" in one else ""
    titles = text.COLUMNS
    row = {titles["grade"]: str(one["grade"]), titles["between"]: between, titles["pd"]: share(one["pd"])}
    if base is not None:
        row[titles["base"].format(rate=share(base))] = share(one["pd_at_base_rate"])
    return row | {
        titles["rows"]: count(one["rows"]),
        titles["share"]: share(one["share"]),
        titles["defaults"]: count(one["defaults"]),
        titles["observed"]: share_interval(one["observed"], one["interval"]),
        titles["p_value"]: metric3(one["p_value"]),
        titles["p_value_high"]: metric3(one["p_value_high"]),
        titles["verdict"]: one["verdict"],
    }


def _figures(found: dict[str, Any]) -> pd.DataFrame:
    brier, cox, grades = found["brier"], found["cox"], found["grades"]
    rows = [
        (text.BRIER, with_interval(brier["value"], brier["interval"], 3), text.BRIER_MEANING),
    ]
    if cox:
        rows += [
            (text.SLOPE, with_interval(cox["slope"], cox["slope_interval"]), text.SLOPE_MEANING),
            (
                text.LARGE,
                with_interval(cox["in_the_large"], cox["in_the_large_interval"]),
                text.LARGE_MEANING,
            ),
        ]
    rows += [
        (text.GRADES_GINI, metric3(grades["gini"]), text.GRADES_GINI_MEANING),
        (
            text.HERFINDAHL,
            metric3(grades["herfindahl"]),
            text.HERFINDAHL_MEANING.format(grades=f"{grades['effective_grades']:.1f}"),
        ),
    ]
    return pd.DataFrame(rows, columns=[text.FIGURE, text.VALUE, text.MEANING]).set_index(text.FIGURE)


def _brier_line(brier: dict[str, Any]) -> str:
    parts = {name: f"{brier[name]:.4f}" for name in ("value", "reliability", "resolution", "uncertainty")}
    within = signed(brier["within_variance"] - brier["within_covariance"], 4)
    return text.BRIER_PARTS.format(**parts, within=f"{within[0]} {within[1:]}", bins=brier["bins"])


def _recalibrations(found: dict[str, Any]) -> pd.DataFrame:
    metrics = list(found["before"]["metrics"])
    rows = {}
    for name, title in text.NAMES.items():
        entry = found[name]
        rows[title] = {
            names.METRIC_NAMES[metric]: _with_change(
                entry["metrics"][metric], (entry.get("differences") or {}).get(metric)
            )
            for metric in metrics
        }
    return pd.DataFrame(rows).T.rename_axis(text.METHOD)


def _with_change(value: float | None, change: dict[str, Any] | None) -> str:
    if value is None or change is None:
        return f"{value:.4f}" if value is not None else NOTHING
    interval = change["interval"]
    ends = f" [{signed(interval[0], 4)}, {signed(interval[1], 4)}]" if interval else ""
    return f"{value:.4f} ({signed(change['value'], 4)}{ends})"


def _form(run: RunFolder) -> None:
    """Other grades; they are built and measured by a job."""
    if after_run.at_work(run, "assess"):
        return
    assessment = assessment_of(run)
    now = assessment.calibration
    with (
        st.expander(text.SETTINGS, icon=":material/tune:", key=f"calibration-settings-{run.id}"),
        st.form(f"calibration-{run.id}", border=False),
    ):
        left, middle, right = st.columns(3)
        method = left.selectbox(
            text.FIELD_METHOD,
            GRADE_METHODS,
            index=GRADE_METHODS.index(now.method),
            format_func=lambda one: text.METHODS[one],
            help=text.FIELD_METHOD_HELP,
            key=f"grades-method-{run.id}",
        )
        most = middle.number_input(
            text.FIELD_GRADES,
            FEWEST_GRADES,
            MOST_GRADES,
            now.grades,
            help=text.FIELD_GRADES_HELP,
            key=f"grades-number-{run.id}",
        )
        base = right.number_input(
            text.FIELD_BASE,
            0.01,
            99.0,
            None if now.base_rate is None else 100 * now.base_rate,
            step=0.5,
            format="%.2f",
            help=text.FIELD_BASE_HELP,
            placeholder=text.AS_IN_TABLE,
            key=f"grades-base-{run.id}",
        )
        if st.form_submit_button(text.APPLY, type="primary"):
            changed = CalibrationSettings(method, int(most), None if base is None else base / 100)
            after_run.start(
                run, "assess", only=list(ONLY), assessment=replace(assessment, calibration=changed).to_json()
            )
            st.rerun()
