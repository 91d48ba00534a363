"""Parts of the Explain page: what drives a model, one feature, one customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from finxfer.explanations.export import explanation_table
from finxfer.explanations.reasons import reasons_for, value_text
from finxfer.records.folder import RunFolder
from finxfer.ui import charts
from finxfer.ui.run_files import run_json, run_table
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import NOTHING, count, duration, share
from finxfer.ui.text import charts as names
from finxfer.ui.text import explain as text

TOP = 10
DEFAULT_PERCENTILE = 95
CUSTOMER = "customer"


@dataclass(frozen=True)
class Explained:
    """One model's explanations as the page needs them; all frames have the same rows in the same order.

    Attributes:
        shap: one column per feature, contributions on the probability scale.
        values: the same columns, raw values.
        rows: row numbers in the tested table.
        importance: {"feature", "mean_abs", "interval"}, largest first.
        typical: each feature's typical value in the reference group, as text.
    """

    model: str
    shap: pd.DataFrame
    values: pd.DataFrame
    rows: np.ndarray
    base: np.ndarray
    probability: np.ndarray
    importance: list[dict[str, Any]]
    typical: dict[str, str]

    @property
    def features(self) -> list[str]:
        """Features, most important first."""
        return [one["feature"] for one in self.importance]


def pick_model(meta: dict[str, Any]) -> str:
    """Which model to explain; the run's own first."""
    models = sorted(meta["models"], key=lambda name: name != "model")
    if len(models) == 1:
        return models[0]
    picked = st.segmented_control(
        text.MODEL,
        models,
        default=models[0],
        format_func=names.model_name,
        required=True,
        key="explained-model",
        label_visibility="collapsed",
    )
    return picked if picked in models else models[0]


def read(run: RunFolder, meta: dict[str, Any], model: str) -> Explained | None:
    """Read one model's explanations; None where its files are missing."""
    table = run_table(run, f"explanations/{model}.parquet")
    raw = run_table(run, "explanations/values.parquet")
    importance = (run_json(run, "explanations/importance.json") or {}).get(model)
    if table is None or raw is None or importance is None:
        return None
    features = [one["feature"] for one in importance]
    # A feature called "row" is stored under another name, since "row" holds the row number.
    stored = {name: name if name != "row" else "row (feature)" for name in features}
    return Explained(
        model=model,
        shap=pd.DataFrame({name: table[f"shap_{name}"].to_numpy(float) for name in features}),
        values=pd.DataFrame({name: raw[stored[name]].array for name in features}),
        rows=table["row"].to_numpy(),
        base=table["base_value"].to_numpy(float),
        probability=table["probability"].to_numpy(float),
        importance=sorted(importance, key=lambda one: -one["mean_abs"]),
        typical=(meta.get("reference_group") or {}).get("typical") or {},
    )


def answer(found: Explained) -> str:
    """The page's sentence: the strongest features and their share of all contributions."""
    model = md(names.spoken_name(found.model))
    total = sum(one["mean_abs"] for one in found.importance)
    if total <= 1e-9:
        return text.ANSWER_NONE.format(model=model)
    top = [one for one in found.importance if one["mean_abs"] > 0][:3]
    words = [f"**{md(one['feature'], 40)}**" for one in top]
    features = words[0] if len(words) == 1 else ", ".join(words[:-1]) + text.AND + words[-1]
    part = share(sum(one["mean_abs"] for one in top) / total)
    sentence = text.ANSWER_ONE if len(words) == 1 else text.ANSWER
    return sentence.format(features=features, model=model, share=part)


def overview(found: Explained) -> None:
    """Bar with intervals beside the beeswarm, the same features in the same order."""
    top = found.features[:TOP]
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**{text.BAR_TITLE}**")
        values = ", ".join(
            f"{plain(one['feature'], 40)} {one['mean_abs']:.1%}" for one in found.importance[:5]
        )
        alt = text.BAR_ALT.format(values=values)
        charts.show(
            charts.shap_bar(found.importance, TOP), "importance", alt, lambda: importance_table(found)
        )
    with right:
        st.markdown(f"**{text.SWARM_TITLE}**")
        alt = text.SWARM_ALT.format(rows=count(len(found.rows)))
        charts.show(
            charts.beeswarm(found.shap, found.values, top), "beeswarm", alt, lambda: wide_table(found)
        )
    if len(found.features) > TOP:
        st.caption(text.MORE_FEATURES.format(shown=TOP, total=count(len(found.features))))


