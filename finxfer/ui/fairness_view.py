"""Parts of the Fairness page: a sentence per column, the picture, the table, the reasons."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from finxfer.ui import charts
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import NOTHING, count, metric3, share, share_interval, show_table, with_interval
from finxfer.ui.text import fairness as text

_MEANING = {"gap": "worse", "no gap found": "baseline", "too little data": "too_little"}


def sentences(report: dict[str, Any]) -> None:
    """One line per protected column, its verdict as a badge before it."""
    for entry in report["columns"]:
        name, colour, icon = text.VERDICTS[entry["verdict"]]
        badge = f":{colour}-badge[{icon} {name}]"
        extra = f" :small[{text.IN_MODEL}]" if entry.get("in_model") else ""
        st.markdown(f"{badge} **{md(entry['column'])}**: {md(_rest(entry), 400)}{extra}")


def _rest(entry: dict[str, Any]) -> str:
    """The stored sentence without the column's name and verdict, which stand before it as a badge."""
    sentence = str(entry["sentence"]).removeprefix(f"{entry['column']}: ").removeprefix(entry["verdict"])
    return sentence.lstrip(". ")


def pick_column(report: dict[str, Any]) -> dict[str, Any]:
    """The column to look at; columns with a gap come first."""
    columns = sorted(report["columns"], key=lambda entry: list(text.VERDICTS).index(entry["verdict"]))
    if len(columns) == 1:
        return columns[0]
    labels = [plain(entry["column"], 40) for entry in columns]
    picked = st.pills(
        text.PICK,
        list(range(len(columns))),
        default=0,
        format_func=lambda index: md(labels[index]),
        required=True,
        key="fairness-column",
        label_visibility="collapsed",
    )
    return columns[picked if picked is not None and picked < len(columns) else 0]


def picture(entry: dict[str, Any], threshold: float) -> None:
    """Four metrics side by side, one row per group, the reference group's value as a dotted line."""
    groups = entry["slices"]
    reference = next((group for group in groups if group["reference"]), None)
    panels = []
    for metric, title in text.PANELS.items():
        dots = [_dot(group, metric) for group in groups]
        anchor = reference["metrics"][metric]["value"] if reference else None
        panels.append((title, dots, anchor, ".2f" if metric == "auc" else ".0%"))
    alt = text.CHART_ALT.format(
        column=plain(entry["column"]),
        reference=plain(entry["reference"]),
        values="; ".join(
            f"{plain(group['value'])} {share(group['metrics']['selection_rate']['value'])}"
            for group in groups
        ),
    )
    figure = charts.dot_panels([group["value"] for group in groups], panels)
    charts.show(figure, "fairness", alt, lambda: flat(entry))
    st.caption(
        text.REFERENCE_LINE.format(reference=md(entry["reference"]))
        + " "
        + text.SELECTED.format(threshold=share(threshold))
    )


def _dot(group: dict[str, Any], metric: str) -> charts.Dot:
    found = group["metrics"][metric]
    interval = tuple(found["interval"]) if found["interval"] else None
    words = (
        with_interval(found["value"], interval, 3)
        if metric == "auc"
        else share_interval(found["value"], interval)
    )
    if group["reference"]:
        meaning = "frozen"
    else:
        joint = (group["differences"].get(metric) or {}).get("joint_interval") or [0, 0]
        # A group can have a gap in one metric and none in another: each panel shows its own comparison.
        apart = joint[0] > 0 or joint[1] < 0
        meaning = _MEANING["gap"] if apart else _MEANING[_calm(group["verdict"])]
    return charts.Dot(str(group["value"]), found["value"], interval, meaning, words)


def _calm(verdict: str) -> str:
    """The verdict of the metrics that show no gap themselves."""
    return "no gap found" if verdict == "gap" else verdict


def table(entry: dict[str, Any]) -> None:
    """Every number of the column's groups, with intervals."""
    names = text.COLUMNS
    rows = []
    for group in entry["slices"]:
        metrics = group["metrics"]
        rates = {name: share_interval(**metrics[name]) for name in ("selection_rate", "tpr", "fpr")}
        ratio = group["ratio"]
        rows.append(
            {
                names["value"]: plain(group["value"]),
                names["rows"]: count(group["rows"]),
                names["positives"]: count(group["positives"]),
                names["selection_rate"]: rates["selection_rate"],
                names["ratio"]: with_interval(ratio["value"], ratio["interval"], 2),
                names["tpr"]: rates["tpr"],
                names["fpr"]: rates["fpr"],
                names["auc"]: metric3(metrics["auc"]["value"])
                if not metrics["auc"]["interval"]
                else with_interval(metrics["auc"]["value"], metrics["auc"]["interval"], 3),
                names["verdict"]: text.REFERENCE
                if group["reference"]
                else text.VERDICTS[group["verdict"]][0]
                if group["verdict"]
                else NOTHING,
            }
        )
    st.subheader(text.TABLE_TITLE, anchor=False)
    show_table(pd.DataFrame(rows), key="fairness-table", alt=text.TABLE_TITLE)


def reasons(entry: dict[str, Any], minimum: dict[str, int]) -> None:
    """Folded: why each group got its verdict, and how to read verdicts."""
    with st.expander(text.REASONS, icon=":material/format_list_bulleted:"):
        for group in entry["slices"]:
            if not group["reference"] and group.get("reason"):
                st.markdown(f"- **{md(group['value'])}**: {md(group['reason'], 700)}")
    with st.expander(text.WORDS_OF_CARE, icon=":material/info:"):
        st.markdown(text.CARE.format(rows=minimum.get("rows", 30), class_rows=minimum.get("class_rows", 10)))


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
        for metric, found in group["metrics"].items():
            low, high = found["interval"] or (None, None)
            row |= {metric: found["value"], f"{metric}_low": low, f"{metric}_high": high}
        row |= {"ratio": group["ratio"]["value"], "verdict": group["verdict"], "reason": group["reason"]}
        rows.append(row)
    return pd.DataFrame(rows)


def export(report: dict[str, Any], run_id: str) -> None:
    """All columns and groups as one CSV."""
    st.download_button(
        text.EXPORT,
        lambda: charts.csv_bytes(pd.concat([flat(entry) for entry in report["columns"]], ignore_index=True)),
        f"fairness-{run_id}.csv",
        "text/csv",
        key="fairness-export",
        on_click="ignore",
        icon=":material/download:",
    )
