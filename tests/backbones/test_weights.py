"""Weights are loaded with the right checksum or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
import torch
from torch import nn

from finxfer.backbones.weights import file_sha256, load_into, load_weights, save_weights
from finxfer.errors import Damaged


def test_what_was_saved_is_loaded_with_its_checksum(tmp_path: Path) -> None:
    path, tensors = tmp_path / "deep" / "weights.safetensors", {"a": torch.randn(3, 4), "b": torch.arange(5)}
    sha256, size = save_weights(tensors, path)
    assert (sha256, size) == (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_size)
    assert file_sha256(path) == sha256
    loaded = load_weights(path, sha256)
    assert all(torch.equal(loaded[name], tensor) for name, tensor in tensors.items())


def test_one_flipped_bit_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    sha256, _ = save_weights({"a": torch.ones(8)}, path)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(Damaged, match="wrong checksum"):
        load_weights(path, sha256)


def test_missing_and_foreign_files_are_damaged(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="cannot be read"):
        load_weights(tmp_path / "absent", None)
    (tmp_path / "foreign").write_bytes(b"PK\x03\x04 something else")
    with pytest.raises(Damaged, match="cannot be read"):
        load_weights(tmp_path / "foreign", None)


def test_weights_of_another_shape_do_not_go_in() -> None:
    with pytest.raises(Damaged, match="do not fit"):
        load_into(nn.Linear(2, 2), {"weight": torch.ones(3, 3), "bias": torch.ones(2)}, "the test")
    with pytest.raises(Damaged, match="do not fit"):
        load_into(nn.Linear(2, 2), {"weight": torch.ones(2, 2)}, "the test")
