"""``events.jsonl``: what happened in a job, one JSON object a line, appended only."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

KINDS = ("stage", "progress", "epoch", "baseline", "candidate", "message", "device", "memory", "error")


def append_event(folder: Path, kind: str, **fields: Any) -> None:
    """Append one event with the time (seconds since 1970).

    The line is written by one call, so a reader meets whole lines or an unfinished last one.

    Raises:
        ValueError: an unknown kind, or a field that is NaN or infinite.
        OSError: the disk is full or the folder is gone.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind of event: {kind!r}")
    line = json.dumps(
        {"t": round(time.time(), 3), "kind": kind, **fields}, ensure_ascii=False, allow_nan=False
    )
    with (folder / "events.jsonl").open("ab") as stream:
        stream.write(line.encode("utf-8") + b"\n")


def read_events(folder: Path, after: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Events from byte offset ``after`` on, and the offset to go on from.

    An unfinished last line is left for the next call; a line that is not JSON (a crash in the
    middle of a write) is passed over.
    """
    path = folder / "events.jsonl"
    try:
        with path.open("rb") as stream:
            stream.seek(after)
            block = stream.read()
    except FileNotFoundError:
        return [], after
    whole = block.rfind(b"\n") + 1
    events = []
    for line in block[:whole].splitlines():
        try:
            event = json.loads(line)
        except (json.JSONDecodeError, UnicodeDecodeError):
            continue
        if isinstance(event, dict):
            events.append(event)
    return events, after + whole
