"""From a latent normal quantity to a column as a bank stores it: amounts, counts, grades, codes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from finxfer.pretraining.prior_random import flags, log_uniform, normal_quantile, uniform

Range = tuple[float, float]
KINDS = ("plain", "skewed", "heavy_tailed", "zero_inflated", "ordinal", "category", "binary")


@dataclass(frozen=True)
class ColumnTraits:
    """Ranges for single columns.

    shares: mean share of each of `KINDS`.
    variety: spread of those shares between tables (0: all alike), so that some tables are all numeric.
    skew: s in exp(s z).
    tail: k in sinh(k z) / k.
    zeros: share of zeros in a zero-inflated amount.
    levels: number of levels of an ordinal or category column.
    by_frequency: probability that codes are ranks by frequency (as our encoder makes them), else shuffled.
    """

    shares: tuple[float, ...] = (0.20, 0.20, 0.08, 0.12, 0.14, 0.16, 0.10)
    variety: float = 1.2
    skew: Range = (0.3, 2.0)
    tail: Range = (0.8, 2.5)
    zeros: Range = (0.2, 0.9)
    levels: tuple[int, int] = (3, 14)
    by_frequency: float = 0.6


def column_kinds(tables: int, columns: int, traits: ColumnTraits, generator: torch.Generator) -> Tensor:
    """Index into `KINDS` for every column (tables, columns); each table has a mixture of its own."""
    size = (tables, len(KINDS))
    taste = torch.randn(size, generator=generator, device=generator.device) * traits.variety
    shares = torch.tensor(traits.shares, device=generator.device).log() + taste
    return torch.multinomial(shares.softmax(dim=1), columns, replacement=True, generator=generator)


def observe(latent: Tensor, traits: ColumnTraits, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Turn latent columns into stored ones.

    Parameters
    ----------
    latent: (tables, rows, columns), about standard normal.

    Returns
    -------
    observed: what is stored, same shape, no missing values.
    effective: the part of `latent` that the stored value still tells (a level's middle, a zero's bound), on
        which the target may depend: so nothing is unpredictable only because it was rounded away.
    """
    tables, _, columns = latent.shape
    kind = column_kinds(tables, columns, traits, generator).unsqueeze(1)
    codes, middle = levels(latent, kind == KINDS.index("binary"), traits, generator)
    bound = normal_quantile(uniform((tables, 1, columns), traits.zeros, generator))
    sign = 1 - 2 * flags((tables, 1, columns), 0.25, generator).float()
    observed = latent
    effective = torch.where(kind >= KINDS.index("ordinal"), middle, latent)
    effective = torch.where(kind == KINDS.index("zero_inflated"), torch.maximum(latent, bound), effective)
    for name, values in (
        ("skewed", sign * skewed(latent, traits.skew, generator)),
        ("heavy_tailed", heavy_tailed(latent, traits.tail, generator)),
        ("zero_inflated", zero_inflated(latent, bound, traits.skew, generator)),
        ("ordinal", codes),
        ("category", shuffled_codes(codes, traits, generator)),
        ("binary", codes),
    ):
        observed = torch.where(kind == KINDS.index(name), values, observed)
    return observed, effective


def skewed(latent: Tensor, strength: Range, generator: torch.Generator) -> Tensor:
    """Log-normal amounts, exp(s z)."""
    return (log_uniform((latent.shape[0], 1, latent.shape[2]), strength, generator) * latent).exp()


def heavy_tailed(latent: Tensor, strength: Range, generator: torch.Generator) -> Tensor:
    """Amounts of both signs with heavy tails, sinh(k z) / k."""
    k = uniform((latent.shape[0], 1, latent.shape[2]), strength, generator)
    return (k * latent).clamp(-12, 12).sinh() / k


def zero_inflated(latent: Tensor, bound: Tensor, strength: Range, generator: torch.Generator) -> Tensor:
    """Zero up to `bound`, above it a log-normal amount."""
    scale = log_uniform((latent.shape[0], 1, latent.shape[2]), strength, generator)
    return torch.where(latent <= bound, torch.zeros_like(latent), (scale * (latent - bound)).exp())


def levels(
    latent: Tensor, binary: Tensor, traits: ColumnTraits, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Cut into levels of random width: codes 0, 1, ... in the order of `latent`, and each level's middle."""
    tables, _, columns = latent.shape
    least, most = traits.levels
    count = log_uniform((tables, columns, 1), (least, most + 1), generator).long()
    count = torch.where(binary.transpose(1, 2), torch.full_like(count, 2), count)
    cuts = torch.rand((tables, columns, most - 1), generator=generator, device=latent.device)
    position = torch.arange(most - 1, device=latent.device)
    cuts = torch.where(position < count - 1, cuts, torch.ones_like(cuts)).sort(dim=2).values
    edges = normal_quantile(cuts).masked_fill(cuts >= 1, float("inf"))
    codes = torch.searchsorted(edges, latent.transpose(1, 2).contiguous())
    ones = torch.ones_like(cuts[:, :, :1])
    middle = (torch.cat((0 * ones, cuts), dim=2) + torch.cat((cuts, ones), dim=2)) / 2
    middle = normal_quantile(middle).gather(2, codes)
    return codes.transpose(1, 2).float(), middle.transpose(1, 2)


def spell_out(latent: Tensor, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Category columns as indicators of their `count` levels, and the middles that the target may depend on.

    latent: (tables, rows, K). Returns (tables, rows, K x count) of 0 and 1, and (tables, rows, K).
    """
    tables, rows, columns = latent.shape
    if not columns:
        return latent, latent
    only = ColumnTraits(levels=(count, count))
    binary = torch.zeros((tables, 1, columns), dtype=torch.bool, device=latent.device)
    codes, middle = levels(latent, binary, only, generator)
    indicators = codes.unsqueeze(3) == torch.arange(count, device=latent.device)
    return indicators.reshape(tables, rows, columns * count).to(latent.dtype), middle


def shuffled_codes(codes: Tensor, traits: ColumnTraits, generator: torch.Generator) -> Tensor:
    """Codes whose order says nothing about the level: ranks by frequency, or any order."""
    tables, _, columns = codes.shape
    most = traits.levels[1]
    index = codes.transpose(1, 2).long()
    frequency = torch.zeros((tables, columns, most), device=codes.device)
    frequency.scatter_add_(2, index, torch.ones_like(index, dtype=frequency.dtype))
    chance = torch.rand((tables, columns, most), generator=generator, device=codes.device)
    ranked = flags((tables, columns, 1), traits.by_frequency, generator)
    key = torch.where(ranked, -frequency + 0.5 * chance, chance)
    rank = key.argsort(dim=2).argsort(dim=2)
    return rank.gather(2, index).transpose(1, 2).float()
