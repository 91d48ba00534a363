"""Every depth of a tiny backbone: warm-started, judged by rows it has not seen, resumed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from finxfer.backbones.card import Card, read_card
from finxfer.backbones.families import load_backbone
from finxfer.errors import Cancelled
from finxfer.records.training_settings import TrainingSettings
from finxfer.training import depths
from finxfer.training.candidates import Work
from finxfer.training.climb import Climb, shallow_to_deep
from finxfer.training.depths import Ladder, Rung
from finxfer.training.finetune import Start
from finxfer.training.folds import make_folds
from tests.training.made import customers, make_incontext, make_tabular, never, silent, training_data

QUICK = TrainingSettings(epochs=3, patience=3, learning_rate=0.01)
DATA = training_data(240)


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Card:
    folder = tmp_path_factory.mktemp("ladder")
    make_tabular("mlp", folder / "mlp")
    return read_card(folder / "mlp")


def work(**changes: object) -> Work:
    usual = Work(QUICK, 0, "cpu", silent, never)
    return replace(usual, **changes)  # type: ignore[arg-type]


def climbed(card: Card, folder: Path | None = None, **changes: object) -> list[Rung]:
    return list(Ladder(card, DATA, work(**changes), customers(60, 9)[0], folder).rungs())


@pytest.fixture(scope="module")
def whole(card: Card) -> list[Rung]:
    """A ladder that was neither stopped nor kept."""
    return climbed(card)


def same(one: Rung, other: Rung) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name)) for name in ("losses", "validation", "asked")
    )


def test_the_depths_go_from_the_shallowest_to_everything(card: Card, tmp_path: Path) -> None:
    assert shallow_to_deep(card, DATA) == ["as-is", *range(card.depth_count, -1, -1)]
    make_incontext(tmp_path / "context")
    other = read_card(tmp_path / "context")
    assert shallow_to_deep(other, DATA)[0] == "as-is"


def test_every_rung_has_its_figures(card: Card, whole: list[Rung]) -> None:
    rungs = whole
    assert [rung.depth for rung in rungs] == ["as-is", *range(card.depth_count, -1, -1)]
    parameters = [rung.trainable_parameters for rung in rungs]
    assert parameters[0] == 0 and parameters == sorted(parameters)
    for rung in rungs:
        assert rung.losses.shape == (240,) and np.isfinite(rung.losses).all()
        assert rung.asked.shape == (60,) and rung.validation.shape == (60,)
        assert rung.error > 0 and rung.memory is None
    assert rungs[0].epochs == 0 and all(0 < rung.epochs <= 3 for rung in rungs[1:])


def test_a_judging_row_is_in_no_part_of_its_training() -> None:
    folds = make_folds(DATA, 0, 3)
    assert folds.pieces == 3
    for number in range(3):
        learning = folds.learning(number, 4)
        rows = len(learning.y_train) + len(learning.y_validation)
        assert rows == 240 - len(folds.asked(number))
        assert len(learning.y_validation) == pytest.approx(rows / 4, abs=2)
        asked = folds.frame.iloc[folds.asked(number)]
        for part in (learning.frame_train, learning.frame_validation):
            assert not set(part["debt"]) & set(asked["debt"])  # debts are all different
        assert not set(learning.frame_train["debt"]) & set(learning.frame_validation["debt"])


def test_a_class_of_few_rows_is_learned_from() -> None:
    frame, y = customers(80, 3)
    y[:] = 0
    y[[1, 70]] = 1
    data = training_data(80)
    scarce = type(data)(frame[:60], y[:60], frame[60:], y[60:], data.columns, "1", "bad")
    folds = make_folds(scarce, 0, 3)
    assert all(folds.learning(number, 5).y_train.any() for number in range(folds.pieces))


def test_a_deeper_training_goes_on_from_the_shallower_one(card: Card) -> None:
    """Its start is what the depth before it came to, not the backbone."""
    climb = Climb(card, DATA, work())
    first = climb.step(card.depth_count, QUICK, None, silent)
    assert not first.fell_back
    second = climb.step(0, QUICK, None, silent)
    assert second.start.validation == first.judged.validation
    alone = Climb(card, DATA, work()).step(0, QUICK, None, silent)
    assert alone.start.validation != first.judged.validation


def test_what_was_of_no_use_is_not_gone_on_from(card: Card) -> None:
    climb = Climb(card, DATA, work())
    climb.step(card.depth_count, QUICK, None, silent)
    start = climb.start
    spoilt = TrainingSettings(epochs=1, patience=1, learning_rate=1.0, optimiser="sgd")
    assert climb.step(0, spoilt, None, silent).fell_back
    assert climb.start is start


@pytest.mark.parametrize("depth", [1, 2])
def test_frozen_stages_stay_bit_for_bit_through_a_climb(card: Card, depth: int) -> None:
    backbone = load_backbone(card)
    frozen = {
        name: tensor.clone()
        for name, tensor in backbone.network.state_dict().items()  # type: ignore[attr-defined]
        if any(stage.owns(name) for stage in backbone.stages[:depth])
    }
    climb = Climb(card, DATA, work())
    for one in range(card.depth_count, depth - 1, -1):
        tuned = climb.step(one, QUICK, None, silent)
    assert frozen and all(torch.equal(tuned.weights[name], tensor) for name, tensor in frozen.items())


def test_what_is_finished_is_not_trained_again_and_a_stop_changes_nothing(
    card: Card, whole: list[Rung], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[int | str] = []
    step = Climb.step

    def counted(self: Climb, depth: int | str, *rest: object) -> object:
        if len(trained) == 9:  # in the middle of the third rung
            raise Cancelled("Stopped.", "It was asked to.", "Resume it.")
        trained.append(depth)
        return step(self, depth, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Climb, "step", counted)
    with pytest.raises(Cancelled):
        climbed(card, tmp_path)
    trained[:] = []
    monkeypatch.setattr(Climb, "step", step)
    begun: list[Start | None] = []

    def seen(self: Climb, depth: int | str, *rest: object) -> object:
        trained.append(depth)
        begun.append(self.start)
        return step(self, depth, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Climb, "step", seen)
    resumed = climbed(card, tmp_path)
    branches = 4
    assert len(trained) == branches * len(whole) - 9
    assert all(start is not None for start in begun)
    assert all(same(one, other) for one, other in zip(whole, resumed, strict=True))
    trained[:] = []
    assert all(same(one, other) for one, other in zip(whole, climbed(card, tmp_path), strict=True))
    assert trained == []
    climbed(card, tmp_path, seed=1)
    assert len(trained) == branches * len(whole)


def test_progress_reaches_the_whole_and_names_depth_and_fold(card: Card) -> None:
    told: list[tuple[str, dict[str, object]]] = []
    climbed(card, report=lambda kind, **fields: told.append((kind, fields)))
    progress = [fields for kind, fields in told if kind == "progress"]
    shares = [float(one["done"]) / float(one["of"]) for one in progress]  # type: ignore[arg-type]
    assert shares[0] == 0 and shares == sorted(shares)
    last = progress[-1]
    assert float(last["done"]) + float(last["weight"]) == pytest.approx(float(last["of"]))  # type: ignore[arg-type]
    assert progress[0]["fold"] == 1 and "fold" not in last
    candidates = [fields["depth"] for kind, fields in told if kind == "candidate"]
    assert candidates == shallow_to_deep(card, DATA)


def test_a_long_patience_of_the_run_is_bounded(card: Card) -> None:
    long = TrainingSettings(epochs=200, patience=50)
    ladder = Ladder(card, DATA, work(settings=long), customers(5, 9)[0], None)
    first, later = ladder.settings(card.depth_count), ladder.settings(0)
    assert first.epochs > later.epochs and later.epochs <= 10 and later.patience <= 4
    assert depths.MOST_FOLDS == 3
