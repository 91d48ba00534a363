"""What is chosen, from what, and how it is said."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from finxfer.backbones import catalogue, considered
from finxfer.backbones.card import Card, read_card, write_card
from finxfer.backbones.protocol import Report
from finxfer.errors import BadInput
from finxfer.training.choosing import BASELINES as NAMES
from finxfer.training.choosing import choose
from finxfer.training.chosen import Chosen
from finxfer.training.guard import log_odds_of, validate
from tests.training.made import QUICK, customers, never, silent, training_data


@pytest.fixture
def home(tmp_path: Path, backbones: dict[str, Card], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A catalogue of the two tiny backbones alone."""
    monkeypatch.setattr(catalogue, "SHIPPED", tmp_path / "nothing")
    return filled(tmp_path, backbones)


def filled(folder: Path, backbones: dict[str, Card]) -> Path:
    for family in ("tabm", "incontext"):
        shutil.copytree(backbones[family].folder or "", folder / "backbones" / family)
    return folder


def chosen(
    backbone: str,
    depth: int | str,
    home: Path,
    report: Report = silent,
    work: Path | None = None,
    table: str = "",
) -> Chosen:
    arguments = (training_data(), QUICK, 0, "cpu", work, report, never, home, table)
    return choose(backbone, depth, *arguments)


def test_what_the_analyst_fixed_is_done(home: Path) -> None:
    found = chosen("tabm", 2, home)
    assert (found.backbone_id, found.depth, found.stages) == ("tabm", 2, 3)
    assert found.choice in ("fine-tuned", "as-is") and found.fell_back == (found.choice == "as-is")
    assert [entry["backbone"] for entry in found.tried] == ["tabm"]
    assert "as you chose" in found.reason
    assert found.selection is None and found.without_pretrained is None and found.out_of_fold is None


def test_as_is_is_no_fall_back(home: Path) -> None:
    found = chosen("incontext", "as-is", home)
    assert (found.choice, found.depth, found.fell_back) == ("as-is", "as-is", False)
    assert found.trainable_parameters == 0


def test_an_open_depth_of_a_named_backbone_mixes_what_it_gave_rise_to(home: Path) -> None:
    found = chosen("tabm", "auto", home)
    assert found.selection is not None
    kinds = {entry["name"]: entry for entry in found.selection["tried"]}
    assert set(kinds) == {"tabm, as-is", "tabm, corrected", "tabm, fine-tuned", *NAMES}
    assert {entry["backbone"] for entry in found.selection["tried"] if entry["weight"] > 0} == {"tabm"}
    assert kinds["tabm, corrected"]["depth"] == 3 and found.backbone_id == "tabm"
    assert set(found.baselines) == set(NAMES) and found.without_pretrained is not None
    assert found.selection["winner"]["over"].startswith("tabm") and not any(n in found.reason for n in NAMES)


def test_a_named_backbone_of_another_task_is_fine_tuned_or_nothing(backbones: dict[str, Card]) -> None:
    other = replace(training_data(), target="another")
    folder = str(backbones["mlp"].folder)
    found = choose(folder, "auto", other, QUICK, 0, "cpu", None, silent, never)
    assert found.choice == "fine-tuned" and isinstance(found.depth, int) and not found.fell_back
    assert found.selection is not None and found.selection["winner"]["over"] is None
    assert "against" not in found.reason


@pytest.mark.parametrize("family", ["boosted", "mlp"])
def test_a_source_of_another_family_is_chosen_from_alike(family: str, backbones: dict[str, Card]) -> None:
    found = chosen(str(backbones[family].folder), "auto", Path("/nowhere"))
    assert found.selection is not None
    names = {entry["name"].split(", ")[-1] for entry in found.selection["tried"] if entry["pretrained"]}
    assert names == {"as-is", "corrected", "fine-tuned"}
    frame, _ = customers(20, 9)
    assert np.isfinite(log_odds_of(found.model.predict(frame))).all()


