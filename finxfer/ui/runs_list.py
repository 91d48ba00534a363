"""The list of runs on Home: one line each, open, delete."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import streamlit as st

from finxfer.errors import FinxferError
from finxfer.evaluation.amounts import amount, decimals_for
from finxfer.evaluation.amounts import signed as signed_amount
from finxfer.evaluation.wording import told_gain
from finxfer.records.folder import RunFolder, Status, find_run, list_runs
from finxfer.records.spec import LADDER, MULTICLASS, REGRESSION, Spec
from finxfer.runs import launcher
from finxfer.ui import progress, selection_words, state
from finxfer.ui.forms import ago, confirmed
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import metric3
from finxfer.ui.tables import signed as signed3
from finxfer.ui.text import charts as names
from finxfer.ui.text import home as text
from finxfer.ui.text import ladder as ladder_text
from finxfer.ui.text import shell

PAGE_ROWS = 8
_COLUMNS = [3.0, 1.7, 2.5, 1.0, 2.8, 1.9]
_COLOURS = {
    "finished": "green",
    "failed": "red",
    "interrupted": "orange",
    "running": "blue",
    "queued": "gray",
}


@dataclass(frozen=True)
class RunLine:
    """What the list shows of one run, already worded."""

    id: str
    name: str
    status: Status
    backbone: str
    depth: str
    gini: str
    gain: str
    over: str
    synthetic: bool


def run_line(run: RunFolder) -> RunLine:
    """Read one run for the list; a damaged one is listed too, so that it can be deleted."""
    spec = progress.spec_of(run)
    try:
        metrics = run.metrics()
    except FinxferError:
        metrics = None
    gain, over = _gain(metrics)
    backbone = str((metrics or {}).get("backbone") or (spec.backbone if spec else text.NOT_YET))
    open_choice = backbone == "auto"
    return RunLine(
        id=run.id,
        name=progress.run_name(run),
        status=progress.status_of(run),
        backbone=text.AUTO if open_choice else _several(metrics) or PurePath(backbone).name,
        depth=_line_depth(metrics, spec, open_choice),
        gini=_headline(metrics or {}),
        gain=gain,
        over=over,
        synthetic=bool(spec and spec.synthetic),
    )


def _headline(metrics: dict[str, Any]) -> str:
    """Gini; the error of a regression, the AUC of several classes, each with its name."""
    model = metrics.get("model") or {}
    if model.get("rmse") is not None:
        return text.HEADLINE_ERROR.format(value=amount(model["rmse"]))
    if metrics.get("task") == MULTICLASS:
        return text.HEADLINE_AUC.format(value=metric3(model.get("auc")))
    gini = model.get("gini")
    return text.NOT_YET if gini is None else text.HEADLINE_GINI.format(value=metric3(gini))


def _several(metrics: dict[str, Any] | None) -> str:
    """How many backbones a mean has, where they are more than one."""
    kept = selection_words.members((metrics or {}).get("selection") or {})
    names = {one["backbone"] for one in kept if one.get("backbone")}
    return text.SEVERAL.format(count=len(names)) if len(names) > 1 else ""


def _line_depth(metrics: dict[str, Any] | None, spec: Spec | None, open_choice: bool) -> str:
    if spec is not None and spec.job == LADDER:
        return ladder_text.EVERY_DEPTH
    return "" if open_choice else _depth(metrics, spec.freezing_depth if spec else None)


def _depth(metrics: dict[str, Any] | None, wanted: int | str | None) -> str:
    choice = (metrics or {}).get("choice")
    if choice in text.BASELINES:
        return text.BASELINE_KEPT.format(baseline=_baseline(choice, metrics or {}))
    if choice == selection_words.ENSEMBLE:
        return _mean((metrics or {}).get("selection") or {})
    depth = (metrics or {}).get("freezing_depth", wanted)
    if "as-is" in (choice, depth):
        return text.AS_IS
    if depth == "auto" or depth is None:
        return text.AUTO if depth == "auto" else ""
    stages = (metrics or {}).get("stages")
    if stages is None:
        return text.DEPTH_UNKNOWN.format(depth=depth)
    return text.DEPTH.format(depth=depth, stages=stages)


def _mean(selection: dict[str, Any]) -> str:
    """The list's short words for a mean of several models."""
    members = len(selection_words.members(selection))
    share = selection_words.pretrained_share(selection)
    return (text.MEAN if share else text.MEAN_KEPT).format(count=members, share=f"{share:.0%}")


