"""The in-context network: tabicl's own numbers, safe inputs, a cache that changes nothing."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from tabicl._model.tabicl import TabICL

from finxfer.backbones.incontext_inputs import ContextInputs, natural_order, spelled_levels
from finxfer.backbones.incontext_looks import (
    Look,
    choose_looks,
    looks_from_json,
    looks_to_json,
    plain_looks,
)
from finxfer.backbones.incontext_network import (
    CodeShuffle,
    ContextReading,
    FittedLook,
    NetworkConfig,
    build_network,
    forward_episode,
    rank_normal,
    stage_prefixes,
    standardise,
)
from finxfer.errors import Damaged

TINY_CONFIG = NetworkConfig(
    embed_dim=16,
    col_num_blocks=1,
    col_nhead=2,
    col_num_inds=4,
    row_num_blocks=2,
    row_nhead=2,
    icl_num_blocks=2,
    icl_nhead=2,
).to_json()


@pytest.fixture
def network() -> TabICL:
    """A tiny network whose every weight matters (fresh ones start as the identity)."""
    torch.manual_seed(0)
    made = build_network(TINY_CONFIG)
    with torch.no_grad():
        for parameter in made.parameters():
            if parameter.requires_grad and parameter.ndim > 1:
                parameter.normal_(std=0.3)
    return made


def rated(
    network: TabICL,
    x: torch.Tensor,
    y: torch.Tensor,
    query: torch.Tensor,
    looks: list[Look] | None = None,
    seed: int = 0,
) -> torch.Tensor:
    """Logits of the query rows; four plain looks unless given."""
    return ContextReading(network, x, y, looks or plain_looks(x.shape[1]), seed).logits(query)


def episode(columns: int = 7) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    x = torch.randn((3, 50, columns), generator=generator)
    return x, torch.randint(0, 2, (3, 30), generator=generator).float()


@pytest.mark.parametrize("columns", [1, 3, 7])
def test_an_episode_gives_the_numbers_of_tabicl(network: TabICL, columns: int) -> None:
    x, y = episode(columns)
    torch.testing.assert_close(forward_episode(network, x, y), network.train()(x, y), atol=1e-5, rtol=1e-5)


def test_the_default_network_has_the_shape_that_the_card_tells() -> None:
    network = build_network(NetworkConfig().to_json())
    assert isinstance(network, TabICL)
    assert 0.5e6 < sum(parameter.numel() for parameter in network.parameters()) < 1.5e6


def test_train_and_eval_parts_give_the_same_numbers(network: TabICL) -> None:
    x, y = episode()
    expected = forward_episode(network.train(), x, y)
    network.col_embedder.eval()
    network.icl_predictor.tf_icl.blocks[0].eval()
    assert torch.equal(forward_episode(network, x, y), expected)
    assert torch.equal(forward_episode(network.eval(), x, y), expected)


def test_gradients_reach_trained_stages_only(network: TabICL) -> None:
    x, y = episode()
    for parameter in network.col_embedder.parameters():
        parameter.requires_grad_(False)
    forward_episode(network, x, y)[..., :2].square().sum().backward()
    assert all(parameter.grad is None for parameter in network.col_embedder.parameters())
    assert network.row_interactor.cls_tokens.grad.abs().sum() > 0
    assert network.icl_predictor.decoder[0].weight.grad.abs().sum() > 0


def test_stages_own_every_parameter_once(network: TabICL) -> None:
    stages = stage_prefixes(network)
    assert [name for name, _, _ in stages] == ["columns", "rows", "context_1", "context_2", "head"]
    for name, _ in network.named_parameters():
        owners = [
            stage
            for stage, _, prefixes in stages
            if any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)
        ]
        assert len(owners) == 1, (name, owners)


def test_ragged_batches_are_refused(network: TabICL) -> None:
    x, y = episode()
    with pytest.raises(ValueError, match="same columns"):
        forward_episode(network, x, y, d=torch.tensor([7, 5, 7]))


def test_the_cache_changes_nothing(network: TabICL) -> None:
    x, y = episode()
    expected = forward_episode(network, x[:1], y[:1])[0]
    cached = rated(network, x[0, :30], y[0], x[0, 30:], plain_looks(7, 1))
    torch.testing.assert_close(cached, expected, atol=1e-4, rtol=1e-4)


def test_rows_are_rated_one_by_one(network: TabICL) -> None:
    """A row's rating depends neither on its neighbours nor on the size of the batches."""
    x, y = episode()
    reading = ContextReading(network, x[0, :30], y[0], plain_looks(7, 3))
    whole = reading.logits(x[0, 30:])
    torch.testing.assert_close(reading.logits(x[0, 30:], batch_rows=7), whole, atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(reading.logits(x[0, 41:42]), whole[11:12], atol=1e-4, rtol=1e-4)
    assert reading.logits(x[0, :0]).shape == (0, 10)


def test_the_order_of_context_rows_does_not_matter(network: TabICL) -> None:
    x, y = episode()
    order = torch.randperm(30, generator=torch.Generator().manual_seed(3))
    first = rated(network, x[0, :30], y[0], x[0, 30:])
    second = rated(network, x[0, order], y[0, order], x[0, 30:])
    torch.testing.assert_close(first, second, atol=1e-4, rtol=1e-4)


def test_members_are_seeded_and_differ(network: TabICL) -> None:
    x, y = episode()
    args = (network, x[0, :30], y[0], x[0, 30:])
    assert torch.equal(rated(*args, seed=5), rated(*args, seed=5))
    assert not torch.equal(rated(*args, seed=5), rated(*args, seed=6))


def test_standardised_values_have_no_nan_and_outliers_are_drawn_in() -> None:
    x, _ = episode()
    x[:, :, 1] = x[:, :, 1].mul(3).exp()
    x[:, 35, 1] = 1e20
    x[:, ::4, 2] = float("nan")
    x[:, :, 3] = 5.0
    x[:, :, 4] = float("nan")
    x[:, :, 5] = 0.0
    x[:, 7, 5] = 1.0
    z = standardise(x, 30)
    assert z.isfinite().all() and z.abs().max() < 60
    assert (z[:, ::4, 2] == 0).all() and (z[:, :, 3:5] == 0).all()
    assert (z[:, 7, 5] > 3).all(), "a single one among zeros is told"
    assert z[:, :30, 0].mean(dim=1).abs().max() < 1e-5
    ordered = x[0, :, 1].argsort()
    assert (z[0, ordered, 1].diff() >= 0).all(), "standardising keeps the order"


def test_standardising_leaves_query_rows_out() -> None:
    x, _ = episode()
    other = x.clone()
    other[:, 30:] *= 100
    assert torch.equal(standardise(x, 30)[:, :30], standardise(other, 30)[:, :30])


def test_ranks_ignore_monotone_transforms_and_stay_finite() -> None:
    x, _ = episode()
    ranks = rank_normal(x, x[:, :30])
    torch.testing.assert_close(rank_normal(x.exp(), x[:, :30].exp()), ranks)
    assert rank_normal(torch.full((1, 4, 2), 1e9), x[:1, :30, :2]).isfinite().all()
    assert (rank_normal(torch.ones(1, 30, 2), torch.ones(1, 30, 2)) == 0).all()


def encoded(rows: int = 80) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    numeric = np.exp(rng.normal(size=(rows, 4))).astype(np.float32)
    numeric[rng.random(rows) < 0.3, 1] = np.nan
    numeric[np.isnan(numeric[:, 1]), 2] = np.nan
    return numeric, rng.integers(0, 5, (rows, 2))


def test_inputs_agree_with_what_pretraining_did() -> None:
    numeric, codes = encoded()
    inputs = ContextInputs.fit(numeric[:60], codes[:60])
    matrix = inputs.transform(numeric, codes)
    known = np.where(codes == 0, np.nan, codes)
    joined = np.concatenate((numeric, known, np.isnan(numeric[:, 1:2]), np.isnan(known)), axis=1)
    expected = standardise(torch.from_numpy(joined.astype(np.float32))[None], 60)[0].numpy()
    np.testing.assert_allclose(matrix, expected, atol=1e-4)


def test_columns_missing_together_share_an_indicator() -> None:
    numeric, codes = encoded()
    inputs = ContextInputs.fit(numeric, codes)
    assert inputs.indicators == (1, 4, 5) and inputs.columns == 9
    assert inputs.transform(numeric, codes).dtype == np.float32


def test_inputs_take_what_the_context_never_showed() -> None:
    numeric, codes = encoded()
    inputs = ContextInputs.fit(numeric, np.maximum(codes, 1))
    strange = inputs.transform(np.full((3, 4), np.nan, dtype=np.float32), np.zeros((3, 2), dtype=np.int64))
    assert np.isfinite(strange).all() and (strange[:, :6] == 0).all()
    assert np.isfinite(inputs.transform(np.full((1, 4), 3e38, dtype=np.float32), codes[:1])).all()


def test_inputs_survive_their_json() -> None:
    numeric, codes = encoded()
    inputs = ContextInputs.fit(numeric, codes)
    again = ContextInputs.from_json(json.loads(json.dumps(inputs.to_json())))
    np.testing.assert_array_equal(again.transform(numeric, codes), inputs.transform(numeric, codes))
    with pytest.raises(Damaged):
        ContextInputs.from_json({"mean": [1.0]})


def test_inputs_without_categories_or_without_numbers() -> None:
    numeric, codes = encoded()
    assert ContextInputs.fit(numeric[:, :1], codes[:, :0]).columns == 1
    only_codes = ContextInputs.fit(numeric[:, :0], codes)
    assert only_codes.transform(numeric[:, :0], codes).shape == (80, 4)


def test_categories_sort_as_people_sort_them() -> None:
    assert natural_order(("10 years", "2 years", "none", "1 year")) == (0, 3, 2, 4, 1)
    assert natural_order(()) == (0,)
    assert natural_order(("²", "a", "")) == (0, 3, 2, 1)


def test_orders_stand_for_the_codes() -> None:
    numeric, codes = encoded()
    orders = [(0, 4, 3, 2, 1), (0, 1, 2, 3, 4)]
    plain, ordered = ContextInputs.fit(numeric, codes), ContextInputs.fit(numeric, codes, orders)
    assert list(ordered.code_columns) == [4, 5] and list(plain.code_columns) == []
    before, after = plain.transform(numeric, codes), ordered.transform(numeric, codes)
    np.testing.assert_allclose(after[:, 4], -before[:, 4], atol=1e-5)
    np.testing.assert_array_equal(np.delete(after, 4, axis=1), np.delete(before, 4, axis=1))
    again = ContextInputs.from_json(json.loads(json.dumps(ordered.to_json())))
    np.testing.assert_array_equal(again.transform(numeric, codes), after)


def test_shuffled_codes_are_the_same_levels_in_another_order() -> None:
    seen = torch.tensor([[0.5, -1.0], [0.5, 0.0], [0.1, 1.0], [0.1, 2.0], [0.1, 3.0]])
    shuffle = CodeShuffle(seen, [1], torch.Generator().manual_seed(1))
    x = torch.tensor([[9.0, -1.0], [9.0, 1.0], [9.0, 2.0], [9.0, 3.0], [9.0, 0.0], [9.0, 7.0]])
    out = shuffle(x)
    assert not torch.equal(out[:4, 1], x[:4, 1]) and torch.equal(out[:4, 1].sort().values, x[:4, 1])
    assert torch.equal(out[4:], x[4:]), "missing and unknown values stay"
    assert torch.equal(out[:, 0], x[:, 0]) and x[0, 1] == -1


def test_code_shuffles_reach_the_members(network: TabICL) -> None:
    x, y = episode()
    x[:, :, 2] = x[:, :, 2].round()
    args = (network, x[0, :30], y[0], x[0, 30:])
    assert not torch.equal(rated(*args), rated(*args, plain_looks(7, codes=[2])))
    alone = [plain_looks(7, 1, codes) for codes in ([], [2])]
    assert torch.equal(rated(*args, alone[0]), rated(*args, alone[1])), "the first member sees the codes"


def test_few_levels_are_spelled_out_first_and_many_only_in_part() -> None:
    levels, replaced = spelled_levels([2, 5, 30, 3])
    assert replaced == (1, 3)
    assert [sum(column == c for column, _ in levels) for c in range(4)] == [0, 5, 12, 3]
    assert spelled_levels([]) == ((), ()) and spelled_levels([12] * 9)[1] == (0, 1, 2, 3, 4)


def spelled() -> tuple[ContextInputs, np.ndarray, np.ndarray]:
    numeric, codes = encoded()
    orders = [tuple(range(5)), tuple(range(5))]
    codes[:, 1] = np.minimum(codes[:, 1], 2)
    return ContextInputs.fit(numeric, codes, orders, counts=[4, 2]), numeric, codes


def test_levels_have_indicators_and_unseen_ones_have_none() -> None:
    inputs, numeric, codes = spelled()
    matrix = inputs.transform(numeric, codes)
    assert matrix.shape == (80, 13) and inputs.levels == ((0, 1), (0, 2), (0, 3), (0, 4))
    for place, code in enumerate((1, 2, 3, 4), start=9):
        assert np.array_equal(matrix[:, place] > 0, codes[:, 0] == code)
    unseen = inputs.transform(numeric[:1], np.zeros((1, 2), dtype=np.int64))
    assert (unseen[0, 9:] < 0).all()
    again = ContextInputs.from_json(json.loads(json.dumps(inputs.to_json())))
    np.testing.assert_array_equal(again.transform(numeric, codes), matrix)


def test_two_looks_see_levels_in_place_of_codes() -> None:
    inputs, numeric, codes = spelled()
    y = np.arange(len(numeric)) % 2
    looks = choose_looks(inputs, inputs.transform(numeric, codes), y)
    assert [look.ranked for look in looks] == [False, True, True, False]
    assert looks[0].columns == looks[2].columns == tuple(range(9))
    assert looks[1].columns == looks[3].columns == (0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11, 12)
    assert looks[1].codes == (5,) and looks[1].raw == (9, 10, 11, 12)
    assert looks_from_json(json.loads(json.dumps(looks_to_json(looks)))) == looks
    numeric, codes = encoded()
    inputs = ContextInputs.fit(numeric, codes)
    assert choose_looks(inputs, inputs.transform(numeric, codes), y) == plain_looks(9)
    with pytest.raises(Damaged):
        looks_from_json([{"columns": [1]}])


def test_ranks_leave_level_indicators_alone() -> None:
    x = torch.randn(40, 5, generator=torch.Generator().manual_seed(0))
    look = Look((0, 3, 4), raw=(4,), ranked=True)
    order = torch.tensor([2, 0, 1])
    out = FittedLook(look, x[:30], torch.Generator(), order)(x)
    assert torch.equal(out[:, 0], x[:, 4])
    torch.testing.assert_close(out[:, 1:], rank_normal(x[:, [0, 3]], x[:30, [0, 3]]))


def test_members_of_different_widths_are_averaged(network: TabICL) -> None:
    x, y = episode()
    looks = [Look(tuple(range(7))), Look((0, 1, 2, 5))]
    args = (network, x[0, :30], y[0], x[0, 30:])
    first = rated(*args, looks[:1])
    reading = ContextReading(network, x[0, :30], y[0], looks)
    assert [len(group.looks) for group in reading.groups] == [1, 1]
    second = reading.groups[1].rate(x[0, 30:])
    torch.testing.assert_close(reading.logits(x[0, 30:]), (first + second) / 2)
