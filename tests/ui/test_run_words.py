"""The line of truth, and what events add up to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from finxfer.records.folder import RunFolder, Status
from finxfer.ui.depth_view import preset_depth
from finxfer.ui.run_words import Trial, elapsed, overall, story, trial_name, truth, trying_words


def epoch(model: str, depth: object, number: int, loss: float) -> dict[str, object]:
    return {"kind": "epoch", "model": model, "depth": depth, "epoch": number, "validation_loss": loss}


def test_epochs_repeated_after_a_resume_count_once_and_the_later_one_counts() -> None:
    told = story([epoch("model", 2, 1, 0.6), epoch("model", 2, 2, 0.5), epoch("model", 2, 2, 0.4)])
    assert [one["validation_loss"] for one in told.trials[Trial("model", "2")]] == [0.6, 0.4]


def test_trainings_at_different_depths_are_different_curves() -> None:
    told = story([epoch("model", 2, 1, 0.6), epoch("model", 0, 1, 0.5), epoch("from_scratch", 0, 1, 0.7)])
    assert list(told.trials) == [Trial("model", "2"), Trial("model", "0"), Trial("from_scratch", "0")]
    assert [trial_name(trial) for trial in told.trials][1:] == [
        "Fine-tuned backbone, depth 0",
        "Network from scratch",
    ]


def trying(name: str, fold: int | None) -> dict[str, object]:
    return {"kind": "progress", "done": 1, "of": 9, "candidate": name, "fold": fold, "folds": 5}


def test_folds_of_a_candidate_are_curves_of_their_own() -> None:
    name = "incontext-small, fine-tuned"
    events = [trying(name, 1), epoch(name, 4, 1, 0.6), trying(name, 2), epoch(name, 4, 1, 0.5)]
    told = story([*events, trying(name, None), epoch(name, 4, 1, 0.4)])
    losses = [[one["validation_loss"] for one in epochs] for epochs in told.trials.values()]
    assert losses == [[0.6], [0.5], [0.4]]
    said = f"{name}, depth 4"
    assert [trial_name(trial) for trial in told.trials] == [
        f"{said}, part 1 of 5",
        f"{said}, part 2 of 5",
        said,
    ]


def test_who_is_tried_is_said_until_the_stage_ends() -> None:
    events: list[dict[str, Any]] = [{"kind": "stage", "stage": "train"}, trying("lightgbm", 2)]
    told = story(events)
    assert trying_words(told) == "Trying LightGBM, part 2 of 5"
    assert trying_words(story([*events, trying("a_b", None)])) == "Trying a\\_b"
    assert trying_words(story([*events, {"kind": "stage", "stage": "evaluate"}])) is None


def test_candidates_that_are_done_are_kept_by_name() -> None:
    told = story([{"kind": "candidate", "name": "lightgbm", "log_loss": loss} for loss in (0.6, 0.5)])
    assert [one["log_loss"] for one in told.candidates.values()] == [0.5]


def test_the_line_names_stage_time_left_and_device(tmp_path: Path) -> None:
    status = Status(
        state="running", stage="train", stage_index=5, stage_count=9, eta_seconds=130, device="cpu"
    )
    told = story([{"kind": "device", "device": "cpu", "threads": 2}])
    line = truth(RunFolder(tmp_path), status, told)
    assert line == "**Fine-tune the backbone**, step 5 of 9, about 2 min 10 s left, on the CPU, 2 threads."


@pytest.mark.parametrize("state", ["failed", "cancelled", "interrupted", "finished"])
def test_every_end_has_its_own_line(tmp_path: Path, state: str) -> None:
    line = truth(RunFolder(tmp_path), Status(state=state, started=10, ended=57, heartbeat=57), story([]))
    assert state in line.lower()


def test_text_of_the_worker_is_escaped(tmp_path: Path) -> None:
    line = truth(RunFolder(tmp_path), Status(state="queued", message="<b>[x](y)"), story([]))
    assert "\\<b\\>\\[x\\]" in line


def test_time_stops_at_the_end_and_progress_never_shows_done_too_early() -> None:
    assert elapsed(Status(state="finished", started=10, ended=57), now=1000) == 47
    assert elapsed(Status(state="interrupted", started=10, heartbeat=40), now=1000) == 30
    assert overall(Status(state="finished")) == 1.0
    assert overall(Status(state="running", stage_index=9, stage_count=9)) < 1.0


def test_presets_are_depths() -> None:
    assert [preset_depth(name, 7) for name in ("head", "half", "all", "as-is", "auto")] == [
        7,
        4,
        0,
        "as-is",
        "auto",
    ]


def test_a_run_that_chooses_calls_its_stage_so(tmp_path: Path) -> None:
    status = Status(state="running", stage="train", stage_index=5, stage_count=9, device="cpu")
    assert truth(RunFolder(tmp_path), status, story([trying("lightgbm", 1)])).startswith(
        "**Try the candidates and choose**, step 5 of 9"
    )
