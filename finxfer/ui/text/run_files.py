"""Sentences of a page whose run has not got as far as the page."""

from __future__ import annotations

STATES = {"queued": "waiting for its turn", "running": "still at work"}
ACTIVE = "The run **{name}** is {state}. This page fills when it gets here."
STOPPED = {
    "cancelled": (
        "The run **{name}** was cancelled before it got this far. It can go on from where it stopped."
    ),
    "interrupted": (
        "The run **{name}** was interrupted before it got this far. It can go on from where it stopped."
    ),
}
FAILED = "The run stopped with an error."
OPEN_RUN = "Open the run"
NO_SPEC_WHAT = "The description of this run cannot be read."
NO_SPEC_WHY = "Its spec.json is missing, damaged or was edited to something that is no spec."
NO_SPEC_NEXT = "Launch the run again, or restore the folder from a copy."
