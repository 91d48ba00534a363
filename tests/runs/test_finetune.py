"""Whole runs through the worker: the same numbers with and without a kill; odd tables; changed specs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest

from finxfer.records.events import read_events
from finxfer.records.folder import RunFolder
from finxfer.records.spec import ColumnSpec, Spec
from finxfer.records.tables import TableMeta, TableStore
from finxfer.records.training_settings import TrainingSettings
from finxfer.runs import explaining, finetune, launcher, worker
from finxfer.runs.job import Job
from finxfer.runs.score import load_scorer
from tests.customers import customers


def wait_for(condition: Callable[[], object], run: RunFolder, seconds: float = 200) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen within {seconds:g} s: {run.status()}"
        assert run.status().state != "failed", run.log.read_text()
        time.sleep(0.05)


def numbers(run: RunFolder) -> dict:
    """metrics.json without what a clock says."""
    metrics = run.metrics()
    assert metrics is not None
    return {name: value for name, value in metrics.items() if name != "seconds"}


@pytest.fixture
def short(spec: Spec, monkeypatch: pytest.MonkeyPatch) -> Spec:
    """A run of a few seconds with checkpoints to be killed between."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("FINXFER_BOOTSTRAP_DRAWS", "50")
    settings = TrainingSettings(epochs=4, patience=4)
    return replace(spec, backbone="incontext-small", freezing_depth=5, training=settings, explained_rows=20)


def reached(run: RunFolder, **fields: str) -> Callable[[], bool]:
    """Whether an event with these fields has come since now."""
    _, start = read_events(run.path)

    def condition() -> bool:
        return any(fields.items() <= event.items() for event in read_events(run.path, start)[0])

    return condition


def made(spec: Spec, folder: Path) -> RunFolder:
    """A run that is done here: a fresh interpreter costs more than its few rows."""
    run = RunFolder(folder).create(spec)
    assert worker.main([str(folder)]) == 0, run.stored_status()
    return run


def resumed_here(run: RunFolder) -> RunFolder:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(launcher, "_start", lambda run, *_: worker.main([str(run.path)]))
        return launcher.resume(run)


def kill(run: RunFolder) -> None:
    process = psutil.Process(run.stored_status().pid)
    process.kill()
    process.wait(30)  # its threads may hold the folder's lock for a moment longer
    wait_for(lambda: run.status().state == "interrupted", run)


