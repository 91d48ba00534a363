"""A finished run with a stored model and a stored table, made in half a second, to ask what-ifs of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from finxfer.data.encoding import TableEncoder
from finxfer.records.folder import RunFolder
from finxfer.records.home import runs_dir
from finxfer.records.tables import TableMeta, TableStore
from finxfer.runs.drift import PROFILE, profile
from finxfer.runs.explaining import explain_run, write_reference_groups
from finxfer.runs.reopening import reopen
from finxfer.runs.reporter import Reporter
from finxfer.runs.rows import split_rows, training_data
from finxfer.runs.schema import write_schema
from finxfer.training.logistic import fit_logistic
from tests.customers import customers
from tests.runs.conftest import spec_for

TABLE = "c" * 64


def write_what_if_run(path: Path | None = None, **changes: object) -> RunFolder:
    """A logistic regression of the small portfolio; ``changes`` of the spec. Explained rows included."""
    frame = customers()
    TableStore().add(frame, TableMeta(TABLE, "customers.csv", len(frame), frame.shape[1]))
    spec = spec_for(TABLE, **changes)
    run = RunFolder(path or runs_dir() / "20261121-150000-cafe").create(spec)
    rows = split_rows(spec, frame, None)
    model, _ = fit_logistic(training_data(spec, rows), spec.training)
    model.save(run.model)
    encoder = TableEncoder.fit(rows.train, list(spec.feature_columns))
    shares = profile(encoder, encoder.transform(rows.train))
    run.write_json(PROFILE, {"encoder": encoder.to_json(), "shares": shares})
    test, validation = model.predict(rows.test), model.predict(rows.validation)
    threshold = float(np.quantile(validation, 0.6))
    write_schema(run, spec, rows, threshold, (rows.y_test, test), (rows.y_validation, validation))
    target = pd.array(rows.y_test, dtype="Int8")
    predictions = pd.DataFrame({"row": rows.test_ids, "target": target, "probability": test})
    predictions.to_parquet(run.predictions, index=False)
    run.write_json("resolved.json", {"device": "cpu", "versions": {}, "budgets": {}})
    run.write_status(state="finished")
    job = reopen(run, Reporter(run))
    write_reference_groups(job)
    explain_run(job)
    return run
