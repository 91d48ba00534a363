"""Explain, one feature: its contribution over its value, coloured by the feature it depends on most."""

from __future__ import annotations

import hashlib

import pandas as pd
import streamlit as st

from finxfer.explanations.interactions import Interaction, interactions
from finxfer.ui import charts
from finxfer.ui.explain_view import Explained
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count, share
from finxfer.ui.text import explain as text

NONE = ""


@st.fragment
def one_feature(found: Explained) -> None:
    """Dependence of one feature; both the feature and what colours it can be chosen."""
    order = found.features
    left, right = st.columns(2, gap="medium")
    with left:
        feature = st.selectbox(
            text.FEATURE, order, format_func=lambda name: plain(name, 60), key="explained-feature"
        )
    if feature not in found.shap:
        feature = order[0]
    digest = hashlib.sha256(found.shap[feature].to_numpy(float).tobytes()).hexdigest()
    ranked = _ranked(feature, digest, found)
    with right:
        other = _colour(feature, ranked, order)
    st.markdown(_sentence(feature, ranked))
    shap = found.shap[feature]
    alt = text.DEPENDENCE_ALT.format(
        feature=plain(feature),
        rows=count(len(shap)),
        low=found.scale.moved(shap.min()),
        high=found.scale.moved(shap.max()),
    )
    data = pd.DataFrame({"row": found.rows, "value": found.values[feature], "contribution": shap})
    if other:
        alt += " " + text.COLOUR_ALT.format(other=plain(other))
        data["coloured by"] = found.values[other]
    coloured = found.values[other] if other else None
    figure = charts.dependence(found.values[feature], shap, feature, coloured, found.scale)
    charts.show(figure, "dependence", alt, data)


@st.cache_data(max_entries=64, show_spinner=False)
def _ranked(feature: str, digest: str, _found: Explained) -> list[Interaction]:
    """Kept by the contributions themselves: they differ between runs, models and explained customers."""
    return interactions(_found.values, _found.shap[feature], feature)


def _colour(feature: str, ranked: list[Interaction], order: list[str]) -> str:
    """What colours the dots: the feature that explains most of the scatter, unless another is chosen."""
    best = ranked[0].feature if ranked and ranked[0].clear else NONE
    shares = {one.feature: one.share for one in ranked}
    options = [*(one.feature for one in ranked), *(name for name in order if name not in shares)]
    options = [NONE, *(name for name in options if name != feature)]
    picked = st.selectbox(
        text.COLOUR,
        options,
        index=options.index(best),
        key=f"explained-colour-{feature}",
        help=text.COLOUR_HELP,
        format_func=lambda name: (
            text.NO_COLOUR
            if name == NONE
            else text.COLOUR_OPTION.format(name=plain(name, 50), share=share(max(shares.get(name, 0.0), 0.0)))
        ),
    )
    return picked if picked in options else best


def _sentence(feature: str, ranked: list[Interaction]) -> str:
    if not ranked:
        return text.NO_SCATTER.format(feature=md(feature, 40))
    best = ranked[0]
    if not best.clear:
        return text.NO_INTERACTION.format(feature=md(feature, 40))
    return text.INTERACTION.format(
        feature=md(feature, 40), other=md(best.feature, 40), share=share(best.share)
    )
