"""Parts of the Fairness page: a sentence per column, the picture, the table, the reasons."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pandas as pd
import streamlit as st

from finxfer.fairness.rates import RATE
from finxfer.ui import charts
from finxfer.ui.fairness_cells import cells
from finxfer.ui.fairness_words import interval_of, metric_title, number, panel_format, verdict_of
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import NOTHING, count, share, show_table, with_interval
from finxfer.ui.text import fairness as text

_MEANING = {"gap": "worse", "no gap found": "baseline", "too little data": "too_little"}
OLD_METRICS = ("selection_rate", "tpr", "fpr", "auc")
"""What runs of earlier versions compared."""


def metrics_of(report: dict[str, Any]) -> tuple[str, ...]:
    """The metrics of a report, in order."""
    return tuple(report.get("metrics", OLD_METRICS))


def badge(verdict: str) -> str:
    """A verdict as a badge."""
    name, colour, icon = text.VERDICTS[verdict]
    return f":{colour}-badge[{icon} {name}]"


def sentences(report: dict[str, Any]) -> None:
    """One line per protected column, its verdict as a badge before it; one line for all crossings."""
    for entry in report["columns"]:
        extra = f" :small[{text.IN_MODEL}]" if entry.get("in_model") else ""
        line = f"{badge(entry['verdict'])} **{md(entry['column'])}**: {md(_rest(entry), 400)}{extra}"
        st.markdown(line)
        if entry.get("note"):
            st.caption(md(entry["note"], 300))
    crossings = report.get("crossings", [])
    if crossings:
        found = Counter(entry["verdict"] for entry in crossings)
        verdict = next(name for name in text.VERDICTS if found[name])
        few = found["too little data"]
        said = text.CROSSINGS_FOUND.format(
            of=len(crossings),
            gaps=found["gap"],
            none=found["no gap found"],
            short=text.CROSSINGS_SHORT.format(count=few) if few else "",
        )
        st.markdown(f"{badge(verdict)} {said}")


def _rest(entry: dict[str, Any]) -> str:
    """The stored sentence without the column's name and verdict, which stand before it as a badge."""
    sentence = str(entry["sentence"]).removeprefix(f"{entry['column']}: ").removeprefix(entry["verdict"])
    return sentence.lstrip(". ")


def pick_column(report: dict[str, Any]) -> dict[str, Any]:
    """The column or crossing to look at; columns come first, and those with a gap before the others."""

    def gaps_first(entry: dict[str, Any]) -> int:
        return list(text.VERDICTS).index(entry["verdict"])

    entries = sorted(report["columns"], key=gaps_first) + sorted(report.get("crossings", []), key=gaps_first)
    if len(entries) == 1:
        return entries[0]
    labels = [plain(entry["column"], 60) for entry in entries]
    picked = st.pills(
        text.PICK,
        list(range(len(entries))),
        default=0,
        format_func=lambda index: md(labels[index], 60),
        required=True,
        key="fairness-column",
        label_visibility="collapsed",
    )
    return entries[picked if picked is not None and picked < len(entries) else 0]


def picture(entry: dict[str, Any], report: dict[str, Any]) -> None:
    """The metrics side by side, one row per group; of a crossing of two columns a grid of cells."""
    metrics = _shown(report)
    if len(entry.get("columns", ())) == 2 and "values" in entry["slices"][0]:
        cells(entry, metrics)
    else:
        views = [text.LEVEL, text.DIFFERENCE, text.RATIO]
        view = text.LEVEL
        if "ratios" in entry["slices"][0]:
            view = st.segmented_control(
                text.VIEW, views, default=views[0], required=True, key="fairness-view",
                label_visibility="collapsed",
            )  # fmt: skip
        _panels(entry, metrics, str(view))
    if report["threshold"] is None:
        st.caption(text.TASK_LINE[report["task"]])
    else:
        st.caption(text.SELECTED.format(threshold=share(report["threshold"])))


MOST_PANELS = 6


def _shown(report: dict[str, Any]) -> tuple[str, ...]:
    """The metrics that are drawn; of many classes one is chosen, whose rate is drawn."""
    metrics = metrics_of(report)
    rates = [metric for metric in metrics if metric.startswith(RATE)]
    if len(metrics) <= MOST_PANELS:
        return metrics
    picked = st.selectbox(text.CLASS, rates, format_func=metric_title, key="fairness-class")
    return (*(metric for metric in metrics if metric not in rates), picked)


def _panels(entry: dict[str, Any], metrics: tuple[str, ...], view: str) -> None:
    groups = entry["slices"]
    reference = next((group for group in groups if group["reference"]), None)
    shown = [metric for metric in metrics if view != text.RATIO or metric in groups[0].get("ratios", {})]
    panels = []
    for metric in shown:
        anchor = {text.DIFFERENCE: 0.0, text.RATIO: 1.0}.get(view)
        if view == text.LEVEL and reference:
            anchor = reference["metrics"][metric]["value"]
        dots = [_dot(group, metric, view) for group in groups]
        panels.append((metric_title(metric, short=True), dots, anchor, panel_format(metric, view)))
    values = "; ".join(
        f"{plain(group['value'])} "
        + number(metrics[0], text.LEVEL, group["metrics"][metrics[0]]["value"], None)
        for group in groups
    )
    alt = text.CHART_ALT.format(
        column=plain(entry["column"]),
        reference=plain(entry["reference"]),
        view=view.lower(),
        metrics=", ".join(metric_title(metric) for metric in shown),
        first=metric_title(metrics[0]),
        values=values,
    )
    figure = charts.dot_panels([group["value"] for group in groups], panels)
    charts.show(figure, "fairness", alt, lambda: flat(entry))
    st.caption(f"{text.REFERENCE_LINE[view].format(reference=md(entry['reference']))} {text.SYMBOLS}")


