"""Several finished runs on the same test rows: every pair of them, with intervals and tests.

Light: pages use it too, so nothing of it brings torch. The bootstrap takes seconds on many rows, which is why
it is a job of its own; DeLong's test takes none and is done where it is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from finxfer.data.tasks import is_known
from finxfer.errors import BadInput, Damaged
from finxfer.evaluation.task_pairs import compare_of_task
from finxfer.records.folder import RunFolder
from finxfer.records.spec import BINARY, JobSpec, Spec
from finxfer.runs.arguments import text_argument
from finxfer.runs.predictions import MODEL, predictions_in, targets_in
from finxfer.runs.reporter import Reporter
from finxfer.settings import integer

FILE = "compared.json"
FEWEST, MOST = 2, 10
_SAME = {"table": "table", "test_table": "test table", "target": "target", "positive": "positive class"} | {
    "task": "task",
    "classes": "classes",
}


@dataclass(frozen=True)
class SameRows:
    """What runs answered on the same test rows.

    Args:
        y: targets (N,) as learners read them; rows without a known one are left out.
        probabilities: id of the run -> prediction (N,) or (N, C), in the order given.
        task: of all of them.
    """

    y: np.ndarray
    probabilities: dict[str, np.ndarray]
    task: str = BINARY


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """The job "compare": ``compared.json`` of the run, replacing an earlier one.

    Arguments of the spec: ``run`` and ``others`` (folders).

    Raises:
        BadInput: see :func:`same_rows`.
    """
    assert isinstance(spec, JobSpec)
    report.stage("compare", "Comparing the runs")
    target = RunFolder(Path(text_argument(spec, "run")))
    others = [RunFolder(Path(str(path))) for path in spec.arguments.get("others") or []]
    target.write_json(FILE, compare([target, *others]))


def compare(runs: Sequence[RunFolder], draws: int | None = None) -> dict[str, Any]:
    """The content of ``compared.json``: runs, rows, draws, task, models, pairs.

    Args:
        draws: bootstrap resamples, 0 for DeLong's test alone; the setting's number where None.

    Raises:
        BadInput: see :func:`same_rows`.
    """
    found = same_rows(runs)
    draws = integer("bootstrap_draws") if draws is None else draws
    compared = compare_of_task(found.task, found.y, found.probabilities, draws)
    return {"runs": list(found.probabilities), "rows": len(found.y), "draws": draws, **compared}


def same_rows(runs: Sequence[RunFolder]) -> SameRows:
    """The probabilities of 2 to 10 finished runs, once it is known that they are of the same test rows.

    Raises:
        BadInput: too few or too many runs, one twice, one without results, another table, target, positive
            class or other test rows (which, is said), or test rows without any known outcome.
        Damaged: stored predictions cannot be read.
    """
    _check_number(runs)
    names = _names(runs)
    first, *others = (_read(run) for run in runs)
    for run, (spec, table) in zip(runs[1:], others, strict=True):
        different = [words for name, words in _SAME.items() if getattr(spec, name) != getattr(first[0], name)]
        if not different and not np.array_equal(table["row"], first[1]["row"]):
            different = ["test rows"]
        if different:
            raise BadInput(
                "These runs were not measured on the same test rows, so their difference means nothing.",
                f"{run.path.name} has another {', another '.join(different)} than {runs[0].path.name}.",
                "Compare runs of one table, target and positive class with equal split, seed and test share.",
            )
    spec = first[0]
    y = targets_in(first[1], spec.task)
    known = is_known(y)
    if not known.any():
        raise BadInput(
            "These runs cannot be compared.",
            "None of their test rows has a known outcome.",
            "Run them on a test table with outcomes.",
        )
    tables = [first[1], *(table for _, table in others)]
    rated = {
        name: predictions_in(table, spec.task, len(spec.classes), ())[MODEL][known]
        for name, table in zip(names, tables, strict=True)
    }
    return SameRows(y[known], rated, spec.task)


def _check_number(runs: Sequence[RunFolder]) -> None:
    if not FEWEST <= len(runs) <= MOST:
        raise BadInput(
            f"{len(runs)} run{'' if len(runs) == 1 else 's'} cannot be compared.",
            f"It takes {FEWEST} to {MOST} runs.",
            "Name the folders of finished runs.",
        )
    paths = [run.path.resolve() for run in runs]
    twice = next((path for path in paths if paths.count(path) > 1), None)
    if twice is not None:
        raise BadInput("A run cannot be compared with itself.", f"{twice} is named twice.", "Name it once.")


def _names(runs: Sequence[RunFolder]) -> list[str]:
    """Folder names, in full where two are alike."""
    short = [run.path.name for run in runs]
    return short if len(set(short)) == len(short) else [str(run.path.resolve()) for run in runs]


def _read(run: RunFolder) -> tuple[Spec, pd.DataFrame]:
    if not run.exists() or not run.predictions.is_file() or not isinstance(spec := run.spec(), Spec):
        raise BadInput(
            "There is no run to compare.",
            f"{run.path} holds no fine-tuning with results.",
            "Give the folder of a finished run.",
        )
    try:
        return spec, pd.read_parquet(run.predictions)
    except (OSError, ValueError) as error:
        raise Damaged(
            "The predictions of a run cannot be read.",
            f"{run.path.name}: {type(error).__name__}.",
            "Run the fine-tuning again.",
        ) from error
