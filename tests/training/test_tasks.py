"""Targets of several classes and values through every learner, the loop and the choice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression, Ridge

from finxfer.backbones import catalogue
from finxfer.backbones.card import Card
from finxfer.backbones.families import NETWORKS, load_backbone
from finxfer.backbones.protocol import FittedModel, TrainingData
from finxfer.backbones.weights import load_weights
from finxfer.errors import BadInput
from finxfer.records.spec import MULTICLASS, REGRESSION
from finxfer.records.training_settings import TrainingSettings
from finxfer.training import loop
from finxfer.training.boosting import SEARCH, fit_lightgbm, fit_trees
from finxfer.training.choosing import choose
from finxfer.training.finetune import FineTuned, finetune
from finxfer.training.fitted import load_fitted
from finxfer.training.folds import make_folds
from finxfer.training.logistic import design, fit_logistic, fit_strengths, location
from finxfer.training.loop import TrainingRun, train
from tests.training.made import QUICK, customers, never, silent
from tests.training.made_tasks import classes_data, data_of, signal, values_data
from tests.training.test_loop import _StopAfter

TASKS = {MULTICLASS: classes_data(), REGRESSION: values_data()}
FAST = TrainingSettings(epochs=2, patience=2, learning_rate=5e-3)


def loss(model: FittedModel, data: TrainingData) -> float:
    raw = data.output.raw_of(model.predict(data.frame_validation))
    return float(data.output.row_losses(data.y_validation, raw).mean())


def nothing_known(data: TrainingData) -> float:
    raw = np.broadcast_to(data.output.start(data.y_train), (len(data.y_validation), data.output.size))
    rows = raw if data.task == MULTICLASS else raw[:, 0]
    return float(data.output.row_losses(data.y_validation, rows).mean())


def checked(model: FittedModel, data: TrainingData, folder: Path) -> None:
    """It answers in the task's shape, for rows it has never seen and none, and is the same read back."""
    frame, _ = customers(30, 9)
    found = model.predict(frame)
    classes = (data.output.size,) if data.task == MULTICLASS else ()
    assert found.shape == (30, *classes) and np.isfinite(found).all()
    assert model.predict(frame.iloc[:0]).shape == (0, *classes)
    if data.task == MULTICLASS:
        assert found.sum(axis=1) == pytest.approx(np.ones(30)) and (found >= 0).all()
    model.save(folder)
    stored = load_fitted(folder)
    assert stored.kind == model.kind and stored.features == model.features
    assert stored.predict(frame) == pytest.approx(found, rel=1e-5)


def tuned(card: Card, depth: int | str, data: TrainingData, settings: TrainingSettings = FAST) -> FineTuned:
    return finetune(card, depth, data, settings, 0, "cpu", None, silent, never)


@pytest.mark.parametrize("task", TASKS)
def test_the_baselines_learn_and_are_read_back(task: str, tmp_path: Path) -> None:
    data = TASKS[task]
    linear, found = fit_logistic(data, FAST)
    trees, other = fit_lightgbm(data, FAST, 0, silent, never)
    for name, model, judged in (("linear", linear, found), ("trees", trees, other)):
        assert loss(model, data) == pytest.approx(judged.loss) and judged.loss < nothing_known(data) - 0.1
        assert np.isnan(judged.auc) == (task == REGRESSION)
        checked(model, data, tmp_path / name)


def test_the_linear_baselines_are_those_of_scikit_learn() -> None:
    for data in TASKS.values():
        (model,) = fit_strengths(data, FAST, (0.3,))
        encoded = model.table.transform(data.frame_train)
        rows = design(encoded, model.table, *location(encoded.numeric))
        asked = design(model.table.transform(data.frame_validation), model.table, *location(encoded.numeric))
        if data.task == MULTICLASS:
            reference = LogisticRegression(C=0.3, max_iter=300).fit(rows, data.y_train)
            expected = reference.predict_proba(asked)
        else:
            expected = Ridge(alpha=1 / 0.3).fit(rows, data.y_train).predict(asked)
            expected = np.clip(expected, data.output.low, data.output.high)  # type: ignore[attr-defined]
        assert model.predict(data.frame_validation) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("family", NETWORKS)
