"""Every trait of the synthetic tables is there, in its range."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from finxfer.pretraining import prior_columns, prior_signals
from finxfer.pretraining.prior import (
    Shape,
    Traits,
    missing_values,
    redundant_columns,
    relevant_columns,
    sample_tables,
    shuffle_columns,
)
from finxfer.pretraining.prior_columns import KINDS, ColumnTraits, observe
from finxfer.pretraining.prior_labels import label_rows


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def only(kind: str) -> ColumnTraits:
    """All columns of one kind."""
    return ColumnTraits(shares=tuple(1.0 if name == kind else 1e-9 for name in KINDS), variety=0.0)


def normal(*size: int) -> torch.Tensor:
    return torch.randn(size, generator=seeded(99))


def correlation(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Pearson correlation over the rows (dim 1)."""
    a, b = a - a.mean(1, keepdim=True), b - b.mean(1, keepdim=True)
    return (a * b).sum(1) / (a.norm(dim=1) * b.norm(dim=1)).clamp_min(1e-9)


def test_tables_have_the_shape_asked_for_and_are_reproducible() -> None:
    shape = Shape(tables=5, context=40, query=20, columns=7)
    first, again, other = (sample_tables(shape, seeded(seed)) for seed in (3, 3, 4))
    assert first.x.shape == (5, 60, 7) and first.y.shape == (5, 60) and first.context == 40
    assert torch.equal(first.x.nan_to_num(9.5), again.x.nan_to_num(9.5)) and torch.equal(first.y, again.y)
    assert not torch.equal(first.y, other.y)
    assert not first.x.isinf().any()
    assert set(first.y.unique().tolist()) == {0.0, 1.0}


def test_a_context_with_one_class_only_is_marked() -> None:
    tables = sample_tables(Shape(64, 4, 20, 3), seeded())
    share = tables.y[:, :4].mean(dim=1)
    assert torch.equal(tables.usable, (share > 0) & (share < 1))
    assert 0 < tables.usable.sum() < 64


def test_base_rates_span_their_range_and_some_are_mirrored() -> None:
    shape = Shape(400, 500, 100, 3)
    traits = Traits(label_noise=(0.0, 0.0))
    labels, _ = label_rows(normal(400, 600), shape, traits, seeded())
    rate = labels.mean(dim=1)
    assert rate.min() < 0.03 and rate.max() > 0.97
    assert 0.04 < (rate > 0.51).float().mean() < 0.2
    assert (
        label_rows(normal(400, 600), shape, replace(traits, mirrored=0.0), seeded())[0].mean(1) <= 0.52
    ).all()


def test_noise_decides_how_much_the_signal_explains() -> None:
    shape, signal = Shape(50, 400, 100, 3), normal(50, 500)
    low = label_rows(signal, shape, Traits(noise=(0.2, 0.2), label_noise=(0, 0)), seeded())[0]
    high = label_rows(signal, shape, Traits(noise=(3.0, 3.0), label_noise=(0, 0)), seeded())[0]
    assert correlation(signal, low).mean() > 0.5 > 2 * correlation(signal, high).mean() > 0


def test_label_noise_flips_labels() -> None:
    shape, signal = Shape(100, 400, 100, 3), normal(100, 500)
    quiet = Traits(noise=(1e-3, 1e-3), label_noise=(0.0, 0.0), mirrored=0.0)
    clean = label_rows(signal, shape, quiet, seeded())[0]
    noisy = label_rows(signal, shape, replace(quiet, label_noise=(0.08, 0.08)), seeded())[0]
    flipped = (clean != noisy).float().mean(dim=1)
    assert 0.2 < (flipped > 0).float().mean() < 0.8
    assert flipped.max() < 0.15


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_column_looks_like_it(kind: str) -> None:
    latent = normal(20, 500, 6)
    observed, effective = observe(latent, only(kind), seeded())
    assert observed.shape == effective.shape == latent.shape
    flat = observed.transpose(1, 2).reshape(-1, 500)
    distinct = torch.tensor([len(column.unique()) for column in flat])
    skew = (
        ((flat - flat.mean(1, keepdim=True)) / flat.std(1, keepdim=True).clamp_min(1e-9)).pow(3).mean(1).abs()
    )
    if kind == "plain":
        assert torch.equal(observed, latent)
    elif kind == "skewed":
        assert skew.median() > 1.5 and (distinct > 480).all()
    elif kind == "heavy_tailed":
        assert (flat.abs().amax(1) / flat.std(1)).median() > 4.5
    elif kind == "zero_inflated":
        zeros = (flat == 0).float().mean(1)
        assert zeros.min() > 0.1 and 0.3 < zeros.mean() < 0.8 and zeros.max() < 0.97
    elif kind == "binary":
        assert (distinct <= 2).all() and (distinct == 2).float().mean() > 0.9
    else:
        assert (distinct <= 14).all() and distinct.float().mean() > 3


