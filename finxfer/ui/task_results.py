"""The Results page of a regression and of a choice among classes: sentence, pictures, tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from finxfer.evaluation.amounts import amount, with_ends
from finxfer.evaluation.regression import IN_UNITS
from finxfer.evaluation.tasks import SIGNED, TASKS
from finxfer.evaluation.wording import gain_verdict
from finxfer.records.folder import RunFolder
from finxfer.records.spec import REGRESSION
from finxfer.ui import charts
from finxfer.ui.charts import task_results as drawn
from finxfer.ui.forms import lazy_tabs
from finxfer.ui.run_files import run_json
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import NOTHING, count, metric3, share, share_interval, show_table, with_interval
from finxfer.ui.text import charts as names
from finxfer.ui.text import results as shared
from finxfer.ui.text import task_results as text


def value_text(metric: str, value: float | None, interval: Any = None) -> str:
    """A metric of these tasks with its interval: amounts in their units, the others to three decimals."""
    if value is None:
        return NOTHING
    if metric in IN_UNITS:
        return with_ends(value, interval, sign=metric == SIGNED)
    return with_interval(value, interval, 3)


def baseline_name(task: str, name: str, spoken: bool = False) -> str:
    """A baseline's name; the linear one of a regression is no logistic regression."""
    return (names.spoken_name if spoken else names.model_name)(name, task == REGRESSION)


def answer(metrics: dict[str, Any]) -> str:
    """The page's one sentence, as markdown; the brackets of intervals are kept from markdown."""
    task, rows, model = metrics["task"], count(metrics["rows"]["test"]), metrics["model"] or {}
    intervals = (metrics.get("intervals") or {}).get("model") or {}
    headline = TASKS[task].headline
    if model.get(headline) is None:
        return shared.NO_LABELS if model.get("log_loss") is None else shared.ONE_CLASS
    value = _bare(value_text(headline, model[headline], intervals.get(headline)))
    if task == REGRESSION:
        opening = text.ERROR_OPENING.format(value=value)
    else:
        accuracy = _bare(share_interval(model["accuracy"], intervals.get("accuracy")))
        opening = text.AUC_OPENING.format(value=value, accuracy=accuracy)
    verdict = gain_verdict(metrics.get("gain"))
    if verdict.over is None or verdict.value is None or verdict.low is None or verdict.high is None:
        return text.NOT_MEASURED.format(opening=opening, rows=rows)
    over = md(baseline_name(task, verdict.over, spoken=True))
    size, ends = verdict.value, [verdict.low, verdict.high]
    if verdict.code == "worse" or (verdict.code == "no gain found" and task == REGRESSION):
        # Below zero is a larger error, told as above the baseline's.
        size, ends = -size, [-ends[1], -ends[0]]
    said = _bare(with_ends(size, ends, sign=True) if task == REGRESSION and verdict.code == "no gain found"
                 else value_text(headline, size, ends))  # fmt: skip
    below = task == REGRESSION
    sentence = {
        "better": text.BETTER_ERROR if below else text.BETTER,
        "worse": text.WORSE_ERROR if below else text.WORSE,
    }.get(verdict.code, text.NO_GAIN)
    sentence = text.ITSELF if verdict.itself else sentence
    return sentence.format(opening=opening, size=said, over=over, rows=rows)


def _bare(number: str) -> str:
    return number.replace("[", "\\[").replace("]", "\\]")


def pictures(metrics: dict[str, Any], curves: dict[str, Any], comparison: dict[str, Any] | None) -> None:
    """The curves beside the gain over each baseline."""
    left, right = st.columns([1.5, 1], gap="medium")
    with left:
        _tabs(metrics, curves["model"])
    with right:
        _gain(metrics, comparison)


