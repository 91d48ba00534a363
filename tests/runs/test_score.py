"""Scoring with a finished run: the job of the page, bands, reasons, and what is refused."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finxfer.errors import BadInput, Damaged
from finxfer.records.folder import RunFolder
from finxfer.records.home import uploads_dir
from finxfer.records.spec import JobSpec, Spec
from finxfer.runs import launcher, worker
from finxfer.runs.score import load_scorer


@pytest.fixture
def finished(spec: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunFolder:
    """A run whose model is a logistic regression, made here without a worker's other stages."""
    from finxfer.backbones.protocol import TrainingData
    from finxfer.data.encoding import TableEncoder
    from finxfer.data.learned_rules import learn_rules
    from finxfer.records.rules import write_rules
    from finxfer.records.tables import TableStore
    from finxfer.runs.drift import PROFILE, profile
    from finxfer.runs.rows import split_rows
    from finxfer.runs.schema import write_schema
    from finxfer.runs.validating import FILE
    from finxfer.training.logistic import fit_logistic

    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    run = RunFolder(tmp_path / "run").create(spec)
    run.model.mkdir()
    rows = split_rows(spec, TableStore().open(spec.table), None)
    columns = list(spec.feature_columns)
    data = TrainingData(rows.train, rows.y_train, rows.validation, rows.y_validation, columns, "1", "bad")
    model, _ = fit_logistic(data, spec.training)
    model.save(run.model)
    encoder = TableEncoder.fit(rows.train, columns)
    shares = profile(encoder, encoder.transform(rows.train))
    run.write_json(PROFILE, {"encoder": encoder.to_json(), "shares": shares})
    p_validation, p_test = model.predict(rows.validation), model.predict(rows.test)
    write_schema(run, spec, rows, 0.5, (rows.y_test, p_test), (rows.y_validation, p_validation))
    rows.train[list(spec.features)].head(16).to_parquet(run.model / "reference.parquet")
    write_rules(run.path / FILE, learn_rules(rows.train, spec.columns, spec.features))
    run.write_status(state="finished")
    return run


def new_customers(rows: int = 40) -> pd.DataFrame:
    draw = np.random.default_rng(3)
    return pd.DataFrame(
        {
            "name": [f"customer {index}" for index in range(rows)],
            "debt": draw.exponential(1.0, rows),
            "income": draw.normal(3000, 800, rows),
            "region": draw.choice(["north", "south", "moon"], rows),
        }
    )


def test_the_score_job_writes_what_the_page_reads(finished: RunFolder) -> None:
    upload = uploads_dir() / "upload"
    new_customers().to_csv(upload, index=False)
    arguments = {"run": str(finished.path), "table": str(upload), "name": "new.csv", "explained_rows": 5}
    job = launcher.launch(JobSpec("score", arguments))
    deadline = time.monotonic() + 90
    while job.status().active and time.monotonic() < deadline:
        time.sleep(0.1)
    assert job.status().state == "finished", job.log.read_text()
    scored = pd.read_parquet(job.path / "scored.parquet")
    reasons = ["reason_1", "reason_2", "reason_3", "reason_4"]
    assert list(scored.columns) == [*new_customers().columns, "probability", "band", *reasons]
    explained = scored["reason_1"].notna() | scored["reason_2"].notna()
    assert 0 < explained.sum() <= 5
    assert scored.loc[explained, "probability"].min() >= scored.loc[~explained, "probability"].max()
    result = job.read_json("result.json")
    assert result["rows"] == 40
    assert result["explained_rows"] == 5
    assert result["ignored"] == ["name"]
    assert [band["name"] for band in result["bands"]] == ["low", "medium", "high"]
    assert sum(band["rows"] for band in result["bands"]) == 40
    assert result["drift"]["columns"][0]["column"] == "region"
    held = job.read_json("validation.json")
    assert [(one["column"], one["check"], one["examples"]) for one in held["failures"]] == [
        ("region", "one_of", ["moon"])
    ]
    assert not upload.exists()


def test_the_score_of_a_row_does_not_depend_on_the_rows_beside_it(finished: RunFolder) -> None:
    frame = new_customers()
    together = load_scorer(finished).probability(frame)
    alone = load_scorer(finished).probability(frame.iloc[[7]])
    assert alone[0] == pytest.approx(together[7], abs=1e-9)


def test_lacking_columns_are_all_named(finished: RunFolder) -> None:
    with pytest.raises(BadInput, match="'income', 'debt'"):
        load_scorer(finished).probability(new_customers().drop(columns=["income", "debt"]))


def test_a_table_without_rows_is_refused(finished: RunFolder) -> None:
    with pytest.raises(BadInput, match="no rows"):
        load_scorer(finished).probability(new_customers().head(0))


def test_a_run_that_is_not_finished_cannot_score(finished: RunFolder) -> None:
    finished.write_status(state="cancelled")
    with pytest.raises(BadInput, match="cancelled"):
        load_scorer(finished)


@pytest.mark.parametrize("name", ["model/schema.json", "model/model.json", "model/profile.json"])
def test_a_damaged_model_is_said_to_be_damaged(finished: RunFolder, name: str) -> None:
    (finished.path / name).write_text('{"kind": ')
    with pytest.raises(Damaged):
        load_scorer(finished)


def test_a_missing_reference_group_is_said_to_be_damaged(finished: RunFolder) -> None:
    (finished.model / "reference.parquet").unlink()
    with pytest.raises(Damaged):
        load_scorer(finished)


@pytest.mark.parametrize("arguments", [{}, {"run": 7, "table": "x"}, {"run": "nowhere", "table": "x"}])
def test_a_score_job_of_nonsense_fails_in_words(arguments: dict, tmp_path: Path) -> None:
    job = RunFolder(tmp_path / "job").create(JobSpec("score", arguments))
    job.checkpoints.mkdir()
    assert worker.run_job(job) == 2
    assert job.stored_status().error["kind"] == "BadInput"
