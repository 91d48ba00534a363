"""How fast the synthetic prior is, its share of a pretraining step on one core, and what a step computes.

python -m benchmarks.pretraining_speed [--recipe NAME] [--batches N]
python -m benchmarks.pretraining_speed --recipe gpu-30min --count
"""

from __future__ import annotations

import argparse
import time

import torch
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from finxfer.backbones.incontext_network import build_network, forward_episode
from finxfer.pretraining.loop import episode_loss
from finxfer.pretraining.prior import Shape, sample_tables
from finxfer.pretraining.recipes import Recipe, draw_shape, find_recipe


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", default="cpu-small")
    parser.add_argument("--batches", type=int, default=40)
    parser.add_argument("--count", action="store_true", help="count operations and bytes, measure no time")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    recipe = find_recipe(arguments.recipe)
    generator = torch.Generator().manual_seed(0)
    shapes = [draw_shape(recipe, generator) for _ in range(arguments.batches)]
    if arguments.count:
        count(recipe, shapes)
    else:
        measure(recipe, shapes, generator)


def measure(recipe: Recipe, shapes: list[Shape], generator: torch.Generator) -> None:
    """Print seconds of one core."""
    sample_tables(shapes[0], generator, recipe.traits)
    begun = time.process_time()
    made = [sample_tables(shape, generator, recipe.traits) for shape in shapes]
    generating = time.process_time() - begun
    network = build_network(recipe.network.to_json())
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    begun = time.process_time()
    for tables in made:
        torch.autograd.grad(episode_loss(network, tables, False, recipe.precision), parameters)
    learning = time.process_time() - begun
    tables_made = sum(shape.tables for shape in shapes)
    print(f"tables a step: {tables_made / len(shapes) * recipe.batches:.1f}")
    print(f"tables a second, generated: {tables_made / generating:.0f}")
    print(f"tables a second, learned from: {tables_made / learning:.0f}")
    print(f"share of the prior: {generating / (generating + learning):.1%}")
    print(f"seconds of one core a step: {(generating + learning) / len(shapes) * recipe.batches:.2f}")


def count(recipe: Recipe, shapes: list[Shape]) -> None:
    """Print what a step computes and keeps, without computing it."""
    with torch.device("meta"):
        network = build_network(recipe.network.to_json())
    for block in network.col_embedder.tf_col.blocks:
        # Its forward looks for columns to skip, and tensors without values cannot be looked into.
        block.forward = block.induced_attention
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    operations = FlopCounterMode(display=False)
    kept = []
    with operations:
        for shape in shapes:
            x = torch.empty((shape.tables, shape.rows, shape.columns), device="meta")
            y = torch.empty((shape.tables, shape.context), device="meta")
            sizes: dict[int, int] = {}

            def keep(tensor: torch.Tensor, sizes: dict[int, int] = sizes) -> torch.Tensor:
                storage = tensor.untyped_storage()
                sizes[storage._cdata] = storage.nbytes()
                return tensor

            with saved_tensors_hooks(keep, lambda tensor: tensor):
                logits = forward_episode(network, x, y)
            kept.append(sum(sizes.values()))
            torch.autograd.grad(logits.sum(), parameters, allow_unused=True)
    steps = len(shapes) / recipe.batches
    stored = sum(4 * value.numel() for value in network.state_dict().values())
    tables_made = sum(shape.tables for shape in shapes)
    print(f"parameters: {sum(value.numel() for value in parameters):,}, {stored / 1e6:.1f} MB")
    print(
        f"tables a step: {tables_made / steps:.0f}, in the recipe: {tables_made / steps * recipe.steps:,.0f}"
    )
    print(f"operations a step: {operations.get_total_flops() / steps:.3g}")
    print(f"operations in the recipe: {operations.get_total_flops() / steps * recipe.steps:.3g}")
    print(f"kept for the backward pass, largest batch, in float32: {max(kept) / 2**30:.1f} GiB")


if __name__ == "__main__":
    main()
