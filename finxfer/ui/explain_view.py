"""The Explain page: what it reads of a run, and what drives a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from finxfer.evaluation.amounts import amount
from finxfer.explanations.export import explanation_table
from finxfer.explanations.reasons import AMOUNT as AMOUNT_WORDS
from finxfer.explanations.reasons import CLASS as CLASS_WORDS
from finxfer.records.folder import RunFolder
from finxfer.ui import charts
from finxfer.ui.charts.scale import AMOUNT, PROBABILITY, Scale
from finxfer.ui.run_files import run_json, run_table
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import NOTHING, count, duration, share
from finxfer.ui.text import charts as names
from finxfer.ui.text import explain as text

TOP = 10


@dataclass(frozen=True)
class Explained:
    """One model's explanations as the page needs them; all frames have the same rows in the same order.

    Attributes:
        shap: one column per feature, contributions on the probability scale.
        values: the same columns, raw values.
        rows: row numbers in the tested table.
        importance: {"feature", "mean_abs", "interval"}, largest first.
        typical: each feature's typical value in the reference group, as text.
        scale: what contributions are in.
        said: of several classes, the class that each row's values are of; chosen: the one
            that was asked for, if any.
    """

    model: str
    shap: pd.DataFrame
    values: pd.DataFrame
    rows: np.ndarray
    base: np.ndarray
    probability: np.ndarray
    importance: list[dict[str, Any]]
    typical: dict[str, str]
    scale: Scale = PROBABILITY
    said: np.ndarray | None = None
    chosen: str = ""

    @property
    def words(self) -> str:
        """Which sentences tell its reasons."""
        if not self.scale.of_probability:
            return AMOUNT_WORDS
        return CLASS_WORDS if self.said is not None else ""

    @property
    def spoken(self) -> str:
        """What it predicts, inside a sentence."""
        return text.PROBABILITY_SPOKEN if self.scale.of_probability else text.PREDICTION_SPOKEN

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
        format_func=lambda name: names.model_name(name, meta.get("scale") == "amount"),
        required=True,
        key="explained-model",
        label_visibility="collapsed",
    )
    return picked if picked in models else models[0]


def pick_class(meta: dict[str, Any]) -> str:
    """Of several classes the one to explain; empty for each customer's likeliest."""
    classes = meta.get("classes") or []
    if not classes:
        return ""
    return str(
        st.selectbox(
            text.CLASS,
            ["", *classes],
            format_func=lambda name: plain(name, 60) or text.LIKELIEST,
            key="explained-class",
            help=text.CLASS_HELP,
        )
    )


def read(run: RunFolder, meta: dict[str, Any], model: str, one_class: str = "") -> Explained | None:
    """Read one model's explanations, of one class where it is named; None where its files are missing."""
    if one_class:
        table = run_table(run, f"explanations/{model}_classes.parquet")
        table = None if table is None else table[table["class"] == one_class].reset_index(drop=True)
    else:
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
        scale=AMOUNT if meta.get("scale") == "amount" else PROBABILITY,
        said=table["class"].to_numpy(dtype=object) if "class" in table else None,
        chosen=one_class,
    )


def answer(found: Explained) -> str:
    """The page's sentence: the strongest features and their share of all contributions."""
    model = md(names.spoken_name(found.model, not found.scale.of_probability))
    total = sum(one["mean_abs"] for one in found.importance)
    if total <= 1e-9:
        return text.ANSWER_NONE.format(model=model, what=found.spoken)
    top = [one for one in found.importance if one["mean_abs"] > 0][:3]
    words = [f"**{md(one['feature'], 40)}**" for one in top]
    features = words[0] if len(words) == 1 else ", ".join(words[:-1]) + text.AND + words[-1]
    part = share(sum(one["mean_abs"] for one in top) / total)
    sentence = text.ANSWER_ONE if len(words) == 1 else text.ANSWER
    said = sentence.format(features=features, model=model, share=part)
    return said if found.scale.of_probability else said.replace(text.TO_PROBABILITY, text.TO_PREDICTION)


def overview(found: Explained) -> None:
    """Bar with intervals beside the beeswarm, the same features in the same order."""
    top = found.features[:TOP]
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**{text.BAR_TITLE}**")
        values = ", ".join(
            f"{plain(one['feature'], 40)} {found.scale.level(one['mean_abs'])}"
            for one in found.importance[:5]
        )
        alt = text.BAR_ALT.format(values=values)
        charts.show(
            charts.shap_bar(found.importance, TOP, found.scale),
            "importance",
            alt,
            lambda: importance_table(found),
        )
    with right:
        st.markdown(f"**{text.SWARM_TITLE}**")
        alt = text.SWARM_ALT.format(rows=count(len(found.rows)))
        charts.show(
            charts.beeswarm(found.shap, found.values, top, found.scale),
            "beeswarm",
            alt,
            lambda: wide_table(found),
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


def method(meta: dict[str, Any], model: str) -> None:
    """Folded: reference group, method, additivity gap."""
    facts = meta["models"][model]
    gap = facts.get("additivity_gap") or {}
    amounts = meta.get("scale") == "amount"
    with st.expander(text.METHOD, icon=":material/info:"):
        lines = [
            text.METHOD_LINES_AMOUNT if amounts else text.METHOD_LINES,
            md((meta.get("reference_group") or {}).get("sentence", ""), 600),
            text.GAP_LINE_AMOUNT.format(mean=amount(gap["mean"]), max=amount(gap["max"]))
            if amounts
            else text.GAP_LINE.format(mean=_points(gap.get("mean")), max=_points(gap.get("max"))),
            text.MODEL_LINE.format(
                method=md(facts.get("method", "")),
                rows=count(facts.get("rows")),
                seconds=duration(facts.get("seconds")),
            ),
            "" if amounts else fidelity_line(facts),
            text.NOT_CAUSES,
        ]
        st.markdown("\n".join(f"- {line}" for line in lines if line))


def fidelity_line(facts: dict[str, Any]) -> str:
    """How near the values are to the model's own, where they come from a fitted explainer."""
    fidelity = facts.get("fidelity")
    if not fidelity:
        return ""
    said = md(fidelity["sentence"], 400)
    if fidelity["fell_back"]:
        return text.FELL_BACK.format(sentence=said, least=f"{fidelity['least']:.2f}")
    missed = facts.get("closed_gap") or {}
    return text.FIDELITY.format(
        sentence=said, mean=_points(missed.get("mean")), max=_points(missed.get("max"))
    )


def _points(value: float | None) -> str:
    if value is None:
        return NOTHING
    return "0.0001" if 0 < value * 100 < 0.0001 else f"{value * 100:.4f}".rstrip("0").rstrip(".") or "0"


def export(run: RunFolder, model: str, amounts: bool = False) -> None:
    """All explanations of the model as CSV."""
    st.download_button(
        text.EXPORT.format(model=names.spoken_name(model, amounts)),
        lambda: charts.csv_bytes(explanation_table(run.explanations, model)),
        f"explanations-{run.id}-{model}.csv",
        "text/csv",
        key="explanations-csv",
        on_click="ignore",
        icon=":material/download:",
        help=text.EXPORT_HELP,
    )