def importance_table(found: Explained) -> pd.DataFrame:
    """Importance with its interval, one row per feature."""
    rows = []
    for one in found.importance:
        low, high = one.get("interval") or (None, None)
        rows.append({"feature": one["feature"], "mean_abs": one["mean_abs"], "low": low, "high": high})
    return pd.DataFrame(rows)


def wide_table(found: Explained) -> pd.DataFrame:
    """Row number, probability and every contribution."""
    table = found.shap.rename(columns=lambda name: f"shap_{name}")
    table.insert(0, "probability", found.probability)
    table.insert(0, "row", found.rows)
    return table


@st.fragment
def one_feature(found: Explained) -> None:
    """Dependence: one feature's contribution over its value."""
    st.subheader(text.FEATURE_TITLE, anchor=False)
    order = found.features
    feature = st.selectbox(
        text.FEATURE, order, format_func=lambda name: plain(name, 60), key="explained-feature"
    )
    if feature not in found.shap:
        feature = order[0]
    shap = found.shap[feature]
    alt = text.DEPENDENCE_ALT.format(
        feature=plain(feature), rows=count(len(shap)), low=f"{shap.min():+.1%}", high=f"{shap.max():+.1%}"
    )
    figure = charts.dependence(found.values[feature], shap, feature)
    data = pd.DataFrame({"row": found.rows, "value": found.values[feature], "contribution": shap})
    charts.show(figure, "dependence", alt, data)


def _by_percentile(rows: list[int]) -> None:
    """Slider moved: choose the customer at that percentile (rows are in ascending order of risk)."""
    place = round(st.session_state["risk-percentile"] / 100 * (len(rows) - 1))
    st.session_state[CUSTOMER] = rows[place]
    _to_address()


def _to_address() -> None:
    """The address keeps the customer, so that it can be shared."""
    st.query_params[CUSTOMER] = str(st.session_state[CUSTOMER])


def _from_address(rows: list[int]) -> None:
    """Choose the customer of the address, else the one at the default percentile, where none is chosen."""
    if st.session_state.get(CUSTOMER) in rows:
        return
    asked = st.query_params.get(CUSTOMER, "")
    known = asked.isdecimal() and int(asked) in rows
    st.session_state[CUSTOMER] = (
        int(asked) if known else rows[round(DEFAULT_PERCENTILE / 100 * (len(rows) - 1))]
    )


@st.fragment
def one_customer(run: RunFolder, found: Explained, outcomes: tuple[str, str]) -> None:
    """Waterfall of one customer with the reasons in words."""
    st.subheader(text.CUSTOMER_TITLE, anchor=False)
    order = np.argsort(found.probability, kind="stable")
    rows = [int(found.rows[place]) for place in order]
    place_of = {int(row): place for place, row in enumerate(found.rows)}
    _from_address(rows)
    left, right = st.columns([1, 1.2], gap="medium", vertical_alignment="bottom")
    with right:
        st.slider(
            text.PERCENTILE,
            0,
            100,
            DEFAULT_PERCENTILE,
            key="risk-percentile",
            help=text.PERCENTILE_HELP,
            on_change=_by_percentile,
            args=(rows,),
        )
    with left:
        row = st.selectbox(
            text.CUSTOMER,
            rows[::-1],
            key=CUSTOMER,
            on_change=_to_address,
            help=text.CUSTOMER_HELP,
            format_func=lambda one: text.CUSTOMER_OPTION.format(
                row=one, probability=share(found.probability[place_of[one]])
            ),
        )
    _customer(run, found, place_of.get(row, int(order[-1])), outcomes)


