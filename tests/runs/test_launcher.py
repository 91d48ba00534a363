"""Jobs as processes: queued ones cost no torch, die without harm, resume, cancel and delete."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import psutil
import pytest
from filelock import FileLock

from finxfer.errors import BadInput
from finxfer.records.folder import RunFolder
from finxfer.records.home import locks_dir
from finxfer.records.spec import JobSpec, Spec
from finxfer.runs import launcher


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not happen within {seconds:g} s"
        time.sleep(0.05)


@pytest.fixture
def queued(spec: Spec, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunFolder]:
    """A launched run whose worker waits, because this process holds the device."""
    monkeypatch.setenv("FINXFER_HEARTBEAT_SECONDS", "0.2")
    monkeypatch.setenv("FINXFER_CANCEL_GRACE_SECONDS", "2")
    with FileLock(locks_dir() / "cpu.lock"):
        run = launcher.launch(spec)
        wait_for(lambda: "Waiting" in run.stored_status().message)
        yield run
        if run.exists():
            launcher.kill_worker(run.stored_status())


def test_a_queued_worker_lives_apart_and_has_not_imported_torch(queued: RunFolder) -> None:
    status = queued.status()
    assert status.state == "queued"
    worker = psutil.Process(status.pid)
    assert worker.pid != psutil.Process().pid
    if hasattr(worker, "memory_maps"):
        assert not any("torch" in entry.path for entry in worker.memory_maps())
    beat = queued.stored_status().heartbeat
    wait_for(lambda: queued.stored_status().heartbeat > beat)


def test_a_killed_worker_counts_as_interrupted_and_can_be_resumed(queued: RunFolder) -> None:
    first = queued.stored_status()
    psutil.Process(first.pid).kill()
    wait_for(lambda: queued.status().state == "interrupted")
    launcher.resume(queued)
    wait_for(lambda: queued.status().state == "queued" and "Waiting" in queued.stored_status().message)
    assert queued.stored_status().pid != first.pid


def test_cancelling_a_queued_run_ends_its_worker(queued: RunFolder) -> None:
    pid = queued.stored_status().pid
    launcher.cancel(queued)
    wait_for(lambda: queued.status().state == "cancelled")
    wait_for(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    assert queued.status().resumable


def test_deleting_a_queued_run_leaves_neither_folder_nor_worker(queued: RunFolder) -> None:
    pid = queued.stored_status().pid
    launcher.delete(queued)
    assert not queued.path.exists()
    wait_for(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_a_worker_whose_folder_is_taken_away_ends_by_itself(queued: RunFolder, tmp_path) -> None:
    pid = queued.stored_status().pid
    queued.path.rename(tmp_path / "elsewhere")
    wait_for(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    assert not queued.path.exists()


def test_a_finished_or_missing_run_is_not_resumed(spec: Spec, tmp_path) -> None:
    run = RunFolder(tmp_path / "run").create(spec)
    run.write_status(state="finished")
    with pytest.raises(BadInput, match="finished"):
        launcher.resume(run)
    with pytest.raises(BadInput, match=r"no spec\.json"):
        launcher.resume(RunFolder(tmp_path / "nowhere"))


def test_a_folder_in_use_is_never_written_over(spec: Spec, tmp_path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep me")
    with pytest.raises(BadInput, match="in use"):
        launcher.launch(spec, tmp_path / "mine")
    assert (tmp_path / "mine" / "letter.txt").read_text() == "keep me"


def test_an_ingest_job_stores_the_table_and_drops_the_upload() -> None:
    from finxfer.records.home import uploads_dir
    from finxfer.records.tables import TableStore

    upload = uploads_dir() / "upload-1"
    upload.write_text("a;b\n1,5;x\n2,5;y\n", encoding="utf-8")
    job = launcher.launch(JobSpec("ingest", {"upload": str(upload), "name": "book.csv"}))
    wait_for(lambda: not job.status().active)
    assert job.status().state == "finished", job.log.read_text()
    result = job.read_json("result.json")
    assert TableStore().meta(result["table"]).name == "book.csv"
    assert TableStore().open(result["table"])["a"].tolist() == [1.5, 2.5]
    assert not upload.exists()


def test_an_ingest_job_of_something_else_fails_with_words() -> None:
    from finxfer.records.home import uploads_dir

    upload = uploads_dir() / "upload-2"
    upload.write_bytes(b"%PDF-1.7 something")
    job = launcher.launch(JobSpec("ingest", {"upload": str(upload), "name": "book.csv"}))
    wait_for(lambda: not job.status().active)
    status = job.status()
    assert status.state == "failed"
    assert status.error is not None
    assert status.error["kind"] == "BadInput"
    assert status.error["next"]
