"""What commands that launch a job share: its new folder, following it, clearing up after bad input."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from finxfer.commands.output import progress_bar, say
from finxfer.errors import BadInput, FinxferError
from finxfer.records.folder import RunFolder
from finxfer.runs import launcher
from finxfer.runs.following import error_of, follow


def follow_job(run: RunFolder, said: Sequence[str] = ()) -> None:
    """Show a job until it ends, but for what was ``said``; Ctrl-C cancels it. Raises the job's error."""
    with progress_bar() as bar:

        def on_event(event: dict[str, Any]) -> None:
            kind = event.pop("kind")
            if event.get("text") not in said:
                bar.event(kind, **event)

        try:
            status = follow(run, on_event)
        except KeyboardInterrupt:
            launcher.cancel(run)
            say("Cancelling; the run can be resumed later.")
            status = follow(run, on_event)
    problem = error_of(run, status)
    if problem is not None:
        raise problem


def check_new_folder(out: Path, advice: str = "Give --out a folder that does not exist yet.") -> None:
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput(
            f"The folder {out} is already in use.",
            "Nothing is ever written over another run or over other files.",
            advice,
        )


@contextmanager
def nothing_left_behind(out: Path) -> Iterator[None]:
    """Take away what was made for ``out`` when the input turns out to be bad."""
    there = out.exists()
    made = [parent for parent in out.resolve().parents if not parent.exists()]
    try:
        yield
    except FinxferError as error:
        if error.exit_status == 2:
            for path in list(out.glob("*")) if there else [out]:
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
            for parent in made:
                # Another run may have begun in it meanwhile.
                if parent.is_dir() and not any(parent.iterdir()):
                    parent.rmdir()
        raise
