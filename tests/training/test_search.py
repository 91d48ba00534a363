"""The search over training settings: what it tries, when it ends, what it takes, how it resumes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from finxfer.backbones.card import Card
from finxfer.backbones.protocol import TrainingData
from finxfer.errors import Cancelled
from finxfer.records.training_settings import TrainingSettings
from finxfer.training import search
from finxfer.training.candidates import Work
from finxfer.training.finetune import FineTuned
from finxfer.training.finetune import finetune as real_finetune
from finxfer.training.guard import log_odds_of, rate_shift, row_losses, validate
from finxfer.training.search import judged_losses, search_settings, told
from finxfer.training.search_space import Space
from finxfer.training.validation import Judged
from tests.training.made import never, silent, training_data

SETTINGS = TrainingSettings(epochs=3, patience=3)
WORK = Work(SETTINGS, 0, "cpu", silent, never)


def fake(
    loss: Callable[[TrainingSettings], float],
    noise: float = 0.0,
    seconds: float = 0.0,
    confirming: Callable[[TrainingSettings], float] | None = None,
) -> Any:
    """A stand-in for `finetune`: the loss of a row follows from the settings.

    confirming: likewise in the trainings that have the last word.
    """

    def made(
        card: Card,
        depth: int,
        data: TrainingData,
        settings: TrainingSettings,
        seed: int,
        device: str,
        folder: None,
        report: Callable[..., None],
        should_stop: Callable[[], bool],
    ) -> Any:
        time.sleep(seconds)
        if should_stop():
            raise Cancelled("a", "b", "c")
        rows = np.random.default_rng([seed, len(data.y_train), int(1e6 * settings.weight_decay)])
        rule = confirming if confirming is not None and seed else loss
        losses = rule(settings) + noise * rows.standard_normal(len(data.y_validation))
        mean = float(losses.mean())
        for epoch in range(1, 20):
            report("epoch", epoch=epoch, validation_loss=mean + 0.01 / epoch)
        judged = Judged(losses, losses, type("V", (), {"log_loss": mean})())
        return type(
            "Tuned", (FineTuned,), {"__init__": lambda self: None, "judged": judged, "fell_back": True}
        )()

    return made


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MOST_TRIALS", 12)


@pytest.mark.usefixtures("few")
def test_a_resumed_search_is_that_of_no_interruption(
    backbones: dict[str, Card], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_TRIALS", 10)
    card, data = backbones["mlp"], training_data()
    whole = search_settings(card, 0, data, WORK, 60, tmp_path / "whole.json")
    calls = [0]

    def killed(*arguments: Any, **words: Any) -> FineTuned:
        calls[0] += 1
        if calls[0] == 5:
            raise KeyboardInterrupt
        return real_finetune(*arguments, **words)

    monkeypatch.setattr(search, "finetune", killed)
    with pytest.raises(KeyboardInterrupt):
        search_settings(card, 0, data, WORK, 60, tmp_path / "resumed.json")
    assert len(json.loads((tmp_path / "resumed.json").read_text())["history"]) == 1
    resumed = search_settings(card, 0, data, WORK, 60, tmp_path / "resumed.json")
    assert resumed.settings == whole.settings

    def kept(content: dict[str, Any]) -> list[dict[str, Any]]:
        return [{k: v for k, v in entry.items() if k != "seconds"} for entry in content["history"]]

    assert kept(resumed.content) == kept(whole.content)
    assert resumed.content["margin"] == whole.content["margin"]
    before = calls[0]
    assert search_settings(card, 0, data, WORK, 60, tmp_path / "resumed.json").content == resumed.content
    assert calls[0] == before


@pytest.mark.usefixtures("few")
def test_the_first_trial_is_the_settings_as_they_are_then_one_change_at_a_time(
    backbones: dict[str, Card], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[TrainingSettings] = []

    def loss(settings: TrainingSettings) -> float:
        seen.append(settings)
        return 0.5

    monkeypatch.setattr(search, "finetune", fake(loss))
    found = search_settings(backbones["mlp"], 0, training_data(), WORK, 60, tmp_path / "s.json")
    assert seen[0] == SETTINGS
    start = found.content["history"][0]["parameters"]
    for entry in found.content["history"][1:7]:
        assert sum(entry["parameters"][name] != start[name] for name in start) == 1
    assert not found.content["taken"] and found.settings == SETTINGS


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(("gain", "taken"), [(0.1, True), (-0.1, False)])
def test_the_best_is_taken_only_where_it_is_clearly_better_on_new_folds(
    gain: float, taken: bool, backbones: dict[str, Card], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = (lambda s: 0.6 - 0.1 * (s.l2_sp > 0)), (lambda s: 0.6 - gain * (s.l2_sp > 0))
    monkeypatch.setattr(search, "finetune", fake(rules[0], noise=0.05, confirming=rules[1]))
    found = search_settings(backbones["mlp"], 0, training_data(), WORK, 60, tmp_path / "s.json")
    content = found.content
    assert content["best_loss"] < content["default_loss"]
    assert content["taken"] is taken and taken == (content["margin"] > content["margin_error"])
    assert (found.settings.l2_sp > 0) is taken
    if not taken:
        assert found.settings == SETTINGS


@pytest.mark.usefixtures("few")
def test_laggards_are_ended_early(
    backbones: dict[str, Card], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "finetune", fake(lambda s: 0.9 if s.mixup else 0.5))
    found = search_settings(backbones["mlp"], 0, training_data(), WORK, 60, tmp_path / "s.json").content
    pruned = [entry for entry in found["history"] if entry["state"] == "pruned"]
    assert pruned and all(entry["parameters"]["mixup"] for entry in pruned)
    assert found["pruned"] == len(pruned)
    assert all(entry["ahead"] == pytest.approx(0.4) and entry["loss"] is None for entry in pruned)


def test_time_is_kept_to_and_the_first_trial_always_ends(
    backbones: dict[str, Card], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "finetune", fake(lambda s: 0.5, seconds=0.02))
    file = tmp_path / "s.json"
    none = search_settings(backbones["mlp"], 0, training_data(), WORK, 1e-4, file).content
    assert none["trials"] == 1 and not none["taken"]
    some = search_settings(backbones["mlp"], 0, training_data(), WORK, 0.02, file).content
    assert 1 < some["trials"] < 40 and some["seconds"] < 10


def test_cancelling_keeps_what_was_tried(
    backbones: dict[str, Card], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "finetune", fake(lambda s: 0.5))
    file = tmp_path / "s.json"
    work = Work(SETTINGS, 0, "cpu", silent, lambda: file.is_file())
    with pytest.raises(Cancelled):
        search_settings(backbones["mlp"], 0, training_data(), work, 60, file)
    kept = json.loads(file.read_text())
    assert len(kept["history"]) == 1 and not kept["finished"]
    assert "looks" in kept["history"][0] and "looks" not in told(kept)["history"][0]


def test_progress_is_told_in_seconds_of_the_time(
    backbones: dict[str, Card], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_TRIALS", 3)
    monkeypatch.setattr(search, "finetune", fake(lambda s: 0.5 - 0.1 * (s.l2_sp > 0)))
    events: list[dict[str, Any]] = []
    work = Work(SETTINGS, 0, "cpu", lambda kind, **fields: events.append({"kind": kind, **fields}), never)
    search_settings(backbones["mlp"], 0, training_data(), work, 5, tmp_path / "s.json")
    assert [event["candidate"] for event in events if event["kind"] == "progress"] == [
        "settings 1", "settings 2", "settings 3", "the best settings once more",
    ]  # fmt: skip
    assert all(event["of"] == 300 for event in events)


@pytest.mark.parametrize(
    ("family", "depth", "lacking"),
    [
        ("incontext", 0, {"mixup", "batch_size"}),
        ("mlp", 3, {"layer_decay", "unfreeze_every"}),
    ],
)
def test_the_space_holds_what_means_something(
    family: str, depth: int, lacking: set[str], backbones: dict[str, Card]
) -> None:
    space = Space(backbones[family], depth, SETTINGS, 1e-3, None if family == "incontext" else 32)
    everything = Space(backbones["mlp"], 0, SETTINGS, 1e-3, 32)
    assert set(everything.distributions()) - set(space.distributions()) == lacking
    odd = TrainingSettings(l2_sp=500.0, corruption=0.33, learning_rate=0.5)
    near = Space(backbones["mlp"], 0, odd, 1e-3, 40).parameters()
    assert (near["l2_sp"], near["corruption"], near["batch_size"]) == (100.0, 0.3, 32)


def test_a_shift_that_the_judging_rows_chose_does_not_flatter() -> None:
    generator = np.random.default_rng(0)
    probability, y = generator.uniform(0.05, 0.95, 40), (generator.random(40) < 0.3).astype(int)
    log_odds = log_odds_of(probability)
    log_odds = log_odds + rate_shift(log_odds, float(y.mean()))
    shifted = 1 / (1 + np.exp(-log_odds))
    losses = row_losses(y, log_odds)
    words = {"fell_back": False, "judged": Judged(shifted, losses, validate(y, log_odds))}
    tuned = type("Tuned", (FineTuned,), {"__init__": lambda self: None, **words})()
    assert judged_losses(tuned, y, SETTINGS) is losses
    found = judged_losses(tuned, y, TrainingSettings(class_weighting="balanced"))
    assert found.mean() > losses.mean()
    # Only a shift tells them apart, one for each half.
    moved = (np.where(y > 0, -1, 1) * 1.0) * np.log(np.expm1(found)) - log_odds
    assert len(np.unique(moved.round(6))) == 2
