"""What the home folder takes, and what can go."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pandas as pd
import pytest

from finxfer.records import storage
from finxfer.records.folder import RunFolder, list_runs
from finxfer.records.home import jobs_dir, runs_dir, uploads_dir
from finxfer.records.spec import ColumnSpec, JobSpec, Spec
from finxfer.records.tables import TableMeta, TableStore

TABLE = "a" * 64


@pytest.fixture()
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path))
    TableStore().add(pd.DataFrame({"x": range(1000)}), TableMeta(TABLE, "loans.csv", 1000, 1))
    columns = (ColumnSpec("x", "feature", "numeric"), ColumnSpec("y", "target", "category"))
    run = RunFolder(runs_dir() / "20261121-120000-aaaa").create(Spec(TABLE, "loans.csv", "y", "1", columns))
    (run.checkpoints / "train").mkdir(parents=True)
    (run.checkpoints / "train" / "weights.safetensors").write_bytes(b"0" * 5000)
    (run.checkpoints / "stages.json").write_bytes(b"{}")
    (run.path / "metrics.json").write_bytes(b" " * 300)
    run.write_status(state="finished")
    job = RunFolder(jobs_dir() / "20261121-120000-bbbb").create(JobSpec("score", {}))
    job.write_status(state="finished")
    (job.path / "scored.parquet").write_bytes(b"0" * 700)
    RunFolder(jobs_dir() / "20261121-120000-cccc").create(JobSpec("score", {}))
    (uploads_dir() / "new.upload").write_bytes(b"0" * 10)
    (uploads_dir() / "old.upload").write_bytes(b"0" * 20)
    os.utime(uploads_dir() / "old.upload", (time.time() - 200_000,) * 2)
    return tmp_path


def test_everything_is_counted_once(home: Path):
    items = {(item.kind, item.identifier): item for item in storage.used()}
    assert {kind for kind, _ in items} == {"runs", "checkpoints", "tables", "jobs", "leftovers"}
    assert items["checkpoints", "20261121-120000-aaaa"].bytes == 5000
    assert items["tables", TABLE].used_by == 1
    assert ("jobs", "20261121-120000-cccc") not in items  # still waiting for its worker
    counted = sum(item.bytes for item in items.values())
    running = storage.folder_bytes(jobs_dir() / "20261121-120000-cccc")
    assert counted + running + 10 == storage.folder_bytes(home)


def test_what_is_spare_goes_and_the_rest_stays(home: Path):
    spare = storage.spare(storage.used())
    wanted = sum(item.bytes for item in spare)
    assert storage.free(spare) == wanted > 5700
    run = list_runs()[0]
    assert (run.path / "metrics.json").is_file() and (run.checkpoints / "stages.json").is_file()
    assert not (run.checkpoints / "train").exists() and TableStore().has(TABLE)
    assert [path.name for path in uploads_dir().iterdir()] == ["new.upload"]
    assert [path.name for path in jobs_dir().iterdir()] == ["20261121-120000-cccc"]
    assert not storage.spare(storage.used())


def test_a_run_and_its_table_can_go(home: Path):
    storage.free([item for item in storage.used() if item.kind in ("runs", "tables")])
    assert not list_runs() and not TableStore().has(TABLE)


def test_checkpoints_of_a_run_that_may_be_resumed_stay(home: Path):
    list_runs()[0].write_status(state="failed")
    assert not [item for item in storage.used() if item.kind == "checkpoints"]


def test_links_are_not_followed(home: Path, tmp_path_factory: pytest.TempPathFactory):
    outside = tmp_path_factory.mktemp("outside")
    (outside / "big").write_bytes(b"0" * 9999)
    before = storage.folder_bytes(home)
    (home / "link").symlink_to(outside)
    assert storage.folder_bytes(home) == before