@st.fragment
def _tabs(metrics: dict[str, Any], curves: dict[str, Any]) -> None:
    draw: tuple[Callable[[], None], ...]
    if metrics["task"] == REGRESSION:
        draw = (
            lambda: _grid(curves),
            lambda: _tenths(curves["tenths"], "actual", "interval", drawn.tenths, text.TENTHS_ALT, "tenths"),
            lambda: _tenths(
                curves["tenths"], "bias", "bias_interval", drawn.residuals, text.RESIDUALS_ALT, "residuals"
            ),
            lambda: _tenths(
                curves["sizes"], "rmse", "rmse_interval", drawn.error_by_size, text.SIZE_ALT, "error-by-size"
            ),
        )
        lazy_tabs(list(zip(text.REGRESSION_TABS, draw, strict=True)), "curves")
        return
    classes = metrics["classes"]
    draw = (
        lambda: _confusion(curves, classes),
        lambda: _top(metrics, curves),
        lambda: _roc(metrics, curves, classes),
    )
    lazy_tabs(list(zip(text.CLASS_TABS, draw, strict=True)), "curves")


def _grid(curves: dict[str, Any]) -> None:
    grid = curves["grid"]
    rows = sum(map(sum, grid["counts"])) + grid["outside"]
    alt = text.GRID_ALT.format(rows=count(rows), outside=count(grid["outside"]))
    charts.show(
        drawn.predicted_against_actual(grid), "predicted-actual", alt, lambda: pd.DataFrame(grid["counts"])
    )


def _tenths(
    entries: list[dict[str, Any]], key: str, interval: str, draw: Callable[..., Any], alt: str, name: str
) -> None:
    values = "; ".join(with_ends(one[key], one[interval]) for one in entries)
    charts.show(draw(entries), name, alt.format(values=values), lambda: pd.DataFrame(entries))


def _confusion(curves: dict[str, Any], classes: list[str]) -> None:
    counts = curves["confusion"]
    rightly = (
        f"{plain(name, 30)} {share(row[place] / max(sum(row), 1))}"
        for place, (name, row) in enumerate(zip(classes, counts, strict=True))
    )
    alt = plain(text.CONFUSION_ALT.format(values="; ".join(rightly)), 900)
    data = pd.DataFrame(counts, index=classes, columns=classes).reset_index(names="actual")
    charts.show(drawn.confusion(counts, classes), "confusion", alt, data)


def _top(metrics: dict[str, Any], curves: dict[str, Any]) -> None:
    alt = text.TOP_ALT.format(error=metric3(metrics["model"].get("calibration_error")))
    figure = charts.calibration({"model": {"calibration": curves["calibration"]}}, titles=text.TOP_AXES)
    charts.show(figure, "calibration", alt, lambda: pd.DataFrame(curves["calibration"]))


def _roc(metrics: dict[str, Any], curves: dict[str, Any], classes: list[str]) -> None:
    each = metrics["model"]["per_class"]
    values = "; ".join(f"{plain(name, 30)} {metric3(each[name]['auc'])}" for name in classes)
    parts = [
        pd.DataFrame(one).assign(name=name) for name, one in zip(classes, curves["roc"], strict=True) if one
    ]
    alt = plain(text.ROC_ALT.format(values=values), 900)
    charts.show(drawn.class_roc(curves["roc"], classes), "roc", alt, lambda: pd.concat(parts))


def _gain(metrics: dict[str, Any], comparison: dict[str, Any] | None) -> None:
    task, metric = metrics["task"], TASKS[metrics["task"]].gain
    best = (comparison or {}).get("best_baseline")
    found = [
        one
        for one in (comparison or {}).get("differences", [])
        if one["metric"] == metric and one["value"] is not None
    ]
    found.sort(key=lambda one: one["over"] != best)
    if not found:
        return
    dots = [_dot(task, metric, one) for one in found]
    st.subheader(shared.GAIN_TITLE, anchor=False)
    axis = drawn.AMOUNTS if task == REGRESSION else None
    figure = charts.dot_interval(
        dots, reference=0.0, reference_words=shared.GAIN_ZERO, x_title=text.GAIN_AXIS[metric], x_format=axis
    )
    alt = text.GAIN_ALT.format(values="; ".join(f"{dot.name} {dot.words}" for dot in dots))
    charts.show(figure, "gain", alt, lambda: pd.DataFrame(found))
    if best:
        st.caption(shared.BEST_BASELINE.format(name=baseline_name(task, best)))


