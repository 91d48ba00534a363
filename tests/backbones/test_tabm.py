"""TabM: what its encoder keeps, and what its network does with missing values."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from finxfer.backbones.card import Card
from finxfer.backbones.tabm import TabMBackbone, TabMNetwork
from finxfer.backbones.tabular_encoder import TabularEncoder, rounded_edges
from finxfer.backbones.tabular_network import tabular_stages
from finxfer.errors import Damaged
from finxfer.records.spec import ColumnSpec
from tests.training.made import COLUMNS, TINY_TABM, customers

CONFIG = {**TINY_TABM, "dropout": 0.1}


@given(hnp.arrays(np.float64, st.integers(0, 200), elements=st.floats(-1e12, 1e12) | st.just(float("nan"))))
@example(np.array([0.0, 2.2e-309]))
@settings(max_examples=60, deadline=None)
def test_edges_rise_and_stay_within_the_clipped_range(values: np.ndarray) -> None:
    edges = rounded_edges(values, 16)
    assert 1 <= len(edges) <= 17
    assert all(low < high for low, high in itertools.pairwise(edges))
    known = values[~np.isnan(values)]
    if known.size:
        low, high = np.quantile(known, (0.001, 0.999))
        slack = max((high - low) / 100, abs(low) * 1e-2, 1e-9)
        assert low - slack <= edges[0] and edges[-1] <= high + slack


def test_the_extremes_of_a_column_are_not_stored() -> None:
    values = np.r_[np.random.default_rng(0).lognormal(8, 1, 5000), 123_456_789.125, 0.0123]
    edges = rounded_edges(values, 16)
    assert max(edges) < 1e6 and min(edges) > 1
    assert not set(edges) & set(values.tolist())


def test_numbers_lie_in_the_unit_range_and_missing_stays_missing() -> None:
    frame, _ = customers(300, 1)
    encoder = TabularEncoder.fit(frame, COLUMNS, 6, 1, False)
    numbers, codes = encoder.transform(frame.assign(debt=1e20))
    assert np.array_equal(np.isnan(numbers[:, 0]), frame["income"].isna())
    assert np.nanmax(np.abs(numbers)) == 1.0 and (numbers[:, 1] == 1.0).all()
    assert codes.min() == 0 and codes.max() == 3


def test_rare_categories_and_row_values_stay_out_of_a_backbone(tmp_path: Path) -> None:
    frame, y = customers(1000, 2)
    frame["housing"] = frame["housing"].where(np.arange(1000) >= 5, "houseboat of J. Smith")
    frame["income"] = frame["income"].round(2)
    backbone = TabMBackbone.from_scratch(
        frame, COLUMNS, 0, TINY_TABM, min_category_rows=50, keep_counts=False
    )
    backbone.save(tmp_path)
    text = (tmp_path / "encoder.json").read_text(encoding="utf-8")
    assert "houseboat" not in text and "tenant" in text
    stored = {repr(value) for edges in json.loads(text)["edges"] for value in edges}
    assert not stored & {repr(value) for value in frame["income"].dropna().tolist()}
    assert y.sum() > 0


def test_an_encoder_comes_back_from_json() -> None:
    frame, _ = customers(200, 3)
    encoder = TabularEncoder.fit(frame, COLUMNS, 6, 1, True)
    again = TabularEncoder.from_json(json.loads(json.dumps(encoder.to_json())))
    for first, second in zip(encoder.transform(frame), again.transform(frame), strict=True):
        assert np.array_equal(first, second, equal_nan=True)
    assert encoder.category_rows["housing"] == sorted(encoder.category_rows["housing"], reverse=True)
    with pytest.raises(Damaged):
        TabularEncoder.from_json({"table": {"columns": [], "categories": {}}})


def test_a_lacking_column_counts_as_missing() -> None:
    frame, _ = customers(50, 4)
    encoder = TabularEncoder.fit(frame, COLUMNS, 6, 1, False)
    renamed = {"income": "Income", "age": "age"}
    numbers, codes = encoder.transform(frame.rename(columns={"income": "Income"}), renamed)
    whole, _ = encoder.transform(frame)
    assert np.array_equal(numbers[:, [0, 2]], whole[:, [0, 2]], equal_nan=True)
    assert np.isnan(numbers[:, 1]).all() and (codes == 0).all()


def test_a_missing_number_reads_the_vector_for_missing_not_a_value() -> None:
    torch.manual_seed(0)
    network = TabMNetwork(2, [3], CONFIG).eval()
    code = torch.zeros(1, 1, dtype=torch.int64)
    missing = network(torch.tensor([[float("nan"), 0.2]]), code)
    assert torch.isfinite(missing).all()
    with torch.no_grad():
        network.embeddings.missing[0] += 1.0
    changed = network(torch.tensor([[float("nan"), 0.2]]), code)
    known = network(torch.tensor([[0.3, 0.2]]), code)
    assert not torch.equal(missing, changed) and not torch.equal(changed, known)


@pytest.mark.parametrize(("numbers", "cardinalities"), [(2, []), (0, [4, 2]), (1, [1])])
def test_tables_of_one_kind_of_column_and_gradients_everywhere(
    numbers: int, cardinalities: list[int]
) -> None:
    network = TabMNetwork(numbers, cardinalities, CONFIG)
    codes = torch.zeros(5, len(cardinalities), dtype=torch.int64)
    rows = torch.tensor([[float("nan")] * numbers] * 2 + [[0.5] * numbers] * 3)
    network(rows, codes).sum().backward()
    assert network(rows, codes).shape == (5, CONFIG["k"])
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None and torch.isfinite(parameter.grad).all(), name


def test_a_new_head_answers_the_rate_for_everyone() -> None:
    network = TabMNetwork(2, [3], CONFIG)
    network.renew_head(np.log([0.2 / 0.8]))
    probability = torch.sigmoid(network.eval()(torch.randn(9, 2), torch.zeros(9, 1, dtype=torch.int64)))
    assert torch.allclose(probability, torch.tensor(0.2))


def test_stages_are_the_embeddings_and_each_block() -> None:
    stages, head = tabular_stages({**CONFIG, "blocks": 3})
    assert [stage.name for stage in stages] == ["embeddings", "block_1", "block_2", "block_3"]
    assert head.prefixes == ("output", "new_columns")


def test_a_backbone_without_its_encoder_is_damaged(backbones: dict[str, Card], tmp_path: Path) -> None:
    card = backbones["tabm"]
    (tmp_path / "weights.safetensors").write_bytes(card.weights_path.read_bytes())
    with pytest.raises(Damaged, match=r"encoder\.json is missing"):
        TabMBackbone.load(card.at(tmp_path))


def test_the_same_seed_makes_the_same_network() -> None:
    frame: pd.DataFrame = customers(100, 5)[0]
    columns = [ColumnSpec("age", "feature", "numeric")]
    states = [
        TabMBackbone.from_scratch(frame, columns, seed, TINY_TABM).network.state_dict() for seed in (1, 1, 2)
    ]
    same = [torch.equal(states[0][name], states[1][name]) for name in states[0]]
    other = [torch.equal(states[0][name], states[2][name]) for name in states[0]]
    assert all(same) and not all(other)
