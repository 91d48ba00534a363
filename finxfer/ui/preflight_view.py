"""Before any run: which backbones suit the open table, as a sentence, a picture and a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from finxfer.backbones.catalogue import list_backbones
from finxfer.errors import FinxferError
from finxfer.evaluation.transferability import RANKED_BY
from finxfer.records.folder import RunFolder
from finxfer.records.home import jobs_dir
from finxfer.records.spec import JobSpec, Spec
from finxfer.runs import launcher, preflight
from finxfer.ui import charts, progress
from finxfer.ui.guard import show_error
from finxfer.ui.run_files import run_json, stamp
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count, duration, metric3, share, show_table, with_interval
from finxfer.ui.text import preflight as text
from finxfer.ui.track_view import show_track_record

_OPENED = "preflight_opened"


def show_preflight(spec: Spec) -> None:
    """The comparison for the rows that a run of the spec learns from, or the way to start one."""
    job = newest(spec)
    status = progress.status_of(job) if job is not None else None
    if job is not None and status is not None and status.active:
        st.fragment(_follow, run_every=1)(job)
        return
    result = run_json(job, "result.json") if job is not None else None
    if result is None or result.get("ranked_by") != RANKED_BY:
        if status is not None and status.error:
            error = status.error
            show_error(FinxferError(error.get("what", ""), error.get("why", ""), error.get("next", "")))
        elif status is not None:
            st.caption(text.STOPPED if result is None else text.OUTDATED)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f":small[{text.ASK}]", width="content")
            _start_button(spec, text.START)
        return
    st.markdown(sentence(result))
    assert job is not None
    with st.expander(
        text.FOLD, icon=":material/leaderboard:", expanded=st.session_state.get(_OPENED) == job.id
    ):
        _picture(result)
        show_table(scores_table(result), key="preflight-scores", alt=text.TABLE_ALT)
        st.caption(_basis(result))
        show_track_record(spec, result)
        if _changed(result):
            st.caption(text.CHANGED)
        _start_button(spec, text.AGAIN)


def newest(spec: Spec) -> RunFolder | None:
    """The latest comparison on the rows of the spec."""
    wanted = preflight.rows_digest(spec)
    for path in sorted(jobs_dir().iterdir(), reverse=True):
        job = RunFolder(path)
        if job.exists() and _rows_of(str(path), stamp(job.spec_path)) == wanted:
            return job
    return None


@st.cache_data(max_entries=200, show_spinner=False)
def _rows_of(path: str, changed: int) -> str | None:
    """What a comparison's job looked at; None for another kind of job or a damaged one."""
    try:
        spec = RunFolder(Path(path)).spec()
    except FinxferError:
        return None
    if not isinstance(spec, JobSpec) or spec.job != preflight.JOB:
        return None
    return str(spec.arguments.get("rows"))


def _start_button(spec: Spec, label: str) -> None:
    if st.button(label, key="preflight-start", icon=":material/leaderboard:", help=text.START_HELP):
        earlier = newest(spec)
        if earlier is not None:
            launcher.delete(earlier)
        st.session_state[_OPENED] = launcher.launch(preflight.job_for(spec)).id
        st.rerun()


def _follow(job: RunFolder) -> None:
    status = progress.status_of(job)
    if not status.active:
        st.rerun()
    words = text.QUEUED
    if status.state == "running":
        words = text.RUNNING.format(message=md(status.message or status.stage))
    st.progress(min(max(status.progress or 0.0, 0.0), 1.0), text=words)
    if st.button(text.CANCEL, key="preflight-cancel"):
        launcher.cancel(job)


