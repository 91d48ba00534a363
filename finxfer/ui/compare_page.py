"""The page Compare: two to ten runs on the same test rows, each against one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from finxfer.errors import BadInput, Damaged
from finxfer.evaluation import amounts
from finxfer.evaluation.metrics import LOWER_IS_BETTER
from finxfer.evaluation.regression import IN_UNITS
from finxfer.records.folder import RunFolder, list_runs
from finxfer.runs import compare
from finxfer.ui import charts, compare_view, progress
from finxfer.ui.guard import show_error
from finxfer.ui.run_files import run_json, stamp
from finxfer.ui.safe import plain
from finxfer.ui.state import COMPARED, PICKED
from finxfer.ui.tables import count, show_table, with_interval
from finxfer.ui.text import charts as names
from finxfer.ui.text import compare as text

LONGEST = 600
SHOWN = 34
_PLAIN_FIELDS = (
    "backbone",
    "freezing_depth",
    "use_protected",
    "seed",
    "split",
    "test_share",
    "validation_share",
    "recalibration",
    "search_minutes",
)


def finished_runs() -> dict[str, RunFolder]:
    """Runs with results by id, the newest first."""
    return {run.id: run for run in list_runs() if (run.path / "metrics.json").is_file()}


def pick_runs(runs: Mapping[str, RunFolder]) -> list[RunFolder]:
    """The runs to compare: what the address or the page before says, changed by hand."""
    if PICKED not in st.session_state:
        asked = str(st.query_params.get(COMPARED, "")).split(",")
        st.session_state[PICKED] = [one for one in asked if one in runs][: compare.MOST]
    st.session_state[PICKED] = [one for one in st.session_state[PICKED] if one in runs]
    picked = st.multiselect(
        text.PAGE_PICK,
        list(runs),
        format_func=lambda one: f"{plain(progress.run_name(runs[one]), 50)} · {one}",
        max_selections=compare.MOST,
        placeholder=text.PLACEHOLDER,
        help=text.PAGE_PICK_HELP,
        key=PICKED,
    )
    # The address of the page shows the same comparison to somebody else.
    st.query_params[COMPARED] = ",".join(picked)
    return [runs[one] for one in picked]


def titles_of(folders: Sequence[RunFolder]) -> dict[str, str]:
    """By id a short name that no other of these runs has."""
    return {folder.id: compare_view.title(folder) for folder in folders}


def show_comparison(folders: Sequence[RunFolder], runs: Mapping[str, RunFolder]) -> None:
    """Sentence, pictures, figures, what differs; every pair and curves folded away."""
    try:
        found = compare_view.by_delong(
            [str(one.path) for one in folders], [stamp(one.predictions) for one in folders]
        )
    except (BadInput, Damaged) as error:
        show_error(error)
        _offer_alike(folders[0], runs)
        return
    titles = titles_of(folders)
    kept = run_json(folders[0], compare.FILE)
    found = kept if kept and kept.get("runs") == found["runs"] else found
    st.markdown(compare_view.sentence(titles, found))
    reference = st.selectbox(
        text.REFERENCE,
        list(titles),
        format_func=lambda one: titles[one],
        help=text.REFERENCE_HELP,
        key="compare_reference",
        width=420,
    )
    _pictures(folders, titles, found, reference)
    _figures(folders, titles)
    _differences(folders, titles)
    with st.expander(text.PAIRS_FOLD, icon=":material/table_rows:", key="pairs-fold"):
        show_table(compare_view.pairs_table(titles, found), key="pairs-table", alt=text.TABLE)
        compare_view.bootstrap(folders[0], folders[1:], found if found["draws"] else None)
    _curves(folders, titles)


def _offer_alike(first: RunFolder, runs: Mapping[str, RunFolder]) -> None:
    """Runs that share test rows with the first one, to be taken with one button."""
    alike = [first.id]
    for other in runs.values():
        if other.id == first.id or len(alike) == compare.MOST:
            continue
        try:
            compare.same_rows([first, other])
        except (BadInput, Damaged):
            continue
        alike.append(other.id)
    name = plain(compare_view.title(first))
    if len(alike) < compare.FEWEST:
        st.caption(text.PAGE_SINGLE.format(name=name))
        return
    st.caption(text.PAGE_ALIKE.format(name=name, count=len(alike) - 1))
    st.button(text.PAGE_TAKE, key="compare_alike", on_click=_take, args=(alike,), type="primary")


def _take(identifiers: list[str]) -> None:
    st.session_state[PICKED] = identifiers


def against(found: Mapping[str, Any], reference: str) -> dict[str, dict[str, Any]]:
    """By run its difference to the reference (run minus reference): value and interval."""
    answer = {}
    for pair in found["pairs"]:
        if reference not in (pair["first"], pair["second"]):
            continue
        entry = compare_view.decisive(found, pair)
        value, interval = entry["value"], entry["interval"]
        other = pair["second"] if pair["first"] == reference else pair["first"]
        if pair["first"] == reference:
            value = None if value is None else -value
            interval = [-interval[1], -interval[0]] if interval else None
        answer[other] = {"value": value, "interval": interval}
    return answer


def _pictures(
    folders: Sequence[RunFolder], titles: Mapping[str, str], found: Mapping[str, Any], reference: str
) -> None:
    metric = compare_view.headline(found)
    name = names.metric_name(metric)
    left, right = st.columns(2, gap="large")
    each = []
    for folder in folders:
        metrics = folder.metrics() or {}
        value = (metrics.get("model") or {}).get(metric)
        interval = ((metrics.get("intervals") or {}).get("model") or {}).get(metric)
        words = _words(metric, value, interval)
        meaning = "baseline" if folder.id == reference else "trained"
        each.append(
            charts.Dot(titles[folder.id], value, tuple(interval) if interval else None, meaning, words)
        )
    with left:
        st.markdown(f"**{text.EACH.format(metric=name)}**")
        alt = text.EACH_ALT.format(metric=name, values="; ".join(f"{dot.name} {dot.words}" for dot in each))
        charts.show(
            charts.dot_interval(each, reference=None), "each-run", plain(alt, LONGEST), lambda: _dots(each)
        )
    other = against(found, reference)
    same = charts.Dot(titles[reference], 0.0, None, "baseline", text.ITSELF)
    dots = [_dot(titles[one], other[one], metric) if one in other else same for one in titles]
    with right:
        st.markdown(f"**{text.AGAINST.format(metric=name, name=plain(titles[reference], SHOWN))}**")
        alt = text.AGAINST_ALT.format(
            metric=name,
            name=titles[reference],
            rows=count(found["rows"]),
            values="; ".join(f"{dot.name} {dot.words}" for dot in dots),
        )
        figure = charts.dot_interval(dots, reference=0.0, reference_words=text.NO_DIFFERENCE)
        charts.show(figure, "against-reference", plain(alt, LONGEST), lambda: _dots(dots))


def _dot(name: str, entry: Mapping[str, Any], metric: str) -> charts.Dot:
    interval = tuple(entry["interval"]) if entry["interval"] else None
    words = compare_view.with_ends(entry, metric)
    return charts.Dot(name, entry["value"], interval, compare_view.meaning(metric, entry), words)


def _dots(dots: Sequence[charts.Dot]) -> pd.DataFrame:
    ends = [dot.interval or (None, None) for dot in dots]
    return pd.DataFrame(
        {
            "run": [dot.name for dot in dots],
            "value": [dot.value for dot in dots],
            "low": [low for low, _ in ends],
            "high": [high for _, high in ends],
        }
    )


def _words(metric: str, value: float | None, interval: Sequence[float] | None) -> str:
    if value is not None and metric in IN_UNITS:
        return amounts.with_ends(value, interval)
    return with_interval(value, interval, 3)


def _figures(folders: Sequence[RunFolder], titles: Mapping[str, str]) -> None:
    """Every figure that all of the runs have, with its interval."""
    all_metrics = {folder.id: folder.metrics() or {} for folder in folders}
    models = [one.get("model") or {} for one in all_metrics.values()]
    shared = [
        name
        for name, value in models[0].items()
        if isinstance(value, (int, float)) and name != "threshold" and all(name in model for model in models)
    ]
    rows = []
    for identifier, metrics in all_metrics.items():
        intervals = (metrics.get("intervals") or {}).get("model") or {}
        row = {text.RUN: plain(titles[identifier])}
        for name in shared:
            title = names.metric_name(name)
            title = text.LOWER_BETTER.format(metric=title) if name in LOWER_IS_BETTER else title
            row[title] = _words(name, metrics["model"][name], intervals.get(name))
        rows.append(row)
    st.markdown(f"**{text.FIGURES}**")
    show_table(pd.DataFrame(rows), key="compare-figures", alt=text.FIGURES_ALT)


def _differences(folders: Sequence[RunFolder], titles: Mapping[str, str]) -> None:
    """The settings in which the runs differ."""
    columns = {titles[folder.id]: settings_of(folder) for folder in folders}
    first = next(iter(columns.values()))
    rows = [
        {text.SETTING: name} | {plain(title): one.get(name, "") for title, one in columns.items()}
        for name in dict.fromkeys(name for one in columns.values() for name in one)
        if any(one.get(name) != first.get(name) for one in columns.values())
    ]
    st.markdown(f"**{text.DIFFERS}**")
    if rows:
        show_table(pd.DataFrame(rows), key="compare-settings", alt=text.DIFFERS_ALT)
    else:
        st.caption(text.DIFFERS_NONE)


def settings_of(run: RunFolder) -> dict[str, str]:
    """What was asked for and what came of it, by the words of the page."""
    spec, metrics = progress.spec_of(run), run.metrics() or {}
    if spec is None:
        return {}
    words = text.SETTING_NAMES
    found = {words[name]: plain(getattr(spec, name)) for name in _PLAIN_FIELDS}
    found[words["backbone"]] = plain(Path(spec.backbone).name)
    found[words["features"]] = count(len(spec.features))
    left_out = [column.name for column in spec.columns if column.role == "excluded"]
    if left_out:
        listed = plain(", ".join(left_out), 60)
        found[words["features"]] = text.MORE_FEATURES.format(count=len(spec.features), names=listed)
    found |= {
        text.TRAINING.format(name=name.replace("_", " ")): plain(value)
        for name, value in asdict(spec.training).items()
    }
    found[words["choice"]] = plain(metrics.get("choice") or "")
    found[words["depth"]] = plain(metrics.get("freezing_depth"))
    found[words["rows"]] = count((metrics.get("rows") or {}).get("train"))
    found[words["device"]] = plain(metrics.get("device") or "")
    found[words["seconds"]] = count((metrics.get("seconds") or {}).get("train"))
    return found


def _curves(folders: Sequence[RunFolder], titles: Mapping[str, str]) -> None:
    """ROC curves of all runs over each other, where they have some."""
    curves = {folder.id: (run_json(folder, "curves.json") or {}).get("model") for folder in folders}
    drawn = {one: curve for one, curve in curves.items() if curve and isinstance(curve.get("roc"), dict)}
    if len(drawn) < compare.FEWEST:
        return
    with st.expander(text.ROC_FOLD, icon=":material/show_chart:", key="roc-fold"):
        figure = charts.roc_of_runs({titles[one]: curve["roc"] for one, curve in drawn.items()})
        alt = text.ROC_ALT.format(values=", ".join(titles[one] for one in drawn))
        charts.show(figure, "roc-of-runs", plain(alt, LONGEST))
