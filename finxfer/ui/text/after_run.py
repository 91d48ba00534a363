"""Sentences of jobs that come after a run."""

from __future__ import annotations

QUEUED = "Starting"
CANCEL = "Cancel"
LEFT = " · about {time} left"
STOPPED = {
    "cancelled": "It was cancelled; nothing of the run was changed.",
    "interrupted": "It was interrupted; start it again.",
}
