"""What a job tells of its progress while candidates are tried."""

from __future__ import annotations

from pathlib import Path

import pytest

from finxfer.records.events import read_events
from finxfer.records.folder import RunFolder
from finxfer.records.spec import JobSpec
from finxfer.runs.reporter import Reporter


@pytest.fixture()
def report(tmp_path: Path) -> Reporter:
    return Reporter(RunFolder(tmp_path / "run").create(JobSpec("ingest", {"file": "x", "name": "x"})))


def test_epochs_of_a_candidate_move_the_stage_by_that_part_alone(report: Reporter) -> None:
    report.stage("train", "Choosing")
    report("progress", done=2, of=10, candidate="incontext-small, depth 4", fold=3, folds=5)
    status = report.folder.stored_status()
    assert status.progress == 0.2 and status.message == "Trying incontext-small, depth 4, fold 3 of 5"
    report("epoch", model="model", depth=4, epoch=4, of=4)
    status = report.folder.stored_status()
    assert status.progress == 0.3
    assert status.message == "Trying incontext-small, depth 4, fold 3 of 5: epoch 4 of at most 4"


def test_a_new_stage_forgets_the_candidate(report: Reporter) -> None:
    report.stage("train", "Choosing")
    report("progress", done=9, of=10, candidate="lightgbm", fold=5, folds=5)
    report.stage("explain", "Explaining")
    report("progress", done=5, of=5)
    assert report.folder.stored_status().progress == 1.0


def test_a_candidate_that_is_done_is_an_event_of_its_own(report: Reporter) -> None:
    report("candidate", name="lightgbm", backbone=None, depth=None, log_loss=0.52)
    events, _ = read_events(report.folder.path)
    assert [event["kind"] for event in events] == ["candidate"]


def test_a_sentence_is_said_once(report: Reporter) -> None:
    for text in ("It is large.", "It is large.", "It is small.", "It is large."):
        report("message", text=text)
    events, _ = read_events(report.folder.path)
    assert [event["text"] for event in events] == ["It is large.", "It is small."]
