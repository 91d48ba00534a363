"""What a run says of why its models decide as they do: ``explanations/``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from finxfer.explanations.explain import explain_models, reference_group
from finxfer.explanations.fitting import Material, material
from finxfer.explanations.reason_files import ReasonPlan
from finxfer.explanations.surrogates import fit_surrogates
from finxfer.explanations.themes import propose
from finxfer.records.files import write_json
from finxfer.records.folder import RunFolder
from finxfer.records.reason_library import read_library
from finxfer.records.spec import BINARY, MULTICLASS
from finxfer.runs.job import Job
from finxfer.runs.predictions import own_column
from finxfer.runs.resolved import note_budgets
from finxfer.settings import integer

REFERENCE, GROUPS = "model/reference.parquet", "model/reference_groups.parquet"
FURTHER_GROUPS = 4
SCHEMA = "model/schema.json"
SURROGATES = "surrogates.json"
SURROGATE_ROWS = 1_500


def explain_run(job: Job) -> None:
    """Explain some test rows for the model and every baseline; fit what explains any row quickly."""
    given = explainer_material(job)
    chosen = _explained_positions(len(job.rows.test), job.spec.explained_rows, job.spec.seed)
    meta = explain_models(
        job.models,
        pd.read_parquet(job.folder.path / REFERENCE),
        job.rows.test.iloc[chosen],
        job.rows.test_ids[chosen],
        job.features,
        job.folder.explanations,
        job.report,
        job.report.should_stop,
        job.spec.seed,
        given,
        _reason_plan(job, given.frame),
        _as_given(job, chosen),
        job.spec.task,
        job.spec.classes,
    )
    if job.spec.task != MULTICLASS:
        job.report("message", text="Putting the model into a scorecard and a small tree")
        write_json(job.folder.explanations / SURROGATES, _surrogates(job))
    note_budgets(job.folder, explained_rows=meta["rows"], reference_rows=meta["reference_group"]["rows"])


def _as_given(job: Job, chosen: np.ndarray) -> pd.DataFrame | None:
    """The features that remedies changed, as the table has them; None where there are none."""
    rows = job.rows
    if rows.remedied is None or rows.given_test is None:
        return None
    names = [name for name in job.features if name in rows.remedied.fitted.columns]
    return rows.given_test[names].iloc[chosen]


def explainer_material(job: Job) -> Material:
    """What explainers learn from: labelled rows, never test rows."""
    rows = pd.concat([job.rows.train, job.rows.validation], ignore_index=True)[job.features]
    own, *others = reference_groups(job.folder)
    further = pd.concat([own[:0], *others], ignore_index=True)
    evaluations = integer("explainer_evaluations")
    return material(rows, further, list(job.spec.feature_columns), evaluations, job.spec.seed)


def _reason_plan(job: Job, rows: pd.DataFrame) -> ReasonPlan | None:
    if job.spec.task != BINARY:
        return None  # nobody is declined
    threshold = float(job.folder.read_json(SCHEMA)["threshold"])
    return ReasonPlan(threshold, reference_groups(job.folder), propose(job.features, rows), read_library())


def reference_groups(run: RunFolder) -> list[pd.DataFrame]:
    """The run's reference group and, where it has them, the further ones of the same size."""
    own = pd.read_parquet(run.path / REFERENCE)
    if not (run.path / GROUPS).is_file():
        return [own]
    further = pd.read_parquet(run.path / GROUPS)
    each = max(1, len(further) // FURTHER_GROUPS)
    return [own, *(further[first : first + each] for first in range(0, len(further), each))]


def write_reference_groups(job: Job) -> None:
    """Keep the reference group, and further ones of the same size one after the other, which tell how much
    depends on the rows that happened to be drawn."""
    rows, number = job.rows, integer("reference_rows")
    drawn = [
        reference_group(rows.train, rows.y_train, number, seed)[job.features]
        for seed in (job.spec.seed, *(job.spec.seed + 1000 + group for group in range(FURTHER_GROUPS)))
    ]
    job.write_parquet(REFERENCE, drawn[0])
    job.write_parquet(GROUPS, pd.concat(drawn[1:], ignore_index=True))


def _surrogates(job: Job) -> dict[str, Any]:
    """What a person can read of the model; an in-context model takes a second for a thousand rows."""
    rows, model = job.rows, job.models["model"]
    chosen = _explained_positions(len(rows.train), SURROGATE_ROWS, job.spec.seed)
    train = rows.train.iloc[chosen][job.features]
    column = own_column(job.spec.task)
    told = pd.read_parquet(job.folder.path / "predictions.parquet", columns=[column])
    threshold = job.folder.read_json(SCHEMA)["threshold"]
    return fit_surrogates(
        train,
        np.asarray(model.predict(train), dtype=np.float64),
        rows.test[job.features],
        told[column].to_numpy(float),
        list(job.spec.feature_columns),
        None if threshold is None else float(threshold),
        job.spec.seed,
    )


def _explained_positions(rows: int, wanted: int, seed: int) -> np.ndarray:
    """Positions of the explained test rows, in order: all of them or a random part."""
    if rows <= wanted:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, wanted, replace=False))
