"""Tiny backbones, made once for all tests of the room."""

from __future__ import annotations

from pathlib import Path

import pytest

from finxfer.backbones.card import Card
from finxfer.backbones.families import FAMILIES
from tests.training.made import made_backbone


@pytest.fixture(scope="session")
def backbones(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Card]:
    """A tiny backbone of every family."""
    folder: Path = tmp_path_factory.mktemp("backbones")
    return {family: made_backbone(family, folder) for family in FAMILIES}
