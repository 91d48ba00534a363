"""Whether a folder holds a finished run. Light: pages ask it too."""

from __future__ import annotations

from finxfer.errors import BadInput
from finxfer.records.folder import RunFolder
from finxfer.records.spec import Spec


def finished_run(run: RunFolder) -> RunFolder:
    """The run itself, once it is known to be a finished fine-tuning.

    Raises:
        BadInput: the folder holds no run, another job, or a run that has not finished.
    """
    if not run.exists() or not isinstance(spec := run.spec(), Spec) or spec.job != "finetune":
        raise BadInput(
            "There is no run of that name.",
            f"{run.path} does not hold a fine-tuning.",
            "Give the folder of a finished run.",
        )
    state = run.status().state
    if state != "finished":
        raise BadInput(
            "This run is not finished.", f"It is {state}.", "Wait for it, resume it, or give another one."
        )
    return run
