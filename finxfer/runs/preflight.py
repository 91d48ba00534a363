"""The preflight job: which backbones suit a table, before any run; and what runs made of it later.

Light until the work starts: pages import this.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pandas as pd

from finxfer.backbones.catalogue import list_backbones
from finxfer.backbones.protocol import Report, ShouldStop
from finxfer.errors import FinxferError
from finxfer.evaluation.transferability import Realised, beside_realised
from finxfer.records.folder import RunFolder, list_runs
from finxfer.records.spec import OUT_OF_TIME, JobSpec, Spec
from finxfer.records.tables import TableStore
from finxfer.runs.reporter import Reporter
from finxfer.runs.rows import split_rows, training_data

JOB = "preflight"


def job_for(spec: Spec) -> JobSpec:
    """The job that compares the backbones on the rows which a run of that spec may learn from."""
    return JobSpec(JOB, {"spec": spec.to_json(), "rows": rows_digest(spec)})


def rows_digest(spec: Spec) -> str:
    """Equal for specs that learn from the same rows and columns for the same target; 40 hex digits.

    A preflight of other rows may have looked at what is a run's test row, so it does not count for it.
    """
    columns = [(one.name, one.kind) for one in spec.feature_columns]
    settings = [*_test_rows(spec), spec.validation_share, columns, sorted(spec.mapping.items())]
    # Rows that are read another way, or left out, are other rows.
    settings += [remedy.to_json() for remedy in spec.remedies]
    return hashlib.sha256(json.dumps(settings).encode("utf-8")).hexdigest()[:40]


def _test_rows(spec: Spec) -> list[Any]:
    """What decides which rows are held out, and what is asked of them."""
    groups = [column.name for column in spec.columns if column.role == "group"]
    times = [column.name for column in spec.columns if column.role == "time"]
    split = [spec.split, times if spec.split == OUT_OF_TIME else []]
    rows = [spec.table, spec.test_table, spec.seed, spec.test_share, spec.test_rows_max, groups, split]
    return [*rows, spec.target, spec.positive]


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """Compare the catalogue on the table of ``arguments["spec"]`` and write ``result.json``.

    Raises:
        BadInput: the spec is none, the table is gone, or it has too few rows of a class.
    """
    assert isinstance(spec, JobSpec)
    report.stage(JOB, "Reading the table")
    asked = Spec.from_json(spec.arguments.get("spec"))
    store = TableStore()
    table = store.open(asked.table)
    test = store.open(asked.test_table) if asked.test_table is not None else None
    found = compare(asked, table, test, store.derived(asked.table), report, report.should_stop)
    folder.write_json("result.json", found)


def compare(
    spec: Spec,
    table: pd.DataFrame,
    test: pd.DataFrame | None,
    cache: Path | None,
    report: Report,
    should_stop: ShouldStop,
) -> dict[str, Any]:
    """See :func:`finxfer.training.preflight.preflight`; on the rows that the spec's run learns from."""
    from finxfer.training.preflight import preflight

    data = training_data(spec, split_rows(spec, table, test))
    return preflight(data, list_backbones(), spec.table, spec.seed, cache, report, should_stop)


def realised(spec: Spec) -> dict[str, list[Realised]]:
    """Backbone id -> test AUC of each finished run of one backbone on the same test rows."""
    found: dict[str, list[Realised]] = {}
    for folder in list_runs():
        try:
            other, state = folder.spec(), folder.status().state
            metrics = folder.metrics() if state == "finished" else None
        except FinxferError:
            continue  # a damaged run says nothing, and says so where it is listed
        if not isinstance(other, Spec) or metrics is None or _test_rows(other) != _test_rows(spec):
            continue
        auc = (metrics.get("model") or {}).get("auc")
        if metrics.get("choice") in ("fine-tuned", "as-is") and auc is not None:
            interval = ((metrics.get("intervals") or {}).get("model") or {}).get("auc")
            came = Realised(float(auc), (float(interval[0]), float(interval[1])) if interval else None)
            found.setdefault(str(metrics.get("backbone")), []).append(came)
    return found


def track_record(spec: Spec, result: dict[str, Any]) -> dict[str, Any] | None:
    """Foretold beside realised ranks; None before runs from two backbones."""
    return beside_realised(result["backbones"], realised(spec))
