"""Jobs that come after a run (assess it again, try mitigations ...): start, follow, say how they ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from finxfer.errors import FinxferError
from finxfer.records.folder import RunFolder
from finxfer.records.home import jobs_dir
from finxfer.records.spec import JobSpec
from finxfer.runs import launcher
from finxfer.ui import progress
from finxfer.ui.guard import show_error
from finxfer.ui.run_files import stamp
from finxfer.ui.safe import md
from finxfer.ui.tables import rough_duration
from finxfer.ui.text import after_run as text


def newest(run: RunFolder, job: str) -> RunFolder | None:
    """The latest job of that kind on the run, whatever its state."""
    for path in sorted(jobs_dir().iterdir(), reverse=True):
        folder = RunFolder(path)
        if folder.exists() and _of(str(path), stamp(folder.spec_path)) == (job, str(run.path.resolve())):
            return folder
    return None


@st.cache_data(max_entries=400, show_spinner=False)
def _of(path: str, changed: int) -> tuple[str, str] | None:
    """(job, run folder) of a job; None where it is damaged or of no run."""
    try:
        spec = RunFolder(Path(path)).spec()
    except FinxferError:
        return None
    if not isinstance(spec, JobSpec) or not isinstance(spec.arguments.get("run"), str):
        return None
    return spec.job, str(Path(spec.arguments["run"]).resolve())


def start(run: RunFolder, job: str, **arguments: Any) -> RunFolder:
    """Launch a job on the run; what an earlier one of that kind left in its own folder goes.

    Raises:
        Fault: the worker could not be started.
    """
    earlier = newest(run, job)
    if earlier is not None:
        launcher.delete(earlier)
    return launcher.launch(JobSpec(job, {"run": str(run.path.resolve()), **arguments}))


def at_work(run: RunFolder, job: str) -> bool:
    """Show the progress of the run's job of that kind, or how it ended badly; True while it is active.

    A page draws its form where this is False. Once the job has ended the page is drawn anew.
    """
    folder = newest(run, job)
    if folder is None:
        return False
    status = progress.status_of(folder)
    if status.active:
        st.fragment(_follow, run_every=1)(folder)
        return True
    if status.error:
        error = status.error
        show_error(FinxferError(error.get("what", ""), error.get("why", ""), error.get("next", "")))
    elif status.state in text.STOPPED:
        st.caption(text.STOPPED[status.state])
    return False


def _follow(folder: RunFolder) -> None:
    status = progress.status_of(folder)
    if not status.active:
        st.rerun()
    words = text.QUEUED if status.state == "queued" else md(status.message or status.stage)
    if status.eta_seconds:
        words += text.LEFT.format(time=rough_duration(status.eta_seconds))
    st.progress(min(max(status.progress or 0.0, 0.0), 1.0), text=words)
    if st.button(text.CANCEL, key=f"cancel-{folder.id}"):
        launcher.cancel(folder)
