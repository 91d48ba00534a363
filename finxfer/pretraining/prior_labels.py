"""Labels of synthetic tables: cut from a noisy score, two classes or up to ten."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from finxfer.pretraining.prior_random import flags, log_uniform, uniform

if TYPE_CHECKING:
    from finxfer.pretraining.prior import Shape, Traits


def label_rows(
    signal: Tensor, shape: Shape, traits: Traits, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Labels (tables, rows) by a threshold at the base rate, and the noisy score that they were cut from."""
    tables, rows = signal.shape
    # Fewer than about four positives among the context rows teach nothing but luck.
    floor = min(0.5, max(traits.base_rate[0], 4.0 / shape.context))
    most = max(floor, traits.base_rate[1])
    rate = log_uniform((tables, 1), (floor, most), generator)
    common = uniform((tables, 1), (min(most, max(floor, 0.1)), most), generator)
    rate = torch.where(flags((tables, 1), traits.rare, generator), rate, common)
    rate = torch.where(flags((tables, 1), traits.mirrored, generator), 1 - rate, rate)
    noise = torch.randn(signal.shape, generator=generator, device=signal.device)
    score = signal + log_uniform((tables, 1), traits.noise, generator) * noise
    place = ((1 - rate) * (rows - 1)).long()
    threshold = score.sort(dim=1).values.gather(1, place)
    labels = score > threshold
    flip_rate = uniform((tables, 1), traits.label_noise, generator) * flags((tables, 1), 0.5, generator)
    flipped = flags((tables, rows), flip_rate * torch.minimum(rate, 1 - rate) * 2, generator)
    return (labels ^ flipped).float(), score


def class_rows(
    signals: Tensor, shape: Shape, traits: Traits, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Labels (tables, rows) of `shape.classes` classes, 0 and up, and the first signal with its noise.

    signals: (tables, rows, 2), standardised. In half of the tables the classes are bands of the first signal
    (grades), in the others each class has a direction in the plane of both signals and the farthest along its
    own wins (segments). Class sizes differ; the numbers of the classes are in random order.
    """
    tables, rows, _ = signals.shape
    classes, device = shape.classes, signals.device
    level = log_uniform((tables, 1, 1), traits.noise, generator)
    noise = torch.randn((tables, rows, classes), generator=generator, device=device)
    score = signals[:, :, 0] + level[:, :, 0] * noise[:, :, 0]
    shares = (0.8 * torch.randn((tables, classes), generator=generator, device=device)).softmax(dim=1)
    place = (shares.cumsum(dim=1)[:, :-1] * (rows - 1)).long()
    cuts = score.sort(dim=1).values.gather(1, place)
    bands = torch.searchsorted(cuts.contiguous(), score.contiguous())
    direction = torch.randn((tables, 2, classes), generator=generator, device=device)
    appeal = signals @ direction + level * noise + shares.log().unsqueeze(1)
    labels = torch.where(flags((tables, 1), 0.5, generator), bands, appeal.argmax(dim=2))
    flip_rate = uniform((tables, 1), traits.label_noise, generator) * flags((tables, 1), 0.5, generator)
    anything = torch.randint(classes, (tables, rows), generator=generator, device=device)
    labels = torch.where(flags((tables, rows), flip_rate, generator), anything, labels)
    order = torch.rand((tables, classes), generator=generator, device=device).argsort(dim=1)
    return order.gather(1, labels).float(), score