def test_a_network_gets_a_head_for_the_task_and_keeps_what_is_frozen(
    family: str, task: str, backbones: dict[str, Card], tmp_path: Path
) -> None:
    card, data = backbones[family], TASKS[task]
    found = tuned(card, card.depth_count, data, TrainingSettings(epochs=2, patience=2, learning_rate=0.05))
    checked(found.model, data, tmp_path)
    assert found.judged.validation.loss <= found.start.validation.loss
    original, weights = load_weights(card.weights_path, card.sha256), found.weights
    head = load_backbone(card).head
    frozen = [name for name in original if not head.owns(name)]
    assert frozen and all(torch.equal(weights[name], original[name]) for name in frozen)
    if family != "incontext":
        assert found.choice == "fine-tuned" and found.start.validation.loss == pytest.approx(
            nothing_known(data)
        )
        stored = found.model.backbone.card  # type: ignore[attr-defined]
        assert (
            stored.parameters == found.total_parameters
            and stored.config.get("outputs", 1) == data.output.size
        )


@pytest.mark.parametrize("task", TASKS)
def test_an_in_context_network_answers_as_it_is(
    task: str, backbones: dict[str, Card], tmp_path: Path
) -> None:
    data = TASKS[task]
    found = tuned(backbones["incontext"], "as-is", data)
    checked(found.model, data, tmp_path)
    assert np.isfinite(found.judged.losses).all()


