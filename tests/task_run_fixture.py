"""Finished runs of an amount and of a choice among classes, for tests of the pages.

Every file comes from the functions that the worker calls; only the "backbone" is a stand-in: boosted trees.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finxfer.data.encoding import TableEncoder
from finxfer.records.assessment import Assessment
from finxfer.records.folder import RunFolder, stages_of
from finxfer.records.spec import MULTICLASS, REGRESSION, ColumnSpec, JobSpec, Spec
from finxfer.records.training_settings import TrainingSettings
from finxfer.reports import write_card
from finxfer.runs import score
from finxfer.runs.drift import PROFILE, profile
from finxfer.runs.explaining import explain_run, write_reference_groups
from finxfer.runs.fairness import measure_fairness
from finxfer.runs.job import Job
from finxfer.runs.measuring import measure
from finxfer.runs.reporter import Reporter
from finxfer.runs.rows import split_rows
from finxfer.runs.stability import measure_stability
from finxfer.runs.stages import StageBook
from finxfer.training.boosting import fit_lightgbm
from finxfer.training.logistic import fit_logistic
from tests.run_fixture import portfolio

AMOUNT_RUN, CLASS_RUN = "20261121-140000-cccc", "20261121-150000-dddd"
LINES = {REGRESSION: "limit", MULTICLASS: "grade"}
GRADES = ("A", "B", "C")


def borrowers(rows: int, seed: int) -> pd.DataFrame:
    """The portfolio with a credit limit in money and a grade of three, both of income and debt."""
    frame = portfolio(rows, seed).drop(columns="default")
    draw = np.random.default_rng([seed, 1])
    debt = frame["debt share"].fillna(0.4)
    limit = 0.4 * frame["income"] * (1.2 - debt) + draw.normal(0, 900, rows)
    worth = np.log(frame["income"]) - 10 - 1.5 * debt + draw.normal(0, 0.4, rows)
    return frame.assign(limit=limit.round(-1), grade=np.array(GRADES)[::-1][np.digitize(worth, [-0.9, -0.3])])


def write_task_run(runs: Path, task: str, run_id: str, rows: int = 500, seed: int = 0) -> RunFolder:
    """A whole finished run of this task under ``runs``; the same seed gives the same test rows."""
    frame, target = borrowers(rows, 0), LINES[task]
    spec = _spec(frame.drop(columns=[name for name in LINES.values() if name != target]), task, seed)
    run = RunFolder(runs / run_id).create(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FINXFER_BOOTSTRAP_DRAWS", "60")
        job = _fitted(run, spec, frame)
        measure(job)
        measure_stability(job, Assessment())
        measure_fairness(job, Assessment())
        explain_run(job)
    write_card(run)
    run.write_status(state="finished", started=time.time() - 1, ended=time.time(), device="cpu")
    return run


def _fitted(run: RunFolder, spec: Spec, frame: pd.DataFrame) -> Job:
    """Models, reference groups and column profile as the worker's earlier stages leave them."""
    resolved = {"device": "cpu", "versions": {"pandas": pd.__version__}, "budgets": {}}
    run.write_json("resolved.json", resolved)
    job = Job(run, spec, Reporter(run), StageBook(run), resolved, frame, split_rows(spec, frame, None))
    run.model.mkdir()
    run.checkpoints.mkdir(exist_ok=True)
    encoder = TableEncoder.fit(job.rows.train, list(spec.feature_columns))
    shares = profile(encoder, encoder.transform(job.rows.train))
    run.write_json(PROFILE, {"encoder": encoder.to_json(), "shares": shares})
    write_reference_groups(job)
    settings = TrainingSettings()
    linear, _ = fit_logistic(job.data, settings)
    linear.save(run.model / "baselines" / "logistic_regression")
    with job.book.work("train") as outcome:
        trees, _ = fit_lightgbm(job.data, settings, spec.seed, job.report, job.report.should_stop)
        trees.save(run.model)
        outcome |= {
            "backbone_id": "stand-in", "choice": "fine-tuned", "fell_back": False, "depth": 0, "stages": 1,
            "trainable_parameters": 21, "total_parameters": 21, "selection": None, "reason": "", "tried": [],
        }  # fmt: skip
    return job


def write_task_scoring(run: RunFolder, jobs: Path, job_id: str, rows: int = 60) -> RunFolder:
    """A finished scoring of new borrowers by the run."""
    new = borrowers(rows, 7).drop(columns=list(LINES.values()))
    table = jobs.parent / "new.csv"
    new.to_csv(table, index=False)
    arguments = {"run": str(run.path.resolve()), "table": str(table), "name": "new.csv", "explained_rows": 3}
    spec = JobSpec("score", arguments)
    job = RunFolder(jobs / job_id).create(spec)
    score.run(job, spec, "cpu", Reporter(job, stages_of("score")))
    job.write_status(state="finished", job="score", ended=time.time())
    return job


def _spec(frame: pd.DataFrame, task: str, seed: int) -> Spec:
    roles = {LINES[task]: "target", "sex": "protected", "region": "protected"}
    columns = tuple(
        ColumnSpec(
            name,
            roles.get(name, "feature"),
            "numeric" if pd.api.types.is_numeric_dtype(frame[name]) else "category",
        )
        for name in frame.columns
    )
    return Spec(
        table="0" * 64,
        table_name="borrowers.csv",
        target=LINES[task],
        positive="",
        task=task,
        classes=GRADES if task == MULTICLASS else (),
        columns=columns,
        backbone="stand-in",
        freezing_depth=0,
        seed=seed,
        explained_rows=30,
    )
