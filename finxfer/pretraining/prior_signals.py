"""What a row's columns have to do with its target: causal nodes and the parts of a signal."""

from __future__ import annotations

import torch
from torch import Tensor

from finxfer.pretraining.prior_random import choose, flags, log_uniform, standardised, uniform

PARTS = ("linear", "monotone", "few_trees", "forest", "interactions", "network", "hidden_cause")
# Bank tables are mostly additive with thresholds, so every second table is without each part but these two.
PART_SHARES = (0.4, 0.5, 0.35, 0.5, 0.35, 0.35, 0.35)


def bend(values: Tensor, kind: Tensor) -> Tensor:
    """Apply one of six non-linearities to `values`, chosen by `kind` (0 to 5, broadcast)."""
    out = torch.where(kind == 1, values.tanh(), values)
    out = torch.where(kind == 2, values.relu(), out)
    out = torch.where(kind == 3, values.abs(), out)
    out = torch.where(kind == 4, (values > 0).to(values.dtype), out)
    return torch.where(kind == 5, (2 * values).sin(), out)


def cause_nodes(tables: int, rows: int, columns: int, generator: torch.Generator) -> Tensor:
    """Nodes of a random layered causal model (tables, rows, nodes), each standardised over the rows.

    Every layer is a sparse random mixture of the one before, bent, plus noise of its own. With much noise the
    nodes are nearly independent, with little they are strongly related.
    """
    width = max(8, (2 * columns) // 3)
    device = generator.device
    layer = torch.randn((tables, rows, width), generator=generator, device=device)
    layers = [layer]
    for _ in range(2):
        weight = torch.randn((tables, width, width), generator=generator, device=device)
        weight = weight * flags(weight.shape, uniform((tables, 1, 1), (0.1, 0.6), generator), generator)
        kind = choose((tables, 1, width), (0.35, 0.2, 0.15, 0.1, 0.1, 0.1), generator)
        mixed = standardised(bend(standardised(layer @ weight, 1), kind), 1)
        own = log_uniform((tables, 1, width), (0.1, 3.0), generator)
        noise = torch.randn(mixed.shape, generator=generator, device=device)
        layer = standardised(mixed + own * noise, 1)
        layers.append(layer)
    return torch.cat(layers, dim=2)


def observed_nodes(nodes: Tensor, columns: int, generator: torch.Generator) -> Tensor:
    """Latent columns (tables, rows, columns): nodes drawn without repetition, from all layers."""
    tables, rows, count = nodes.shape
    order = torch.rand((tables, 1, count), generator=generator, device=nodes.device).argsort(dim=2)
    return nodes.gather(2, order[:, :, :columns].expand(-1, rows, -1))


def signal(effective: Tensor, nodes: Tensor, importance: Tensor, generator: torch.Generator) -> Tensor:
    """The explainable part of the target (tables, rows), standardised: a mixture of some of `PARTS`."""
    tables = effective.shape[0]
    weighted = effective * importance.unsqueeze(1)
    parts = torch.stack(
        (
            linear(weighted, generator),
            monotone(effective, importance, generator),
            trees(effective, importance, 2, 4, generator),
            trees(effective, importance, 24, 3, generator),
            interactions(effective, importance, generator),
            network(weighted, generator),
            hidden_cause(nodes, generator),
        ),
        dim=2,
    )
    used = flags((tables, len(PARTS)), torch.tensor(PART_SHARES, device=effective.device), generator)
    fallback = choose((tables, 1), PART_SHARES, generator)
    used = used.scatter(1, fallback, True)
    weight = used * log_uniform((tables, len(PARTS)), (0.3, 3.0), generator)
    return standardised((standardised(parts, 1) * weight.unsqueeze(1)).sum(dim=2), 1)


def linear(weighted: Tensor, generator: torch.Generator) -> Tensor:
    """A weighted sum of the columns."""
    sign = torch.randn((weighted.shape[0], weighted.shape[2], 1), generator=generator, device=weighted.device)
    return (weighted @ sign).squeeze(2)


def monotone(effective: Tensor, importance: Tensor, generator: torch.Generator) -> Tensor:
    """A sum of one bend per column that only rises or only falls: saturation, hinge or step."""
    tables, _, columns = effective.shape
    place = torch.randn((tables, 1, columns), generator=generator, device=effective.device)
    steep = log_uniform((tables, 1, columns), (0.7, 6.0), generator)
    moved = steep * (effective - place)
    kind = choose((tables, 1, columns), (0.4, 0.3, 0.3), generator)
    bent = torch.where(
        kind == 0, moved.tanh(), torch.where(kind == 1, moved.relu() / steep, (moved > 0).float())
    )
    sign = 1 - 2 * flags((tables, columns, 1), 0.5, generator).float()
    return (bent @ (sign * importance.unsqueeze(2))).squeeze(2)


def trees(
    effective: Tensor, importance: Tensor, count: int, depth: int, generator: torch.Generator
) -> Tensor:
    """The mean of `count` random trees of axis-aligned thresholds, columns drawn by importance.

    All nodes of a level share their split (an oblivious tree), which makes every leaf a cell of a grid: jumps
    and interactions of up to `depth` columns. Thresholds are values of random rows.
    """
    tables, rows, _ = effective.shape
    device = effective.device
    splits = count * depth
    column = torch.multinomial(importance, splits, replacement=True, generator=generator)
    values = effective.gather(2, column.unsqueeze(1).expand(-1, rows, -1))
    row = torch.randint(rows, (tables, 1, splits), generator=generator, device=device)
    above = (values > values.gather(1, row)).view(tables, rows, count, depth)
    leaf = (above * (2 ** torch.arange(depth, device=device))).sum(dim=3)
    worth = torch.randn((tables, count, 2**depth), generator=generator, device=device)
    offset = torch.arange(count, device=device) * 2**depth
    flat = (leaf + offset).view(tables, rows * count)
    return worth.view(tables, -1).gather(1, flat).view(tables, rows, count).mean(dim=2)


def interactions(effective: Tensor, importance: Tensor, generator: torch.Generator) -> Tensor:
    """A sum of products of pairs of columns, one of each pair perhaps as a step."""
    tables, rows, _ = effective.shape
    pairs = 3
    column = torch.multinomial(importance, 2 * pairs, replacement=True, generator=generator)
    values = effective.gather(2, column.unsqueeze(1).expand(-1, rows, -1))
    left, right = values[:, :, :pairs], values[:, :, pairs:]
    stepped = flags((tables, 1, pairs), 0.5, generator)
    left = torch.where(stepped, (left > 0).float(), left)
    weight = torch.randn((tables, pairs, 1), generator=generator, device=effective.device)
    return ((left * right.clamp(-3, 3)) @ weight).squeeze(2)


def network(weighted: Tensor, generator: torch.Generator) -> Tensor:
    """A random two-layer network of the columns."""
    tables, _, columns = weighted.shape
    hidden = 12
    device = weighted.device
    first = torch.randn((tables, columns, hidden), generator=generator, device=device)
    kind = choose((tables, 1, hidden), (0.0, 0.35, 0.3, 0.1, 0.15, 0.1), generator)
    bias = torch.randn((tables, 1, hidden), generator=generator, device=device)
    inner = bend(1.5 * standardised(weighted @ first, 1) + bias, kind)
    return (inner @ torch.randn((tables, hidden, 1), generator=generator, device=device)).squeeze(2)


def hidden_cause(nodes: Tensor, generator: torch.Generator) -> Tensor:
    """A node of the causal model: a cause of some columns, an effect of others, perhaps not observed."""
    tables, rows, count = nodes.shape
    node = torch.randint(count, (tables, 1, 1), generator=generator, device=nodes.device)
    return nodes.gather(2, node.expand(-1, rows, 1)).squeeze(2)
