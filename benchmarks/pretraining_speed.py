"""How fast the synthetic prior is, and its share of a pretraining step, on one core.

python -m benchmarks.pretraining_speed [--batches N]
"""

from __future__ import annotations

import argparse
import time

import torch

from finxfer.backbones.incontext_network import build_network
from finxfer.pretraining.loop import episode_loss
from finxfer.pretraining.prior import sample_tables
from finxfer.pretraining.recipes import draw_shape, find_recipe


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=40)
    batches = parser.parse_args().batches
    torch.set_num_threads(1)
    recipe = find_recipe("cpu-small")
    generator = torch.Generator().manual_seed(0)
    shapes = [draw_shape(recipe, generator) for _ in range(batches)]
    sample_tables(shapes[0], generator, recipe.traits)
    begun = time.process_time()
    made = [sample_tables(shape, generator, recipe.traits) for shape in shapes]
    generating = time.process_time() - begun
    network = build_network(recipe.network.to_json())
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    begun = time.process_time()
    for tables in made:
        torch.autograd.grad(episode_loss(network, tables, False), parameters)
    learning = time.process_time() - begun
    count = sum(shape.tables for shape in shapes)
    print(f"tables a second, generated: {count / generating:.0f}")
    print(f"tables a second, learned from: {count / learning:.0f}")
    print(f"share of the prior: {generating / (generating + learning):.1%}")
    print(f"seconds of one core a step: {(generating + learning) / batches * recipe.batches:.2f}")


if __name__ == "__main__":
    main()