def _dot(task: str, metric: str, one: dict[str, Any]) -> charts.Dot:
    meaning = {"better": "better", "worse": "worse"}.get(gain_verdict(one).code, "baseline")
    interval = tuple(one["interval"]) if one.get("interval") else None
    words = value_text(metric, one["value"], interval)
    return charts.Dot(baseline_name(task, one["over"]), one["value"], interval, meaning, words)


def metrics_part(run: RunFolder, metrics: dict[str, Any]) -> None:
    """Metrics down, models across; then the classes, or how far prediction intervals hold."""
    task = metrics["task"]
    table = _table(metrics, TASKS[task].metrics, TASKS[task].lower)
    st.table(table, border="horizontal", alt=shared.METRICS_TITLE)
    st.caption(text.METRICS_CAPTION + (text.IN_UNITS if task == REGRESSION else ""))
    if task == REGRESSION:
        _coverage((run_json(run, "model/schema.json") or {}).get("coverage"))
        return
    st.markdown(f"**{text.CLASS_TABLE}**")
    show_table(class_table(metrics), key="classes", alt=text.CLASS_TABLE)


def class_table(metrics: dict[str, Any]) -> pd.DataFrame:
    """A row for each class with the intervals of its figures."""
    columns = text.CLASS_COLUMNS
    intervals = ((metrics.get("intervals") or {}).get("model") or {}).get("per_class") or {}
    rows = []
    for name, one in metrics["model"]["per_class"].items():
        ends = intervals.get(name) or {}
        row = {columns["class"]: plain(name, 60), columns["rows"]: count(one["rows"])}
        for metric in ("precision", "recall", "f1"):
            row[columns[metric]] = share_interval(one[metric], ends.get(metric))
        row[columns["auc"]] = with_interval(one["auc"], ends.get("auc"), 3)
        rows.append(row)
    return pd.DataFrame(rows)


def _coverage(found: dict[str, Any] | None) -> None:
    if not found:
        st.caption(text.NO_COVERAGE)
        return
    low, high = found["interval"]
    st.markdown(
        text.COVERAGE.format(
            level=f"{found['level']:.0%}", value=share(found["value"]), low=share(low), high=share(high),
            rows=count(found["rows"]), width=amount(found["width"]),
        ).replace("[", "\\[")
    )  # fmt: skip


def _table(metrics: dict[str, Any], shown: tuple[str, ...], lower: frozenset[str]) -> pd.DataFrame:
    task, intervals = metrics["task"], metrics.get("intervals") or {}
    over = (metrics.get("gain") or {}).get("over")
    baselines = {name: one for name, one in (metrics.get("baselines") or {}).items() if one}
    models = {"model": (metrics["model"], intervals.get("model") or {})}
    for name in sorted(baselines, key=lambda one: (one != over, one)):
        models[name] = baselines[name], (intervals.get("baselines") or {}).get(name) or {}
    rows = []
    for metric in shown:
        values = [one.get(metric) for one, _ in models.values() if one.get(metric) is not None]
        best = None if metric == SIGNED or not values else min(values) if metric in lower else max(values)
        row = {shared.METRIC: names.metric_name(metric)}
        for name, (one, ends) in models.items():
            number, _, rest = _bare(value_text(metric, one.get(metric), ends.get(metric))).partition(" ")
            rest = f" :small[{rest}]" if rest else ""
            star = best is not None and one.get(metric) == best
            row[baseline_name(task, name)] = f"**{number}** {shared.BEST}{rest}" if star else number + rest
        rows.append(row)
    return pd.DataFrame(rows).set_index(shared.METRIC)
