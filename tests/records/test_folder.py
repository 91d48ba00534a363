from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from finxfer.errors import BadInput, Damaged
from finxfer.records import folder as folder_module
from finxfer.records.folder import RunFolder, delete_folder, find_run, list_runs, new_run_id
from finxfer.records.home import checked_id, home, runs_dir
from finxfer.records.spec import JobSpec

JOB = JobSpec("score", {"run": "r"})


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path / "home"))


def test_home_is_made_for_its_owner_alone() -> None:
    path = home()
    assert path.is_dir()
    if os.name == "posix":
        assert path.stat().st_mode & 0o077 == 0


def test_home_that_is_a_file_is_bad_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path / "taken"))
    with pytest.raises(BadInput, match="FINXFER_HOME"):
        home()


@pytest.mark.parametrize("identifier", ["../x", "a/b", "a\\b", ".hidden", "", "x" * 200, "a:b", "a\n"])
def test_ids_that_could_leave_the_folder_are_refused(identifier: str) -> None:
    with pytest.raises(BadInput):
        checked_id(identifier)


def test_a_new_run_is_queued_and_listed_newest_first() -> None:
    first = RunFolder(runs_dir() / "20260101-000000-aaaa").create(JOB)
    second = RunFolder(runs_dir() / "20260102-000000-aaaa").create(JOB)
    assert [run.id for run in list_runs()] == [second.id, first.id]
    assert find_run(first.id).status().state == "queued"
    assert ":" not in new_run_id()


def test_a_folder_in_use_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(BadInput, match="already in use"):
        RunFolder(tmp_path / "out").create(JOB)
    assert (tmp_path / "out" / "thesis.txt").read_text() == "mine"
    with pytest.raises(BadInput):
        RunFolder(tmp_path / "out" / "thesis.txt").create(JOB)


def test_a_running_job_whose_process_is_gone_is_interrupted(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run").create(JOB)
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    run.write_status(
        state="running", pid=process.pid, process_started=psutil.Process(process.pid).create_time()
    )
    assert run.status().state == "running"
    process.kill()
    process.wait()
    assert run.status().state == "interrupted"
    assert run.stored_status().state == "running"


def test_another_process_with_the_same_number_is_not_our_worker(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run").create(JOB)
    run.write_status(state="running", pid=os.getpid(), process_started=time.time() - 10**6)
    assert run.status().state == "interrupted"


def test_a_job_that_never_got_a_process_is_interrupted_after_a_grace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunFolder(tmp_path / "run").create(JOB)
    assert run.status().state == "queued"
    monkeypatch.setattr(folder_module, "START_GRACE_SECONDS", -1.0)
    assert run.status().state == "interrupted"


def test_cancel_flag_goes_up_and_down(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run").create(JOB)
    assert not run.cancel_requested()
    run.request_cancel()
    assert run.cancel_requested()
    run.clear_cancel()
    assert not run.cancel_requested()


def test_a_status_that_is_nonsense_is_damaged_and_an_unknown_state_never_written(tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run").create(JOB)
    with pytest.raises(ValueError, match="asleep"):
        run.write_status(state="asleep")
    run.status_path.write_text('{"state": "asleep"}')
    with pytest.raises(Damaged):
        run.status()
    run.status_path.write_text("not json")
    with pytest.raises(Damaged):
        run.status()


@pytest.mark.parametrize(
    "change", [{"pid": "abc"}, {"created": [1]}, {"heartbeat": "now"}, {"progress": {}}, {"error": "bad"}]
)
def test_a_status_edited_by_hand_is_damaged_and_names_the_field(change: dict, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run").create(JOB)
    run.status_path.write_text(json.dumps({"state": "running", "created": 1.0, **change}))
    with pytest.raises(Damaged, match=next(iter(change))):
        run.status()


def test_deleting_removes_the_folder_and_its_name_from_the_list() -> None:
    run = RunFolder(runs_dir() / "20260101-000000-aaaa").create(JOB)
    delete_folder(run)
    assert list_runs() == []
    assert list(runs_dir().iterdir()) == []
    with pytest.raises(BadInput, match="no run"):
        find_run(run.id)
