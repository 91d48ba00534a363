"""Jobs that bring a backbone into the catalogue: their progress, and what became of them."""

from __future__ import annotations

import streamlit as st

from finxfer.backbones.catalogue import list_backbones
from finxfer.errors import FinxferError
from finxfer.records.folder import RunFolder
from finxfer.records.home import jobs_dir
from finxfer.records.spec import JobSpec
from finxfer.runs import launcher
from finxfer.ui import progress
from finxfer.ui.guard import show_error
from finxfer.ui.safe import md
from finxfer.ui.text import backbone as text


def jobs_of(kind: str) -> list[RunFolder]:
    """Jobs of that kind that are at work, or ended and were not dismissed; oldest first."""
    jobs = [RunFolder(path) for path in sorted(jobs_dir().iterdir()) if path.is_dir()]
    return [job for job in jobs if job.exists() and progress.status_of(job).job == kind]


def show_jobs(kind: str) -> bool:
    """A line for each of them; the answer is whether one is at work."""
    at_work = False
    for job in jobs_of(kind):
        active = progress.status_of(job).active
        at_work = at_work or active
        if active or not _deleted_since(job):
            st.fragment(_follow, run_every=2 if active else None)(job, kind, active)
    return at_work


def _follow(job: RunFolder, kind: str, was_active: bool) -> None:
    status = progress.status_of(job)
    if was_active and not status.active:
        st.rerun()
    name = md(_name(job))
    if status.active:
        message = md(status.message or status.stage or status.state)
        words = text.JOB_RUNNING[kind].format(name=name, message=message)
        st.progress(min(max(status.progress or 0.0, 0.0), 1.0), text=words)
        if st.button(text.JOB_CANCEL, key=f"job_cancel_{job.id}"):
            launcher.cancel(job)
        return
    if status.state == "finished":
        st.success(text.JOB_DONE[kind].format(name=name), icon=":material/check:")
    elif status.error:
        error = status.error
        show_error(FinxferError(error.get("what", ""), error.get("why", ""), error.get("next", "")))
    else:
        st.warning(text.JOB_STOPPED[kind].format(name=name))
    st.button(
        text.JOB_FORGET,
        key=f"job_forget_{job.id}",
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
    return made not in {card.id for card in list_backbones() if card.available}


def _name(job: RunFolder) -> str:
    try:
        spec = job.spec()
    except FinxferError:
        return job.id
    return str(spec.arguments.get("name", job.id)) if isinstance(spec, JobSpec) else job.id
