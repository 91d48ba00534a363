"""The job "mitigate": what narrowing the gaps of a protected column would buy and cost. An analysis.

``mitigation.json`` of the run folder keeps an entry for every column (or crossing) that was tried.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from finxfer.errors import BadInput
from finxfer.evaluation.metrics import as_labels
from finxfer.fairness.crossings import BETWEEN, cross
from finxfer.fairness.learners import BASES, LIGHTGBM, Reader, learner
from finxfer.fairness.mitigation import Approach, Part, corrected, family, own_scores
from finxfer.fairness.mitigation_report import mitigation_entry
from finxfer.fairness.price import GAPS, Groups
from finxfer.fairness.slices import OTHER, labels_alike
from finxfer.records.assessment import assessment_of
from finxfer.records.folder import RunFolder
from finxfer.records.spec import BINARY, JobSpec, Spec
from finxfer.reports import write_card
from finxfer.runs.arguments import text_argument
from finxfer.runs.job import Job
from finxfer.runs.reopening import reopen, run_of
from finxfer.runs.reporter import Reporter
from finxfer.runs.slicing import slice_columns
from finxfer.settings import integer
from finxfer.training.folds import make_folds

FILE = "mitigation.json"
MOST_TRAINING_ROWS = 20_000
STEPS = 7


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """Try the approaches on the run and write ``mitigation.json`` into its folder.

    Arguments of the spec: ``run`` (folder), ``columns`` (one to three protected columns; several are
    crossed), ``base`` (lightgbm or logistic_regression: whose family is trained).

    Raises:
        BadInput: the run or its table is not there, a column is not protected, or no two groups are large
            enough.
    """
    assert isinstance(spec, JobSpec)
    target, base = run_of(spec), text_argument(spec, "base", LIGHTGBM)
    if base not in BASES:
        raise BadInput(
            f"There is no base {base!r}.", f"There are {' and '.join(BASES)}.", "Name one of them."
        )
    report.stage("mitigate", "Opening the run")
    job = reopen(target, report)
    if job.spec.task != BINARY:
        raise BadInput(
            "There is nothing to mitigate in this run.",
            f"Its task is {job.spec.task}; what is tried moves thresholds of a positive class.",
            "Take a run of a binary task.",
        )
    columns = _columns(job, spec.arguments.get("columns"))
    entry = _tried(job, columns, base, _Telling(report))
    kept = target.read_json(FILE)["entries"] if (target.path / FILE).is_file() else []
    entries = [one for one in kept if one["column"] != entry["column"]] + [entry]
    target.write_json(FILE, {"entries": entries})
    write_card(target)


def _columns(job: Job, wanted: Any) -> list[str]:
    known = slice_columns(job.spec, job.table, job.rows.test)
    asked = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(asked, list) or not 1 <= len(asked) <= 3 or len(set(asked)) < len(asked):
        raise BadInput(
            "It is not clear which groups to compare.",
            f"{str(wanted)[:80]!r} is not one to three different columns.",
            "Name one protected column, or up to three to cross them.",
        )
    for name in asked:
        if name not in known:
            raise BadInput(
                f"{name!r} is no protected column of this run.",
                f"These are {', '.join(map(repr, known)) or 'none'}.",
                "Name one of them, or give the column this role on the Data page and run again.",
            )
    return asked


class _Telling:
    """Progress by steps; hears that the job should stop."""

    def __init__(self, report: Reporter) -> None:
        self._report, self._done = report, 0

    def __call__(self, words: str) -> None:
        self._report.check()
        self._report("progress", stage="mitigate", done=self._done, of=STEPS)
        self._report("message", text=words)
        self._done += 1


def _tried(job: Job, columns: list[str], base: str, tell: _Telling) -> dict[str, Any]:
    rows, bins = job.rows, assessment_of(job.folder).fairness.bins
    y_test = as_labels(rows.y_test)

    def labels_of(frame: pd.DataFrame) -> np.ndarray:
        cut = labels_alike(frame, rows.test, columns, {k: v for k, v in bins.items() if k in columns})
        return cross(cut, columns).cells

    test = labels_of(rows.test)
    groups = Groups.of(y_test, test)
    if len(groups.names) < 2:
        raise BadInput(
            f"There is too little data to try mitigation for {BETWEEN.join(columns)!r}.",
            "Fewer than two groups have 30 test rows and 10 of either outcome.",
            "Choose another column, or wider ranges.",
        )
    kept = frozenset(groups.names)

    def merged(labels: np.ndarray) -> np.ndarray:
        return np.array([label if label in kept else OTHER for label in labels], dtype=object)

    reader = Reader.fit(rows.train, list(job.spec.feature_columns))
    picked = _some(len(rows.train), job.spec.seed)
    train = Part(
        reader.matrix(rows.train)[picked],
        np.asarray(rows.y_train)[picked].astype(np.int64),
        merged(labels_of(rows.train))[picked],
    )
    validation = Part(
        reader.matrix(rows.validation),
        np.asarray(rows.y_validation).astype(np.int64),
        merged(labels_of(rows.validation)),
    )
    tell("Choosing the settings of the models")
    asked = reader.matrix(rows.test)
    chosen = learner(base, train.matrix, train.y, validation.matrix, validation.y, job.spec.seed)
    approaches = family(base, chosen, train, validation, asked, tell, GAPS)
    notes: list[str] = []
    if len(picked) < len(rows.train):
        notes.append(f"{len(picked):,} of {len(rows.train):,} training rows, drawn at random, were used.")
    tell("Thresholds of each group on the run's own scores")
    approaches += _own(job, reader, merged, labels_of, asked, merged(test), notes)
    return mitigation_entry(
        BETWEEN.join(columns), columns, y_test, groups, approaches, integer("bootstrap_draws"),
        job.spec.seed, notes,
    )  # fmt: skip


def _some(rows: int, seed: int) -> np.ndarray:
    """Positions of the training rows that are learned from."""
    if rows <= MOST_TRAINING_ROWS:
        return np.arange(rows)
    return np.sort(np.random.default_rng([seed, 0x317]).choice(rows, MOST_TRAINING_ROWS, replace=False))


def _own(
    job: Job, reader: Reader, merged: Any, labels_of: Any, asked: np.ndarray, test: np.ndarray,
    notes: list[str],
) -> list[Approach]:  # fmt: skip
    """What starts from the run's own scores; nothing where the rows that chose cannot be told any more."""
    found = choosing_rows(job)
    if found is None:
        notes.append("The rows that chose this run's threshold are not known any more: no group thresholds.")
        return []
    frame, y, chosen_by = found
    choosing = Part(reader.matrix(frame), y, merged(labels_of(frame)))
    scores = pd.read_parquet(job.folder.predictions)["probability"].to_numpy(dtype=np.float64)
    threshold = float(job.folder.read_json("model/schema.json")["threshold"])
    return [
        *own_scores(scores, threshold, choosing, chosen_by, test),
        *corrected(scores, asked, threshold, choosing, chosen_by),
    ]


def choosing_rows(job: Job) -> tuple[pd.DataFrame, np.ndarray, np.ndarray] | None:
    """Raw rows, targets and the run's probabilities of the rows in ``validation.parquet``, in its order.

    The validation rows; where finxfer chose, the rows that its candidates were judged on without having
    learned from them. None where there is no such file, or the rows cannot be told from the seed any more.
    """
    path = job.folder.path / "validation.parquet"
    if not path.is_file():
        return None
    table = pd.read_parquet(path)
    y, scores = table["target"].to_numpy(dtype=np.int64), table["probability"].to_numpy(dtype=np.float64)
    rows = job.rows
    if not job.chooses and len(y) == len(rows.validation):
        frame, expected = rows.validation, np.asarray(rows.y_validation)
    else:
        folds = make_folds(job.data, job.spec.seed)
        frame, expected = folds.frame.iloc[folds.judged].reset_index(drop=True), folds.targets
    return (frame, y, scores) if np.array_equal(expected, y) else None