def test_ordinal_codes_rise_with_the_latent_and_shuffled_ones_do_not() -> None:
    latent = normal(30, 500, 6)
    rising = correlation(observe(latent, only("ordinal"), seeded())[0], latent)
    shuffled = correlation(observe(latent, only("category"), seeded())[0], latent)
    assert rising.min() > 0 and rising.mean() > 0.7
    assert shuffled.abs().mean() < 0.5 and (shuffled < 0).any()


def test_codes_by_frequency_start_with_the_commonest() -> None:
    traits = replace(only("category"), by_frequency=1.0)
    codes = observe(normal(20, 500, 6), traits, seeded())[0].transpose(1, 2).reshape(-1, 500)
    counts = torch.stack([(codes == level).sum(1) for level in range(14)], dim=1)
    assert (counts[:, :-1] >= counts[:, 1:]).all()


def test_effective_values_are_constant_within_a_level() -> None:
    observed, effective = observe(normal(4, 300, 5), only("category"), seeded())
    for table in range(4):
        for column in range(5):
            for level in observed[table, :, column].unique():
                values = effective[table, observed[table, :, column] == level, column]
                assert len(values.unique()) == 1


def test_redundant_columns_are_noisy_copies() -> None:
    latent = normal(40, 400, 8)
    assert torch.equal(redundant_columns(latent, (0.0, 0.0), seeded()), latent)
    changed = redundant_columns(latent, (0.4, 0.4), seeded())
    share = (changed != latent).any(dim=1).float().mean()
    assert 0.3 < share < 0.5
    likeness = torch.stack([torch.corrcoef(table.T).abs().fill_diagonal_(0).amax() for table in changed])
    assert likeness.mean() > 0.7


def test_useless_columns_have_no_importance_and_one_column_always_has() -> None:
    importance = relevant_columns(Shape(200, 10, 10, 12), (0.0, 0.5), seeded())
    assert (importance[:, 0] > 0).all() and (importance >= 0).all()
    assert 0.6 < (importance == 0).float().mean() < 0.8


@pytest.mark.parametrize("name", ["linear", "monotone", "few_trees", "forest", "interactions", "network"])
def test_signals_ignore_useless_columns(name: str) -> None:
    effective = normal(6, 200, 5)
    importance = torch.tensor([1.0, 0.5, 0.0, 2.0, 0.0]).repeat(6, 1)

    def part(x: torch.Tensor) -> torch.Tensor:
        generator = seeded(5)
        weighted = x * importance.unsqueeze(1)
        parts = {
            "linear": lambda: prior_signals.linear(weighted, generator),
            "monotone": lambda: prior_signals.monotone(x, importance, generator),
            "few_trees": lambda: prior_signals.trees(x, importance, 2, 4, generator),
            "forest": lambda: prior_signals.trees(x, importance, 24, 3, generator),
            "interactions": lambda: prior_signals.interactions(x, importance, generator),
            "network": lambda: prior_signals.network(weighted, generator),
        }
        return parts[name]()

    changed = effective.clone()
    changed[:, :, [2, 4]] = normal(6, 200, 2) + 7
    assert torch.equal(part(effective), part(changed))
    changed[:, :, [0, 1, 3]] = normal(6, 200, 3).flip(1)
    assert not torch.equal(part(effective), part(changed))


def test_trees_jump_and_monotone_parts_do_not_turn() -> None:
    ladder = torch.linspace(-3, 3, 301).view(1, -1, 1).repeat(8, 1, 1)
    one = torch.ones(8, 1)
    steps = prior_signals.trees(ladder, one, 2, 4, seeded())
    assert all(len(table.unique()) <= 9 for table in steps)
    slopes = prior_signals.monotone(ladder, one, seeded()).diff(dim=1)
    assert ((slopes >= -1e-6).all(dim=1) | (slopes <= 1e-6).all(dim=1)).all()


def test_the_signal_is_standardised_and_causes_are_related() -> None:
    nodes = prior_signals.cause_nodes(30, 400, 9, seeded())
    latent = prior_signals.observed_nodes(nodes, 9, seeded(1))
    signal = prior_signals.signal(latent, nodes, torch.ones(30, 9), seeded(2))
    assert latent.shape == (30, 400, 9) and signal.shape == (30, 400)
    assert signal.mean(1).abs().max() < 1e-3 and (signal.std(1) - 1).abs().max() < 0.02
    strongest = torch.stack([torch.corrcoef(table.T).abs().fill_diagonal_(0).amax() for table in latent])
    assert strongest.median() > 0.4


