"""alerts.json and the anomaly score of a real run on a log of card payments with windows."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finxfer.data.sample_fraud import target_transactions
from finxfer.data.windows import with_windows
from finxfer.evaluation.metrics import binary_metrics
from finxfer.records.alert_settings import AlertSettings
from finxfer.records.assessment import Assessment
from finxfer.records.folder import RunFolder
from finxfer.records.window_settings import WindowSettings
from finxfer.runs.alerts import ANOMALY, FILE, measure_alerts
from finxfer.runs.reopening import reopen
from finxfer.runs.reporter import Reporter

Call = Callable[..., tuple[int, str, str]]
WINDOWS = WindowSettings("customer_id", "time", "terminal_id", "amount", target="fraud", windows=(1.0, 7.0))
KEPT = ["time", "customer_id", "amount", "channel", "fraud"]


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    made = with_windows(target_transactions(4000, 0), WINDOWS)
    return made[
        [*KEPT, *(name for name in made if name.startswith(("customer_c", "terminal_c", "customer_h")))]
    ]


@pytest.fixture()
def run(
    log: pd.DataFrame, tmp_path: Path, call: Call, worker_here: None, monkeypatch: pytest.MonkeyPatch
) -> RunFolder:
    for name, value in (("BOOTSTRAP_DRAWS", "50"), ("EXPLAINER_EVALUATIONS", "0"), ("EXPLAINED_ROWS", "5")):
        monkeypatch.setenv(f"FINXFER_{name}", value)
    log.to_parquet(tmp_path / "log.parquet", index=False)
    (tmp_path / "spec.json").write_text(json.dumps({"training": {"epochs": 1}, "explained_rows": 2}))
    options = ["--target", "fraud", "--split", "out-of-time", "--time", "time", "--drop", "customer_id"]
    options += ["--backbone", "incontext-small", "--freeze-depth", "as-is", "--spec", tmp_path / "spec.json"]
    status, _, err = call("finetune", tmp_path / "log.parquet", *options, "--out", tmp_path / "run")
    assert status == 0, err
    return RunFolder(tmp_path / "run")


@pytest.mark.slow
def test_a_run_of_rare_events_counts_alerts_and_takes_an_anomaly_score(
    run: RunFolder, log: pd.DataFrame, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = run.read_json(FILE)
    predictions = pd.read_parquet(run.predictions)
    assert found["rare"] and found["rows"] == len(predictions) and found["card"] == "customer_id"
    # 44 transactions a day: one alert, since the usual hundred would be all of them.
    assert found["per_day"] == 1 and found["default"]
    days = log["time"].dt.date[predictions["row"]].to_numpy()
    first = predictions.assign(day=days).sort_values("probability", ascending=False).groupby("day").head(1)
    ties = predictions.groupby(days)["probability"].apply(lambda day: (day == day.max()).sum())
    if (ties == 1).all():
        recall = first["target"].sum() / predictions["target"].sum()
        assert found["models"]["model"]["recall_at"]["value"] == pytest.approx(recall)
    measured = binary_metrics(predictions["target"], predictions["probability"], 0.5)
    assert found["models"]["model"]["average_precision"]["value"] == pytest.approx(
        measured["average_precision"]
    )
    assert set(found["differences"]) == {"logistic_regression", "lightgbm", "from_scratch"}
    assert "alert" in found["sentence"] and found["alone"] is None

    monkeypatch.setattr("finxfer.runs.anomaly.EPOCHS", 2)
    status, out, err = call("anomaly", run.path)
    assert status == 0, err
    assert "anomaly score" in out and "isolation forest" in out
    found, scores = run.read_json(FILE), pd.read_parquet(run.path / ANOMALY)
    np.testing.assert_array_equal(scores["row"], predictions["row"])
    assert {"anomaly", "isolation_forest"} <= set(found["models"])
    assert sum(found["alone"].values()) <= 1
    log.iloc[-50:].to_csv(tmp_path / "new.csv", index=False)
    status, _, err = call("score", run.path, tmp_path / "new.csv", "--out", tmp_path / "scored.csv")
    assert status == 0, err
    scored = pd.read_csv(tmp_path / "scored.csv")["anomaly"]
    np.testing.assert_allclose(scored, scores["anomaly"][-50:], rtol=1e-4)

    # Another number of alerts, through the command that measures again; what was trained stays.
    status, _, err = call("assess", run.path, "--alerts-a-day", "3")
    assert status == 0, err
    again = run.read_json(FILE)
    assert again["per_day"] == 3 and not again["default"] and "anomaly" in again["models"]
    assert again["models"]["model"]["recall_at"]["value"] >= found["models"]["model"]["recall_at"]["value"]
    _without_rare_events_or_time(run)


def _without_rare_events_or_time(run: RunFolder) -> None:
    job = reopen(run, Reporter(run))
    (run.path / ANOMALY).unlink()
    y = np.arange(len(job.rows.y_test)) % 2
    rows, job.rows = job.rows, replace(job.rows, y_test=y.astype(np.int8))
    measure_alerts(job, Assessment())
    assert not (run.path / FILE).exists()
    measure_alerts(job, Assessment(alerts=AlertSettings(5.0)))
    assert run.read_json(FILE)["rare"] is False
    job.rows = replace(rows, test=rows.test.assign(time="soon", customer_id=None))
    measure_alerts(job, Assessment())
    found = run.read_json(FILE)
    assert found["time"] is None and "No column tells the day" in " ".join(found["sentences"])
    job.rows = replace(rows, y_test=np.full(len(y), -1, dtype=np.int8))
    measure_alerts(job, Assessment())
    assert not (run.path / FILE).exists()