def _gain(metrics: dict[str, Any] | None) -> tuple[str, str]:
    """The transfer gain in Gini with its interval, and over what, as words; empty where there is none."""
    gain = told_gain(metrics) or {}
    if gain.get("value") is None:
        return text.NOT_YET, ""
    low, high = gain.get("interval") or (None, None)
    places = decimals_for(gain["value"], gain.get("interval"))
    amounts = gain.get("metric") == "rmse"

    def signed(value: float) -> str:
        return signed_amount(value, places) if amounts else signed3(value)

    interval = "" if low is None or high is None else f"[{signed(low)}, {signed(high)}] "
    over = text.GAIN_OVER.format(baseline=_baseline(str(gain.get("over")), metrics or {}))
    return signed(gain["value"]), interval + over


def _baseline(name: str, metrics: dict[str, Any]) -> str:
    return names.of_amounts(text.BASELINES.get(name, name), metrics.get("task") == REGRESSION)


def show_runs() -> None:
    """The newest runs, a page at a time. It looks again every few seconds while one is at work."""
    any_active = any(progress.status_of(run).active for run in list_runs()[:PAGE_ROWS])
    st.fragment(_lines, run_every=4 if any_active else None)(any_active)


def _lines(any_active: bool) -> None:
    runs = list_runs()
    if any_active and not any(progress.status_of(run).active for run in runs[:PAGE_ROWS]):
        st.rerun()
    if not runs:
        st.caption(text.RUNS_EMPTY)
        return
    with st.container(gap="xxsmall"):
        for column, title in zip(st.columns(_COLUMNS), text.RUN_COLUMNS, strict=True):
            column.caption(title)
        pages = -(-len(runs) // PAGE_ROWS)
        page = int(st.session_state.get("runs_page") or 1) if pages > 1 else 1
        start = (min(page, pages) - 1) * PAGE_ROWS
        for run in runs[start : start + PAGE_ROWS]:
            _line(run_line(run))
    if pages > 1:
        st.pagination(pages, key="runs_page")


def _line(line: RunLine) -> None:
    name, status, backbone, gini, gain, buttons = st.columns(_COLUMNS, vertical_alignment="center")
    synthetic = f" :gray-badge[{text.SYNTHETIC}]" if line.synthetic else ""
    name.markdown(f"**{md(line.name, 40)}**{synthetic}  \n:small[{ago(line.status.created)}]")
    colour = _COLOURS.get(line.status.state, "gray")
    status.markdown(f":{colour}-badge[{shell.STATES[line.status.state]}]")
    backbone.markdown(f"{md(line.backbone, 40)}  \n:small[{line.depth}]")
    gini.markdown(line.gini)
    gain.markdown(f"{md(line.gain, 60)}  \n:small[{md(line.over, 80)}]" if line.over else line.gain)
    with buttons.container(horizontal=True, gap="small", horizontal_alignment="right", wrap=False):
        if st.button(
            text.OPEN, key=f"open_{line.id}", type="tertiary", help=text.OPEN_HELP.format(name=md(line.name))
        ):
            open_run(find_run(line.id))
        if st.button(
            text.DELETE_ICON,
            key=f"delete_{line.id}",
            type="tertiary",
            help=text.DELETE_HELP.format(name=md(line.name)),
        ):
            _confirm_delete(line.id)


def link_to_all() -> None:
    """A way to the page with all runs; a caption of its own is not worth a first visit."""
    if not list_runs():
        return
    if st.button(text.ALL_RUNS, key="all_runs", type="tertiary", icon=":material/list:", help=text.ALL_HELP):
        state.go("runs")


def open_run(run: RunFolder) -> None:
    """Open a run where it is: its results when it is finished, its live page otherwise and for a ladder."""
    state.open_run(run.id)
    spec = progress.spec_of(run)
    if spec is not None and state.store().has(spec.table):
        state.open_table(spec.table)
    measured = progress.status_of(run).state == "finished" and not (spec and spec.job == LADDER)
    state.go("results" if measured else "run")


@st.dialog(text.DELETE_TITLE)
def _confirm_delete(identifier: str) -> None:
    run = find_run(identifier)
    st.markdown(text.DELETE_QUESTION.format(name=md(plain(progress.run_name(run)))))
    if progress.status_of(run).active:
        st.markdown(text.DELETE_ACTIVE)
    if confirmed(text.DELETE_NO, text.DELETE_YES, "delete_no", "delete_yes"):
        launcher.delete(run)
        if state.run_id() == identifier:
            state.open_run(None)
        st.toast(text.DELETED)
        st.rerun()
