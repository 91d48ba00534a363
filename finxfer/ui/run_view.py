"""The live page of a run: the line of truth, stages, curves, baselines, log, and what can be done."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from finxfer.errors import FinxferError
from finxfer.records.events import read_events
from finxfer.records.folder import RunFolder, Status, stages_of
from finxfer.records.spec import REGRESSION
from finxfer.runs import launcher
from finxfer.ui import charts, ladder_view, progress, run_words, search_view, state
from finxfer.ui.forms import confirmed, section
from finxfer.ui.guard import show_error
from finxfer.ui.run_words import Story
from finxfer.ui.safe import md, plain
from finxfer.ui.selection_words import title_of
from finxfer.ui.tables import duration, metric3, show_table, size
from finxfer.ui.text import run as text
from finxfer.ui.text.charts import of_amounts

LIVE_SECONDS = 1.0
CURVE_HEIGHT = 290


def show_run(run: RunFolder) -> None:
    """Draw the run; while it is at work, look again every second, and rerun the page once when it ends."""
    active = progress.status_of(run).active
    st.fragment(_live, run_every=LIVE_SECONDS if active else None)(run, active)
    _log(run)


def _live(run: RunFolder, was_active: bool) -> None:
    if not run.exists():
        st.rerun()
    status = progress.status_of(run)
    if was_active and not status.active:
        st.rerun()
    events, _ = read_events(run.path)
    told = run_words.story(events)
    line, actions = st.columns([9, 4], vertical_alignment="center")
    line.markdown(run_words.truth(run, status, told))
    with actions.container(horizontal=True, horizontal_alignment="right"):
        _actions(run, status)
    if status.active:
        words = run_words.trying_words(told) or md(status.message, 160)
        st.progress(run_words.overall(status), text=words or None)
    if status.state == "failed" and status.error:
        error = status.error
        show_error(FinxferError(error.get("what", ""), error.get("why", ""), error.get("next", "")))
    _stages(run, status, told)
    if ladder_view.is_ladder(run):
        ladder_view.show_ladder(run, status)
        if not status.active:
            return
    spec = progress.spec_of(run)
    curves, side = st.columns([9, 4], gap="large")
    with curves:
        search_view.show_live_search(run, spec.search_minutes if spec is not None else 0.0)
        _curves(status, told)
    with side:
        amounts = spec is not None and spec.task == REGRESSION
        _facts(status, told, amounts)
        if told.candidates:
            _candidates(told, amounts)
        else:
            _baselines(told, amounts)
    _messages(told)


def _actions(run: RunFolder, status: Status) -> None:
    if status.active:
        if st.button(
            text.CANCEL, key="run_cancel", icon=":material/stop_circle:", disabled=run.cancel_requested()
        ):
            _confirm_cancel(run)
    elif status.state == "finished" and not ladder_view.is_ladder(run):
        if st.button(text.RESULTS, key="run_results", type="primary", icon=":material/monitoring:"):
            state.go("results")
    elif status.resumable and st.button(
        text.RESUME, key="run_resume", type="primary", icon=":material/resume:", help=text.RESUME_HELP
    ):
        launcher.resume(run)
        st.rerun()
    if not status.active and st.button(text.AGAIN, key="run_again", help=text.AGAIN_HELP):
        spec = progress.spec_of(run)
        if spec is not None and state.store().has(spec.table):
            state.open_table(spec.table)
        state.go("backbone")


@st.dialog(text.CANCEL_TITLE)
def _confirm_cancel(run: RunFolder) -> None:
    st.markdown(text.CANCEL_QUESTION)
    if confirmed(text.CANCEL_NO, text.CANCEL_YES, "cancel_no", "cancel_yes"):
        launcher.cancel(run)
        st.rerun()


def _stages(run: RunFolder, status: Status, told: Story) -> None:
    """The stages in one line: done, at work, to come; a word and an icon say so, not a colour alone."""
    stages = stages_of(status.job)
    at = status.stage_index if status.stage in stages else 0
    words = []
    for number, stage in enumerate(stages, start=1):
        title = text.STAGES_SHORT[stage]
        if stage == "train" and told.chooses:
            title = text.CHOOSING_SHORT
        if status.state == "finished" or number < at:
            words.append(f":green[:material/check:] {title}")
        elif number == at and status.state == "running":
            words.append(f"**:blue[:material/play_arrow:] {title}**")
        elif number == at:
            words.append(f"**:orange[:material/pause:] {title}**")
        else:
            words.append(f":gray[:material/radio_button_unchecked: {title}]")
    st.markdown("&ensp; ".join(words))


def _curves(status: Status, told: Story) -> None:
    section(text.CURVES_TITLE)
    if not told.trials:
        st.caption(text.CURVES_WAIT if status.active else text.CURVES_NONE)
        return
    trials = list(told.trials)
    chosen = trials[-1]
    if len(trials) > 1:
        options = list(range(len(trials)))
        picked = st.selectbox(
            text.TRIAL,
            options,
            index=None,
            format_func=lambda number: run_words.trial_name(trials[number]),
            placeholder=text.TRIAL_LATEST.format(name=run_words.trial_name(chosen)),
            key="run_trial",
        )
        if picked is not None and picked < len(trials):
            chosen = trials[picked]
    else:
        st.caption(md(run_words.trial_name(chosen)))
    epochs = told.trials[chosen]
    charts.show(
        charts.training_curves(epochs, CURVE_HEIGHT),
        "training_curves",
        curves_words(epochs),
        curve_data(epochs),
    )


def curves_words(epochs: list[dict[str, Any]]) -> str:
    """The curves in words."""
    known = [one for one in epochs if one.get("validation_loss") is not None]
    best = min(known, key=lambda one: one["validation_loss"], default=None)
    return text.CURVES_ALT.format(
        count=len(epochs),
        best=metric3(best["validation_loss"]) if best else "–",
        epoch=best["epoch"] if best else "–",
    )


def curve_data(epochs: list[dict[str, Any]]) -> pd.DataFrame:
    """The numbers behind the curves."""
    names = ["epoch", "train_loss", "validation_loss", "validation_auc", "seconds"]
    return pd.DataFrame([{name: one.get(name) for name in names} for one in epochs])


def _facts(status: Status, told: Story, amounts: bool) -> None:
    epochs = [one for trial, all_of in told.trials.items() if trial.model != "from_scratch" for one in all_of]
    best = max(
        (one["validation_auc"] for one in epochs if one.get("validation_auc") is not None), default=None
    )
    if amounts:
        # The loss is the squared error in units of the target's variance.
        losses = [one["validation_loss"] for one in epochs if one.get("validation_loss") is not None]
        best = 1 - min(losses) if losses else None
    left, right = st.columns(2)
    left.metric(text.FACTS_TIME, duration(run_words.elapsed(status)))
    right.metric(text.FACTS_MEMORY, size(status.memory_bytes))
    left.metric(text.FACTS_BEST_R2 if amounts else text.FACTS_BEST, metric3(best))
    right.metric(text.FACTS_DEVICE, text.DEVICE_SHORT.get(status.device, plain(status.device) or "–"))


def _baselines(told: Story, amounts: bool) -> None:
    section(text.BASELINES_TITLE)
    if not told.baselines:
        st.caption(text.BASELINES_WAIT)
        return
    names = text.BASELINE_COLUMNS
    known = told.baselines
    columns = {names["name"]: [of_amounts(text.MODELS.get(one, plain(one)), amounts) for one in known]}
    if not amounts:
        columns[names["auc"]] = [metric3(one.get("validation_auc")) for one in known.values()]
    columns[names["time"]] = [duration(one.get("seconds")) for one in known.values()]
    show_table(pd.DataFrame(columns), key="run_baselines", alt=text.BASELINES_ALT)


def _candidates(told: Story, amounts: bool) -> None:
    """What was tried so far, best first."""
    section(text.CANDIDATES_TITLE)
    loss = "squared_error" if amounts else "log_loss"
    done = sorted(told.candidates.values(), key=lambda one: one.get(loss) or float("inf"))
    names = text.CANDIDATE_COLUMNS
    frame = pd.DataFrame(
        {
            names["name"]: [of_amounts(title_of(one), amounts) for one in done],
            text.LOSSES[loss]: [metric3(one.get(loss)) for one in done],
            names["time"]: [duration(one.get("seconds")) for one in done],
        }
    )
    show_table(frame, key="run_candidates", alt=text.CANDIDATES_ALT)
    st.caption(text.CANDIDATES_NOTE + (text.SQUARED_NOTE if amounts else ""))


def _messages(told: Story) -> None:
    if told.messages:
        st.caption(text.MESSAGES)
        st.markdown("  \n".join(f":small[{md(sentence, 300)}]" for sentence in told.messages[-6:]))


def _log(run: RunFolder) -> None:
    with st.expander(text.LOG, icon=":material/terminal:", on_change="rerun", key="run_log") as box:
        if box.open:
            st.code(log_tail(run) or text.LOG_EMPTY, language=None, height=320, wrap_lines=True)


def log_tail(run: RunFolder, most_bytes: int = 64_000) -> str:
    """The end of log.txt, at most `most_bytes` of it."""
    try:
        with run.log.open("rb") as stream:
            stream.seek(max(0, run.log.stat().st_size - most_bytes))
            return stream.read().decode("utf-8", errors="replace").strip()
    except OSError:
        return ""
