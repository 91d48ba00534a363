"""Tasks of a benchmark on fresh interpreters, one core each; and jobs that nobody watches or stops."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def finished(
    tasks: Sequence[Task], work: Callable[[Task], Result], jobs: int, name: Callable[[Task], str]
) -> Iterator[tuple[str, Task, Result | None]]:
    """Each task as it ends, with "[done/all] name"; None for one that failed, which is told on stderr."""
    # The workers are fresh interpreters, in which torch, LightGBM and BLAS read these when imported.
    os.environ |= {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    with ProcessPoolExecutor(max_workers=jobs, mp_context=get_context("spawn")) as workers:
        running = {workers.submit(work, task): task for task in tasks}
        for done, future in enumerate(as_completed(running), start=1):
            task = running[future]
            named = f"[{done}/{len(tasks)}] {name(task)}"
            error = future.exception()
            if error is not None:  # the others are worth having all the same
                print(f"{named} FAILED: {error!r}", file=sys.stderr, flush=True)
                yield named, task, None
            else:
                yield named, task, future.result()


def unheard(event: str, /, **fields: object) -> None:
    """Takes a job's reports and tells nobody."""


def never() -> bool:
    """Stops no job."""
    return False
