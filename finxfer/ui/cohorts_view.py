"""Explain, two groups: what moves the prediction of one group of customers more than that of another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from finxfer.data.values import text_values
from finxfer.explanations.cohorts import FEW_ROWS, FEWEST_ROWS, Cohorts, compare_cohorts
from finxfer.explanations.reasons import value_text
from finxfer.records.folder import RunFolder
from finxfer.settings import integer
from finxfer.ui import charts
from finxfer.ui.explain_view import Explained
from finxfer.ui.run_files import run_json, run_table, stamp
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count, share
from finxfer.ui.text import cohorts as text

TOP = 10
_MOST_VALUES = 60
_CODES = 8  # a number with no more values is chosen by value


@dataclass(frozen=True)
class Known:
    """What groups can be made of: one entry per explained customer.

    Attributes:
        found: the explanations.
        flagged: at or above the run's threshold; None where it has none.
        outcome: 1, 0 or NaN; None where nothing is known.
        labels: protected columns as slice labels; empty where there are none.
    """

    found: Explained
    flagged: np.ndarray | None
    outcome: np.ndarray | None
    labels: pd.DataFrame


@dataclass(frozen=True)
class Group:
    """A group's name in words and who belongs to it, bool (N,)."""

    name: str
    members: np.ndarray


@st.fragment
def two_groups(run: RunFolder, found: Explained, outcomes: tuple[str, str]) -> None:
    """Choose two groups, compare their mean contributions."""
    known = read(run, found)
    left, right = st.columns(2, gap="large")
    with left:
        first = _choose(known, outcomes, text.FIRST, 0)
    with right:
        second = _choose(known, outcomes, text.SECOND, 1)
    a, b = int(first.members.sum()), int(second.members.sum())
    if a == b and (first.members == second.members).all():
        st.info(text.SAME)
        return
    compared = _compare(
        (run.id, stamp(run.explanations / "meta.json"), found.model),
        first.members.tobytes(),
        second.members.tobytes(),
        found,
    )
    if compared is None:
        st.info(text.TOO_FEW.format(fewest=FEWEST_ROWS, a=a, b=b))
        return
    _show(compared, first, second)


def read(run: RunFolder, found: Explained) -> Known:
    """Decisions, outcomes and protected groups of the explained customers, in their order."""
    metrics = run_json(run, "metrics.json") or {}
    scores = {"model": metrics.get("model"), **(metrics.get("baselines") or {})}.get(found.model)
    threshold = (scores or {}).get("threshold")
    flagged = None if threshold is None else found.probability >= threshold
    predictions = run_table(run, "predictions.parquet", ("row", "target"))
    outcome = None
    if predictions is not None:
        target = predictions.set_index("row")["target"].reindex(found.rows)
        outcome = target.to_numpy(dtype=np.float64, na_value=np.nan)
    labels = run_table(run, "slices.parquet")
    if labels is None:
        return Known(found, flagged, outcome, pd.DataFrame(index=range(len(found.rows))))
    aligned = labels.set_index("row").reindex(found.rows).reset_index(drop=True)
    return Known(found, flagged, outcome, aligned)


def _choose(known: Known, outcomes: tuple[str, str], which: str, number: int) -> Group:
    kinds = [text.EVERYONE, text.FEATURE]
    kinds += [text.DECISION] if known.flagged is not None else []
    kinds += [text.OUTCOME] if known.outcome is not None and np.isfinite(known.outcome).any() else []
    kinds += [text.PROTECTED] if len(known.labels.columns) else []
    start = text.DECISION if text.DECISION in kinds else (text.FEATURE, text.EVERYONE)[number]
    left, right = st.columns([1, 1.4], gap="small")
    kind = left.selectbox(
        text.KIND.format(which=which), kinds, index=kinds.index(start), key=f"cohort-{number}-kind"
    )
    with right:
        return _of_kind(known, outcomes, str(kind), number)


def _of_kind(known: Known, outcomes: tuple[str, str], kind: str, number: int) -> Group:
    if kind == text.DECISION and known.flagged is not None:
        chosen = _one_of([text.FLAGGED, text.APPROVED], number, "decision")
        return Group(chosen, known.flagged if chosen == text.FLAGGED else ~known.flagged)
    if kind == text.OUTCOME and known.outcome is not None:
        chosen = _one_of([plain(one) for one in outcomes], number, "outcome")
        return Group(chosen, known.outcome == (1 if chosen == plain(outcomes[0]) else 0))
    if kind == text.PROTECTED and len(known.labels.columns):
        names = [str(name) for name in known.labels]
        column = st.selectbox(text.COLUMN_LABEL, names, key=f"cohort-{number}-column")
        return _by_values(known.labels[column], column, number)
    if kind == text.FEATURE:
        feature = st.selectbox(text.FEATURE_LABEL, known.found.features, key=f"cohort-{number}-feature")
        return _by_feature(known.found.values[feature], feature, number)
    return Group(text.EVERYONE, np.ones(len(known.found.rows), dtype=bool))