@pytest.mark.parametrize(("family", "task"), [("tabm", MULTICLASS), ("incontext", REGRESSION)])
def test_a_resumed_training_equals_one_that_never_stopped(
    family: str, task: str, backbones: dict[str, Card], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_SECONDS", 0.0)
    settings = TrainingSettings(epochs=3, patience=3, learning_rate=1e-3, class_weighting="balanced")

    def learner() -> loop.Learner:
        return load_backbone(backbones[family]).learner(TASKS[task], settings, 0, "cpu")

    whole, killed, resumed = learner(), learner(), learner()
    expected = train(whole, TrainingRun(1, settings, 3, "cpu", None, silent, never))
    run = TrainingRun(1, settings, 3, "cpu", tmp_path, silent, never)
    _StopAfter(killed, whole.start_epoch(torch.Generator()) + 1)
    with pytest.raises(KeyboardInterrupt):
        train(killed, run)
    found = train(resumed, run)
    assert (found.best.loss, found.best_epoch) == (expected.best.loss, expected.best_epoch)
    assert found.steps == expected.steps
    state = resumed.network.state_dict()
    assert all(torch.equal(tensor, state[name]) for name, tensor in whole.network.state_dict().items())


@pytest.mark.parametrize("task", TASKS)
def test_finxfer_chooses_for_every_task(
    task: str, backbones: dict[str, Card], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(catalogue, "SHIPPED", tmp_path / "nothing")
    for family in ("mlp", "incontext", "boosted"):
        folder = tmp_path / "backbones" / family
        folder.parent.mkdir(exist_ok=True)
        folder.symlink_to(backbones[family].folder or "", target_is_directory=True)
    data, said = TASKS[task], []

    def report(kind: str, **fields: object) -> None:
        said.append((kind, fields))

    arguments = (data, FAST, 0, "cpu", tmp_path / "work", report, never, tmp_path)
    found = choose("auto", "auto", *arguments)
    name = data.output.loss_name
    assert found.selection is not None and found.selection["metric"] == name
    entries = {entry["name"]: entry for entry in found.selection["tried"]}
    assert {"mlp, fine-tuned", "incontext, as-is", "lightgbm", "logistic_regression"} <= set(entries)
    assert not any("boosted" in entry for entry in entries)
    assert any("boosted" in str(fields) for kind, fields in said if kind == "message")
    assert all(entry[name] > 0 and entry[f"{name}_error"] > 0 for entry in entries.values())
    assert sum(entry["weight"] for entry in entries.values()) == pytest.approx(1, abs=1e-4)
    assert found.selection["winner"][name] < nothing_known(data)
    assert found.out_of_fold is not None
    assert found.out_of_fold.probability["model"].shape[0] == len(found.out_of_fold.y) == 160
    checked(found.model, data, tmp_path / "model")
    again = choose("auto", "auto", *arguments)
    frame, _ = customers(20, 3)
    assert again.model.predict(frame) == pytest.approx(found.model.predict(frame), rel=1e-5)


def test_what_cannot_serve_a_task_is_refused_by_name(backbones: dict[str, Card]) -> None:
    for depth in ("auto", 5, "as-is"):
        with pytest.raises(BadInput, match="cannot be used here"):
            choose(
                str(backbones["boosted"].folder),
                depth,
                TASKS[REGRESSION],
                QUICK,
                0,
                "cpu",
                None,
                silent,
                never,
            )
    many = classes_data(rows=300, classes=11)
    with pytest.raises(BadInput, match="up to 10 classes"):
        tuned(backbones["incontext"], 0, many)
    with pytest.raises(BadInput, match="as-is here"):
        tuned(backbones["mlp"], "as-is", TASKS[MULTICLASS])


def test_a_class_of_two_rows_and_one_that_is_missing_from_a_part() -> None:
    y = classes_data(rows=120).y_train.copy()
    y = np.concatenate([y, y[:30]])[:120]
    y[y == 3] = 2
    y[[4, 11]] = 3  # row 4 trains, row 11 validates
    data = data_of(y, MULTICLASS, ("a", "b", "c", "d", "never there"))
    folds = make_folds(data, 0)
    assert folds.crossed and len(np.unique(folds.part[folds.y == 3])) == 2
    for model in (fit_logistic(data, FAST)[0], fit_lightgbm(data, FAST, 0, silent, never)[0]):
        found = model.predict(data.frame_validation)
        assert (found[:, 4] < 0.05).all() and np.isfinite(np.log(found)).all()
        assert np.isfinite(loss(model, data))


def test_fifty_classes() -> None:
    found = signal(600, 2)
    y = np.argsort(np.argsort(found)) * 50 // 600
    data = data_of(y.astype(np.int16), MULTICLASS, tuple(str(code) for code in range(50)), seed=2)
    linear = fit_logistic(data, FAST)[0]
    trees = fit_trees(data, FAST, 0, never, SEARCH[0], 10)
    assert loss(linear, data) < nothing_known(data) and loss(trees, data) < nothing_known(data)
    assert trees.predict(data.frame_validation).shape == (150, 50)
    folds = make_folds(data, 0)
    assert folds.crossed and max(Counter(folds.part).values()) <= 130


def test_values_with_a_constant_stretch_outliers_and_few_rows(
    backbones: dict[str, Card], tmp_path: Path
) -> None:
    y = np.exp(signal(60, 3))
    y[:25] = 0.0
    y[30] = 1e7
    data = data_of(y, REGRESSION, ())
    models: list[FittedModel] = [
        fit_logistic(data, FAST)[0],
        fit_lightgbm(data, FAST, 0, silent, never)[0],
        tuned(backbones["incontext"], "as-is", data).model,
        tuned(backbones["mlp"], 0, data).model,
    ]
    for number, model in enumerate(models):
        checked(model, data, tmp_path / str(number))
        found = model.predict(customers(200, 4)[0])
        assert found.min() >= 0 and found.max() <= 1e7
    folds = make_folds(data, 0)
    assert folds.crossed and np.isin(np.arange(folds.pieces), folds.part[folds.y == 0]).all()


def test_weights_of_classes_leave_probabilities_as_the_shares_are() -> None:
    y = np.random.default_rng(0).choice(3, 400, p=[0.8, 0.15, 0.05]).astype(np.int16)
    data = data_of(y, MULTICLASS, ("a", "b", "c"))
    balanced = TrainingSettings(class_weighting="balanced")
    shares = np.bincount(data.y_train) / len(data.y_train)
    for model in (fit_logistic(data, balanced)[0], fit_lightgbm(data, balanced, 0, silent, never)[0]):
        assert model.predict(data.frame_train).mean(axis=0) == pytest.approx(shares, abs=0.03)
