"""Labels of two to ten classes: numbers, sizes, bands and directions, noise."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from finxfer.pretraining.prior import Shape, Traits, sample_tables
from finxfer.pretraining.prior_labels import class_rows

QUIET = Traits(noise=(1e-3, 1e-3), label_noise=(0.0, 0.0))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def labelled(tables: int, classes: int, traits: Traits) -> tuple[torch.Tensor, torch.Tensor]:
    """Two random signals (tables, 600, 2) and the labels cut from them."""
    signals = torch.randn((tables, 600, 2), generator=seeded(9))
    labels, _ = class_rows(signals, Shape(tables, 500, 100, 3, classes), traits, seeded())
    return signals, labels


def runs_along(signal: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """How often the label changes from row to row when rows are in the order of the signal (tables,)."""
    ordered = labels.gather(1, signal.argsort(dim=1))
    return (ordered.diff(dim=1) != 0).sum(dim=1)


@pytest.mark.parametrize("classes", range(2, 11))
def test_class_numbers_are_below_the_number_of_classes(classes: int) -> None:
    tables = sample_tables(Shape(16, 150, 50, 5, classes), seeded())
    assert tables.classes == classes
    assert set(tables.y.unique().tolist()) == set(range(classes))
    assert tables.usable.all()


def test_classes_are_of_many_sizes() -> None:
    _, labels = labelled(200, 5, QUIET)
    shares = torch.stack([(labels == number).float().mean(dim=1) for number in range(5)], dim=1)
    largest, smallest = shares.amax(dim=1), shares.amin(dim=1)
    assert largest.min() < 0.35 and largest.max() > 0.6
    assert smallest.median() < 0.1 and smallest.max() > 0.1


def test_half_of_the_tables_are_bands_of_one_signal_the_others_directions_of_two() -> None:
    signals, labels = labelled(200, 4, QUIET)
    first, second = (runs_along(signals[:, :, index], labels) for index in (0, 1))
    bands = first <= 6  # four bands change three times, a little oftener with a little noise
    assert 0.35 < bands.float().mean() < 0.65
    assert first[~bands].median() > 50
    told_by_second = torch.stack(
        [
            torch.stack(
                [signals[table, labels[table] == number, 1].mean() for number in labels[table].unique()]
            ).std()
            for table in range(200)
        ]
    )
    assert told_by_second[~bands].median() > 5 * told_by_second[bands].median()
    assert second[bands].min() > 50


def test_the_numbers_of_bands_are_in_any_order() -> None:
    signals, labels = labelled(200, 4, QUIET)
    bands = runs_along(signals[:, :, 0], labels) <= 6
    order = torch.stack(
        [
            torch.stack([signals[table, labels[table] == number, 0].mean() for number in range(4)]).argsort()
            for table in bands.nonzero().flatten()
            if len(labels[table].unique()) == 4
        ]
    )
    assert len({tuple(row) for row in order.tolist()}) > 12  # of 24
    assert all(0.1 < (order[:, 0] == number).float().mean() < 0.4 for number in range(4))


def test_noise_hides_the_classes() -> None:
    signals, quiet = labelled(100, 3, QUIET)
    _, loud = labelled(100, 3, replace(QUIET, noise=(3.0, 3.0)))
    assert (
        runs_along(signals[:, :, 0], loud).float().mean()
        > 1.5 * runs_along(signals[:, :, 0], quiet).float().mean()
    )


def test_label_noise_gives_any_class_in_half_of_the_tables() -> None:
    _, clean = labelled(200, 6, QUIET)
    _, noisy = labelled(200, 6, replace(QUIET, label_noise=(0.3, 0.3)))
    changed = (clean != noisy).float().mean(dim=1)
    assert 0.35 < (changed > 0).float().mean() < 0.65
    assert changed[changed > 0].mean().item() == pytest.approx(0.25, abs=0.03)  # one of six stays
