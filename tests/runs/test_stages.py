"""What a run remembers of its stages."""

from __future__ import annotations

from pathlib import Path

import pytest

from finxfer.records.folder import RunFolder
from finxfer.records.spec import Spec
from finxfer.runs.stages import FILE, StageBook


@pytest.fixture
def run(spec: Spec, tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "run").create(spec)
    folder.checkpoints.mkdir()
    return folder


def test_a_finished_stage_is_known_to_the_next_process(run: RunFolder) -> None:
    with StageBook(run).work("train") as outcome:
        outcome["depth"] = 4
    again = StageBook(run)
    assert again.outcome("train") == {"depth": 4}
    assert again.outcome("evaluate") is None
    assert again.seconds["train"] >= 0


def test_a_stage_that_failed_is_not_done(run: RunFolder) -> None:
    book = StageBook(run)
    with pytest.raises(ZeroDivisionError), book.work("train"):
        raise ZeroDivisionError
    assert StageBook(run).outcome("train") is None


def test_a_damaged_book_means_starting_over_not_failing(run: RunFolder) -> None:
    (run.path / FILE).write_text("{")
    assert StageBook(run).outcome("train") is None
