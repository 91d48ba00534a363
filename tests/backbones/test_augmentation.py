"""Augmentation: swapped cells, mixed rows, made-up rows."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from finxfer.backbones.augmentation import EncodedRows, Pairs, add_smote, swap_cells


def test_swapped_cells_come_from_other_rows_of_the_same_column() -> None:
    pool = torch.arange(400.0).view(200, 2) * torch.tensor([1.0, -1.0])
    found = swap_cells(pool, pool, 0.3, torch.Generator().manual_seed(0))
    changed = found != pool
    assert 0.2 < float(changed.double().mean()) < 0.4
    for column in range(2):
        assert set(found[:, column].tolist()) <= set(pool[:, column].tolist())
    again = swap_cells(pool, pool, 0.3, torch.Generator().manual_seed(0))
    assert torch.equal(found, again)


def test_a_table_without_columns_of_a_kind_has_nothing_to_swap() -> None:
    nothing = torch.zeros((5, 0), dtype=torch.int64)
    assert swap_cells(nothing, nothing, 0.5, None).shape == (5, 0)


def test_pairs_mix_rows_whole() -> None:
    torch.manual_seed(0)
    pairs = Pairs.draw(64, 0.2, "cpu")
    values = torch.randn(64, 3, 4)
    expected = torch.stack(
        [pairs.share[i] * values[i] + (1 - pairs.share[i]) * values[pairs.partner[i]] for i in range(64)]
    )
    assert torch.allclose(pairs.mix(values), expected)
    assert float(pairs.share.min()) >= 0 and float(pairs.share.max()) <= 1


def made_rows(numbers: int, kinds: int, missing: bool) -> EncodedRows:
    generator = np.random.default_rng(0)
    table = generator.uniform(-1, 1, (80, numbers)).astype(np.float32)
    if missing:
        table[::3] = np.nan
    codes = generator.integers(0, 4, (80, kinds))
    return EncodedRows(table, codes, (np.arange(80) % 8 == 0).astype(np.float32))


@pytest.mark.parametrize(
    ("numbers", "kinds", "missing"), [(2, 2, True), (2, 0, False), (2, 0, True), (0, 2, False)]
)
def test_made_up_rows_are_of_the_rarer_class_and_look_like_rows(
    numbers: int, kinds: int, missing: bool
) -> None:
    rows = made_rows(numbers, kinds, missing)
    found, said = add_smote(rows, 0.4, 0)
    assert np.array_equal(found.numbers[:80], rows.numbers, equal_nan=True)
    assert np.array_equal(found.codes[:80], rows.codes)
    made = slice(80, None)
    assert (found.y[made] == 1).all() and found.y.mean() == pytest.approx(0.4, abs=0.01)
    assert found.numbers.dtype == np.float32 and found.codes.dtype == np.int64
    assert set(np.unique(found.codes[made])) <= {0, 1, 2, 3}
    assert np.nanmax(np.abs(found.numbers[made]), initial=0) <= 1
    assert bool(np.isnan(found.numbers[made]).any()) == (missing and numbers > 0) or not missing
    assert f"{len(found.y) - 80} made-up rows" in said


def test_nothing_is_made_up_where_the_class_has_its_share_or_a_single_row() -> None:
    rows = made_rows(2, 1, False)
    assert add_smote(rows, 0.1, 0)[0] is rows
    lone = EncodedRows(rows.numbers, rows.codes, (np.arange(80) == 0).astype(np.float32))
    found, said = add_smote(lone, 0.5, 0)
    assert found is lone and "at least two rows" in said
