"""Draws that every part of the prior uses, on the generator's device."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor


def uniform(size: Sequence[int], bounds: tuple[float, float], generator: torch.Generator) -> Tensor:
    """Uniform draws between the two bounds."""
    low, high = bounds
    return low + (high - low) * torch.rand(tuple(size), generator=generator, device=generator.device)


def log_uniform(size: Sequence[int], bounds: tuple[float, float], generator: torch.Generator) -> Tensor:
    """Draws whose logarithm is uniform between the logarithms of the two (positive) bounds."""
    return uniform(size, (math.log(bounds[0]), math.log(bounds[1])), generator).exp()


def flags(size: Sequence[int], probability: Tensor | float, generator: torch.Generator) -> Tensor:
    """Booleans that are true with the given probability (a number, or a tensor that broadcasts to `size`)."""
    return torch.rand(tuple(size), generator=generator, device=generator.device) < probability


def choose(size: Sequence[int], weights: Sequence[float], generator: torch.Generator) -> Tensor:
    """Indices of one of `weights`, drawn in proportion to them."""
    edges = torch.tensor(weights, device=generator.device).cumsum(0)
    draw = torch.rand(tuple(size), generator=generator, device=generator.device) * edges[-1]
    return torch.bucketize(draw, edges[:-1])


def standardised(values: Tensor, dim: int) -> Tensor:
    """Mean 0 and standard deviation 1 along `dim`; constant values become 0."""
    centred = values - values.mean(dim=dim, keepdim=True)
    return centred / centred.square().mean(dim=dim, keepdim=True).sqrt().clamp_min(1e-6)


def normal_quantile(probability: Tensor) -> Tensor:
    """Quantile of the standard normal distribution, finite also at 0 and 1."""
    return math.sqrt(2) * torch.erfinv((2 * probability - 1).clamp(-0.9999, 0.9999))
