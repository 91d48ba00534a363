"""What a run says of groups of customers: ``fairness.json`` and ``slices.parquet``."""

from __future__ import annotations

import pandas as pd

from finxfer.fairness import slice_labels, slice_report
from finxfer.records.assessment import Assessment
from finxfer.runs.job import Job
from finxfer.runs.slicing import slice_columns
from finxfer.settings import integer


def measure_fairness(job: Job, assessment: Assessment) -> None:
    """Slice the test rows by the protected columns and compare.

    Raises:
        BadInput: a wanted reference group does not occur.
    """
    columns = slice_columns(job.spec, job.table, job.rows.test)
    labels = slice_labels(job.rows.test, columns)
    predictions = pd.read_parquet(job.folder.predictions)
    result = slice_report(
        job.rows.y_test,
        predictions["probability"].to_numpy(),
        job.folder.read_json("model/schema.json")["threshold"],
        labels,
        draws=integer("bootstrap_draws"),
        seed=job.spec.seed,
        references=assessment.fairness.references,
    )
    for entry in result["columns"]:
        entry["in_model"] = entry["column"] in job.features
    job.folder.write_json("fairness.json", result)
    labels.insert(0, "row", job.rows.test_ids)
    job.write_parquet("slices.parquet", labels)
