"""Blocks are compiled where that is possible, and not anew for every batch."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch._dynamo.testing import CompileCounter

from finxfer.backbones.incontext_network import build_network, forward_episode
from finxfer.pretraining import compiling, loop
from finxfer.pretraining.compiling import MOST_KERNELS, allow_kernels, can_compile, compile_blocks
from finxfer.pretraining.recipes import RECIPES, Recipe


def test_only_a_gpu_with_the_compiler_compiles(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not can_compile(torch.device("cpu"))
    for found, expected in ((object(), True), (None, False)):
        monkeypatch.setattr(compiling.importlib.util, "find_spec", lambda name, found=found: found)
        assert can_compile(torch.device("cuda")) is expected


@pytest.mark.parametrize(("wanted", "possible"), [(True, True), (True, False), (False, True)])
def test_the_trainer_compiles_where_recipe_and_device_say_so(
    tiny: Recipe, monkeypatch: pytest.MonkeyPatch, wanted: bool, possible: bool
) -> None:
    made: list[torch.nn.Module] = []
    monkeypatch.setattr(loop, "can_compile", lambda device: possible)
    monkeypatch.setattr(loop, "compile_blocks", made.append)
    with loop._workers("cpu") as pool:
        trainer = loop.Trainer(replace(tiny, compiled=wanted), torch.device("cpu"), pool)
    assert made == ([trainer.network] if wanted and possible else [])
    assert RECIPES["gpu-30min"].compiled and not RECIPES["cpu-small"].compiled


def test_the_worker_that_feeds_a_gpu_may_keep_many_kernels() -> None:
    with loop._workers("cuda") as pool:
        limit = pool.submit(lambda: torch._dynamo.config.recompile_limit).result()
    assert limit == MOST_KERNELS > 2 * max(recipe.rungs for recipe in RECIPES.values()) + 8


@pytest.mark.slow
def test_batches_of_any_size_share_the_kernels_of_their_length_of_context(tiny: Recipe) -> None:
    network = build_network(tiny.network.to_json())
    names = set(network.state_dict())
    counter = CompileCounter()
    allow_kernels()
    compile_blocks(network, counter)
    assert set(network.state_dict()) == names

    def run(tables: int, context: int, columns: int) -> int:
        x = torch.randn(tables, context + 16, columns)
        forward_episode(network, x, torch.zeros(tables, context)).sum().backward()
        return counter.frame_count

    first = run(3, 20, 5)
    for tables, columns in ((2, 9), (5, 12), (7, 4)):
        again = run(tables, 20, columns)
    longer = run(4, 30, 7)
    assert first <= again <= first + 2  # sizes that were one number may become free once
    assert again < longer <= again + 2  # the two kinds of attention that know the length
    assert run(5, 20, 8) == run(6, 30, 6) == longer