def sentence(result: dict[str, Any]) -> str:
    """Who suits the table best, or that there is no clear order; markdown."""
    first, ranked = result["first"], [one for one in result["backbones"] if one["rank"]]
    if first is None:
        return text.NONE
    best, second = ranked[0], first["over_second"]
    auc = md(with_interval(best["auc"], best["interval"]))
    if second is None:
        words = text.SINGLE.format(name=md(best["name"]), auc=auc)
    elif second["clear"]:
        lead = md(with_interval(second["value"], second["interval"]))
        words = text.CLEAR.format(name=md(best["name"]), auc=auc, lead=lead)
    else:
        names = _listed([one["name"] for one in ranked if one["level"]])
        words = text.LEVEL.format(names=names, first=md(best["name"], 40), auc=auc)
    columns = text.ABOVE_COLUMNS if first["over_columns"]["clear"] else text.LIKE_COLUMNS
    alone = result["columns_alone"]
    return f"{words} {columns.format(auc=md(with_interval(alone['auc'], alone['interval'])))}"


def _listed(names: list[str]) -> str:
    """ "A, B and C", the names of at most three."""
    shown = [md(name, 40) for name in names[:3]]
    if len(names) > len(shown):
        shown.append(text.MORE.format(count=count(len(names) - len(shown))))
    if len(shown) < 2:
        return "".join(shown)
    return text.AND.format(names=", ".join(shown[:-1]), last=shown[-1])


def _picture(result: dict[str, Any]) -> None:
    alone = result["columns_alone"]
    dots, values = [], []
    for one in result["backbones"]:
        if one["rank"] is None:
            dots.append(charts.Dot(one["name"], None, None, "too_little", text.NOT_COMPARED))
            continue
        words = with_interval(one["auc"], one["interval"])
        interval = tuple(one["interval"]) if one["interval"] else None
        dots.append(charts.Dot(one["name"], one["auc"], interval, "frozen", words))
        values.append(text.CHART_ALT_VALUE.format(name=plain(one["name"]), auc=words))
    figure = charts.dot_interval(
        dots, reference=alone["auc"], reference_words=text.REFERENCE, x_title=text.AXIS, row_height=40
    )
    alt = text.CHART_ALT.format(
        values="; ".join(values) or text.NOT_COMPARED,
        alone=text.ALONE.format(auc=with_interval(alone["auc"], alone["interval"])),
    )
    names = ("id", "rank", "score", "auc", "auc_error", "judged_by", "probe", "log_me", "h_score", "share")
    data = pd.DataFrame([{name: one[name] for name in names} for one in result["backbones"]])
    charts.show(figure, "preflight", alt, data)


def scores_table(result: dict[str, Any]) -> pd.DataFrame:
    """A line per backbone; the reason in place of scores where it is not compared."""
    rows: list[tuple[str, ...]] = []
    for one in result["backbones"]:
        name = plain(one["name"])
        if one["rank"] is None:
            rows.append(("", name, "", "", "", "", "", share(one["share"]), plain(one["reason"], 200)))
            continue
        scores = [
            text.SCORE.format(value=metric3(one[score]), rank=one[f"{score}_rank"])
            for score in ("probe", "log_me", "h_score")
        ]
        notes = [text.LEVEL_NOTE] if one["level"] and one["rank"] > 1 else []
        notes += [text.PROBE_NOTE] if one["judged_by"] == "probe" else []
        measured = with_interval(one["auc"], one["interval"]), metric3(one["score"])
        rows.append((str(one["rank"]), name, *measured, *scores, share(one["share"]), "; ".join(notes)))
    return pd.DataFrame(rows, columns=list(text.COLUMNS))


def _basis(result: dict[str, Any]) -> str:
    return text.BASIS.format(
        rows=count(result["rows"]),
        labelled=count(result["labelled"]),
        folds=result["folds"],
        seconds=duration(result["seconds"]),
    )


def _changed(result: dict[str, Any]) -> bool:
    """Whether the catalogue is another one than was compared."""
    compared = {(one["id"], one["sha256"], one["available"]) for one in result["backbones"]}
    return compared != {(card.id, card.sha256, card.available) for card in list_backbones()}
