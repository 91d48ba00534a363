"""Following a job by its folder, and the error it ended with."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

import pytest

from finxfer.errors import BadInput, Cancelled, Fault
from finxfer.records.events import append_event
from finxfer.records.folder import RunFolder
from finxfer.records.spec import Spec
from finxfer.runs.following import error_of, follow


@pytest.fixture
def run(spec: Spec, tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "run").create(spec)


def test_every_event_is_handed_on_once_until_the_end(run: RunFolder) -> None:
    append_event(run.path, "message", text="before")

    def work() -> None:
        for text in ("one", "two"):
            append_event(run.path, "message", text=text)
            time.sleep(0.1)
        append_event(run.path, "message", text="last")
        run.write_status(state="finished")

    thread = threading.Thread(target=work)
    seen: list[str] = []
    thread.start()
    status = follow(run, lambda event: seen.append(event["text"]))
    thread.join()
    assert status.state == "finished"
    assert seen == ["before", "one", "two", "last"]


def test_old_events_of_a_resumed_run_are_not_told_again(run: RunFolder) -> None:
    append_event(run.path, "message", text="of the first attempt")
    run.write_status(state="finished", started=1.0)
    seen: list[dict] = []
    follow(run, seen.append)
    assert seen == []


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"state": "cancelled"}, Cancelled),
        ({"state": "interrupted"}, Fault),
        ({"state": "failed", "error": {"kind": "BadInput", "what": "a", "why": "b", "next": "c"}}, BadInput),
        ({"state": "failed", "error": {"kind": "Fault", "what": "a", "why": "b", "next": "c"}}, Fault),
    ],
)
def test_the_end_of_a_job_becomes_the_error_it_ended_with(run: RunFolder, changes: dict, kind: type) -> None:
    error = error_of(run, run.write_status(**changes))
    assert type(error) is kind
    if error is not None and error.why == "b":
        assert (error.what, error.next) == ("a", "c")


def test_a_finished_job_has_no_error(run: RunFolder) -> None:
    assert error_of(run, run.write_status(state="finished")) is None


def test_a_job_that_ended_without_a_word_on_a_full_disk_is_told_as_such(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = run.write_status(state="interrupted")
    free = shutil.disk_usage(run.path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: free._replace(free=4096))
    error = error_of(run, status)
    assert isinstance(error, Fault)
    assert error.what == "The disk is full."
    assert "resume" in error.next
