"""The progress bar of the command line while candidates are tried."""

from __future__ import annotations

import io

from rich.console import Console
from rich.progress import Progress

from finxfer.commands.output import Bar


def test_epochs_of_a_candidate_move_the_bar_by_its_part() -> None:
    progress = Progress(console=Console(file=io.StringIO()))
    bar = Bar(progress)
    (task,) = progress.tasks
    bar.event("stage", index=5, of=9, stage="train", title="Choosing")
    bar.event("progress", done=2, of=10, candidate="incontext-small, as-is", fold=3, folds=5)
    assert (task.completed, task.total) == (2, 10)
    assert task.description == "5/9 Choosing · Trying incontext-small, as-is, fold 3 of 5"
    bar.event("epoch", epoch=1, of=4)
    assert (task.completed, task.total) == (2.25, 10)
    bar.event("stage", index=6, of=9, stage="evaluate", title="Measuring")
    bar.event("epoch", epoch=1, of=4)
    assert (task.completed, task.total, task.description) == (0.25, 1, "6/9 Measuring")
