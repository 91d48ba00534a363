"""Follow a job by its folder until it ends. Light."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from typing import Any

from finxfer.errors import BadInput, Cancelled, Damaged, Fault, FinxferError
from finxfer.records.events import read_events
from finxfer.records.folder import RunFolder, Status

POLL_SECONDS = 0.25
NO_ROOM_BYTES = 2**20
"""With less free space than this a worker may end without being able to write why."""
_KINDS = {kind.__name__: kind for kind in (BadInput, Damaged, Fault, Cancelled)}


def follow(run: RunFolder, on_event: Callable[[dict[str, Any]], None]) -> Status:
    """Hand on every event until the job ends; returns its last status.

    Events of an earlier attempt (the job was resumed) are passed over.

    Raises:
        Damaged: the folder was deleted meanwhile.
    """
    offset = 0 if run.stored_status().started is None else read_events(run.path)[1]
    while True:
        status = run.status()
        events, offset = read_events(run.path, offset)
        for event in events:
            on_event(event)
        if not status.active:
            return status
        time.sleep(POLL_SECONDS)


def error_of(run: RunFolder, status: Status) -> FinxferError | None:
    """The error that a job ended with, or None where it finished."""
    if status.state == "finished":
        return None
    if status.state == "cancelled":
        return Cancelled("The job was cancelled.", "", f"Go on with: python -m finxfer resume {run.path}")
    if status.error is None and shutil.disk_usage(run.path).free < NO_ROOM_BYTES:
        return Fault(
            "The disk is full.",
            f"{run.path} has no room left, not even for the job's own last words.",
            f"Free some space, then go on with: python -m finxfer resume {run.path}",
        )
    if status.error is None:
        return Fault(
            "The job was interrupted.",
            "Its process ended without a word: it was killed, or the machine stopped.",
            f"Go on with: python -m finxfer resume {run.path}",
        )
    kind = _KINDS.get(status.error.get("kind", ""), Fault)
    return kind(status.error.get("what", ""), status.error.get("why", ""), status.error.get("next", ""))
