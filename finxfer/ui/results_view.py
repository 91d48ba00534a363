"""Parts of the Results page: curves, metrics, the gain over each baseline, comparison, what to take along."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from finxfer.evaluation.wording import gain_verdict
from finxfer.records.folder import RunFolder
from finxfer.records.spec import Spec
from finxfer.ui import charts, progress, selection_words
from finxfer.ui import results_words as words
from finxfer.ui.forms import lazy_tabs
from finxfer.ui.guard import show_error
from finxfer.ui.safe import md, plain
from finxfer.ui.search_view import search_part
from finxfer.ui.selection_view import selection_part
from finxfer.ui.tables import metric3, share, show_table, with_interval
from finxfer.ui.text import charts as names
from finxfer.ui.text import results as text
from finxfer.ui.threshold_view import predictions_csv


@st.fragment
def curve_tabs(metrics: dict[str, Any], curves: dict[str, Any], classes: tuple[str, str]) -> None:
    """ROC, precision–recall, calibration, KS, lift and gain; only the open tab is drawn."""
    draw: tuple[Callable[[], None], ...] = (
        lambda: _roc(metrics, curves),
        lambda: _precision_recall(metrics, curves),
        lambda: _calibration(metrics, curves),
        lambda: _ks(curves, classes),
        lambda: _lift_and_gain(curves),
    )
    lazy_tabs(list(zip(text.TABS, draw, strict=True)), "curves")


def _with(curves: dict[str, Any], key: str) -> dict[str, Any]:
    """The models that have this curve; without the model itself there is nothing to draw."""
    found = {name: one for name, one in curves.items() if one.get(key)}
    return found if "model" in found else {}


def _roc(metrics: dict[str, Any], curves: dict[str, Any]) -> None:
    known = _with(curves, "roc")
    if not known:
        st.caption(text.NO_CURVE)
        return
    alt = text.ROC_ALT.format(values=words.listed(metrics, "auc"))
    charts.show(charts.roc(known), "roc", alt, lambda: _long(known, "roc"))


def _precision_recall(metrics: dict[str, Any], curves: dict[str, Any]) -> None:
    known = _with(curves, "precision_recall")
    if not known:
        st.caption(text.NO_CURVE)
        return
    tenths = known["model"].get("lift") or []
    rows = sum(one["rows"] for one in tenths)
    rate = sum(one["positives"] for one in tenths) / rows if rows else metrics.get("positive_rate")
    alt = text.PR_ALT.format(values=words.listed(metrics, "average_precision"))
    figure = charts.precision_recall(known, rate)
    charts.show(figure, "precision-recall", alt, lambda: _long(known, "precision_recall"))


def _calibration(metrics: dict[str, Any], curves: dict[str, Any]) -> None:
    known = _with(curves, "calibration")
    if not known:
        st.caption(text.NO_CURVE)
        return
    over = (metrics.get("gain") or {}).get("over")
    error = metric3(metrics["model"].get("calibration_error"))
    alt = text.CALIBRATION_ALT.format(bins=len(known["model"]["calibration"]), error=error)
    figure = charts.calibration(known, [over] if over in known else [])
    charts.show(figure, "calibration", alt, lambda: _calibration_table(known))


def _ks(curves: dict[str, Any], classes: tuple[str, str]) -> None:
    known = _with(curves, "ks")
    if not known:
        st.caption(text.NO_CURVE)
        return
    one = known["model"]["ks"]
    alt = text.KS_ALT.format(value=metric3(one["value"]), at=share(one["at"]))
    data = pd.DataFrame({key: one[key] for key in ("score", "cdf_positive", "cdf_negative")})
    charts.show(charts.ks(one, classes), "ks", alt, data)


def _lift_and_gain(curves: dict[str, Any]) -> None:
    known = _with(curves, "lift")
    if not known:
        st.caption(text.NO_CURVE)
        return
    tenths = known["model"]["lift"]
    left, right = st.columns(2, gap="medium")
    with left:
        alt = text.LIFT_ALT.format(lift=f"{tenths[0]['lift']:.1f}")
        charts.show(charts.lift(tenths), "lift", alt, pd.DataFrame(tenths))
    with right:
        gained = tenths[min(2, len(tenths) - 1)]["cumulative_gain"]
        alt = text.GAIN_ALT.format(share=share(gained))
        charts.show(charts.gain(known), "gain-curve", alt, lambda: _gain_table(known))


def _long(curves: dict[str, Any], key: str) -> pd.DataFrame:
    parts = [pd.DataFrame(one[key]).assign(model=name) for name, one in curves.items()]
    return pd.concat(parts, ignore_index=True)


def _calibration_table(curves: dict[str, Any]) -> pd.DataFrame:
    parts = []
    for name, one in curves.items():
        frame = pd.DataFrame(one["calibration"])
        frame[["low", "high"]] = frame.pop("interval").tolist()
        parts.append(frame.assign(model=name))
    return pd.concat(parts, ignore_index=True)


def _gain_table(curves: dict[str, Any]) -> pd.DataFrame:
    return pd.concat([pd.DataFrame(one["lift"]).assign(model=name) for name, one in curves.items()])


def gain_part(metrics: dict[str, Any], comparison: dict[str, Any] | None) -> None:
    """Dot and interval of the Gini difference to each baseline, and to the choice without pretraining."""
    best = (comparison or {}).get("best_baseline")
    differences = [
        one
        for one in (comparison or {}).get("differences", [])
        if one.get("metric") == "gini" and one.get("value") is not None
    ]
    differences.sort(key=lambda one: one["over"] != best)
    selection = metrics.get("selection") or {}
    without = selection_words.without_difference(selection)
    # Where no pretrained backbone is in the model, the two are the same model.
    if without and without.get("value") is not None and selection_words.pretrained_share(selection):
        differences.append(without)
    if not differences:
        return
    dots = [_gain_dot(one) for one in differences]
    st.subheader(text.GAIN_TITLE, anchor=False)
    figure = charts.dot_interval(dots, reference=0.0, reference_words=text.GAIN_ZERO, x_title=text.GAIN_AXIS)
    alt = text.BASELINES_ALT.format(values="; ".join(f"{dot.name} {dot.words}" for dot in dots))
    charts.show(figure, "gain", alt, lambda: pd.DataFrame(differences))
    if best:
        st.caption(text.BEST_BASELINE.format(name=names.model_name(best)))


def _gain_dot(one: dict[str, Any]) -> charts.Dot:
    name = names.model_name(one["over"])
    meaning = {"better": "better", "worse": "worse"}.get(gain_verdict(one).code, "baseline")
    interval = tuple(one["interval"]) if one.get("interval") else None
    return charts.Dot(name, one["value"], interval, meaning, with_interval(one["value"], interval, 3))


def metrics_part(metrics: dict[str, Any]) -> None:
    """The table behind the pictures."""
    if metrics["model"].get("brier") is None:
        st.caption(text.NO_METRICS)
        return
    st.table(words.metrics_table(metrics), border="horizontal", alt=text.METRICS_TITLE)
    st.caption(text.METRICS_CAPTION)


def choice_part(metrics: dict[str, Any], spec: Spec) -> None:
    """How the model was chosen, what a search found, and what was run."""
    selection_part(metrics)
    search_part(metrics)
    _details(metrics, spec)


def _details(metrics: dict[str, Any], spec: Spec) -> None:
    """Folded: rows, device, time, versions, and what the choice was made from."""
    with st.expander(text.DETAILS, icon=":material/info:"):
        st.table(words.details(metrics, spec.seed), border="horizontal")
        tried = metrics.get("tried")
        if tried and not metrics.get("selection"):
            st.markdown(f"**{text.TRIED}**")
            st.caption(text.TRIED_CAPTION)
            rows = [words.tried_row(one) for one in tried]
            show_table(pd.DataFrame(rows), key="tried", alt=text.TRIED)


def downloads_part(run: RunFolder, metrics: dict[str, Any]) -> None:
    """Predictions, metrics.json, and the way into the catalogue where there is a network to take."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.download_button(
            text.PREDICTIONS,
            lambda: predictions_csv(run),
            f"predictions-{run.id}.csv",
            "text/csv",
            key="predictions-csv",
            on_click="ignore",
            icon=":material/download:",
            help=text.PREDICTIONS_HELP,
        )
        st.download_button(
            text.METRICS_FILE,
            lambda: (run.path / "metrics.json").read_bytes(),
            f"metrics-{run.id}.json",
            "application/json",
            key="metrics-json",
            on_click="ignore",
            icon=":material/data_object:",
        )
        if selection_words.can_be_promoted(metrics):
            with st.popover(text.PROMOTE, icon=":material/library_add:", help=text.PROMOTE_HELP):
                _promote(run)


def _promote(run: RunFolder) -> None:
    from finxfer.backbones.promotion import promote_run
    from finxfer.errors import FinxferError

    with st.form("promote", border=False):
        name = st.text_input(text.PROMOTE_NAME, value=plain(progress.run_name(run), 60), max_chars=80)
        pressed = st.form_submit_button(text.PROMOTE_BUTTON, type="primary")
    if not pressed:
        return
    try:
        card = promote_run(run, None, name)
    except FinxferError as error:
        show_error(error)
        return
    rows = text.PROMOTED_ROWS if card.contains_customer_rows else text.PROMOTED_CLEAN
    st.success(text.PROMOTED.format(name=md(card.name), rows=rows))
