"""The job "anomaly": a score that needs no labels, beside a finished run's own. ``anomaly.parquet``."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from finxfer.errors import BadInput
from finxfer.pretraining.anomaly import FOLDER, isolation_scores, train_anomaly
from finxfer.records.assessment import assessment_of
from finxfer.records.files import write_atomically
from finxfer.records.folder import RunFolder
from finxfer.records.spec import BINARY, JobSpec, Spec
from finxfer.records.training_settings import TrainingSettings
from finxfer.reports import write_card
from finxfer.runs.alerts import ANOMALY, measure_alerts
from finxfer.runs.reopening import reopen, run_of
from finxfer.runs.reporter import Reporter

EPOCHS, PATIENCE = 30, 5


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """Train an autoencoder on the run's training rows without their labels and measure it on its test rows.

    ``anomaly.parquet`` has one row per test row, in the order of predictions.parquet: row, anomaly,
    isolation_forest; higher is odder. ``alerts.json`` gets both, ``model/anomaly/`` the model.

    Arguments of the spec: ``run`` (folder).

    Raises:
        BadInput: the run or its table is not there, is not binary, or has fewer than 200 training rows.
    """
    assert isinstance(spec, JobSpec)
    target = run_of(spec)
    report.stage("anomaly", "Opening the run")
    job = reopen(target, report)
    if job.spec.task != BINARY:
        raise BadInput(
            "An anomaly score is not compared here.",
            f"The run's task is {job.spec.task}; alerts are about an event that happens or does not.",
            "Choose a run with a binary target.",
        )
    columns = list(job.spec.feature_columns)
    frame = job.rows.train[job.features]
    report("message", text="Learning what is usual, without labels")
    settings = TrainingSettings(epochs=EPOCHS, patience=PATIENCE)
    model, found = train_anomaly(frame, columns, settings, job.spec.seed, report, report.should_stop)
    model.backbone.card = replace(
        model.backbone.card, measured={"hidden_cells_explained": round(found.explained, 4)}
    )
    report("message", text="Scoring the test rows")
    test = job.rows.test[job.features]
    scores = pd.DataFrame(
        {
            "row": np.asarray(job.rows.test_ids, dtype=np.int64),
            "anomaly": model.score(test),
            "isolation_forest": isolation_scores(frame, test, columns, job.spec.seed),
        }
    )
    report.check()
    model.save(target.model / FOLDER)
    write_atomically(target.path / ANOMALY, lambda path: scores.to_parquet(path, index=False))
    measure_alerts(job, assessment_of(target))
    write_card(target)
