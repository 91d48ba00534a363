"""Start, resume, cancel and delete jobs. Light: pages import this, so no torch here.

A job is a process of its own (``python -m finxfer.runs.worker FOLDER``) in its own session, so it outlives
the browser tab and the web server. Everything about it is read back from its folder.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import psutil

from finxfer.errors import BadInput, Damaged, Fault
from finxfer.records.folder import RunFolder, Status, delete_folder, new_run_id
from finxfer.records.home import home, jobs_dir, runs_dir
from finxfer.records.spec import JobSpec, Spec
from finxfer.runs.machine import thread_count
from finxfer.settings import number

_CODE = Path(__file__).resolve().parents[2]
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")

# Idle threads sleep instead of spinning: the web server and other jobs want the cores too. And glibc keeps
# freed memory for the next batch instead of giving it back to the system each time, which took a quarter of
# a run's processor time (40 s became 30 s on the sample; the numbers are the same).
WAIT_POLICY = ("OMP_WAIT_POLICY", "PASSIVE")
_CALM = {
    WAIT_POLICY[0]: WAIT_POLICY[1],
    "MALLOC_TRIM_THRESHOLD_": str(512 * 2**20),
    "MALLOC_MMAP_THRESHOLD_": str(512 * 2**20),
    "MALLOC_TOP_PAD_": str(64 * 2**20),
}


def launch(
    spec: Spec | JobSpec,
    folder: Path | None = None,
    beside: Mapping[str, Any] | None = None,
    secret: str | None = None,
) -> RunFolder:
    """Create the job's folder and start its worker; returns at once.

    Args:
        spec: what to do.
        folder: where; None makes a new folder under the home folder.
        beside: JSON files that the worker is to find in the folder, by name.
        secret: one line for the worker's standard input: it is in no file, argument or environment.

    Raises:
        BadInput: the folder exists and is not empty.
        Fault: the worker could not be started.
    """
    if folder is None:
        parent = runs_dir() if isinstance(spec, Spec) else jobs_dir()
        folder = parent / new_run_id()
    run = RunFolder(folder.resolve()).create(spec)
    for name, content in (beside or {}).items():
        run.write_json(name, content)
    _start(run, secret)
    return run


def resume(run: RunFolder) -> RunFolder:
    """Start a worker again on an interrupted, cancelled or failed run; it goes on from its checkpoint.

    Raises:
        BadInput: the folder holds no run, or the run is finished or still at work.
    """
    if not run.exists():
        raise BadInput(
            "There is no run to resume.",
            f"{run.path} holds no spec.json.",
            "Give the folder that the run was written to.",
        )
    status = run.status()
    if not status.resumable:
        raise BadInput(
            "This run cannot be resumed.",
            f"It is {status.state}.",
            "Open its results." if status.state == "finished" else "Wait for it, or cancel it first.",
        )
    run.clear_cancel()
    run.write_status(
        state="queued",
        pid=None,
        process_started=None,
        heartbeat=None,
        ended=None,
        error=None,
        message="",
        progress=None,
        eta_seconds=None,
        created=time.time(),
    )
    _start(run)
    return run


def cancel(run: RunFolder) -> None:
    """Ask a job to stop: a flag at first, its processes when the grace period has passed.

    The worker itself ends what does not stop in time; a second call after the grace period ends a worker
    that hangs so badly that it cannot.
    """
    status = run.status()
    if status.state == "interrupted":
        run.write_status(state="cancelled", ended=time.time(), eta_seconds=None)
    if not status.active:
        return
    if _flag_age(run) > number("cancel_grace_seconds") + 2 * number("heartbeat_seconds"):
        kill_worker(status)
        run.write_status(state="cancelled", ended=time.time(), eta_seconds=None)
    elif not run.cancel_requested():
        run.request_cancel()


def delete(run: RunFolder) -> None:
    """Delete a job's folder, ending its worker first where it is at work."""
    try:
        status = run.status()
    except Damaged:
        status = Status(state="failed")
    if status.active:
        run.request_cancel()
        kill_worker(status)
    delete_folder(run)


def kill_worker(status: Status) -> None:
    """End the worker and the processes it started, if they are still the ones of this job."""
    if status.pid is None or status.process_started is None:
        return
    try:
        process = psutil.Process(status.pid)
        if abs(process.create_time() - status.process_started) >= 1.0:
            return
        family = [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        return
    for member in family:
        _kill(member)
    psutil.wait_procs(family, timeout=3)


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        # It ended by itself between the listing and now.
        return


def _flag_age(run: RunFolder) -> float:
    """Seconds since the cancel flag was raised, or 0 where it is not up."""
    try:
        return time.time() - (run.path / "cancel").stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _start(run: RunFolder, secret: str | None = None) -> None:
    """Start the worker detached from this process, its output going to log.txt."""
    threads = str(_threads(run))
    environment = {
        **_CALM,
        **os.environ,
        **dict.fromkeys(THREAD_VARIABLES, threads),
        "FINXFER_HOME": str(home().resolve()),
        "PYTHONPATH": os.pathsep.join([str(_CODE), *filter(None, [os.environ.get("PYTHONPATH")])]),
        "PYTHONUNBUFFERED": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    command = [sys.executable, "-m", "finxfer.runs.worker", str(run.path)]
    try:
        with run.log.open("ab") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL if secret is None else subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                cwd=run.path.parent,
                close_fds=True,
                **_detached(),
            )
    except OSError as error:
        problem = Fault("The job could not be started.", str(error), "Try again; see log.txt in its folder.")
        run.write_status(state="failed", ended=time.time(), error=problem.to_json())
        raise problem from error
    _remember(run, process.pid)
    if process.stdin is not None and secret is not None:
        _hand_over(process.stdin, secret)


def _hand_over(pipe: IO[bytes], secret: str) -> None:
    """Write the secret, a line that fits into the pipe's buffer, and close."""
    try:
        with pipe:
            pipe.write(secret.encode("utf-8") + b"\n")
    except BrokenPipeError:
        # The worker ended already; its status says why.
        return


def _remember(run: RunFolder, pid: int) -> None:
    """Note the process in the status before the worker does so itself, for readers that come earlier."""
    try:
        started = psutil.Process(pid).create_time()
    except psutil.NoSuchProcess:
        return
    if run.stored_status().pid is None:
        run.write_status(pid=pid, process_started=started)


def _threads(run: RunFolder) -> int:
    """Threads of the job: a resumed one keeps what it began with, since sums depend on it."""
    if (run.path / "resolved.json").is_file():
        threads = run.read_json("resolved.json").get("threads")
        if isinstance(threads, int) and threads > 0:
            return threads
    return thread_count()


def _detached() -> dict[str, Any]:
    """Arguments of Popen that cut the worker loose from this process's terminal and signals."""
    if os.name == "nt":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW  # type: ignore[attr-defined]
        return {"creationflags": flags}
    return {"start_new_session": True}
