"""The queue for a device: one job at a time, first come first served, with no server.

The lock is the operating system's own (it ends with the process, however that ends). Beside it lies one
small ticket per waiting process, so that the lock goes to whoever has waited longest.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import psutil
from filelock import FileLock, Timeout

from finxfer.errors import Cancelled

POLL_SECONDS = 0.3


class DeviceQueue:
    """Context manager that holds the device while the body runs.

    ``on_wait(ahead)`` is called whenever the number of jobs ahead changes; ``should_stop()`` ends the waiting
    with :class:`~finxfer.errors.Cancelled`.
    """

    def __init__(
        self,
        locks: Path,
        device: str,
        on_wait: Callable[[int], None] = lambda ahead: None,
        should_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self._tickets = locks / f"{device}-queue"
        self._tickets.mkdir(parents=True, exist_ok=True)
        self._lock = FileLock(locks / f"{device}.lock", thread_local=False)
        self._on_wait, self._should_stop = on_wait, should_stop
        process = psutil.Process()
        holder = f"{process.pid}-{process.create_time():.2f}"
        self._ticket = self._tickets / f"{time.time_ns():020d}-{holder}.ticket"

    def __enter__(self) -> DeviceQueue:
        self._ticket.touch()
        told: int | None = None
        try:
            while not self._try():
                ahead = len(self._living_before()) + 1
                if ahead != told:
                    self._on_wait(ahead)
                    told = ahead
                if self._should_stop():
                    raise Cancelled(
                        "The job was cancelled while it waited for the device.",
                        "You asked for it, or its folder was deleted.",
                        "Launch it again when you want it.",
                    )
                time.sleep(POLL_SECONDS)
        finally:
            self._ticket.unlink(missing_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.release()

    def _try(self) -> bool:
        if self._living_before():
            return False
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            return False
        return True

    def _living_before(self) -> list[Path]:
        """Tickets older than ours whose process still lives; the dead ones are swept away."""
        living = []
        for ticket in sorted(self._tickets.glob("*.ticket")):
            if ticket.name >= self._ticket.name:
                break
            if _holder_lives(ticket):
                living.append(ticket)
            else:
                ticket.unlink(missing_ok=True)
        return living


def _holder_lives(ticket: Path) -> bool:
    _, pid, created = ticket.stem.split("-", 2)
    try:
        return abs(psutil.Process(int(pid)).create_time() - float(created)) < 1.0
    except psutil.NoSuchProcess:
        return False