def _customer(run: RunFolder, found: Explained, place: int, outcomes: tuple[str, str]) -> None:
    base, probability = float(found.base[place]), float(found.probability[place])
    contributions = [
        (name, value_text(found.values[name].iloc[place]), float(found.shap[name].iloc[place]))
        for name in found.features
    ]
    largest = max(contributions, key=lambda one: abs(one[2]))
    picture, words = st.columns([1.7, 1], gap="medium")
    with picture:
        alt = text.WATERFALL_ALT.format(
            base=share(base),
            probability=share(probability),
            largest=f"{plain(largest[0], 40)} = {largest[1]}, {largest[2] * 100:+.1f} points",
        )
        data = pd.DataFrame(contributions, columns=["feature", "value", "contribution"])
        charts.show(charts.waterfall(base, contributions, probability), "waterfall", alt, data)
    with words:
        with st.grid(2, gap="xsmall", min_column_width=120):
            st.metric(text.PREDICTED, share(probability))
            st.metric(text.BASE, share(base))
        st.markdown(f"{text.OUTCOME}: {_outcome(run, int(found.rows[place]), outcomes)}")
        for title, nothing, raising in (
            (text.RAISING, text.NO_RAISING, True),
            (text.LOWERING, text.NO_LOWERING, False),
        ):
            st.markdown(f"**{title}**")
            said = _reasons(run, found, place, raising)
            st.markdown("\n".join(f"- {md(one, 300)}" for one in said) if said else nothing)


def _outcome(run: RunFolder, row: int, outcomes: tuple[str, str]) -> str:
    table = run_table(run, "predictions.parquet", ("row", "target"))
    if table is None:
        return text.UNKNOWN_OUTCOME
    target = table.loc[table["row"] == row, "target"].dropna()
    return md(outcomes[0] if target.iloc[0] == 1 else outcomes[1]) if len(target) else text.UNKNOWN_OUTCOME


def _reasons(run: RunFolder, found: Explained, place: int, raising: bool) -> list[str]:
    """At most four sentences; the model's are stored with the run, a baseline's are worded here."""
    stored = run_table(run, "explanations/reasons.parquet") if found.model == "model" else None
    if stored is not None:
        line = stored.loc[stored["row"] == found.rows[place]]
        prefix = "reason" if raising else "lowers"
        cells = [line[name].iloc[0] for name in stored.columns if name.startswith(f"{prefix}_") and len(line)]
        return [str(cell) for cell in cells if isinstance(cell, str) and cell]
    customer = {name: found.values[name].iloc[place] for name in found.features}
    typical = {name: found.typical.get(name, NOTHING) for name in found.features}
    values = found.shap[found.features].iloc[place].to_numpy(float)
    return [one.text for one in reasons_for(found.features, values, customer, typical, raising)]


def method(meta: dict[str, Any], model: str) -> None:
    """Folded: reference group, method, additivity gap."""
    facts = meta["models"][model]
    gap = facts.get("additivity_gap") or {}
    with st.expander(text.METHOD, icon=":material/info:"):
        lines = [
            text.METHOD_LINES,
            md((meta.get("reference_group") or {}).get("sentence", ""), 600),
            text.GAP_LINE.format(mean=_points(gap.get("mean")), max=_points(gap.get("max"))),
            text.MODEL_LINE.format(
                method=md(facts.get("method", "")),
                rows=count(facts.get("rows")),
                seconds=duration(facts.get("seconds")),
            ),
            text.NOT_CAUSES,
        ]
        st.markdown("\n".join(f"- {line}" for line in lines if line))


def _points(value: float | None) -> str:
    if value is None:
        return NOTHING
    return "0.0001" if 0 < value * 100 < 0.0001 else f"{value * 100:.4f}".rstrip("0").rstrip(".") or "0"


def export(run: RunFolder, model: str) -> None:
    """All explanations of the model as CSV."""
    st.download_button(
        text.EXPORT.format(model=names.spoken_name(model)),
        lambda: charts.csv_bytes(explanation_table(run.explanations, model)),
        f"explanations-{run.id}-{model}.csv",
        "text/csv",
        key="explanations-csv",
        on_click="ignore",
        icon=":material/download:",
        help=text.EXPORT_HELP,
    )