@pytest.mark.slow
def test_a_run_killed_cancelled_and_resumed_gives_the_numbers_of_one_that_was_not(
    short: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = made(short, tmp_path / "whole")
    broken = launcher.launch(short)
    wait_for(reached(broken, kind="baseline"), broken)
    kill(broken)
    launcher.resume(broken)
    wait_for(reached(broken, kind="epoch", model="model"), broken)
    kill(broken)
    explain = explaining.explain_models

    def cancelled(*given: Any) -> dict[str, Any]:
        broken.request_cancel()
        return explain(*given)

    with monkeypatch.context() as patch:
        patch.setattr(explaining, "explain_models", cancelled)
        resumed_here(broken)
    status = broken.stored_status()
    assert (status.state, status.stage, status.error) == ("cancelled", "explain", None)
    assert resumed_here(broken).stored_status().state == "finished"
    for name in (
        "predictions.parquet",
        "slices.parquet",
        "explanations/model.parquet",
        "explanations/lightgbm.parquet",
    ):
        one, other = pd.read_parquet(whole.path / name), pd.read_parquet(broken.path / name)
        pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert numbers(broken) == numbers(whole)
    for name in ("comparison.json", "curves.json", "fairness.json", "explanations/importance.json"):
        assert broken.read_json(name) == whole.read_json(name)
    assert broken.read_json("resolved.json") == whole.read_json("resolved.json")


def untimed(run: RunFolder) -> dict:
    """metrics.json of a choice without what a clock says."""
    content = numbers(run)
    for entry in content["selection"]["tried"]:
        entry.pop("seconds")
    return content


@pytest.mark.slow
def test_a_choice_is_measured_beside_the_one_without_pretrained_and_survives_a_kill(
    short: Spec, tmp_path: Path
) -> None:
    spec = replace(short, backbone="auto", freezing_depth="auto")
    run = launcher.launch(spec)
    wait_for(reached(run, kind="progress", candidate="incontext-small, as-is"), run)
    kill(run)
    assert resumed_here(run).stored_status().state == "finished"
    whole = made(spec, tmp_path / "whole")
    assert untimed(run) == untimed(whole)
    metrics = whole.metrics()
    assert metrics is not None
    selection = metrics["selection"]
    assert metrics["choice"] in (selection["winner"]["name"], "as-is", "fine-tuned")
    predictions = pd.read_parquet(whole.predictions)
    assert predictions["without_pretrained"].between(0, 1).all()
    other = selection["without_pretrained"]
    assert set(other["test"]) == set(metrics["model"])
    assert other["difference"]["value"] == pytest.approx(metrics["model"]["auc"] - other["test"]["auc"])
    assert set(metrics["baselines"]) == {"logistic_regression", "lightgbm", "from_scratch"}
    assert metrics["rows"]["train"] + metrics["rows"]["validation"] == selection["rows"]
    score = load_scorer(whole).probability(customers(20, 3))
    assert ((score > 0) & (score < 1)).all()


def test_a_run_whose_spec_was_changed_before_the_resume_starts_again(
    short: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(job: Job) -> None:
        job.report.stage("train", "Fine-tuning the backbone")
        job.folder.request_cancel()
        job.report.check()

    with monkeypatch.context() as patch:
        patch.setattr(finetune, "_train", stop)
        run = made(short, tmp_path / "run")
    assert run.stored_status().state == "cancelled" and run.stored_status().stage == "train"
    run.spec_path.write_text(json.dumps(replace(short, seed=5).to_json()))
    assert resumed_here(run).stored_status().state == "finished"
    assert run.read_json("resolved.json")["seeds"] == {"run": 5}
    texts = [event.get("text", "") for event in read_events(run.path)[0]]
    assert any("spec was changed" in text for text in texts)


def hostile_table(rows: int = 160) -> pd.DataFrame:
    """Column names that are HTML, formulas and paths, values to match, and one column without any value."""
    draw = np.random.default_rng(1)
    value = draw.normal(size=rows)
    return pd.DataFrame(
        {
            "<script>alert(1)</script>": value,
            "=1+1": draw.choice(["<b>a</b>", "=cmd()", "../../etc"], rows),
            "../../etc/passwd": draw.normal(size=rows),
            "row": draw.integers(0, 5, rows),
            "nothing": np.full(rows, np.nan),
            "bad": (value + draw.normal(size=rows) > 0).astype("int64"),
        }
    )


def test_hostile_names_are_harmless_and_an_unlabelled_test_has_no_metrics(
    short: Spec, tmp_path: Path
) -> None:
    table = hostile_table()
    test = table.head(30).drop(columns="bad").assign(**{"=1+1": "never seen"})
    for sha, frame in (("c" * 64, table), ("d" * 64, test)):
        TableStore().add(frame, TableMeta(sha, "<i>odd</i>.csv", *frame.shape))
    kinds = {"=1+1": "category"}
    columns = tuple(
        ColumnSpec(name, "target" if name == "bad" else "feature", kinds.get(name, "numeric"))
        for name in table
    )
    spec = replace(short, table="c" * 64, test_table="d" * 64, table_name="<i>odd</i>.csv", columns=columns)
    run = made(spec, tmp_path / "run")
    metrics = run.metrics()
    assert metrics is not None
    assert metrics["model"]["auc"] is None
    assert metrics["gain"] is None or metrics["gain"]["value"] is None
    assert set(metrics["baselines"]) == {"logistic_regression", "lightgbm", "from_scratch"}
    assert metrics["test_rows_with_target"] == 0
    predictions = pd.read_parquet(run.predictions)
    assert predictions["target"].isna().all()
    assert predictions["probability"].between(0, 1).all()
    card = run.card.read_text(encoding="utf-8")
    assert "<script>alert" not in card and "<i>odd" not in card
    assert not (run.path.parent / "etc").exists()


def test_a_stored_table_that_is_gone_fails_in_words(short: Spec, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run").create(replace(short, table="f" * 64))
    assert worker.main([str(run.path)]) == 2
    status = run.status()
    assert status.state == "failed"
    assert status.error is not None
    assert status.error["kind"] == "BadInput"
    assert "not stored" in status.error["what"]