def _one_of(options: list[str], number: int, what: str) -> str:
    return st.selectbox(text.VALUE, options, index=number, key=f"cohort-{number}-{what}") or options[number]


def _by_feature(values: pd.Series, feature: str, number: int) -> Group:
    """A range of a number of many values; else some values."""
    numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    if not numeric or values.nunique() <= _CODES:
        return _by_values(pd.Series(text_values(values)), feature, number)
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    ends = float(np.nanmin(numbers)), float(np.nanmax(numbers))
    middle = float(np.nanmedian(numbers))
    start = (middle, ends[1]) if number == 0 else (ends[0], middle)
    low, high = st.slider(text.RANGE, *ends, value=start, key=f"cohort-{number}-range-{feature}")
    name = text.BETWEEN.format(low=value_text(low), high=value_text(high))
    return Group(text.NAME.format(column=feature, values=name), (numbers >= low) & (numbers <= high))


def _by_values(values: pd.Series, column: str, number: int) -> Group:
    words = values.astype("object").where(values.notna(), text.MISSING).astype(str)
    common = list(words.value_counts().index[:_MOST_VALUES])
    start = common[min(number, len(common) - 1) :][:1]
    chosen = st.multiselect(
        text.VALUES, common, default=start, format_func=plain, key=f"cohort-{number}-values-{column}"
    )
    name = ", ".join(chosen) if len(chosen) < 4 else text.MORE.format(first=chosen[0], more=len(chosen) - 1)
    return Group(text.NAME.format(column=column, values=name), words.isin(chosen).to_numpy(dtype=bool))


@st.cache_data(max_entries=24, show_spinner=False)
def _compare(what: tuple[str, int, str], first: bytes, second: bytes, _found: Explained) -> Cohorts | None:
    """Kept by the run, the time of its explanations, the model and who is in the groups."""
    a, b = (np.frombuffer(members, dtype=bool) for members in (first, second))
    return compare_cohorts(_found.shap, _found.probability, a, b, integer("bootstrap_draws"))


def _show(compared: Cohorts, first: Group, second: Group) -> None:
    st.markdown(_answer(compared))
    a, b, both = compared.sizes
    together = text.BOTH.format(both=count(both)) if both else ""
    names = {"first": md(first.name), "second": md(second.name)}
    st.caption(text.SIZES.format(a=count(a), b=count(b), both=together, **names))
    if min(a, b) < FEW_ROWS:
        st.warning(text.SMALL.format(few=FEW_ROWS), icon=":material/data_alert:")
    table = compared.table
    top = table.head(TOP)
    largest = f"{plain(table['feature'].iloc[0], 40)} {100 * table['difference'].iloc[0]:+.1f} points"
    titles = (plain(first.name), plain(second.name), text.TITLE_DIFFERENCE)
    charts.show(_figure(top, titles), "cohorts", text.ALT.format(largest=largest), table)
    if len(table) > TOP:
        st.caption(text.SHOWN.format(shown=TOP, total=count(len(table))))
    st.caption(text.NOTE.format(draws=integer("bootstrap_draws")))


def _figure(top: pd.DataFrame, titles: tuple[str, str, str]) -> go.Figure:
    spans = top[["difference", "low", "high"]].to_numpy(dtype=float).tolist()
    return charts.cohort_panels(
        [str(name) for name in top["feature"]],
        (top["mean_a"].astype(float).tolist(), top["mean_b"].astype(float).tolist()),
        [(mean, low, high) for mean, low, high in spans],
        titles,
    )


def _answer(compared: Cohorts) -> str:
    first, second, difference, low, high = compared.probability
    clear = compared.table[compared.table["clear"]]
    same = clear[np.sign(clear["difference"]) == np.sign(difference)].head(2)
    named = [
        text.ONE.format(feature=md(name, 40), points=_points(value))
        for name, value in zip(same["feature"], same["difference"].astype(float), strict=True)
    ]
    most = text.MOST.format(features=text.AND.join(named)) if named else ""
    return text.ANSWER.format(
        first=share(first),
        second=share(second),
        difference=_points(difference),
        low=_points(low),
        high=_points(high),
        most=most or (text.NO_DIFFERENCE if clear.empty else ""),
    )


def _points(value: float) -> str:
    return f"{100 * value:+.1f}".replace("-", "−")
