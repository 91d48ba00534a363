"""Training a backbone of one's own on the open table: form, progress, outcome."""

from __future__ import annotations

import re

import streamlit as st

from finxfer.backbones.catalogue import list_backbones
from finxfer.errors import FinxferError
from finxfer.records.folder import RunFolder
from finxfer.records.home import jobs_dir
from finxfer.records.spec import JobSpec
from finxfer.records.tables import Roles, TableMeta
from finxfer.runs import launcher
from finxfer.ui import progress
from finxfer.ui.guard import show_error
from finxfer.ui.safe import md
from finxfer.ui.text import backbone as text


def source_jobs() -> list[RunFolder]:
    """Trainings of backbones that are at work, or ended and were not dismissed; oldest first."""
    jobs = [RunFolder(path) for path in sorted(jobs_dir().iterdir()) if path.is_dir()]
    return [job for job in jobs if job.exists() and progress.status_of(job).job == "pretrain-source"]


def show_source(table: TableMeta, roles: Roles) -> None:
    """The form, and what became of earlier ones."""
    for job in source_jobs():
        active = progress.status_of(job).active
        if not active and _deleted_since(job):
            continue
        st.fragment(_follow, run_every=2 if active else None)(job, active)
    with st.expander(text.SOURCE_TITLE, icon=":material/school:"):
        st.markdown(text.SOURCE_NOTE)
        name_field, button = st.columns([2, 3], vertical_alignment="bottom")
        name = name_field.text_input(
            text.SOURCE_NAME, max_chars=40, help=text.SOURCE_NAME_HELP, key="source_name"
        )
        if button.button(text.SOURCE_START, key="source_start"):
            if not re.search(r"[A-Za-z0-9]", name):
                st.error(text.SOURCE_NAME_EMPTY)
            else:
                launcher.launch(source_job(table, roles, name.strip()))
                st.rerun()


def source_job(table: TableMeta, roles: Roles, name: str) -> JobSpec:
    """The job that trains a backbone of that name on the whole table."""
    return JobSpec(
        "pretrain-source",
        {
            "table": table.sha256,
            "target": roles.target,
            "positive": roles.positive,
            "columns": [
                {"name": column.name, "role": column.role, "kind": column.kind} for column in roles.columns
            ],
            "family": "tabm",
            "name": name,
            "seed": 0,
            "device": "auto",
        },
    )


def _follow(job: RunFolder, was_active: bool) -> None:
    status = progress.status_of(job)
    if was_active and not status.active:
        st.rerun()
    name = md(_name(job))
    if status.active:
        words = text.SOURCE_RUNNING.format(
            name=name, message=md(status.message or status.stage or status.state)
        )
        st.progress(min(max(status.progress or 0.0, 0.0), 1.0), text=words)
        if st.button(text.SOURCE_CANCEL, key=f"source_cancel_{job.id}"):
            launcher.cancel(job)
        return
    if status.state == "finished":
        st.success(text.SOURCE_DONE.format(name=name), icon=":material/check:")
    elif status.error:
        error = status.error
        show_error(FinxferError(error.get("what", ""), error.get("why", ""), error.get("next", "")))
    else:
        st.warning(text.SOURCE_STOPPED.format(name=name))
    st.button(
        text.SOURCE_FORGET,
        key=f"source_forget_{job.id}",
        type="tertiary",
        on_click=launcher.delete,
        args=(job,),
    )


def _deleted_since(job: RunFolder) -> bool:
    """Whether the backbone that the job made is no longer in the catalogue."""
    try:
        made = job.read_json("result.json").get("backbone")
    except FinxferError:
        return False
    return made not in {card.id for card in list_backbones()}


def _name(job: RunFolder) -> str:
    try:
        spec = job.spec()
    except FinxferError:
        return job.id
    return str(spec.arguments.get("name", job.id)) if isinstance(spec, JobSpec) else job.id
