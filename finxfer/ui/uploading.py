"""From a file in the browser to a stored table: small ones at once, large ones by a job of their own."""

from __future__ import annotations

import hashlib

import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from finxfer.data.archives import is_archive
from finxfer.errors import BadInput, FinxferError
from finxfer.records.files import write_atomically
from finxfer.records.folder import RunFolder, find_job
from finxfer.records.home import jobs_dir, uploads_dir
from finxfer.records.spec import JobSpec
from finxfer.runs import launcher
from finxfer.runs.taking_in import take_in
from finxfer.settings import integer
from finxfer.ui import progress, state
from finxfer.ui.guard import show_error
from finxfer.ui.safe import md
from finxfer.ui.tables import size
from finxfer.ui.text import data as text
from finxfer.ui.text import database, windows

_JOB, _ROUND = "ingest_job", "upload_round"
_JOBS = ("ingest", "query", "windows")
"""Jobs that end with a table."""
PACKED = 8
"""How many times larger a workbook or archive usually is when it is unpacked."""


def upload_field(place: str) -> None:
    """The upload field. A file that can be read becomes the open table and the Data page is shown."""
    # A new key empties the field: the browser session then no longer holds the customers' file in memory.
    turn = st.session_state.get(_ROUND, 0)
    upload = st.file_uploader(
        text.UPLOAD_LABEL, key=f"upload_{place}_{turn}", help=text.UPLOAD_HELP, label_visibility="collapsed"
    )
    if upload is not None:
        try:
            with st.spinner(text.UPLOAD_READING.format(name=md(upload.name), size=size(upload.size))):
                sha256 = _take(upload)
        except FinxferError as error:
            show_error(error)
            return
        st.session_state[_ROUND] = turn + 1
        _drop(upload)
        if sha256 is not None:
            state.open_table(sha256)
        state.go("data")


def _drop(upload: UploadedFile) -> None:
    """Give the memory of an upload back at once; Streamlit keeps it until the session ends."""
    context = get_script_run_ctx()
    if context is not None and isinstance(context.uploaded_file_mgr, MemoryUploadedFileManager):
        context.uploaded_file_mgr.remove_file(context.session_id, upload.file_id)


def stored_upload(upload: UploadedFile) -> str | None:
    """The hash of an upload that is stored beside the open table; None where a job reads it."""
    return _take(upload)


def _take(upload: UploadedFile) -> str | None:
    """Store the upload; the answer is the table's hash, or None where a job has been started for it."""
    content = upload.getbuffer()
    if len(content) == 0:
        raise BadInput(text.EMPTY_WHAT.format(name=upload.name), text.EMPTY_WHY, text.EMPTY_NEXT)
    sha256 = hashlib.sha256(content).hexdigest()
    if state.store().has(sha256):
        return sha256
    path = uploads_dir() / f"{sha256}.upload"
    write_atomically(path, lambda temporary: temporary.write_bytes(content))
    if is_large(len(content), is_archive(bytes(content[:4]))):
        job = launcher.launch(JobSpec("ingest", {"upload": str(path), "name": upload.name}))
        st.session_state[_JOB] = job.id
        return None
    try:
        return take_in(path, upload.name).sha256
    finally:
        path.unlink(missing_ok=True)


def is_large(size: int, packed: bool) -> bool:
    """Whether a job of its own should read a file of so many bytes; packed ones are larger than they look."""
    return size * (PACKED if packed else 1) > integer("direct_upload_mb") * 1_000_000


def watch(job: RunFolder) -> None:
    """Follow this job on the Data page until it ends with a table."""
    st.session_state[_JOB] = job.id


def ingest_job() -> RunFolder | None:
    """The upload or query that a job reads for this user: this session's, else one at work (a refresh)."""
    known = st.session_state.get(_JOB)
    if known is not None:
        try:
            return find_job(known)
        except FinxferError:
            st.session_state.pop(_JOB, None)
    for path in sorted(jobs_dir().iterdir(), reverse=True):
        job = RunFolder(path)
        if job.exists() and progress.status_of(job).job in _JOBS and progress.status_of(job).active:
            return job
    return None


def follow_ingest(job: RunFolder) -> None:
    """Show how far the reading of a large upload is; when it ends, open the table."""
    st.fragment(_follow, run_every=1)(job)


def _follow(job: RunFolder) -> None:
    status = progress.status_of(job)
    name = md(job.spec().arguments.get("name", ""))  # type: ignore[union-attr]
    if status.active:
        words = {"query": database.RUNNING, "windows": windows.RUNNING}.get(status.job, text.INGEST_RUNNING)
        st.progress(status.progress or 0.0, text=words.format(name=name, message=md(status.message)))
        if st.button(text.INGEST_CANCEL, key="ingest_cancel"):
            launcher.cancel(job)
        return
    if status.state == "finished":
        st.session_state.pop(_JOB, None)
        state.open_table(str(job.read_json("result.json")["table"]))
        st.rerun()
    _ended_badly(job, name)


def _ended_badly(job: RunFolder, name: str) -> None:
    error = progress.status_of(job).error
    if error:
        show_error(FinxferError(error.get("what", ""), error.get("why", ""), error.get("next", "")))
    else:
        st.warning(text.INGEST_STOPPED.format(name=name))
    spec = job.spec()
    # Only an upload is removed with its job; a file of a server folder stays where it is.
    uploaded = "upload" in spec.arguments  # type: ignore[union-attr]
    back = text.INGEST_FORGET if uploaded else text.INGEST_BACK
    if progress.status_of(job).job == "query":
        back = database.BACK
    if st.button(back, key="ingest_forget"):
        st.session_state.pop(_JOB, None)
        launcher.delete(job)
        st.rerun()
