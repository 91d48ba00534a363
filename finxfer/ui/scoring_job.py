"""Starting, finding and following the job that scores new customers."""

from __future__ import annotations

import hashlib
from pathlib import Path

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from finxfer.errors import BadInput, FinxferError
from finxfer.records.files import write_atomically
from finxfer.records.folder import RunFolder, find_job
from finxfer.records.home import jobs_dir, uploads_dir
from finxfer.records.spec import JobSpec
from finxfer.runs import launcher
from finxfer.ui import progress, validation_view
from finxfer.ui.forms import ago
from finxfer.ui.guard import show_error
from finxfer.ui.run_files import stamp
from finxfer.ui.safe import md, plain
from finxfer.ui.text import score as text
from finxfer.ui.text import shell

PARAMETER = "scoring"
_EARLIER = 8


def current(run: RunFolder) -> RunFolder | None:
    """The scoring that the address names, if it exists and is one of this run."""
    identifier = st.query_params.get(PARAMETER)
    if not identifier:
        return None
    try:
        job = find_job(identifier)
    except FinxferError:
        return None
    return job if _of_run(str(job.path), stamp(job.spec_path)) == str(run.path.resolve()) else None


def show(job: RunFolder | None) -> None:
    """Make a scoring the shown one; its id is in the address, so that a refresh finds it again."""
    if job is None:
        if PARAMETER in st.query_params:
            del st.query_params[PARAMETER]
    else:
        st.query_params[PARAMETER] = job.id


@st.cache_data(max_entries=200, show_spinner=False)
def _of_run(path: str, changed: int) -> str | None:
    """The run folder that a scoring belongs to; None for another kind of job or a damaged one."""
    try:
        spec = RunFolder(Path(path)).spec()
    except FinxferError:
        return None
    if not isinstance(spec, JobSpec) or spec.job != "score":
        return None
    return str(Path(str(spec.arguments.get("run", ""))).resolve())


def name_of(job: RunFolder) -> str:
    """The scored table's name as its owner knows it (customer text)."""
    spec = job.spec()
    return str(spec.arguments.get("name") or job.id) if isinstance(spec, JobSpec) else job.id


def start(run: RunFolder, table: str, name: str) -> None:
    """Launch the job on a stored table's hash or a file's path, and show it."""
    show(launcher.launch(JobSpec("score", {"run": str(run.path.resolve()), "table": table, "name": name})))


def take_upload(run: RunFolder, upload: UploadedFile) -> None:
    """Put the upload where the worker finds it and start the job.

    Raises:
        BadInput: the upload is empty.
    """
    content = upload.getbuffer()
    if len(content) == 0:
        raise BadInput(text.EMPTY_WHAT.format(name=upload.name), text.EMPTY_WHY, text.EMPTY_NEXT)
    digest = hashlib.sha256(content).hexdigest()
    # Named by content and run: the worker deletes it when it has read it.
    path = uploads_dir() / f"score-{run.id}-{digest[:24]}.upload"
    write_atomically(path, lambda temporary: temporary.write_bytes(content))
    start(run, str(path), upload.name)


def earlier(run: RunFolder) -> dict[str, str]:
    """Scorings with this run, newest first: id -> how the list shows it."""
    wanted = str(run.path.resolve())
    found: dict[str, str] = {}
    for path in sorted(jobs_dir().iterdir(), reverse=True):
        job = RunFolder(path)
        if len(found) >= _EARLIER:
            break
        if job.exists() and _of_run(str(path), stamp(job.spec_path)) == wanted:
            status = progress.status_of(job)
            found[job.id] = text.EARLIER_OPTION.format(
                name=plain(name_of(job)), state=shell.STATES[status.state], when=ago(status.created)
            )
    return found


def follow(job: RunFolder) -> None:
    """Show how far the job is, once a second; the page is drawn anew when it ends."""
    st.fragment(_follow, run_every=1)(job)


def _follow(job: RunFolder) -> None:
    status = progress.status_of(job)
    if not status.active:
        st.rerun()
    stage = status.message or status.stage if status.state == "running" else text.QUEUED
    st.progress(status.progress or 0.0, text=text.WORKING.format(name=md(name_of(job)), stage=md(stage)))
    if st.button(text.CANCEL, key="score-cancel"):
        launcher.cancel(job)
    validation_view.of_scoring(job)


def ended_badly(job: RunFolder) -> None:
    """What, why and what next, for a job that failed or was stopped."""
    error = progress.status_of(job).error
    if error:
        show_error(FinxferError(error.get("what", text.FAILED), error.get("why", ""), error.get("next", "")))
    else:
        st.warning(text.STOPPED.format(name=md(name_of(job))))


def forget(job: RunFolder) -> None:
    """Delete the job with its customers and show the upload field again."""
    launcher.delete(job)
    show(None)
