"""The run folder: the only truth about a job. The worker writes it, pages read it."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import psutil

from finxfer.errors import BadInput, Damaged
from finxfer.records import home as home_folder
from finxfer.records.files import read_json, write_json
from finxfer.records.spec import LADDER, JobSpec, Spec, load_spec

STATES = ("queued", "running", "finished", "failed", "cancelled", "interrupted")
ACTIVE = ("queued", "running")
RESUMABLE = ("interrupted", "failed", "cancelled")
STAGES = ("read", "split", "encode", "baselines", "train", "evaluate", "fairness", "explain", "report")
LADDER_STAGES = ("read", "split", "ladder", "report")

_NUMBERS = ("progress", "eta_seconds", "memory_bytes", "pid", "process_started", "heartbeat", "created")

SEARCH_FILE = "search.json"
"""A run's search over training settings: what was tried, and what came of it."""

# A job that was just created has no process yet; this long may pass before that counts as a death.
START_GRACE_SECONDS = 60.0


@dataclass(frozen=True)
class Status:
    """What ``status.json`` says.

    Args:
        state: one of :data:`STATES`.
        job: finetune, ladder, pretrain-source, ingest or score.
        stage: the stage at work, or an empty string; ``stage_index`` of ``stage_count``, from 1.
        progress: share of the stage that is done, 0 to 1, or None.
        eta_seconds: estimated seconds until the whole job ends, or None.
        memory_bytes: resident memory of the worker.
        pid, process_started: the worker's process and its start time (psutil), by which a process
            of another program that took over the number is told apart.
        heartbeat, created, started, ended: seconds since 1970, or None.
        error: what, why and next of the error that ended the job, or None.
    """

    state: str = "queued"
    job: str = "finetune"
    stage: str = ""
    stage_index: int = 0
    stage_count: int = 0
    message: str = ""
    progress: float | None = None
    eta_seconds: float | None = None
    device: str = ""
    memory_bytes: int | None = None
    pid: int | None = None
    process_started: float | None = None
    heartbeat: float | None = None
    created: float = 0.0
    started: float | None = None
    ended: float | None = None
    error: dict[str, str] | None = None

    @property
    def active(self) -> bool:
        """Whether the job is queued or running."""
        return self.state in ACTIVE

    @property
    def resumable(self) -> bool:
        """Whether the job can go on from its checkpoint."""
        return self.state in RESUMABLE

    @classmethod
    def from_json(cls, content: Any) -> Status:
        """Read a status; unknown fields of a later version are passed over.

        Raises:
            Damaged: not an object, an unknown state, or a field of another type.
        """
        if not isinstance(content, dict) or content.get("state") not in STATES:
            raise Damaged(
                "The state of this job cannot be read.",
                "status.json holds no known state.",
                "Delete the job or run it again.",
            )
        known = {entry.name for entry in fields(cls)}
        status = cls(**{name: value for name, value in content.items() if name in known})
        wrong = [name for name in _NUMBERS if not isinstance(getattr(status, name), (int, float, type(None)))]
        if wrong or not isinstance(status.error, (dict, type(None))):
            raise Damaged(
                "The state of this job cannot be read.",
                f"The field {[*wrong, 'error'][0]!r} of status.json holds something else than it should.",
                "Delete the job or run it again.",
            )
        return status


