"""Official weights: only the pinned file is opened, nothing half-written stays, and it works like our own."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tabicl._model.inference_config import InferenceConfig

from finxfer.backbones.card import Card, write_card
from finxfer.backbones.catalogue import delete_backbone, find_card, list_backbones, require_available
from finxfer.backbones.families import load_backbone
from finxfer.backbones.incontext_looks import plain_looks
from finxfer.backbones.incontext_network import (
    ContextReading,
    build_network,
    forward_episode,
    stage_prefixes,
)
from finxfer.backbones.official import install
from finxfer.backbones.weights import file_sha256
from finxfer.errors import BadInput, Damaged
from finxfer.records.home import backbones_dir
from finxfer.records.training_settings import TrainingSettings
from tests.backbones.made_checkpoint import FILE, OFFICIAL_OPTIONS, checkpoint_bytes, official_network, pin
from tests.training.made import customers, training_data


def silent(*_: object, **__: object) -> None:
    """Reports nothing."""


def fetch(card: Card, file: Path | None) -> Card:
    return install(card, silent, lambda: False, file)


def test_the_shipped_card_pins_the_official_file_and_says_how_to_get_it() -> None:
    card = find_card("tabicl-v2")
    assert not card.available and card.licence == "BSD-3-Clause" and card.depth_count == 14
    assert card.source is not None
    assert card.source["file"] == FILE and len(card.source["revision"]) == 40
    assert card.parameters == sum(part["parameters"] for part in [*card.stages, card.head])
    for use in (require_available, load_backbone):
        with pytest.raises(BadInput, match="backbones fetch tabicl-v2"):
            use(card)


def test_the_shipped_card_describes_the_network_of_its_config() -> None:
    card = find_card("tabicl-v2")
    network = build_network(card.config)
    names = [name for name, _, _ in stage_prefixes(network)]
    assert names == [stage["name"] for stage in [*card.stages, card.head]]
    trained = sum(parameter.numel() for parameter in network.parameters() if parameter.requires_grad)
    assert trained == card.parameters
    # The file is little more than these numbers: as many tensors as its publisher's catalogue names.
    assert 0 < (card.source or {})["bytes"] - 4 * trained < 1000 * len(network.state_dict())


@pytest.mark.parametrize("columns", [1, 2, 7])
@pytest.mark.parametrize(
    "options",
    [{}, {"row_rope_interleaved": True}, {"bias_free_ln": True}, {"col_feature_group": False}],
    ids=str,
)
def test_an_episode_gives_the_numbers_of_tabicl(options: dict[str, object], columns: int) -> None:
    network = official_network(**options)
    generator = torch.Generator().manual_seed(1)
    x = torch.randn((2, 50, columns), generator=generator)
    y = torch.randint(0, 2, (2, 30), generator=generator).float()
    exact = InferenceConfig(*({"use_amp": False},) * 3)
    with torch.no_grad():
        ours, training = forward_episode(network, x, y), network.train()(x, y)
        scoring = network.eval()(x, y, return_logits=True, inference_config=exact)
    reading = ContextReading(network, x[0, :30], y[0], plain_looks(columns, 1)).logits(x[0, 30:])
    torch.testing.assert_close(ours, training, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(ours[..., : scoring.shape[-1]], scoring, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(reading, ours[0], atol=1e-4, rtol=1e-4)


def test_a_file_becomes_an_available_backbone(pinned: Card, checkpoint: Path) -> None:
    made = fetch(pinned, checkpoint)
    assert made.available and made.folder == backbones_dir() / "tabicl-v2"
    assert [card.id for card in list_backbones()] == ["tabicl-v2"]
    assert find_card("tabicl-v2") == made
    assert made.sha256 == file_sha256(made.weights_path) and made.source == pinned.source
    assert [stage["title"] for stage in made.stages][2:] == [f"In-context block {n}" for n in (1, 2, 3)]
    assert {path.name for path in backbones_dir().iterdir()} == {"tabicl-v2"}
    assert {path.name for path in (backbones_dir() / "tabicl-v2").iterdir()} == {
        "card.json",
        "weights.safetensors",
    }
    loaded = load_backbone(made).network
    for name, value in official_network().state_dict().items():
        assert torch.equal(loaded.state_dict()[name], value), name


def test_an_imported_backbone_is_fine_tuned_and_scores(pinned: Card, checkpoint: Path) -> None:
    card = fetch(pinned, checkpoint)
    learner = load_backbone(card).learner(training_data(), TrainingSettings(), 0, "cpu")
    steps = learner.start_epoch(torch.Generator().manual_seed(0))
    loss = learner.loss(0)
    loss.backward()
    assert steps > 0 and torch.isfinite(loss)
    assert all(p.grad is not None for p in learner.network.parameters() if p.requires_grad)
    rated = learner.model(0.0).predict(customers(25, 5)[0])
    assert rated.shape == (25,) and np.all((rated > 0) & (rated < 1)) and len(np.unique(rated)) > 5


def test_what_is_there_stays_and_what_was_deleted_is_fetched_again(pinned: Card, checkpoint: Path) -> None:
    first = fetch(pinned, checkpoint)
    before = first.weights_path.stat().st_mtime_ns
    assert fetch(pinned, Path("no such file")).weights_path.stat().st_mtime_ns == before
    delete_backbone("tabicl-v2")
    assert [(card.id, card.available) for card in list_backbones()] == [("tabicl-v2", False)]
    assert fetch(pinned, checkpoint).sha256 == first.sha256


def test_a_backbone_of_that_name_that_is_another_is_left_alone(pinned: Card, checkpoint: Path) -> None:
    write_card(Card("tabicl-v2", "Mine", "tabm", [], pinned.head, 1), backbones_dir() / "tabicl-v2")
    with pytest.raises(BadInput, match="taken"):
        fetch(pinned, checkpoint)
    assert not find_card("tabicl-v2").available


def test_our_own_backbones_have_nothing_to_fetch() -> None:
    with pytest.raises(BadInput, match="nothing to fetch"):
        fetch(find_card("incontext-small"), None)


class Bomb:
    """Unpickling it would make a folder: the sign that code from the file was run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.folder),)