@pytest.fixture(scope="module")
def auto(tmp_path_factory: pytest.TempPathFactory, backbones: dict[str, Card]) -> Chosen:
    """finxfer's own choice, among two backbones of hardly any worth."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalogue, "SHIPPED", folder / "nothing")
        return chosen("auto", "auto", filled(folder, backbones))


def test_auto_judges_everything_on_all_training_and_validation_rows(auto: Chosen) -> None:
    assert auto.selection is not None and auto.out_of_fold is not None
    names = {entry["name"]: entry for entry in auto.selection["tried"]}
    assert set(names) == {
        "tabm, as-is", "tabm, corrected", "incontext, as-is", f"{auto_lead(auto)}, fine-tuned",
        "logistic_regression", "lightgbm", "from_scratch",
    }  # fmt: skip
    assert auto.selection["rows"] == len(auto.out_of_fold.y) == 240 and auto.selection["folds"] == 5
    losses = [entry["log_loss"] for entry in auto.selection["tried"]]
    assert losses == sorted(losses)
    assert sum(entry["weight"] for entry in names.values()) == pytest.approx(1, abs=1e-4)
    for name, entry in names.items():
        assert entry["pretrained"] == (entry["kind"] != "baseline") == (entry["backbone"] is not None), name
    assert json.loads(json.dumps(auto.selection)) == auto.selection


def auto_lead(found: Chosen) -> str:
    """The backbone that did best as-is."""
    assert found.selection is not None
    return next(entry["backbone"] for entry in found.selection["tried"] if entry["kind"] == "as-is")


def test_the_models_of_a_choice_are_those_that_it_tells_of(auto: Chosen) -> None:
    frame, _ = customers(40, 9)
    assert auto.selection is not None and auto.member is not None and auto.without_pretrained is not None
    used = [entry for entry in auto.selection["tried"] if entry["weight"] > 0]
    mixed = sum(entry["weight"] * log_odds_of(auto.member(entry["name"]).predict(frame)) for entry in used)
    assert log_odds_of(auto.model.predict(frame)) == pytest.approx(mixed, abs=1e-3)
    other = auto.selection["without_pretrained"]
    assert set(other["weights"]) <= set(auto.baselines) == set(NAMES)
    mixed = sum(
        weight * log_odds_of(auto.baselines[name].predict(frame)) for name, weight in other["weights"].items()
    )
    assert log_odds_of(auto.without_pretrained.predict(frame)) == pytest.approx(mixed, abs=1e-3)
    assert auto.choice == ("ensemble" if len(used) > 1 else used[0]["kind"])


def test_what_chooses_the_threshold_is_what_was_judged(auto: Chosen) -> None:
    assert auto.out_of_fold is not None and auto.selection is not None
    y, probability = auto.out_of_fold.y, auto.out_of_fold.probability
    assert set(probability) == {"model", "without_pretrained", *NAMES}
    judged = {entry["name"]: entry["log_loss"] for entry in auto.selection["tried"]}
    judged |= {"model": auto.selection["winner"]["log_loss"]}
    judged |= {"without_pretrained": auto.selection["without_pretrained"]["log_loss"]}
    for name, values in probability.items():
        assert validate(y, log_odds_of(values)).loss == pytest.approx(judged[name], abs=1e-4), name


def test_a_margin_is_over_the_best_other_single_candidate(auto: Chosen) -> None:
    assert auto.selection is not None
    winner, entries = auto.selection["winner"], auto.selection["tried"]
    best = next(entry for entry in entries if entry["name"] != winner["name"])
    assert winner["over"] == best["name"]
    assert winner["margin"] == pytest.approx(best["log_loss"] - winner["log_loss"], abs=2e-5)
    assert winner["margin_error"] > 0


def test_a_fine_tuning_in_vain_is_told_and_its_start_stands_for_it(home: Path) -> None:
    settings = replace(QUICK, learning_rate=1.0)
    found = choose("auto", "auto", training_data(), settings, 0, "cpu", None, silent, never, home)
    assert found.selection is not None and found.member is not None
    (tuned,) = [entry for entry in found.selection["tried"] if entry["kind"] == "fine-tuned"]
    assert tuned["fell_back"] and tuned["weight"] == 0
    frame, _ = customers(20, 9)
    as_is = found.member(f"{tuned['backbone']}, as-is")
    assert np.array_equal(found.member(tuned["name"]).predict(frame), as_is.predict(frame))


def test_auto_with_a_fixed_depth_tries_no_other(home: Path) -> None:
    found = chosen("auto", "as-is", home)
    assert {entry["choice"] for entry in found.tried} == {"as-is", *NAMES}


def test_a_table_of_many_rows_is_judged_by_its_validation_rows(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(considered, "FOLDS", ((100, 5),))
    found = chosen("auto", "auto", home)
    assert found.selection is not None and found.selection["rows"] == 60
    assert found.selection["folds"] == 1
    frame, y = customers(400, 9)
    assert validate(y, log_odds_of(found.model.predict(frame))).auc > 0.6
    for name in NAMES:
        assert np.isfinite(found.baselines[name].predict(frame)).all()


def test_a_spoilt_backbone_is_passed_over_in_auto(home: Path) -> None:
    (home / "backbones" / "tabm" / "weights.safetensors").write_bytes(b"spoilt")
    messages: list[str] = []
    found = chosen("auto", "as-is", home, lambda kind, **fields: messages.append(str(fields.get("text"))))
    assert found.backbone_id == "incontext"
    assert any("tabm was passed over" in message for message in messages)


def test_auto_does_without_any_backbone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "SHIPPED", tmp_path / "nothing")
    found = chosen("auto", "auto", tmp_path)
    assert found.fell_back and found.backbone_id == "" and found.depth is None
    assert {entry["backbone"] for entry in found.tried} == {None}
    with pytest.raises(BadInput, match="no backbone 'unheard-of'"):
        chosen("unheard-of", 0, tmp_path)


def test_the_same_choice_twice_and_after_a_resume(home: Path) -> None:
    frame, _ = customers(30, 6)
    first, second = chosen("tabm", "auto", home), chosen("tabm", "auto", home)
    assert first.tried == second.tried and first.reason == second.reason
    assert np.array_equal(first.model.predict(frame), second.model.predict(frame))


class Killed(Exception):
    """Stands for the end of a process."""


def test_a_choice_that_was_killed_goes_on_to_the_same_end(home: Path, auto: Chosen, tmp_path: Path) -> None:
    seen: list[str] = []

    def killing(kind: str, **fields: Any) -> None:
        if kind == "progress":
            seen.append(f"{fields['candidate']} {fields['fold']}")
        if seen and seen[-1] == "incontext, as-is 3":
            raise Killed

    with pytest.raises(Killed):
        chosen("auto", "auto", home, killing, tmp_path / "kept")
    resumed = chosen("auto", "auto", home, silent, tmp_path / "kept")
    assert untimed(resumed) == untimed(auto) and resumed.reason == auto.reason
    frame, _ = customers(30, 6)
    assert np.array_equal(resumed.model.predict(frame), auto.model.predict(frame))
    done = chosen("auto", "auto", home, killing_epochs, tmp_path / "kept")
    assert np.array_equal(done.model.predict(frame), auto.model.predict(frame))


def killing_epochs(kind: str, **fields: Any) -> None:
    assert kind != "epoch", "trained again"


def untimed(found: Chosen) -> dict[str, Any]:
    """The selection without what a clock says."""
    assert found.selection is not None
    entries = [{k: v for k, v in entry.items() if k != "seconds"} for entry in found.selection["tried"]]
    return {**found.selection, "tried": entries}


def test_auto_passes_over_a_backbone_that_has_seen_the_table(home: Path) -> None:
    for family in ("tabm", "incontext"):
        folder = home / "backbones" / family
        write_card(replace(read_card(folder), tables=["a" * 64]), folder)
    assert all(entry["backbone"] is None for entry in chosen("auto", "as-is", home, table="a" * 64).tried)
    assert any(entry["backbone"] for entry in chosen("auto", "as-is", home, table="b" * 64).tried)
