"""Synthetic bank tables, made in batches on the training device.

An in-context network learns how to read a table by having read very many. This prior makes them: a batch of
tables of one shape, every trait drawn anew for each table (or each column) from a named range. No real table
enters it. The idea of learning from structural causal models is from TabPFN (Hollmann et al. 2023), that of
adding tree ensembles from TabForestPFN (den Breejen et al. 2024); the traits themselves are our own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from finxfer.pretraining import prior_columns, prior_signals
from finxfer.pretraining.prior_labels import class_rows, label_rows
from finxfer.pretraining.prior_random import choose, flags, log_uniform, uniform

Range = tuple[float, float]


@dataclass(frozen=True)
class Traits:
    """Ranges from which the traits of a table are drawn. Pairs are (least, greatest).

    Attributes
    ----------
    base_rate: share of positives before label noise: log-uniform in `rare` of the tables, else uniform
        between a tenth and the greatest.
    mirrored: probability that the positive class is the frequent one instead.
    noise: standard deviation of what the columns cannot explain, the signal having 1; log-uniform.
    label_noise: share of labels flipped at random; half of the tables have none.
    relevant: share of columns that carry signal, the others are useless.
    redundant: share of columns that are noisy copies of another.
    missing_columns: share of columns with missing values; half of the tables have none.
    missing_rate: share of missing values in such a column.
    informative: probability that a column is missing for a reason that has to do with the target.
    """

    base_rate: Range = (0.01, 0.5)
    rare: float = 0.5
    mirrored: float = 0.1
    noise: Range = (0.15, 2.5)
    label_noise: Range = (0.0, 0.08)
    relevant: Range = (0.15, 1.0)
    redundant: Range = (0.0, 0.4)
    missing_columns: Range = (0.1, 0.5)
    missing_rate: Range = (0.02, 0.6)
    informative: float = 0.5
    columns: prior_columns.ColumnTraits = field(default_factory=prior_columns.ColumnTraits)


@dataclass(frozen=True)
class Shape:
    """Size of one batch: `tables` tables of `context + query` rows and `columns` columns.

    classes: of the target, 2 to 10. spelled: category columns that are written as `levels` indicator columns
    each; these count as columns.
    """

    tables: int
    context: int
    query: int
    columns: int
    classes: int = 2
    spelled: int = 0
    levels: int = 0

    @property
    def rows(self) -> int:
        return self.context + self.query

    @property
    def causes(self) -> int:
        """Columns before any is spelled out."""
        return self.columns - self.spelled * max(0, self.levels - 1)


@dataclass(frozen=True)
class Tables:
    """A batch of tables. The first `context` rows of each are its labelled ones.

    x: float32 (tables, rows, columns), NaN = missing; categories are numeric codes.
    y: float32 (tables, rows), classes 0, 1, ...
    usable: bool (tables,), false where the context shows one class only.
    classes: of the target.
    """

    x: Tensor
    y: Tensor
    context: int
    usable: Tensor
    classes: int = 2


def sample_tables(shape: Shape, generator: torch.Generator, traits: Traits | None = None) -> Tables:
    """Draw a batch of tables, deterministic for the generator's state, on the generator's device."""
    traits = traits or Traits()
    nodes = prior_signals.cause_nodes(shape.tables, shape.rows, shape.causes, generator)
    latent = prior_signals.observed_nodes(nodes, shape.causes, generator)
    latent = redundant_columns(latent, traits.redundant, generator)
    spelled, middle = prior_columns.spell_out(latent[:, :, : shape.spelled], shape.levels, generator)
    observed, effective = prior_columns.observe(latent[:, :, shape.spelled :], traits.columns, generator)
    told = torch.cat((middle, effective), dim=2)
    importance = relevant_columns(shape, traits.relevant, generator)
    signal = prior_signals.signal(told, nodes, importance, generator)
    if shape.classes == 2:
        labels, score = label_rows(signal, shape, traits, generator)
    else:
        other = prior_signals.signal(
            told, nodes, relevant_columns(shape, traits.relevant, generator), generator
        )
        labels, score = class_rows(torch.stack((signal, other), dim=2), shape, traits, generator)
    x = missing_values(observed, effective, score, traits, generator)
    x = shuffle_columns(torch.cat((spelled, x), dim=2), generator)
    shown = labels[:, : shape.context]
    return Tables(x, labels, shape.context, shown.amin(dim=1) < shown.amax(dim=1), shape.classes)


def redundant_columns(latent: Tensor, share: Range, generator: torch.Generator) -> Tensor:
    """Replace a share of the columns by noisy, perhaps sign-flipped copies of other columns."""
    tables, rows, columns = latent.shape
    chosen = flags((tables, 1, columns), uniform((tables, 1, 1), share, generator), generator)
    source = torch.randint(columns, (tables, 1, columns), generator=generator, device=latent.device)
    copied = latent.gather(2, source.expand(-1, rows, -1))
    likeness = uniform((tables, 1, columns), (0.7, 0.995), generator)
    sign = 1 - 2 * flags((tables, 1, columns), 0.3, generator).float()
    noise = torch.randn(latent.shape, generator=generator, device=latent.device)
    return torch.where(chosen, sign * (likeness * copied + (1 - likeness**2).sqrt() * noise), latent)


def relevant_columns(shape: Shape, share: Range, generator: torch.Generator) -> Tensor:
    """Importance of columns (tables, causes): 0 where useless, else log-normal; one at least is not 0."""
    size = (shape.tables, shape.causes)
    spread = uniform((shape.tables, 1), (0.2, 1.5), generator)
    weight = (spread * torch.randn(size, generator=generator, device=generator.device)).exp()
    kept = flags(size, uniform((shape.tables, 1), share, generator), generator)
    kept[:, 0] = True  # columns are shuffled at the end, so that no position is special
    return weight * kept


def missing_values(
    observed: Tensor, effective: Tensor, score: Tensor, traits: Traits, generator: torch.Generator
) -> Tensor:
    """Hide values of some columns and put their indicators in the place of as many other columns.

    A value is missing by chance, by its own size, by the size of another column, or (informative) by the
    score behind the label. In some tables columns go missing together, as when a bureau knows nothing.
    """
    tables, rows, columns = observed.shape
    device = observed.device
    share = uniform((tables, 1), traits.missing_columns, generator) * flags((tables, 1), 0.5, generator)
    count = (share * columns).round().long().clamp(max=columns // 2)
    position = torch.arange(columns, device=device).expand(tables, columns)
    hidden = position < count
    informative = flags((tables, columns), traits.informative, generator)
    own = choose((tables, columns), (0.4, 0.3, 0.3), generator)
    scale = score.std(dim=1, keepdim=True).clamp_min(1e-6)
    blamed = ((score - score.mean(dim=1, keepdim=True)) / scale).unsqueeze(2).expand(-1, -1, columns)
    driver = torch.where((own == 1).unsqueeze(1), effective, torch.zeros_like(effective))
    driver = torch.where((own == 2).unsqueeze(1), effective.roll(1, dims=2), driver)
    driver = torch.where(informative.unsqueeze(1), blamed, driver)
    noise = torch.randn(observed.shape, generator=generator, device=device)
    together = flags((tables, 1, 1), 0.3, generator)
    noise = torch.where(together, noise[:, :, :1], noise)
    driver = torch.where(together, driver[:, :, :1], driver)
    strength = uniform((tables, 1, columns), (-1.5, 1.5), generator)
    rate = log_uniform((tables, 1, columns), traits.missing_rate, generator)
    rate = torch.where(together, rate[:, :, :1], rate)
    strength = torch.where(together, strength[:, :, :1], strength)
    inclination = (strength * driver + noise) / (1 + strength**2).sqrt()
    gone = (inclination > math.sqrt(2) * torch.erfinv(1 - 2 * rate)) & hidden.unsqueeze(1)
    x = observed.masked_fill(gone, float("nan"))
    source = (position - (columns - count)).clamp_min(0)
    indicator = gone.float().gather(2, source.unsqueeze(1).expand(-1, rows, -1))
    return torch.where((position >= columns - count).unsqueeze(1), indicator, x)


def shuffle_columns(x: Tensor, generator: torch.Generator) -> Tensor:
    """Put the columns of every table in an order of its own."""
    order = torch.rand((x.shape[0], 1, x.shape[2]), generator=generator, device=x.device).argsort(dim=2)
    return x.gather(2, order.expand(-1, x.shape[1], -1))
