"""The target on the Data page where it is a number or one of several classes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import streamlit as st

from finxfer.data.findings import Finding
from finxfer.data.tasks import is_known, target_values
from finxfer.errors import BadInput
from finxfer.evaluation.amounts import amount
from finxfer.records.spec import REGRESSION
from finxfer.records.tables import Roles, TableMeta
from finxfer.ui import charts, charts_data, roles_state
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count, share
from finxfer.ui.text import data as text

BINS = 30
MOST_CLASSES = 12


@st.cache_data(max_entries=16, show_spinner=False)
def _known(sha256: str, target: str, task: str, classes: tuple[str, ...], how: str) -> np.ndarray:
    """The known targets; empty where they cannot be read."""
    try:
        y = target_values(roles_state.read_column(sha256, target, how), task, "", classes)
    except BadInput:
        return np.zeros(0)
    return y[is_known(y)]


def known_targets(table: TableMeta, roles: Roles) -> np.ndarray:
    """The known targets as learners read them."""
    how = roles_state.how_target(roles)
    return _known(table.sha256, roles.target, roles.task, roles.classes, how)


def show_outcome(table: TableMeta, roles: Roles) -> None:
    """A bar for each class, or the number's distribution."""
    y = known_targets(table, roles)
    if not len(y):
        return
    if roles.task == REGRESSION:
        low, high = np.quantile(y, [0.01, 0.99])
        counts, edges = np.histogram(y, bins=BINS, range=(low, high if high > low else low + 1))
        figure = charts_data.finding_chart(
            {"type": "histogram", "edges": edges.tolist(), "counts": counts.tolist()}, "trained"
        )
        alt = text.OUTCOME_NUMBERS_ALT.format(
            target=plain(roles.target), rows=count(len(y)), low=amount(low), high=amount(high)
        )
    else:
        counts = np.bincount(y.astype(np.int64), minlength=len(roles.classes))
        shown = sorted(np.argsort(-counts, kind="stable")[:MOST_CLASSES])
        values = [float(counts[code] / len(y)) for code in shown]
        labels = [roles.classes[code] for code in shown]
        chart = {"type": "bar", "labels": labels, "values": values, "unit": "share"}
        figure = charts_data.finding_chart(chart, "trained")
        said = "; ".join(f"{plain(name, 40)} {share(one)}" for name, one in zip(labels, values, strict=True))
        alt = text.OUTCOME_CLASSES_ALT.format(target=plain(roles.target), values=said)
    if figure is not None:
        charts.show(figure, "outcome", plain(alt, 900))


def verdict(table: TableMeta, roles: Roles, findings: Sequence[Finding]) -> str:
    """The second half of the page's sentence."""
    y = known_targets(table, roles)
    if not len(y):
        return text.VERDICT_TARGET_MISSING
    problems = sum(finding.severity == "problem" for finding in findings)
    what = (
        text.WHAT_NUMBER.format(median=amount(float(np.median(y))))
        if roles.task == REGRESSION
        else text.WHAT_CLASSES.format(count=len(roles.classes))
    )
    return text.VERDICT_TASK.format(
        target=md(roles.target, 40),
        what=what,
        count=text.ONE_PROBLEM if problems == 1 else text.PROBLEMS.format(count=problems),
    )
