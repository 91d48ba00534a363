"""The Data page's split: the choice of the test rows, a picture of the parts, and what it means."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from finxfer.errors import BadInput
from finxfer.records.spec import BINARY, OUT_OF_TIME, RANDOM
from finxfer.records.tables import Roles, TableMeta
from finxfer.ui import charts, charts_data, outcome_view, read_view, roles_state, split_state
from finxfer.ui.forms import section
from finxfer.ui.guard import show_error
from finxfer.ui.maturity_view import show_maturity
from finxfer.ui.safe import md, plain
from finxfer.ui.split_state import Preview
from finxfer.ui.tables import count, share
from finxfer.ui.test_table_view import offer_other, show_other
from finxfer.ui.text import data as text

LONGEST = 400


def show_split(table: TableMeta, roles: Roles) -> None:
    """Choose the test rows where a column orders them; how many rows train, validate and test."""
    section(text.SPLIT_TITLE)
    column = split_state.time_column(roles)
    other = roles.test_table is not None
    if column is not None and not other:
        _choose(table, roles, column)
    try:
        found = split_state.preview(table, roles, split_state.split_of(table, roles))
    except BadInput as error:
        show_error(error)
        return
    tested = show_other(table, roles, found.before) if other else None
    test_rows = tested.rows if tested is not None else found.rows["test"]
    if other or len(found.names) < 2:
        _bar(found, test_rows)
    else:
        _by_period(found, str(column))
    st.caption(_words(table, roles, found, test_rows))
    if column is None and not other:
        st.caption(text.SPLIT_NO_TIME)
    if column is not None and roles.task == BINARY:
        show_maturity(table, roles, found.latest)
    if not other:
        offer_other(table, roles)


def _choose(table: TableMeta, roles: Roles, column: str) -> None:
    problem = split_state.why_not(table, roles)
    if problem is not None and roles.split != OUT_OF_TIME:
        st.caption(text.SPLIT_NOT_BY_TIME.format(why=md(problem, LONGEST)))
        return
    now = split_state.split_of(table, roles)
    chosen = st.segmented_control(
        text.SPLIT_CHOICE,
        [OUT_OF_TIME, RANDOM],
        default=now,
        format_func=lambda one: text.SPLIT_CHOICES[one],
        # Made anew when the split changes elsewhere, by Undo for instance.
        key=f"split_{table.sha256[:12]}_{now}",
    )
    if chosen is not None and chosen != now:
        roles_state.change(table, replace(roles, split=chosen))
        st.rerun()
    st.caption(text.SPLIT_WHY[now].format(column=md(column, 30)))


def _bar(found: Preview, test: int) -> None:
    """One bar of three parts. test: test rows, of this table or of another one."""
    train, validation = found.rows["train"], found.rows["validation"]
    figure = charts_data.parts_bar(
        [
            (text.SPLIT_NAMES["train"], train, "trained", ""),
            (text.SPLIT_NAMES["validation"], validation, "frozen", "/"),
            (text.SPLIT_NAMES["test"], test, "baseline", "."),
        ]
    )
    alt = text.SPLIT_ALT.format(train=count(train), validation=count(validation), test=count(test))
    charts.show(figure, "split", alt)


def _by_period(found: Preview, column: str) -> None:
    """A bar for each period, coloured by part; what is in no part stands on top."""
    figure = charts_data.period_bars(found.names, found.by_period)
    values = "; ".join(
        f"{name}: "
        + ", ".join(
            f"{count(n[place])} {text.SPLIT_NAMES[part]}" for part, n in found.by_period.items() if n[place]
        )
        for place, name in enumerate(found.names)
    )
    alt = text.SPLIT_PERIODS_ALT.format(unit=found.unit, column=column, values=values)
    charts.show(figure, "split", plain(alt, 2000))


def _words(table: TableMeta, roles: Roles, found: Preview, test_rows: int) -> str:
    train, validation = count(found.rows["train"]), count(found.rows["validation"])
    said = text.SPLIT_LINE.format(train=train, validation=validation, test=count(test_rows))
    outcome = {"target": md(roles.target, 30), "positive": md(roles.positive, 30)}
    if found.said:
        if roles.task == BINARY:
            said += text.SPLIT_SHARES.format(**outcome, before=share(found.before), after=share(found.after))
        said += "".join(f" {md(sentence, LONGEST)}" for sentence in found.said)
    elif roles.test_table is None and roles.task == BINARY:
        said += text.SPLIT_STRATIFIED.format(**outcome)
    if roles.task == BINARY:
        how = roles_state.how_target(roles)
        missing = read_view.target_counts(table.sha256, roles.target, roles.positive, how)[2]
    else:
        missing = table.rows - outcome_view.known_rows(table, roles)
    return said + (" " + text.SPLIT_DROPPED.format(count=count(missing)) if missing else "")
