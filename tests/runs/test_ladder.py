"""The ladder job on the small portfolio: every depth, a verdict, a stop and a resume."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from finxfer.backbones.card import Card, read_card
from finxfer.errors import BadInput, Cancelled
from finxfer.pretraining.source import Source, pretrain_source
from finxfer.records.folder import LADDER_STAGES, RunFolder, stages_of
from finxfer.records.spec import LADDER, Spec
from finxfer.runs import ladder
from finxfer.runs.reporter import Reporter
from finxfer.training.depths import Ladder, Rung
from tests.customers import customers
from tests.runs.conftest import COLUMNS
from tests.training.made import tiny


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Card:
    """A tiny MLP that knows the portfolio's task."""
    folder = tmp_path_factory.mktemp("ladder") / "mlp"
    features = [column for column in COLUMNS if column.role == "feature"]
    pretrain_source(Source(customers(), features, "bad", "1"), tiny("mlp"), folder)
    return read_card(folder)


@pytest.fixture
def asked(spec: Spec, card: Card) -> Spec:
    assert card.folder is not None
    return replace(spec, job=LADDER, backbone=str(card.folder))


def climb(spec: Spec, path: Path) -> RunFolder:
    folder = RunFolder(path)
    if not folder.exists():
        folder.create(spec)
        folder.checkpoints.mkdir()
    ladder.run(folder, spec, "cpu", Reporter(folder, stages_of(LADDER)))
    return folder


def test_a_ladder_tells_every_depth_and_recommends_one(asked: Spec, card: Card, tmp_path: Path) -> None:
    run = climb(asked, tmp_path / "run")
    found = run.read_json("ladder.json")
    depths = [rung["depth"] for rung in found["rungs"]]
    assert found["complete"] and depths == ["as-is", *range(card.depth_count, -1, -1)]
    assert found["recommended"] in depths and found["best"] in depths
    recommended = found["rungs"][depths.index(found["recommended"])]
    assert recommended["within"]
    assert not any(rung["within"] for rung in found["rungs"][: depths.index(found["recommended"])])
    assert found["depth_matters"] == (not all(rung["within"] for rung in found["rungs"][1:]))
    for rung in found["rungs"]:
        low, high = rung["test"]["gini_interval"]
        assert low <= rung["test"]["gini"] <= high
        assert 0 <= rung["test"]["calibration_error"] <= 1
        assert rung["memory_bytes"] > 0 and not rung["memory_measured"]
        worst = rung["worst_fairness_ratio"]
        assert worst is None or (worst["column"] == "sex" and 0 <= worst["value"] <= 1)
    assert found["rungs"][-1]["trained"] == [*(stage["title"] for stage in card.stages), card.head["title"]]
    assert found["sentence"] and found["sentences"][-1].startswith("The test figures are drawn only")
    assert not (run.checkpoints / ladder.KEPT).exists()
    assert run.read_json("resolved.json")["budgets"]["depths"] == len(depths)


def test_the_test_rows_choose_nothing(asked: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the models answer for the test rows, the verdict is the same."""
    kept: list[Rung] = []
    real = Ladder.rungs

    def rungs(self: Ladder) -> Iterator[Rung]:
        if not kept:
            kept.extend(real(self))
            yield from kept
        else:
            for number, rung in enumerate(kept):
                yield replace(rung, asked=rung.asked[::-1] if number % 2 else 1 - rung.asked)

    monkeypatch.setattr(Ladder, "rungs", rungs)
    one = climb(asked, tmp_path / "one").read_json("ladder.json")
    other = climb(asked, tmp_path / "other").read_json("ladder.json")
    assert one["rungs"][0]["test"]["gini"] != other["rungs"][0]["test"]["gini"]
    for key in ("recommended", "best", "depth_matters"):
        assert one[key] == other[key]


def test_a_stopped_ladder_shows_its_rungs_and_goes_on_to_the_same_end(
    asked: Spec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = climb(asked, tmp_path / "whole").read_json("ladder.json")
    real = Ladder.rungs

    def two(self: Ladder) -> Iterator[Rung]:
        for number, rung in enumerate(real(self)):
            yield rung
            if number == 1:
                raise Cancelled("The job was cancelled.", "", "")

    monkeypatch.setattr(Ladder, "rungs", two)
    with pytest.raises(Cancelled):
        climb(asked, tmp_path / "run")
    so_far = RunFolder(tmp_path / "run").read_json("ladder.json")
    assert not so_far["complete"] and so_far["recommended"] is None and len(so_far["rungs"]) == 2
    monkeypatch.setattr(Ladder, "rungs", real)
    resumed = climb(asked, tmp_path / "run").read_json("ladder.json")
    for one, other in zip(whole["rungs"], resumed["rungs"], strict=True):
        assert one["cv_log_loss"] == other["cv_log_loss"] and one["test"] == other["test"]
    assert resumed["recommended"] == whole["recommended"]


def test_a_ladder_is_of_a_named_backbone_at_every_depth(spec: Spec) -> None:
    with pytest.raises(BadInput, match="named backbone"):
        replace(spec, job=LADDER)
    with pytest.raises(BadInput, match="every depth"):
        replace(spec, job=LADDER, backbone="incontext-small", freezing_depth=2)


def test_the_stages_of_a_ladder_are_its_own() -> None:
    assert stages_of(LADDER) == LADDER_STAGES != stages_of("finetune")
    assert stages_of("ingest") == ("ingest",)
