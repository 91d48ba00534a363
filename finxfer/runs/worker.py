"""The worker: one process, one job. Started as ``python -m finxfer.runs.worker FOLDER``.

Heavy libraries are imported only once the device's lock is held, so a queued run costs little memory.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
from filelock import FileLock, Timeout

from finxfer.errors import BadInput, Cancelled, Fault, FinxferError
from finxfer.records.folder import RunFolder, stages_of
from finxfer.records.home import locks_dir
from finxfer.records.spec import JobSpec, Spec
from finxfer.runs.machine import resolve_device
from finxfer.runs.queue import DeviceQueue
from finxfer.runs.reporter import Heartbeat, Reporter
from finxfer.settings import check_settings, text

# Freed when the disk is full, so that the status can still say so.
_RESERVE_BYTES = 64 * 1024
_QUEUED_JOBS = ("finetune", "ladder", "pretrain-source", "learning-curve", "cross-validate")


def main(arguments: list[str] | None = None) -> int:
    """Run the job of the folder given on the command line; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1:
        print("usage: python -m finxfer.runs.worker FOLDER", file=sys.stderr)
        return 2
    folder = RunFolder(Path(arguments[0]).resolve())
    if not folder.exists():
        print(f"{folder.path} holds no spec.json", file=sys.stderr)
        return 2
    folder.checkpoints.mkdir(exist_ok=True)
    try:
        # Two resumes at the same moment must not write one folder together.
        with FileLock(folder.checkpoints / "worker.lock", timeout=0, thread_local=False):
            return run_job(folder)
    except Timeout:
        print("another worker is at work on this folder", file=sys.stderr)
        return 2


def run_job(folder: RunFolder) -> int:
    """Run the job and leave its end in the status, whatever happens."""
    reporter = Reporter(folder)
    try:
        reporter.status(pid=os.getpid(), process_started=psutil.Process().create_time(), error=None)
        _put_reserve(folder)
        check_settings()
        spec = folder.spec()
        reporter.stages = stages_of(spec.job)
        with Heartbeat(reporter), _turn(spec, reporter) as device:
            reporter.check()
            reporter.start_clock()
            reporter.status(state="running", started=time.time(), device=device, message="Starting")
            _job(spec)(folder, spec, device, reporter)
            _drop_reserve(folder)
        reporter.status(state="finished", ended=time.time(), progress=1.0, eta_seconds=0.0, message="Done")
        return 0
    except BaseException as error:
        return _end(folder, reporter, error)


def _job(spec: Spec | JobSpec) -> Callable[[RunFolder, Spec | JobSpec, str, Reporter], None]:
    """The function that does the job, imported only now: ``run`` of the module of the job's name."""
    module = importlib.import_module(f"finxfer.runs.{spec.job.replace('-', '_')}")
    run: Callable[[RunFolder, Spec | JobSpec, str, Reporter], None] = module.run
    return run


@contextlib.contextmanager
def _turn(spec: Spec | JobSpec, reporter: Reporter) -> Iterator[str]:
    """Wait for the device; yields "cpu" or "cuda". Reading and scoring tables need not wait."""
    if spec.job not in _QUEUED_JOBS:
        yield "cpu"
        return
    wanted = spec.device if isinstance(spec, Spec) else str(spec.arguments.get("device", "auto"))
    if wanted == "auto":
        wanted = text("device")
    device = resolve_device(wanted)
    if device == "cuda" and resolve_device("auto") != "cuda":
        raise BadInput(
            "There is no CUDA device here.",
            "No NVIDIA GPU answers, or torch was installed without CUDA.",
            "Choose the device cpu or auto.",
        )

    def tell(ahead: int) -> None:
        reporter("message", text=f"Waiting for the device {device}: {ahead} ahead")

    with DeviceQueue(locks_dir(), device, tell, reporter.should_stop):
        yield device


def _end(folder: RunFolder, reporter: Reporter, error: BaseException) -> int:
    """Store how the job ended; a folder deleted under the worker ends it quietly."""
    if not folder.exists():
        print("the run folder is gone; the worker ends", flush=True)
        return 0
    if isinstance(error, Cancelled):
        reporter.status(state="cancelled", ended=time.time(), eta_seconds=None, message=error.what)
        return 0
    problem = explain_error(error)
    if not isinstance(error, FinxferError) or isinstance(error, Fault):
        traceback.print_exception(error)
    _drop_reserve(folder)
    reporter("error", **{part: text for part, text in problem.to_json().items() if part != "kind"})
    reporter.status(
        state="failed", ended=time.time(), eta_seconds=None, message=problem.what, error=problem.to_json()
    )
    return problem.exit_status


def explain_error(error: BaseException) -> FinxferError:
    """The error as people should read it: what, why and what to do next."""
    if isinstance(error, FinxferError):
        return error
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Fault(
            "The disk is full.",
            "The job could not write its files; what it had stored before is intact.",
            "Free some space and try again; a run that is resumed goes on from its last checkpoint.",
        )
    if isinstance(error, OSError) and error.errno in (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR):
        return BadInput(
            "A file cannot be written or read.",
            f"{error.strerror}: {error.filename}.",
            "Choose a folder that you may write to.",
        )
    if isinstance(error, FileNotFoundError):
        return Fault(
            "A file is not there any more.",
            f"{error.filename}: it may have been deleted or moved meanwhile.",
            "Look again; if it was deleted on purpose, open another run or start a new one.",
        )
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return Fault(
            "The memory of this machine was not enough.",
            f"{type(error).__name__} while the job worked.",
            "Choose a smaller backbone, a larger freezing depth, a smaller batch or fewer rows.",
        )
    return Fault(
        "The job ended by a fault of finxfer's.",
        f"{type(error).__name__}: {str(error)[:300]}",
        "The log has the details; resuming tries the same stage again.",
    )


def _put_reserve(folder: RunFolder) -> None:
    (folder.checkpoints / "reserve").write_bytes(b"\0" * _RESERVE_BYTES)


def _drop_reserve(folder: RunFolder) -> None:
    (folder.checkpoints / "reserve").unlink(missing_ok=True)


if __name__ == "__main__":
    raise SystemExit(main())