def refused(card: Card, file: Path, match: str) -> None:
    with pytest.raises(BadInput, match=match) as caught:
        fetch(card, file)
    assert caught.value.next
    assert list(backbones_dir().iterdir()) == []
    assert not find_card(card.id).available


def test_another_file_is_refused_before_it_is_opened(
    pinned: Card, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*_: object, **__: object) -> None:
        raise AssertionError("the file was opened")

    monkeypatch.setattr(torch, "load", opened)
    data = bytearray(checkpoint.read_bytes())
    data[len(data) // 2] ^= 1
    checkpoint.write_bytes(bytes(data))
    refused(pinned, checkpoint, "SHA-256")
    checkpoint.write_bytes(bytes(data[:-1]))
    refused(pinned, checkpoint, "cut short")
    checkpoint.write_bytes(b"")
    refused(pinned, checkpoint, "0 bytes")
    refused(pinned, checkpoint.parent, "is not")
    refused(pinned, checkpoint.with_name("missing.ckpt"), "No such file")


def bad_contents(folder: Path) -> dict[str, tuple[bytes, str]]:
    weights = official_network().state_dict()
    lacking = {name: value for name, value in weights.items() if "decoder" not in name}
    spoilt = {name: torch.full_like(value, float("nan")) for name, value in weights.items()}
    affine = official_network(col_affine=True)
    return {
        "code": (pickle.dumps({"config": Bomb(folder), "state_dict": {}}, protocol=2), "plain weights"),
        "code in a checkpoint": (checkpoint_bytes(config=Bomb(folder)), "plain weights"),
        "cut short": (checkpoint_bytes()[:-5000], "plain weights"),
        "text": (b"hello" * 100, "plain weights"),
        "no config": (checkpoint_bytes(config=None), "lacks 'config'"),
        "a regressor": (checkpoint_bytes(config={"max_classes": 0}), "numbers, not classes"),
        "an unknown option": (checkpoint_bytes(config={"router": 3}), "unknown entry"),
        "nonsense": (checkpoint_bytes(config={"embed_dim": 7}), "makes no network"),
        "weights lacking": (checkpoint_bytes(state_dict=lacking), "decoder"),
        "not finite": (checkpoint_bytes(state_dict=spoilt), "not finite"),
        "parts that we skip": (
            checkpoint_bytes(config={**OFFICIAL_OPTIONS, "col_affine": True}, state_dict=affine.state_dict()),
            "does not run",
        ),
    }


BAD = tuple(bad_contents(Path("unused")))


@pytest.mark.parametrize("name", BAD)
def test_a_file_of_the_pinned_bytes_is_still_not_trusted(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, match = bad_contents(tmp_path / "code was run")[name]
    file = tmp_path / FILE
    file.write_bytes(data)
    refused(pin(data, tmp_path / "shipped", monkeypatch), file, match)
    assert not (tmp_path / "code was run").exists()


def test_a_malformed_source_is_damage(pinned: Card) -> None:
    with pytest.raises(Damaged):
        fetch(replace(pinned, source={"file": "x"}), None)
