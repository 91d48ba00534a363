"""Parts of the Score page: what to upload, and what came out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from finxfer.errors import FinxferError
from finxfer.records.folder import RunFolder
from finxfer.records.spec import BINARY, Spec
from finxfer.settings import integer
from finxfer.ui import charts, progress, scoring_job, state, task_scores, validation_view
from finxfer.ui.guard import show_error
from finxfer.ui.run_files import class_names, run_json, run_table
from finxfer.ui.safe import md, plain
from finxfer.ui.tables import count, share, show_table
from finxfer.ui.text import score as text

ALIKE, DIFFERENT = 0.1, 0.25
_BINS = 40


def ask(run: RunFolder, schema: dict[str, Any], spec: Spec) -> None:
    """Upload, or choose a stored table; what the table needs; earlier scorings."""
    columns = schema["columns"]
    st.markdown(text.ASK.format(name=md(progress.run_name(run)), columns=count(len(columns))))
    upload = st.file_uploader(text.UPLOAD, key="score-upload", help=text.UPLOAD_HELP)
    if upload is not None:
        try:
            with st.spinner(text.READING.format(name=md(upload.name))):
                scoring_job.take_upload(run, upload)
        except FinxferError as error:
            show_error(error)
            return
        st.session_state.pop("score-upload", None)
        st.rerun()
    left, right = st.columns(2, gap="medium")
    with left:
        _stored(run, columns, spec)
    with right:
        _earlier(run)
    with st.expander(text.NEEDED, icon=":material/view_column:", expanded=True):
        _needed(columns)


def _needed(columns: list[dict[str, str]]) -> None:
    title, kind = text.NEEDED_COLUMNS
    rows = [{title: plain(one["name"]), kind: text.KINDS.get(one["kind"], one["kind"])} for one in columns]
    show_table(pd.DataFrame(rows), key="needed", alt=text.NEEDED)
    st.download_button(
        text.TEMPLATE,
        lambda: charts.csv_bytes(pd.DataFrame(columns=[one["name"] for one in columns])),
        "customers.csv",
        "text/csv",
        key="template",
        on_click="ignore",
        icon=":material/download:",
    )


def _stored(run: RunFolder, columns: list[dict[str, str]], spec: Spec) -> None:
    tables = {one.sha256: one for one in state.store().list() if one.sha256 != spec.table}
    if not tables:
        return
    with st.form("score-stored", border=False):
        picked = st.selectbox(
            text.STORED,
            list(tables),
            index=None,
            placeholder=text.STORED_NONE,
            help=text.STORED_HELP,
            format_func=lambda sha: f"{plain(tables[sha].name)} · {count(tables[sha].rows)}",
            key="score-table",
        )
        pressed = st.form_submit_button(text.STORED_BUTTON)
    if pressed and picked is None:
        st.caption(text.STORED_FIRST)
    elif pressed and picked in tables:
        scoring_job.start(run, picked, tables[picked].name)
        st.rerun()


def _earlier(run: RunFolder) -> None:
    found = scoring_job.earlier(run)
    if not found:
        return
    st.markdown(text.EARLIER)
    for identifier, words in found.items():
        if st.button(md(words, 120), key=f"scoring-{identifier}", type="tertiary", icon=":material/history:"):
            st.query_params[scoring_job.PARAMETER] = identifier
            st.rerun()


def outcome(run: RunFolder, job: RunFolder, spec: Spec) -> None:
    """A finished scoring: sentence, drift, picture, table, details."""
    result, scored = run_json(job, "result.json"), run_table(job, "scored.parquet")
    if result is None or scored is None:
        st.warning(text.FAILED)
        return
    if spec.task != BINARY:
        task_scores.outcome(job, scored, result, spec)
        _table_foot(job, scored)
        _details(result)
        return
    scores = scored["probability"].to_numpy(float)
    flagged = int((scores >= result["threshold"]).sum())
    high = next((band["rows"] for band in result["bands"] if band["name"] == "high"), 0)
    st.markdown(
        text.ANSWER.format(
            flagged=count(flagged),
            rows=count(len(scores)),
            share=share(flagged / len(scores)),
            threshold=share(result["threshold"]),
            high=count(high),
        )
    )
    st.caption(drift_line(result.get("drift")))
    validation_view.of_scoring(job, goes_on=False)
    _pictures(result, scores, flagged, spec)
    _table(job, scored, result)
    _details(result)


def drift_line(drift: dict[str, Any] | None) -> str:
    """How far the new customers differ from the training rows, in one line of markdown."""
    if not drift or not drift.get("columns"):
        return text.DRIFT_NONE
    columns, worst = drift["columns"], drift["columns"][0]["psi"]
    kind = "different" if _differing(columns, DIFFERENT) else "shifted"
    changed = [one["column"] for one in _differing(columns, DIFFERENT if kind == "different" else ALIKE)]
    if not changed:
        words = text.DRIFT_FEW if worst > ALIKE else text.DRIFT_ALIKE
        return f"{text.DRIFT_ICONS['alike']} {words.format(psi=f'{worst:.2f}')}"
    sentence = text.DRIFT_DIFFERENT if kind == "different" else text.DRIFT_SHIFTED
    names = ", ".join(md(name, 40) for name in changed[:3]) + (", …" if len(changed) > 3 else "")
    return f"{text.DRIFT_ICONS[kind]} " + sentence.format(
        changed=count(len(changed)), total=count(len(columns)), names=names, psi=f"{worst:.2f}"
    )


def _differing(columns: list[dict[str, Any]], limit: float) -> list[dict[str, Any]]:
    """Columns above the limit and above what chance explains (which older scorings did not store)."""
    return [one for one in columns if one["psi"] > max(limit, one.get("chance", 0.0))]


def _pictures(result: dict[str, Any], scores: np.ndarray, flagged: int, spec: Spec) -> None:
    bands, rows = result["bands"], len(scores)
    left, right = st.columns([1, 1.3], gap="medium")
    with left:
        st.markdown(f"**{text.BANDS_TITLE}**")
        drawn = [
            (
                text.BAND_LABEL.format(
                    name=text.BAND_NAMES.get(band["name"], band["name"]),
                    low=share(band["from"]),
                    high=share(band["to"]),
                ),
                band["rows"],
                text.BAND_WORDS.format(rows=count(band["rows"]), share=share(band["rows"] / rows)),
            )
            for band in bands
        ]
        alt = text.BANDS_ALT.format(values="; ".join(f"{name}: {words}" for name, _, words in drawn))
        charts.show(charts.bars(drawn), "bands", alt, lambda: pd.DataFrame(bands))
        observed = [
            text.BAND_OBSERVED_ONE.format(rate=share(band["positive_rate"]), band=md(band["name"]))
            for band in bands
            if band.get("positive_rate") is not None
        ]
        if observed:
            st.caption(text.BAND_OBSERVED.format(values=", ".join(observed), name=md(class_names(spec)[0])))
    with right:
        st.markdown(f"**{text.SCORES_TITLE}**")
        top = min(1.0, float(np.ceil(max(scores.max(initial=0), result["threshold"]) * 20) / 20)) or 1.0
        counts, edges = np.histogram(scores, bins=_BINS, range=(0, top))
        alt = text.SCORES_ALT.format(
            rows=count(rows), flagged=count(flagged), threshold=share(result["threshold"])
        )
        figure = charts.new_scores(edges.tolist(), counts.tolist(), result["threshold"])
        data = pd.DataFrame({"from": edges[:-1], "to": edges[1:], "rows": counts})
        charts.show(figure, "new-scores", alt, data)


def _table(job: RunFolder, scored: pd.DataFrame, result: dict[str, Any]) -> None:
    st.subheader(text.TABLE_TITLE, anchor=False)
    shown = scored.nlargest(integer("preview_rows"), "probability")
    first = [name for name in ("probability", "band", "reason_1", "reason_2") if name in shown]
    rest = [name for name in shown if name not in first and not str(name).startswith("reason_")]
    configured = {name: text.COLUMN_NAMES[name] for name in first if name != "probability"}
    shown = shown[[*first, *rest]].assign(probability=100 * shown["probability"])
    show_table(
        shown,
        key="scored",
        alt=text.TABLE_TITLE,
        columns={
            **configured,
            "probability": st.column_config.ProgressColumn(
                text.COLUMN_NAMES["probability"], format="%.1f%%", min_value=0.0, max_value=100.0
            ),
        },
    )
    lines = [text.TABLE_CAPTION.format(shown=count(len(shown)), rows=count(len(scored)))]
    if result.get("explained_rows"):
        lines.append(text.REASONS_CAPTION.format(rows=count(result["explained_rows"])))
    st.caption(" ".join(lines))
    _table_foot(job, scored)


def _table_foot(job: RunFolder, scored: pd.DataFrame) -> None:
    """Download, again, delete."""
    with st.container(horizontal=True):
        st.download_button(
            text.DOWNLOAD,
            lambda: charts.csv_bytes(scored),
            f"scored-{job.id}.csv",
            "text/csv",
            key="scored-csv",
            on_click="ignore",
            type="primary",
            icon=":material/download:",
            help=text.DOWNLOAD_HELP,
        )
        st.button(
            text.AGAIN, key="score-again", icon=":material/upload:", on_click=scoring_job.show, args=(None,)
        )
        st.button(
            text.DELETE,
            key="score-delete",
            type="tertiary",
            icon=":material/delete:",
            help=text.DELETE_HELP,
            on_click=scoring_job.forget,
            args=(job,),
        )


def _details(result: dict[str, Any]) -> None:
    drift = result.get("drift") or {}
    with st.expander(text.DRIFT_FOLD, icon=":material/info:"):
        st.caption(text.DRIFT_EXPLAINED)
        column, psi = text.DRIFT_COLUMNS
        rows = [{column: plain(one["column"]), psi: one["psi"]} for one in drift.get("columns", [])]
        show_table(pd.DataFrame(rows, columns=[column, psi]), key="drift", alt=text.DRIFT_FOLD)
        if result.get("ignored"):
            st.caption(text.IGNORED.format(names=", ".join(md(name, 40) for name in result["ignored"][:30])))
