"""What a job tells while it works: events, status, heartbeat; and how it hears that it must stop."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import psutil

from finxfer.errors import Cancelled, FinxferError
from finxfer.records.events import append_event
from finxfer.records.folder import STAGES, RunFolder
from finxfer.settings import number

# Shares of a run's time that a stage usually takes, for the estimate of what is left.
_SHARES = {
    "read": 1,
    "split": 1,
    "encode": 2,
    "baselines": 25,
    "train": 45,
    "evaluate": 6,
    "fairness": 4,
    "explain": 14,
    "report": 2,
    "ladder": 100,
}
_STATUS_PAUSE_SECONDS = 0.3


@dataclass(frozen=True)
class _Trial:
    """A candidate on one fold: `done` of `of` such parts of the stage are behind it, and it is `weight`."""

    title: str
    done: float
    of: float
    weight: float


class Reporter:
    """Callable ``report(kind, **fields)`` for the rooms below; keeps ``status.json`` in step with the events.

    Status and events may be written from the job's thread and from the heartbeat's, hence the lock.
    """

    def __init__(self, folder: RunFolder, stages: tuple[str, ...] = STAGES) -> None:
        self.folder = folder
        self.stages = stages
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._stage_index = 0
        self._last_progress = 0.0
        self._trial: _Trial | None = None
        self._said: set[str] = set()

    def __call__(self, kind: str, **fields: Any) -> None:
        """Append the event and show it in the status; a sentence that was said already is not said again."""
        if kind == "message" and fields["text"] in self._said:
            return
        with self._lock:
            append_event(self.folder.path, kind, **fields)
        if kind == "message":
            self._said.add(fields["text"])
            self.status(message=fields["text"])
        elif kind == "epoch":
            done, most = fields["epoch"], fields["of"]
            self._progress(done / most, f"Epoch {done} of at most {most}")
        elif kind == "progress" and fields.get("of") and fields.get("candidate"):
            self._trial = _Trial(trial_title(fields), fields["done"], fields["of"], fields.get("weight", 1.0))
            self._last_progress = 0.0  # who is tried now is said at once
            self._progress(0.0, None)
        elif kind == "progress" and fields.get("of"):
            self._progress(fields["done"] / fields["of"], None)

    def stage(self, name: str, title: str) -> None:
        """Enter a stage; raises :class:`Cancelled` when the job was asked to stop."""
        self.check()
        self._stage_index = self.stages.index(name)
        self._trial = None
        index = self._stage_index + 1
        self("stage", stage=name, title=title, index=index, of=len(self.stages))
        self.status(
            stage=name,
            stage_index=index,
            stage_count=len(self.stages),
            message=title,
            progress=None,
            eta_seconds=self._eta(0.0),
        )

    def status(self, **changes: Any) -> None:
        """Change fields of ``status.json``; every write is a sign of life too."""
        with self._lock:
            self.folder.write_status(heartbeat=time.time(), **changes)

    def should_stop(self) -> bool:
        """Whether the job was cancelled or its folder was deleted."""
        return self.folder.cancel_requested() or not self.folder.exists()

    def check(self) -> None:
        """Raise :class:`Cancelled` when the job should stop."""
        if self.should_stop():
            raise cancelled()

    def start_clock(self) -> None:
        """Time spent in the queue does not count for the estimates."""
        self._began = time.monotonic()

    def _progress(self, share: float, message: str | None) -> None:
        now = time.monotonic()
        if share < 1 and now - self._last_progress < _STATUS_PAUSE_SECONDS:
            return
        self._last_progress = now
        share = min(1.0, max(0.0, share))
        if self._trial is not None:  # what is told now is the progress of that part alone
            share = min(1.0, (self._trial.done + share * self._trial.weight) / self._trial.of)
            message = f"{self._trial.title}: {message.lower()}" if message else self._trial.title
        changes: dict[str, Any] = {"progress": round(share, 4), "eta_seconds": self._eta(share)}
        if message is not None:
            changes["message"] = message
        self.status(**changes)

    def _eta(self, share_of_stage: float) -> float | None:
        """Seconds left by the usual shares of the stages; None while too little is behind us."""
        weights = [_SHARES.get(stage, 10) for stage in self.stages]
        done = sum(weights[: self._stage_index]) + share_of_stage * weights[self._stage_index]
        whole = sum(weights)
        if done < 0.05 * whole:
            return None
        return round((time.monotonic() - self._began) * (whole - done) / done, 1)


def cancelled() -> Cancelled:
    """The error that ends a cancelled job."""
    return Cancelled(
        "The job was cancelled.", "You asked for it to stop.", "Resume it to go on from where it stopped."
    )


def trial_title(fields: dict[str, Any]) -> str:
    """What a progress event with a candidate is about: its title, or "incontext-small, fold 2 of 5"."""
    if fields.get("title"):
        return str(fields["title"])
    fold, folds = fields.get("fold"), fields.get("folds")
    title = f"Trying {str(fields['candidate']).replace('_', ' ')}"
    return f"{title}, fold {fold} of {folds}" if fold and folds else title


class Heartbeat:
    """Context manager: a thread that proves that the worker lives and enforces cancelling.

    When the cancel flag has been up, or the folder gone, for longer than the grace period, the thread ends
    the process and its children: the job's own thread did not look in time.
    """

    def __init__(self, reporter: Reporter) -> None:
        self._reporter = reporter
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)
        self._stop_seen: float | None = None

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(timeout=5)

    def _beat(self) -> None:
        process = psutil.Process()
        while not self._ended.wait(number("heartbeat_seconds")):
            try:
                self._sign_of_life(process)
            except (OSError, FinxferError) as error:
                # A full disk or a deleted folder: the job's own thread meets it too and says so.
                print(f"heartbeat: {error}", flush=True)
            self._enforce_stop()

    def _sign_of_life(self, process: psutil.Process) -> None:
        if self._reporter.folder.exists():
            memory = int(process.memory_info().rss)
            self._reporter.status(memory_bytes=memory)
            self._reporter("memory", bytes=memory)

    def _enforce_stop(self) -> None:
        if not self._reporter.should_stop():
            self._stop_seen = None
            return
        now = time.monotonic()
        self._stop_seen = self._stop_seen or now
        if now - self._stop_seen > number("cancel_grace_seconds"):
            self._end_process()

    def _end_process(self) -> None:
        if self._reporter.folder.exists():
            self._reporter.status(state="cancelled", ended=time.time(), eta_seconds=None, error=None)
        for child in psutil.Process().children(recursive=True):
            child.kill()
        os._exit(0)