@dataclass(frozen=True)
class RunFolder:
    """One job's folder and the names of what is in it."""

    path: Path

    @property
    def id(self) -> str:
        """The folder's name."""
        return self.path.name

    @property
    def spec_path(self) -> Path:
        """``spec.json``."""
        return self.path / "spec.json"

    @property
    def status_path(self) -> Path:
        """``status.json``."""
        return self.path / "status.json"

    @property
    def log(self) -> Path:
        """``log.txt``: standard output and error of the worker."""
        return self.path / "log.txt"

    @property
    def checkpoints(self) -> Path:
        """``checkpoints/``."""
        return self.path / "checkpoints"

    @property
    def model(self) -> Path:
        """``model/``."""
        return self.path / "model"

    @property
    def predictions(self) -> Path:
        """``predictions.parquet``."""
        return self.path / "predictions.parquet"

    @property
    def slices(self) -> Path:
        """``slices.parquet``: the protected columns of the test rows, as slice labels."""
        return self.path / "slices.parquet"

    @property
    def explanations(self) -> Path:
        """``explanations/``."""
        return self.path / "explanations"

    @property
    def card(self) -> Path:
        """``card.html``."""
        return self.path / "card.html"

    def exists(self) -> bool:
        """Whether the folder holds a job."""
        return self.spec_path.is_file()

    def create(self, spec: Spec | JobSpec) -> RunFolder:
        """Make the folder with its spec, in state queued.

        Raises:
            BadInput: the folder exists and is not empty.
        """
        if self.path.exists() and (not self.path.is_dir() or any(self.path.iterdir())):
            raise BadInput(
                f"The folder {self.path.name} is already in use.",
                "A run is never written over another one or over other files.",
                "Choose a folder that does not exist yet.",
            )
        self.path.mkdir(parents=True, exist_ok=True)
        write_json(self.spec_path, spec.to_json())
        self._store(Status(job=spec.job, created=time.time()))
        return self

    def spec(self) -> Spec | JobSpec:
        """The job's spec; see :func:`finxfer.records.spec.load_spec` for the errors."""
        return load_spec(self.spec_path)

    def stored_status(self) -> Status:
        """The status as last written.

        Raises:
            Damaged: it is missing or unreadable.
        """
        return Status.from_json(read_json(self.status_path))

    def status(self) -> Status:
        """The status, with *interrupted* in place of *running* when the worker is gone.

        Raises:
            Damaged: it is missing or unreadable.
        """
        status = self.stored_status()
        if status.active and not _alive(status):
            return replace(status, state="interrupted", eta_seconds=None)
        return status

    def write_status(self, **changes: Any) -> Status:
        """Change some fields of the status; the folder must exist.

        Raises:
            ValueError: an unknown state.
            OSError: the disk is full or the folder is gone.
        """
        status = replace(self.stored_status(), **changes)
        self._store(status)
        return status

    def _store(self, status: Status) -> None:
        if status.state not in STATES:
            raise ValueError(f"unknown state: {status.state!r}")
        write_json(self.status_path, asdict(status))

    def read_json(self, name: str) -> Any:
        """A JSON file of the folder.

        Raises:
            Damaged: it is missing or unreadable.
        """
        return read_json(self.path / name)

    def write_json(self, name: str, content: Any) -> None:
        """Write a JSON file of the folder atomically."""
        write_json(self.path / name, content)

    def metrics(self) -> dict[str, Any] | None:
        """``metrics.json``, or None while there is none."""
        return self.read_json("metrics.json") if (self.path / "metrics.json").is_file() else None

    def request_cancel(self) -> None:
        """Raise the cancel flag; the worker looks at it between steps."""
        (self.path / "cancel").write_text("", encoding="utf-8")

    def cancel_requested(self) -> bool:
        """Whether the cancel flag is up."""
        return (self.path / "cancel").exists()

    def clear_cancel(self) -> None:
        """Take the cancel flag down, before a resume."""
        (self.path / "cancel").unlink(missing_ok=True)


def stages_of(job: str) -> tuple[str, ...]:
    """The stages of a job, in order; one that is a single piece of work is its own stage."""
    return {"finetune": STAGES, LADDER: LADDER_STAGES}.get(job, (job,))


def _alive(status: Status) -> bool:
    if status.pid is None:
        return time.time() - status.created < START_GRACE_SECONDS
    try:
        process = psutil.Process(status.pid)
        started = process.create_time()
        dead = process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        # Another user's process has this number, so it is not our worker.
        return False
    return not dead and (status.process_started is None or abs(started - status.process_started) < 1.0)


def new_run_id() -> str:
    """An id that sorts by time and is a valid folder name on every system: ``20261121-143005-3f9a``."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"


def find_run(run_id: str) -> RunFolder:
    """The fine-tuning run of that id under the home folder.

    Raises:
        BadInput: no such run.
    """
    return _find(home_folder.runs_dir(), run_id, "run")


def find_job(job_id: str) -> RunFolder:
    """The other job of that id under the home folder.

    Raises:
        BadInput: no such job.
    """
    return _find(home_folder.jobs_dir(), job_id, "job")


def _find(parent: Path, identifier: str, noun: str) -> RunFolder:
    folder = RunFolder(parent / home_folder.checked_id(identifier))
    if not folder.exists():
        raise BadInput(
            f"There is no {noun} {identifier}.",
            "It may have been deleted, or belongs to another home folder.",
            "Choose a run from the list on the Home page.",
        )
    return folder


def list_runs() -> list[RunFolder]:
    """Every fine-tuning run under the home folder, newest first."""
    folders = [RunFolder(path) for path in home_folder.runs_dir().iterdir() if path.is_dir()]
    return sorted((folder for folder in folders if folder.exists()), key=lambda f: f.id, reverse=True)


def delete_folder(folder: RunFolder) -> None:
    """Delete a job's folder whole; the caller has cancelled it first.

    The folder is renamed before it is emptied, so a deletion that is cut off never leaves half a run
    in the list.
    """
    doomed = folder.path.with_name(f".deleted-{folder.path.name}-{secrets.token_hex(2)}")
    os.replace(folder.path, doomed)
    shutil.rmtree(doomed, ignore_errors=True)
