"""Jobs that bring a backbone into the catalogue: their progress, and what became of them."""

from __future__ import annotations

import streamlit as st

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import list_backbones
from finxfer.errors import FinxferError
from finxfer.records.folder import RunFolder, Status
from finxfer.records.home import jobs_dir
from finxfer.records.spec import JobSpec
from finxfer.runs import launcher
from finxfer.ui import depth_view, progress, state
from finxfer.ui.guard import show_error
from finxfer.ui.safe import md
from finxfer.ui.tables import count, metric3, rough_duration, share
from finxfer.ui.text import backbone as text
from finxfer.ui.text import source as source_text

CHOICE = "backbone_choice"
"""In the session: the id of the chosen backbone."""


def jobs_of(kind: str) -> list[RunFolder]:
    """Jobs of that kind that are at work, or ended and were not dismissed; oldest first."""
    jobs = [RunFolder(path) for path in sorted(jobs_dir().iterdir()) if path.is_dir()]
    return [job for job in jobs if job.exists() and progress.status_of(job).job == kind]


def show_jobs(kind: str, ended: bool = True) -> bool:
    """A line for each of them, where `ended` also for those that are over; the answer is whether one is at
    work."""
    at_work = False
    for job in jobs_of(kind):
        active = progress.status_of(job).active
        at_work = at_work or active
        if active or (ended and not _deleted_since(job)):
            st.fragment(_follow, run_every=2 if active else None)(job, kind, active)
    return at_work


def _follow(job: RunFolder, kind: str, was_active: bool) -> None:
    status = progress.status_of(job)
    if was_active and not status.active:
        st.rerun()
    name = md(_name(job))
    if status.active:
        words = text.JOB_RUNNING[kind].format(name=name, message=_message(status))
        st.progress(min(max(status.progress or 0.0, 0.0), 1.0), text=words)
        if st.button(text.JOB_CANCEL, key=f"job_cancel_{job.id}", disabled=job.cancel_requested()):
            launcher.cancel(job)
        return
    if status.state == "finished":
        st.success(text.JOB_DONE[kind].format(name=name), icon=":material/check:")
        if kind == "pretrain-source":
            _made(job)
    elif status.error:
        error = status.error
        st.markdown(text.JOB_FAILED[kind].format(name=name))
        show_error(FinxferError(error.get("what", ""), error.get("why", ""), error.get("next", "")))
    else:
        st.warning(text.JOB_STOPPED[kind].format(name=name))
    with st.container(horizontal=True):
        _ended(job, kind, status)


def _message(status: Status) -> str:
    """What the job is at, and for how long at most; markdown."""
    message = md(status.message or status.stage or status.state)
    if status.eta_seconds is None or not status.progress:
        return message
    return source_text.ETA.format(message=message, time=md(rough_duration(status.eta_seconds)))


def _ended(job: RunFolder, kind: str, status: Status) -> None:
    """What can be done once the job has ended."""
    card = _card(job)
    if kind == "pretrain-source" and card is not None:
        use = source_text.USE_HELP.format(name=md(card.name))
        if st.button(source_text.USE, key=f"job_use_{job.id}", type="primary", help=use):
            _use(card)
    if kind == "pretrain-source" and status.resumable:
        again = source_text.AGAIN_HELP
        if st.button(source_text.AGAIN, key=f"job_again_{job.id}", icon=":material/replay:", help=again):
            launcher.resume(job)
            st.rerun()
    st.button(
        text.JOB_FORGET,
        key=f"job_forget_{job.id}",
        type="tertiary",
        on_click=launcher.delete,
        args=(job,),
    )


def _use(card: Card) -> None:
    """On to the Backbone page; where the backbone has learned the open table, to the choice of another."""
    st.session_state[CHOICE] = card.id
    depth_view.restart()
    table = state.current_table()
    if table is None or table.sha256 in card.tables:
        state.open_table(None)
        st.toast(source_text.USE_TABLE)
        state.go("data")
    state.go("backbone")


def _made(job: RunFolder) -> None:
    """The new card in one line."""
    card = _card(job)
    if card is not None:
        st.markdown(f":small[{facts(card)}]")


def facts(card: Card) -> str:
    """Rows, columns, dates, licence, checksum and what was measured at the source; markdown."""
    period = source_text.NO_PERIOD
    if card.period:
        period = source_text.PERIOD.format(first=md(card.period[0]), last=md(card.period[1]))
    auc, explained = (
        card.measured.get("source_validation_auc"),
        card.measured.get("hidden_cells_explained"),
    )
    values = {
        "rows": count(card.rows),
        "columns": count(len(card.columns or [])),
        "period": period,
        "auc": None if auc is None else metric3(auc),
        "explained": None if explained is None else share(explained),
        "licence": md(card.licence.rstrip(".")) if card.licence else text.NO_LICENCE,
        "sha256": md(card.sha256[:12]),
    }
    shown = [source_text.FACTS[name].format(value=value) for name, value in values.items() if value]
    return " · ".join(shown)


def _card(job: RunFolder) -> Card | None:
    """The backbone that the job made, where it is in the catalogue."""
    try:
        made = job.read_json("result.json").get("backbone")
    except FinxferError:
        return None
    return next((card for card in list_backbones() if card.available and card.id == made), None)


def _deleted_since(job: RunFolder) -> bool:
    """Whether the backbone that the job made is no longer in the catalogue."""
    return (job.path / "result.json").is_file() and _card(job) is None


def _name(job: RunFolder) -> str:
    try:
        spec = job.spec()
    except FinxferError:
        return job.id
    return str(spec.arguments.get("name", job.id)) if isinstance(spec, JobSpec) else job.id
