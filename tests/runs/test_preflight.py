"""The preflight job: on the rows a run learns from, never its test rows; and what runs made of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from finxfer.evaluation.transferability import Realised
from finxfer.records.folder import RunFolder
from finxfer.records.home import runs_dir
from finxfer.records.spec import JobSpec, Spec
from finxfer.records.tables import TableStore
from finxfer.runs import preflight, worker
from finxfer.runs.rows import split_rows
from tests.runs.conftest import spec_for


def finished(spec: Spec, number: int, auc: float | None, **metrics: Any) -> RunFolder:
    """A run folder with as much of metrics.json as is read."""
    run = RunFolder(runs_dir() / f"run-{number}").create(spec)
    content = {"backbone": spec.backbone, "choice": "fine-tuned", "model": {"auc": auc}}
    run.write_json("metrics.json", content | metrics)
    run.write_status(state="finished")
    return run


def test_the_job_ranks_the_catalogue_and_keeps_its_representations_with_the_table(
    spec: Spec, tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path / "job").create(preflight.job_for(spec))
    folder.checkpoints.mkdir()
    assert worker.run_job(folder) == 0, folder.stored_status().error
    found = folder.read_json("result.json")
    entries = {entry["id"]: entry for entry in found["backbones"]}
    assert entries["incontext-small"]["rank"] == 1 and entries["incontext-small"]["auc"] > 0.6
    assert (
        entries["tabm-card-default"]["rank"] is None and "columns" in entries["tabm-card-default"]["reason"]
    )
    assert found["labelled"] == found["rows"] == 168, "0.3 of the 240 rows are the test's"
    kept = TableStore().derived(spec.table)
    ranked = sum(entry["rank"] is not None for entry in entries.values())
    assert len(list(kept.glob("*.npz"))) == ranked
    TableStore().delete(spec.table)
    assert not kept.exists()


def test_test_rows_play_no_part(spec: Spec) -> None:
    def scores(frame: pd.DataFrame) -> list[float]:
        found = preflight.compare(spec, frame, None, None, lambda *a, **k: None, lambda: False)
        return [entry["auc"] for entry in found["backbones"]] + [found["columns_alone"]["auc"]]

    table = TableStore().open(spec.table)
    held = split_rows(spec, table, None).test_ids
    learnt = np.setdiff1d(np.arange(len(table)), held)
    before = scores(table)
    for rows, same in ((held, True), (learnt, False)):
        changed = table.copy()
        changed.loc[rows, "income"] = changed.loc[rows[::-1], "income"].to_numpy()
        assert (scores(changed) == before) is same


def test_an_argument_that_is_no_spec_is_bad_input(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "job").create(JobSpec("preflight", {}))
    folder.checkpoints.mkdir()
    assert worker.run_job(folder) == 2
    assert folder.stored_status().state == "failed"


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"backbone": "incontext-small", "freezing_depth": 1, "label": "x"}, True),
        ({"seed": 1}, False),
        ({"test_share": 0.2}, False),
        ({"validation_share": 0.3}, False),
        ({"positive": "0"}, False),
        ({"use_protected": True}, False),
        ({"table": "b" * 64}, False),
    ],
)
def test_a_preflight_counts_for_specs_that_learn_from_the_same_rows(change: dict, same: bool) -> None:
    spec = spec_for("a" * 64)
    assert (preflight.rows_digest(replace(spec, **change)) == preflight.rows_digest(spec)) is same


def test_only_finished_runs_of_one_backbone_on_the_same_test_rows_are_realised() -> None:
    spec = spec_for("a" * 64, backbone="incontext-small", freezing_depth=2)
    interval = {"model": {"auc": [0.7, 0.76]}}
    finished(spec, 1, 0.71)
    finished(replace(spec, freezing_depth="as-is"), 2, 0.73, choice="as-is", intervals=interval)
    finished(replace(spec, backbone="mine"), 3, 0.70)
    finished(spec, 4, 0.99, choice="ensemble")
    finished(spec, 5, 0.99, choice="lightgbm")
    finished(replace(spec, seed=3), 6, 0.99)
    finished(spec, 7, None)
    finished(spec, 8, 0.99).write_status(state="failed")
    (runs_dir() / "run-4" / "spec.json").write_text("{", encoding="utf-8")
    found = preflight.realised(spec)
    assert found == {
        "mine": [Realised(0.70)],
        "incontext-small": [Realised(0.73, (0.7, 0.76)), Realised(0.71)],
    }


def test_the_track_record_begins_with_the_second_backbone() -> None:
    spec = spec_for("a" * 64, backbone="incontext-small", freezing_depth=2)
    entries = [
        {
            "id": "incontext-small",
            "name": "In-context",
            "parameters": 10,
            "score": 0.7,
            "log_me": 0,
            "h_score": 0,
        },
        {"id": "mine", "name": "Mine", "parameters": 5, "score": 0.6, "log_me": 0, "h_score": 0},
    ]
    finished(spec, 1, 0.71)
    finished(spec, 2, 0.72)
    assert preflight.track_record(spec, {"backbones": entries}) is None
    finished(replace(spec, backbone="mine"), 3, 0.73)
    found = preflight.track_record(spec, {"backbones": entries})
    assert found is not None and found["runs"] == 3 and found["tau"] == -1.0
