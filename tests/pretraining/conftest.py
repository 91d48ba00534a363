"""What the tests of pretraining share: a recipe of a second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from finxfer.pretraining import loop
from finxfer.pretraining.prior import Shape
from finxfer.pretraining.recipes import RECIPES, Recipe
from tests.training.made import TINY_NETWORK


@pytest.fixture
def shrink(monkeypatch: pytest.MonkeyPatch) -> Callable[[Recipe], Recipe]:
    """Turns a recipe into the same one in a size of a second, its validation too."""
    monkeypatch.setattr(loop, "VALIDATION_SHAPES", (Shape(3, 30, 20, 4),))
    sizes = {
        "network": TINY_NETWORK,
        "steps": 8,
        "batches": 3,
        "batch_cells": 900,
        "context": (20, 60),
        "columns": (3, 6),
        "warmup": 2,
        "validate_every": 4,
        "save_every": 3,
    }
    return lambda recipe: replace(recipe, **sizes)


@pytest.fixture
def tiny(shrink: Callable[[Recipe], Recipe]) -> Recipe:
    """cpu-small in a size of a second."""
    return shrink(RECIPES["cpu-small"])
