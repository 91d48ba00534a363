"""The search as a part of a run: when there is one, what it hands on, what is said."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from finxfer.errors import BadInput
from finxfer.records.folder import SEARCH_FILE, RunFolder
from finxfer.records.spec import Spec
from finxfer.records.training_settings import TrainingSettings
from finxfer.runs import searching
from finxfer.training import search
from finxfer.training.search import Searched

FOUND = TrainingSettings(l2_sp=30.0)
CONTENT = {
    "trials": 7,
    "taken": True,
    "best_number": 2,
    "history": [{"number": 0, "looks": {}}],
    "finished": True,
}


@pytest.fixture
def job(spec: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A job that asks for a search, with a search that finds something at once."""
    said: list[str] = []

    def report(kind: str, **fields: Any) -> None:
        said.append(fields.get("text", ""))

    report.stage = lambda name, title: said.append(title)  # type: ignore[attr-defined]
    report.should_stop = lambda: False  # type: ignore[attr-defined]
    folder = RunFolder(tmp_path)

    def fake(card: Any, depth: int, data: Any, work: Any, minutes: float, file: Path) -> Searched:
        assert (depth, minutes, file) == (3, 2.0, folder.path / SEARCH_FILE)
        folder.write_json(SEARCH_FILE, CONTENT)
        return Searched(FOUND, CONTENT)

    monkeypatch.setattr(search, "search_settings", fake)
    asked = replace(spec, backbone="incontext-small", freezing_depth=3, search_minutes=2.0)
    return SimpleNamespace(spec=asked, folder=folder, report=report, device="cpu", data=None, said=said)


def test_the_run_trains_with_what_the_search_found(job: Any) -> None:
    assert searching.searched_settings(job) == FOUND
    assert any("number 3 was clearly better" in text for text in job.said)
    assert job.said[-1] == "Fine-tuning the backbone"
    kept = searching.search_of(job)
    assert kept is not None and kept["taken"] and "looks" not in kept["history"][0]


def test_without_minutes_there_is_no_search(job: Any) -> None:
    job.spec = replace(job.spec, search_minutes=0.0)
    assert searching.searched_settings(job) == job.spec.training
    assert searching.search_of(job) is None and not job.said


def test_boosted_trees_are_not_searched_and_that_is_said(job: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(searching, "find_card", lambda *_: SimpleNamespace(family="boosted"))
    assert searching.searched_settings(job) == job.spec.training
    assert any("No search" in text for text in job.said)


@pytest.mark.parametrize(
    "open_", [{"backbone": "auto"}, {"freezing_depth": "auto"}, {"freezing_depth": "as-is"}]
)
def test_a_search_needs_a_named_backbone_and_depth(open_: dict[str, Any], job: Any) -> None:
    with pytest.raises(BadInput, match="search_minutes"):
        replace(job.spec, **open_)
