"""Explain, one customer: the waterfall with the reasons in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from finxfer.evaluation.amounts import amount
from finxfer.explanations.reasons import reasons_for, value_text
from finxfer.records.folder import RunFolder
from finxfer.ui import charts
from finxfer.ui.explain_view import Explained
from finxfer.ui.run_files import run_table
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import NOTHING, count
from finxfer.ui.text import explain as text

DEFAULT_PERCENTILE = 95
CUSTOMER = "customer"
MOST_OFFERED = 200


def _by_percentile(rows: list[int]) -> None:
    """Slider moved: choose the customer at that percentile (rows are in ascending order of risk)."""
    place = round(st.session_state["risk-percentile"] / 100 * (len(rows) - 1))
    st.session_state[CUSTOMER] = rows[place]
    _to_address()


def _to_address() -> None:
    """The address keeps the customer, so that it can be shared."""
    st.query_params[CUSTOMER] = str(st.session_state[CUSTOMER])


def _from_address(rows: list[int]) -> str:
    """Choose the customer of the address, else the one at the default percentile, where none is chosen.

    Returns what was asked for, by hand or in the address, and is none of the explained customers.
    """
    known = set(rows)
    chosen = st.session_state.get(CUSTOMER)
    asked = str(st.query_params.get(CUSTOMER, "") if chosen is None else chosen)
    row = int(asked) if asked.isdecimal() else None
    found = row in known
    default = rows[round(DEFAULT_PERCENTILE / 100 * (len(rows) - 1))]
    st.session_state[CUSTOMER] = row if found else default
    return "" if found else asked


def _offered(rows: list[int]) -> list[int]:
    """Riskiest first; of many customers some, evenly spaced by risk, and the chosen one in its place."""
    if len(rows) <= MOST_OFFERED:
        return rows[::-1]
    places = set(np.linspace(0, len(rows) - 1, MOST_OFFERED).round().astype(int).tolist())
    places.add(rows.index(st.session_state[CUSTOMER]))
    return [rows[place] for place in sorted(places, reverse=True)]


@st.fragment
def one_customer(run: RunFolder, found: Explained, outcomes: tuple[str, ...]) -> None:
    """Waterfall of one customer with the reasons in words."""
    _customer(run, found, pick_customer(found), outcomes)


def pick_customer(found: Explained) -> int:
    """The customer looked at, by number or by risk: their place among the explained ones.

    Several parts of the page ask for it; the choice is one, and the address keeps it.
    """
    order = np.argsort(found.probability, kind="stable")
    rows = [int(found.rows[place]) for place in order]
    place_of = {int(row): place for place, row in enumerate(found.rows)}
    unknown = _from_address(rows)
    left, right = st.columns([1, 1.2], gap="medium", vertical_alignment="bottom")
    with right:
        st.slider(
            text.PERCENTILE[found.words],
            0,
            100,
            DEFAULT_PERCENTILE,
            key="risk-percentile",
            help=text.PERCENTILE_HELP.format(what=found.spoken),
            on_change=_by_percentile,
            args=(rows,),
        )
    with left:
        row = st.selectbox(
            text.CUSTOMER,
            _offered(rows),
            key=CUSTOMER,
            on_change=_to_address,
            help=text.CUSTOMER_HELP,
            accept_new_options=True,
            format_func=lambda one: text.CUSTOMER_OPTION.format(
                row=one, probability=found.scale.level(found.probability[place_of[one]])
            ),
        )
    if unknown:
        st.caption(text.NOT_EXPLAINED.format(row=md(unknown, 20), rows=count(len(rows))))
    return place_of.get(int(row) if str(row).isdecimal() else -1, int(order[-1]))


def _customer(run: RunFolder, found: Explained, place: int, outcomes: tuple[str, ...]) -> None:
    base, probability = float(found.base[place]), float(found.probability[place])
    contributions = [
        (name, value_text(found.values[name].iloc[place]), float(found.shap[name].iloc[place]))
        for name in found.features
    ]
    largest = max(contributions, key=lambda one: abs(one[2]))
    picture, words = st.columns([1.7, 1], gap="medium")
    with picture:
        alt = text.WATERFALL_ALT.format(
            base=found.scale.level(base),
            probability=found.scale.level(probability),
            largest=f"{plain(largest[0], 40)} = {largest[1]}, {found.scale.points(largest[2])}",
        )
        data = pd.DataFrame(contributions, columns=["feature", "value", "contribution"])
        figure = charts.waterfall(base, contributions, probability, scale=found.scale)
        charts.show(figure, "waterfall", alt, data)
    with words:
        with st.grid(2, gap="xsmall", min_column_width=120):
            st.metric(_predicted(found, place), found.scale.level(probability))
            st.metric(text.BASE, found.scale.level(base))
        st.markdown(f"{text.OUTCOME}: {_outcome(run, int(found.rows[place]), outcomes)}")
        up, down = (
            (text.RAISING, text.LOWERING)
            if found.scale.of_probability
            else (text.RAISING_AMOUNT, text.LOWERING_AMOUNT)
        )
        for title, nothing, raising in ((up, text.NO_RAISING, True), (down, text.NO_LOWERING, False)):
            st.markdown(f"**{title}**")
            said = _reasons(run, found, place, raising)
            st.markdown("\n".join(f"- {md(one, 300)}" for one in said) if said else nothing)


def _predicted(found: Explained, place: int) -> str:
    """What the prediction is of."""
    if found.said is not None:
        return text.PREDICTED_CLASS.format(name=plain(found.said[place], 40))
    return text.PREDICTED if found.scale.of_probability else text.PREDICTION


def _outcome(run: RunFolder, row: int, outcomes: tuple[str, ...]) -> str:
    table = run_table(run, "predictions.parquet", ("row", "target"))
    if table is None:
        return text.UNKNOWN_OUTCOME
    target = table.loc[table["row"] == row, "target"].dropna()
    if not len(target):
        return text.UNKNOWN_OUTCOME
    if not outcomes:  # a number
        return amount(float(target.iloc[0]))
    return md(outcomes[int(target.iloc[0])])


def _reasons(run: RunFolder, found: Explained, place: int, raising: bool) -> list[str]:
    """At most four sentences; the model's are stored with the run, a baseline's are worded here."""
    stored = (
        run_table(run, "explanations/reasons.parquet")
        if found.model == "model" and not found.chosen
        else None
    )
    if stored is not None:
        line = stored.loc[stored["row"] == found.rows[place]]
        prefix = "reason" if raising else "lowers"
        cells = [line[name].iloc[0] for name in stored.columns if name.startswith(f"{prefix}_") and len(line)]
        return [str(cell) for cell in cells if isinstance(cell, str) and cell]
    customer = {name: found.values[name].iloc[place] for name in found.features}
    typical = {name: found.typical.get(name, NOTHING) for name in found.features}
    values = found.shap[found.features].iloc[place].to_numpy(float)
    return [
        one.text for one in reasons_for(found.features, values, customer, typical, raising, words=found.words)
    ]
