"""Named recipes: everything that decides what `pretrain RECIPE` makes."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

import torch

from finxfer.backbones.incontext_network import NetworkConfig
from finxfer.errors import BadInput
from finxfer.pretraining.prior import Shape, Traits


@dataclass(frozen=True)
class Recipe:
    """A pretraining recipe.

    Attributes
    ----------
    backbone, title: id and name of what it makes, as its card says them.
    steps: optimiser steps in all; the last `decay_share` of them lower the learning rates to zero.
    batches: batches of one shape each whose gradients make one step.
    batch_cells: about so many rows x column groups in a batch.
    context, columns: ranges of the context rows and of the columns of a table, log-uniform.
    rungs: so many lengths of context occur, in equal ratios from the least to the greatest; 0: any. Kernels
        that are compiled know the length they are for.
    ranked: probability that a batch is given as normal scores of ranks instead of standardised values.
    spelled, levels: probability that category columns of a batch are written as indicators of their levels,
        and the range of the number of levels.
    several, classes: probability that a batch has more than two classes, and the range of their number.
    precision: "float32", or "bf16" for the matrix products and attention of forward and backward passes
        (on a CPU that is no faster: its attention kernels are not).
    compiled: compile the blocks where the device can (see `compiling`).
    matrix_rate, other_rate: learning rates of Muon (weight matrices of the blocks) and AdamW (the rest).
    average: decay of the exponential moving average of the weights; the average is what is shipped.
    """

    name: str
    backbone: str = "incontext-small"
    title: str = "In-context transformer, small"
    network: NetworkConfig = field(default_factory=lambda: NetworkConfig(col_num_inds=32))
    traits: Traits = field(default_factory=Traits)
    steps: int = 12_000
    batches: int = 4
    batch_cells: int = 7_000
    tables_at_most: int = 32
    context: tuple[int, int] = (60, 1_600)
    rungs: int = 0
    columns: tuple[int, int] = (3, 40)
    columns_at_most: int = 64
    ranked: float = 0.3
    spelled: float = 0.3
    levels: tuple[int, int] = (3, 12)
    several: float = 0.12
    classes: tuple[int, int] = (3, 10)
    precision: str = "float32"
    compiled: bool = False
    matrix_rate: float = 2e-3
    other_rate: float = 1e-3
    weight_decay: float = 0.01
    warmup: int = 100
    decay_share: float = 0.5
    average: float = 0.997
    clip: float = 1.0
    validate_every: int = 250
    save_every: int = 50
    seed: int = 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


GPU_30MIN = Recipe(
    "gpu-30min",
    backbone="incontext-gpu",
    title="In-context transformer, made on a GPU",
    network=NetworkConfig(
        embed_dim=96,
        col_num_blocks=3,
        col_num_inds=64,
        row_num_blocks=3,
        row_num_cls=3,
        icl_num_blocks=8,
        icl_nhead=9,
    ),
    steps=9_000,
    batches=2,
    batch_cells=250_000,
    tables_at_most=512,
    context=(60, 3_000),
    rungs=10,
    columns=(3, 80),
    columns_at_most=100,
    precision="bf16",
    compiled=True,
    warmup=200,
    validate_every=500,
    save_every=500,
)
"""For one H100 in 30 minutes: 6.4 M parameters (26 MB), batches of up to 512 tables, contexts to 3,000 rows.

It is sized by calculation and has not run on a GPU yet; docs/pretraining.md has the arithmetic. 250,000 cells
keep the rows of a batch below 65,535, the most that attention kernels take at once, and leave at least two
tables in each, so that no kernel is compiled for a single one.
"""

RECIPES = {"cpu-small": Recipe("cpu-small"), "gpu-30min": GPU_30MIN}


def find_recipe(name: str) -> Recipe:
    """The recipe of that name. Raises BadInput for an unknown one."""
    if name not in RECIPES:
        known = ", ".join(sorted(RECIPES))
        raise BadInput(f"There is no recipe {name!r}.", f"finxfer knows: {known}.", "Choose one of them.")
    return RECIPES[name]


def draw_shape(recipe: Recipe, generator: torch.Generator) -> Shape:
    """The shape of one training batch: small tables come many at a time, large ones alone."""
    draws = torch.rand(7, generator=generator).tolist()
    if recipe.rungs:
        draws[0] = int(draws[0] * recipe.rungs) / (recipe.rungs - 1)
    context, columns = (
        round(_between(bounds, draw))
        for bounds, draw in zip((recipe.context, recipe.columns), draws, strict=False)
    )
    levels = round(_between(recipe.levels, draws[2]))
    room = (recipe.columns_at_most - columns) // (levels - 1)
    spelled = min(columns - 1, room, 1 + int(4 * draws[3])) if draws[4] < recipe.spelled else 0
    classes = round(_between(recipe.classes, draws[5])) if draws[6] < recipe.several else 2
    columns += spelled * (levels - 1)
    query = min(250, max(48, context // 3))
    groups = math.ceil(columns / recipe.network.col_feature_group_size) + recipe.network.row_num_cls
    tables = recipe.batch_cells // ((context + query) * groups)
    return Shape(
        min(recipe.tables_at_most, max(1, tables)), context, query, columns, classes, spelled, levels
    )


def _between(bounds: tuple[int, int], draw: float) -> float:
    """The log-uniform quantile `draw` (0 to 1) between the bounds."""
    low, high = bounds
    return math.exp(math.log(low) + draw * (math.log(high) - math.log(low)))


VALIDATION_SHAPES = (Shape(12, 100, 150, 9), Shape(8, 300, 150, 18), Shape(6, 1_000, 150, 27))
"""Held-out synthetic tables: drawn once from a seed that training never uses."""
