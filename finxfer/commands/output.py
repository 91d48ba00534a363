"""What commands show on stderr: a progress bar on a terminal, lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class Bar:
    """A progress bar on a terminal, silence elsewhere; messages are lines on stderr."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._task: TaskID | None = progress.add_task("Starting", total=None) if progress else None

    def event(self, kind: str, **fields: Any) -> None:
        """Show one event; also usable as the ``report`` callback of a job in this process."""
        if kind == "message":
            say(str(fields["text"]))
        elif self._progress is None or self._task is None:
            return
        elif kind == "stage":
            title = f"{fields['index']}/{fields['of']} {fields['title']}"
            self._progress.reset(self._task, total=None, description=title)
        elif kind == "progress" and fields.get("of"):
            self._progress.update(self._task, total=fields["of"], completed=fields["done"])
        elif kind == "epoch":
            self._progress.update(self._task, total=fields["of"], completed=fields["epoch"])


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