def test_missing_values_come_with_their_indicators() -> None:
    traits = Traits(missing_columns=(0.3, 0.5))
    observed = normal(60, 200, 8)
    x = missing_values(observed, observed, normal(60, 200), traits, seeded())
    with_missing = x.isnan().any(dim=1).any(dim=1)
    assert 0.3 < with_missing.float().mean() < 0.7
    for table in x[with_missing]:
        hidden = table.isnan().any(dim=0).nonzero().flatten()
        assert 1 <= len(hidden) <= 4
        for column in hidden:
            gone = table[:, column].isnan().float()
            assert any(torch.equal(gone, table[:, other]) for other in range(4, 8))


def test_informative_missingness_tells_the_score() -> None:
    traits = Traits(missing_columns=(0.5, 0.5), missing_rate=(0.2, 0.4))
    observed, score = normal(200, 300, 6), torch.randn(200, 300, generator=seeded(7))

    def told(informative: float) -> float:
        chosen = replace(traits, informative=informative)
        gone = missing_values(observed, observed, score, chosen, seeded()).isnan().float()
        value = correlation(gone, score.unsqueeze(2).expand_as(gone)).abs()
        return value[gone.any(dim=1)].mean().item()

    assert told(1.0) > 2 * told(0.0)


def test_columns_are_shuffled_whole() -> None:
    x = normal(4, 30, 6)
    shuffled = shuffle_columns(x, seeded())
    assert not torch.equal(shuffled, x)
    for before, after in zip(x, shuffled, strict=True):
        assert torch.equal(before[:, before[0].argsort()], after[:, after[0].argsort()])


def test_kinds_differ_between_tables() -> None:
    kinds = prior_columns.column_kinds(300, 10, ColumnTraits(), seeded())
    amounts = ((kinds >= 1) & (kinds <= 3)).float().mean(dim=1)
    assert (amounts <= 0.1).any() and (amounts >= 0.8).any()
    assert len(kinds.unique()) == len(KINDS)


def test_spelled_out_columns_are_indicators_of_their_levels() -> None:
    latent = normal(20, 400, 3)
    indicators, middle = prior_columns.spell_out(latent, 5, seeded())
    assert indicators.shape == (20, 400, 15) and middle.shape == latent.shape
    assert set(indicators.unique().tolist()) == {0.0, 1.0}
    columns = indicators.view(20, 400, 3, 5)
    assert (columns.sum(dim=3) == 1).all()
    level = columns.argmax(dim=3)
    # Levels are bands of the latent column, and one level has one middle.
    assert (level.gather(1, latent.argsort(dim=1)).diff(dim=1) >= 0).all()
    for number in range(5):
        of_level = torch.where(level == number, middle, torch.full_like(middle, float("nan")))
        low, high = (
            torch.where(of_level.isnan(), torch.full_like(middle, fill), of_level)
            for fill in (float("inf"), -float("inf"))
        )
        assert (low.amin(dim=1) >= high.amax(dim=1)).all()


def test_nothing_is_spelled_out_where_no_column_is() -> None:
    none = normal(4, 50, 3)[:, :, :0]
    assert all(part.shape == (4, 50, 0) for part in prior_columns.spell_out(none, 5, seeded()))


def test_tables_with_spelled_out_columns_have_their_indicators_and_depend_on_them() -> None:
    shape = Shape(tables=60, context=400, query=100, columns=8, spelled=1, levels=6)
    quiet = Traits(
        noise=(0.05, 0.05), label_noise=(0, 0), missing_columns=(0, 0), redundant=(0, 0), relevant=(0, 0)
    )
    tables = sample_tables(shape, seeded(), quiet)
    assert shape.causes == 3 and tables.x.shape == (60, 500, 8)
    indicator = ((tables.x == 0) | (tables.x == 1)).all(dim=1)
    assert (indicator.sum(dim=1) >= 6).all()
    # With no relevant column but the first, which is the one spelled out, its levels tell the label.
    strongest = torch.stack(
        [
            correlation(x[None], y[None, :, None].expand(1, 500, 8))[0].abs().nan_to_num()
            for x, y in zip(tables.x, tables.y, strict=True)
        ]
    )
    told = torch.where(indicator, strongest, torch.zeros_like(strongest)).amax(dim=1)
    assert told.median() > 0.3
    other = torch.where(indicator, torch.zeros_like(strongest), strongest).amax(dim=1)
    assert other.median() < told.median() - 0.1
