"""However a job ends, its status says so in words, and nothing stored before is harmed."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from finxfer.errors import BadInput, Cancelled, Fault
from finxfer.records.events import read_events
from finxfer.records.folder import RunFolder
from finxfer.records.spec import Spec
from finxfer.runs import worker


@pytest.fixture
def run(spec: Spec, tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "run").create(spec)
    folder.checkpoints.mkdir()
    return folder


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Makes the worker do the given function instead of a real job."""

    def use(function: Callable) -> None:
        monkeypatch.setattr(worker, "_job", lambda spec: function)

    return use


def raising(error: BaseException) -> Callable:
    def work(folder, spec, device, report) -> None:
        folder.write_json("made-before.json", {"safe": True})
        raise error

    return work


def test_a_job_that_ends_well_is_finished(run: RunFolder, job: Callable) -> None:
    seen = {}

    def work(folder, spec, device, report) -> None:
        seen.update(state=folder.stored_status().state, device=device)
        report.stage("read", "Reading the table")
        seen["stage"] = folder.stored_status().stage

    job(work)
    assert worker.run_job(run) == 0
    assert seen == {"state": "running", "device": "cpu", "stage": "read"}
    status = run.stored_status()
    assert (status.state, status.progress, status.error) == ("finished", 1.0, None)
    assert status.started is not None and status.ended is not None
    assert not (run.checkpoints / "reserve").exists()


@pytest.mark.parametrize(
    ("error", "kind", "exit_status", "word"),
    [
        (BadInput("No good.", "The table is empty.", "Give another."), "BadInput", 2, "empty"),
        (Fault("Broken.", "A wheel is off.", "Report it."), "Fault", 1, "wheel"),
        (OSError(errno.ENOSPC, "No space left on device"), "Fault", 1, "intact"),
        (FileNotFoundError(2, "No such file", "a.json"), "Fault", 1, "a.json"),
        (MemoryError(), "Fault", 1, "MemoryError"),
        (ZeroDivisionError("division by zero"), "Fault", 1, "ZeroDivisionError"),
    ],
)
def test_a_job_that_fails_says_what_why_and_what_next(
    run: RunFolder, job: Callable, error: BaseException, kind: str, exit_status: int, word: str
) -> None:
    job(raising(error))
    assert worker.run_job(run) == exit_status
    status = run.stored_status()
    assert status.state == "failed"
    assert status.error is not None
    assert status.error["kind"] == kind
    assert word in status.error["why"]
    assert status.error["what"] and status.error["next"]
    assert "Traceback" not in json.dumps(status.error)
    assert read_events(run.path)[0][-1]["kind"] == "error"
    assert run.read_json("made-before.json") == {"safe": True}


def test_a_full_disk_is_told_even_when_the_status_itself_does_not_fit(
    run: RunFolder, job: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pretended disk of which the worker's own reserve is the last free block."""
    reserve = run.checkpoints / "reserve"
    write = RunFolder.write_status

    def full(folder: RunFolder, **changes):
        if reserve.exists() and changes.get("state") == "failed":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(folder, **changes)

    monkeypatch.setattr(RunFolder, "write_status", full)
    job(raising(OSError(errno.ENOSPC, "No space left on device")))
    assert worker.run_job(run) == 1
    assert run.stored_status().error["what"] == "The disk is full."


def test_a_cancelled_job_is_cancelled_without_error(run: RunFolder, job: Callable) -> None:
    def work(folder, spec, device, report) -> None:
        folder.request_cancel()
        report.stage("read", "Reading the table")

    job(work)
    assert worker.run_job(run) == 0
    status = run.stored_status()
    assert (status.state, status.error) == ("cancelled", None)


def test_a_folder_deleted_under_the_worker_ends_it_quietly(
    run: RunFolder, job: Callable, capsys: pytest.CaptureFixture
) -> None:
    def work(folder, spec, device, report) -> None:
        shutil.rmtree(folder.path)
        report("message", text="still here")

    job(work)
    assert worker.run_job(run) == 0
    assert not run.path.exists()
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": "seven"}, "seed"),
        ({"freezing_depth": -3}, "freezing_depth"),
        ({"columns": []}, "target"),
        ({"backbones": "all"}, "backbones"),
        ({"training": {"epochs": 10**9}}, "epochs"),
    ],
)
def test_a_spec_edited_to_nonsense_fails_naming_the_field(run: RunFolder, change: dict, named: str) -> None:
    run.spec_path.write_text(json.dumps(json.loads(run.spec_path.read_text()) | change))
    assert worker.run_job(run) == 2
    error = run.stored_status().error
    assert error is not None
    assert error["kind"] == "BadInput"
    assert named in error["why"]


def test_a_wrong_setting_ends_the_job_before_it_starts(
    run: RunFolder, job: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINXFER_REFERENCE_ROWS", "many")
    job(raising(AssertionError("the job was started")))
    assert worker.run_job(run) == 2
    assert "FINXFER_REFERENCE_ROWS" in run.stored_status().error["what"]


def test_a_spec_that_is_not_json_fails_in_words(run: RunFolder) -> None:
    run.spec_path.write_text("{ seed: ")
    assert worker.run_job(run) == 2
    assert run.stored_status().error["kind"] == "Damaged"


def test_asking_for_a_gpu_that_is_not_there_is_bad_input(
    spec: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from finxfer.runs import machine

    monkeypatch.setattr(machine, "gpus", lambda: ())
    folder = RunFolder(tmp_path / "gpu").create(replace(spec, device="cuda"))
    folder.checkpoints.mkdir()
    assert worker.run_job(folder) == 2
    assert "CUDA" in folder.stored_status().error["what"]


def test_a_worker_that_does_not_look_at_the_flag_is_ended_after_the_grace(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The heartbeat's own judgement, with the process's end replaced by a note."""
    from finxfer.runs.reporter import Heartbeat, Reporter

    monkeypatch.setenv("FINXFER_CANCEL_GRACE_SECONDS", "0.05")
    ended = []
    heartbeat = Heartbeat(Reporter(run))
    monkeypatch.setattr(heartbeat, "_end_process", lambda: ended.append(True))
    heartbeat._enforce_stop()
    run.request_cancel()
    heartbeat._enforce_stop()
    assert not ended
    import time

    time.sleep(0.1)
    heartbeat._enforce_stop()
    assert ended == [True]


def test_cancelled_has_no_traceback_in_the_log(run: RunFolder, job: Callable, capsys) -> None:
    job(raising(Cancelled("Stop.", "", "")))
    assert worker.run_job(run) == 0
    assert "Traceback" not in capsys.readouterr().err
