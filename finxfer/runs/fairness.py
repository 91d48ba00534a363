"""What a run says of groups of customers: ``fairness.json`` and ``slices.parquet``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from finxfer.errors import BadInput
from finxfer.fairness import (
    Classes,
    Numbers,
    is_amount,
    merged_note,
    slice_labels,
    slice_report,
    task_slice_report,
)
from finxfer.records.assessment import Assessment, FairnessSettings
from finxfer.records.spec import BINARY, REGRESSION
from finxfer.runs.job import Job
from finxfer.runs.predictions import MODEL, predictions_in
from finxfer.runs.slicing import slice_columns
from finxfer.settings import integer


def measure_fairness(job: Job, assessment: Assessment) -> None:
    """Slice the test rows by the protected columns and compare.

    Raises:
        BadInput: a wanted reference group does not occur, edges are given for a column that is not compared
            or holds no numbers, or a crossing is of a column that is not compared.
    """
    settings = assessment.fairness
    columns = slice_columns(job.spec, job.table, job.rows.test)
    _check_bins(settings, columns)
    labels = slice_labels(job.rows.test, columns, settings.bins)
    predictions = pd.read_parquet(job.folder.predictions)

    def progress(done: int, of: int) -> None:
        job.report.check()
        job.report("progress", stage="fairness", done=done, of=of)

    result = _report(
        job,
        predictions,
        settings.outcome,
        slices=labels,
        draws=integer("bootstrap_draws"),
        seed=job.spec.seed,
        references=settings.references,
        crossings=settings.crossings,
        progress=progress,
    )
    for entry in result["columns"]:
        name = entry["column"]
        entry["in_model"] = name in job.features
        entry["numeric"] = is_amount(job.rows.test[name]) or name in settings.bins
        entry["bins"] = list(settings.bins[name]) if name in settings.bins else None
        entry["note"] = merged_note(job.rows.test[name], labels[name])
    job.folder.write_json("fairness.json", result)
    labels.insert(0, "row", job.rows.test_ids)
    job.write_parquet("slices.parquet", labels)


def _report(job: Job, predictions: pd.DataFrame, outcome: str, **options: Any) -> dict[str, Any]:
    """fairness.json by the task of the run."""
    spec, y = job.spec, job.rows.y_test
    if spec.task == BINARY:
        threshold = job.folder.read_json("model/schema.json")["threshold"]
        return slice_report(y, predictions["probability"].to_numpy(), threshold, **options)
    found = predictions_in(predictions, spec.task, len(spec.classes), ())[MODEL]
    if spec.task == REGRESSION:
        return task_slice_report(spec.task, Numbers(y, found), **options)
    if outcome and outcome not in spec.classes:
        raise BadInput(
            f"There is no class {outcome!r} to compare.",
            f"The classes of this run are {', '.join(map(repr, spec.classes[:20]))}.",
            "Name one of them, or none: each is then compared in turn.",
        )
    classes = Classes(y.astype(np.int64), found.argmax(axis=1), spec.classes, outcome)
    return task_slice_report(spec.task, classes, **options) | {"classes": list(spec.classes)}


def _check_bins(settings: FairnessSettings, columns: list[str]) -> None:
    unknown = sorted(set(settings.bins) - set(columns))
    if unknown:
        raise BadInput(
            f"There are edges for {unknown[0]!r}, which is not compared.",
            f"The protected columns of this run are {', '.join(map(repr, columns)) or 'none'}.",
            "Give edges for protected columns only.",
        )
