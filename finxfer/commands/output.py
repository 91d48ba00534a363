"""What commands show on stderr: a progress bar on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from finxfer.runs.reporter import trial_title


class Bar:
    """A progress bar on a terminal, silence elsewhere; messages are lines on stderr."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._task: TaskID | None = progress.add_task("Starting", total=None) if progress else None
        self._stage = ""
        self._trial: tuple[float, float, float] | None = None  # parts behind, in all, of this one

    def event(self, kind: str, **fields: Any) -> None:
        """Show one event; also usable as the ``report`` callback of a job in this process."""
        if kind == "message":
            say(str(fields["text"]))
        elif self._progress is None or self._task is None:
            return
        elif kind == "stage":
            self._stage, self._trial = f"{fields['index']}/{fields['of']} {fields['title']}", None
            self._progress.reset(self._task, total=None, description=self._stage)
        elif kind == "progress" and fields.get("of") and fields.get("candidate"):
            self._trial = fields["done"], fields["of"], fields.get("weight", 1.0)
            self._show(0.0, f"{self._stage} · {trial_title(fields)}")
        elif kind == "progress" and fields.get("of"):
            self._show(fields["done"] / fields["of"])
        elif kind == "epoch":
            self._show(fields["epoch"] / fields["of"])

    def _show(self, share: float, description: str | None = None) -> None:
        """The share of the stage, or of the part of it that is a candidate on one fold."""
        done, of, weight = self._trial or (0, 1, 1)
        if self._progress is not None and self._task is not None:
            self._progress.update(
                self._task, total=of, completed=done + share * weight, description=description
            )


@contextmanager
def progress_bar() -> Iterator[Bar]:
    """A bar while the block runs."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield Bar(None)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield Bar(progress)


def say(line: str) -> None:
    """One line on stderr."""
    print(line, file=sys.stderr, flush=True)