def _dot(group: dict[str, Any], metric: str, view: str) -> charts.Dot:
    value, interval = interval_of(group, metric, view)
    words = number(metric, view, value, interval)
    meaning = "frozen" if group["reference"] else _MEANING[verdict_of(group, metric)]
    return charts.Dot(str(group["value"]), value, interval, meaning, words)


def over_all(entry: dict[str, Any]) -> None:
    """The widest differences between any two groups, and the four-fifths screen."""
    if "equalised_odds" not in entry:
        return
    st.markdown(f"**{text.OVER_ALL}**")
    for measure in ("demographic_parity", "equalised_odds"):
        found = entry[measure]
        sentence = str(found["sentence"]).replace(f"{found['verdict']}. ", "", 1)
        st.markdown(f"{badge(found['verdict'])} {md(sentence, 600)}")
    st.markdown(md(entry["screen"]["sentence"], 600))


def table(entry: dict[str, Any], report: dict[str, Any]) -> None:
    """Every number of the column's groups, with intervals."""
    names, metrics = text.COLUMNS, metrics_of(report)
    rows = []
    for group in entry["slices"]:
        verdict = text.VERDICTS[group["verdict"]][0] if group["verdict"] else NOTHING
        row = {
            names["value"]: plain(group["value"]),
            names["verdict"]: text.REFERENCE if group["reference"] else verdict,
            names["rows"]: count(group["rows"]),
        }
        if group["positives"] is not None:
            row[names["positives"]] = count(group["positives"])
        for metric in metrics:
            row[names.get(metric) or metric_title(metric)] = number(
                metric, text.LEVEL, *interval_of(group, metric, text.LEVEL)
            )
            if metric == "selection_rate":
                ratio = group["ratio"]
                row[names["ratio"]] = with_interval(ratio["value"], ratio["interval"], 2)
        rows.append(row)
    st.subheader(text.TABLE_TITLE, anchor=False)
    widths = {names["verdict"]: st.column_config.TextColumn(width=130)}
    show_table(pd.DataFrame(rows), key="fairness-table", alt=text.TABLE_TITLE, columns=widths)
    unlisted = entry.get("unlisted", {"cells": 0, "rows": 0})
    if unlisted["cells"]:
        counts = {name: count(value) for name, value in unlisted.items()}
        st.caption(text.UNLISTED.format(**counts))


def reasons(entry: dict[str, Any], report: dict[str, Any]) -> None:
    """Folded: why each group got its verdict, and how to read verdicts."""
    minimum = report.get("minimum", {})
    with st.expander(text.REASONS, icon=":material/format_list_bulleted:"):
        for group in entry["slices"]:
            if not group["reference"] and group.get("reason"):
                st.markdown(f"- **{md(group['value'])}**: {md(group['reason'], 900)}")
    with st.expander(text.WORDS_OF_CARE, icon=":material/info:"):
        st.markdown(text.CARE.format(rows=minimum.get("rows", 30), class_rows=minimum.get("class_rows", 10)))
        for part in report.get("multiplicity", {}).values():
            if part["sentence"]:
                st.markdown(md(part["sentence"], 600))
        for left in report.get("crossings_left_out", []):
            names = " × ".join(left["columns"])
            st.markdown("- " + text.LEFT_OUT.format(columns=md(names), reason=md(left["reason"], 300)))


def flat(entry: dict[str, Any]) -> pd.DataFrame:
    """One row per group with plain numbers, for a download."""
    rows = []
    for group in entry["slices"]:
        row: dict[str, Any] = {
            "column": entry["column"],
            "group": group["value"],
            "reference": group["reference"],
            "rows": group["rows"],
            "positives": group["positives"],
        }
        for metric in group["metrics"]:
            kinds = {"": group["metrics"], "_difference": group["differences"]}
            for suffix, values in (kinds | {"_ratio": group.get("ratios", {})}).items():
                if metric in values:
                    low, high = values[metric]["interval"] or (None, None)
                    name = f"{metric}{suffix}"
                    row |= {name: values[metric]["value"], f"{name}_low": low, f"{name}_high": high}
            low, high = group["differences"][metric]["joint_interval"] or (None, None)
            row |= {f"{metric}_joint_low": low, f"{metric}_joint_high": high}
            row[f"{metric}_smallest_detectable"] = group["smallest_detectable"][metric]
        row |= {
            "ratio": (group["ratio"] or {}).get("value"),
            "verdict": group["verdict"],
            "reason": group["reason"],
        }
        rows.append(row)
    return pd.DataFrame(rows)


def export(report: dict[str, Any], run_id: str) -> None:
    """All columns, crossings and groups as one CSV."""
    entries = [*report["columns"], *report.get("crossings", [])]
    st.download_button(
        text.EXPORT,
        lambda: charts.csv_bytes(pd.concat([flat(entry) for entry in entries], ignore_index=True)),
        f"fairness-{run_id}.csv",
        "text/csv",
        key="fairness-export",
        on_click="ignore",
        icon=":material/download:",
    )
