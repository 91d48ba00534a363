"""What each stage of a run left behind, kept so that a resumed run skips what is done."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from finxfer.errors import Damaged
from finxfer.records.folder import RunFolder

FILE = "checkpoints/stages.json"


def forget(folder: RunFolder) -> None:
    """Drop what earlier attempts left behind, but not what the worker of now holds open."""
    for path in folder.checkpoints.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
    (folder.path / FILE).unlink(missing_ok=True)
    shutil.rmtree(folder.model, ignore_errors=True)


class StageBook:
    """``checkpoints/stages.json``: the stages that are done, with their outcome and seconds.

    An entry is written after the stage's own files are complete, so a kill in between repeats the stage.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        try:
            content = folder.read_json(FILE)
        except Damaged:
            content = {}
        self._entries: dict[str, dict[str, Any]] = content if isinstance(content, dict) else {}

    def outcome(self, stage: str) -> dict[str, Any] | None:
        """What the stage left, or None where it is not done."""
        entry = self._entries.get(stage)
        return None if entry is None else entry["outcome"]

    @property
    def seconds(self) -> dict[str, float]:
        """Seconds that each finished stage took."""
        return {stage: entry["seconds"] for stage, entry in self._entries.items()}

    @contextmanager
    def work(self, stage: str) -> Iterator[dict[str, Any]]:
        """Time the body; what it puts into the yielded dict is kept as the stage's outcome."""
        began = time.monotonic()
        outcome: dict[str, Any] = {}
        yield outcome
        self._entries[stage] = {"outcome": outcome, "seconds": round(time.monotonic() - began, 3)}
        self._folder.write_json(FILE, self._entries)
