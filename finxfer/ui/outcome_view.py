"""The target on the Data page where it is a number or one of several classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class _Known:
    """The known targets in numbers: a page keeps no row of them.

    Args:
        rows: with a known target.
        median: of a number.
        edges, counts: of a number's histogram between its 1st and 99th percentile; counts: rows per class.
    """

    rows: int
    median: float
    edges: tuple[float, ...]
    counts: tuple[int, ...]


@st.cache_data(max_entries=16, show_spinner=False)
def _known(sha256: str, target: str, task: str, classes: tuple[str, ...], how: str) -> _Known:
    """Of no row where the targets cannot be read."""
    try:
        y = target_values(roles_state.read_column(sha256, target, how), task, "", classes)
    except BadInput:
        return _Known(0, float("nan"), (), ())
    y = y[is_known(y)]
    if not len(y):
        return _Known(0, float("nan"), (), ())
    if task != REGRESSION:
        found = np.bincount(y.astype(np.int64), minlength=len(classes))
        return _Known(len(y), float("nan"), (), tuple(found.tolist()))
    low, high = np.quantile(y, [0.01, 0.99])
    counts, edges = np.histogram(y, bins=BINS, range=(low, high if high > low else low + 1))
    return _Known(len(y), float(np.median(y)), tuple(edges.tolist()), tuple(counts.tolist()))


def _of(table: TableMeta, roles: Roles) -> _Known:
    how = roles_state.how_target(roles)
    return _known(table.sha256, roles.target, roles.task, roles.classes, how)


def known_rows(table: TableMeta, roles: Roles) -> int:
    """Rows with a target that learners can read."""
    return _of(table, roles).rows


def show_outcome(table: TableMeta, roles: Roles) -> None:
    """A bar for each class, or the number's distribution."""
    found = _of(table, roles)
    if not found.rows:
        return
    if roles.task == REGRESSION:
        chart = {"type": "histogram", "edges": found.edges, "counts": found.counts}
        alt = text.OUTCOME_NUMBERS_ALT.format(
            target=plain(roles.target),
            rows=count(found.rows),
            low=amount(found.edges[0]),
            high=amount(found.edges[-1]),
        )
    else:
        ranked = np.argsort(-np.array(found.counts), kind="stable")[:MOST_CLASSES]
        shown = sorted(int(code) for code in ranked)
        values = [found.counts[code] / found.rows for code in shown]
        labels = [roles.classes[code] for code in shown]
        chart = {"type": "bar", "labels": labels, "values": values, "unit": "share"}
        said = "; ".join(f"{plain(name, 40)} {share(one)}" for name, one in zip(labels, values, strict=True))
        alt = text.OUTCOME_CLASSES_ALT.format(target=plain(roles.target), values=said)
    figure = charts_data.finding_chart(chart, "trained")
    if figure is not None:
        charts.show(figure, "outcome", plain(alt, 900))


def verdict(table: TableMeta, roles: Roles, findings: Sequence[Finding]) -> str:
    """The second half of the page's sentence."""
    known = _of(table, roles)
    if not known.rows:
        return text.VERDICT_TARGET_MISSING
    problems = sum(finding.severity == "problem" for finding in findings)
    what = (
        text.WHAT_NUMBER.format(median=amount(known.median))
        if roles.task == REGRESSION
        else text.WHAT_CLASSES.format(count=len(roles.classes))
    )
    words = text.VERDICT_TASK_PROBLEMS if problems else text.VERDICT_TASK_CLEAN
    return words.format(
        target=md(roles.target, 40),
        what=what,
        count=text.ONE_PROBLEM if problems == 1 else text.PROBLEMS.format(count=problems),
    )
