"""The population stability index."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from finxfer.data.encoding import TableEncoder
from finxfer.evaluation.psi import psi
from finxfer.records.spec import ColumnSpec
from finxfer.runs.drift import drift, profile

COLUMNS = [ColumnSpec("income", "feature", "numeric"), ColumnSpec("region", "feature", "category")]


def table(shift: float = 0.0, seed: int = 0, rows: int = 4000) -> pd.DataFrame:
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {"income": draw.normal(shift, 1, rows), "region": draw.choice(["n", "s"], rows, p=[0.7, 0.3])}
    )


def measured(new: pd.DataFrame) -> dict:
    encoder = TableEncoder.fit(table(), COLUMNS)
    stored = json.loads(json.dumps(profile(encoder, encoder.transform(table()))))
    return drift(stored, encoder, encoder.transform(new))


def test_psi_of_two_shares_by_hand() -> None:
    expected = (0.5 - 0.4) * np.log(0.5 / 0.4) + (0.5 - 0.6) * np.log(0.5 / 0.6)
    assert psi(np.array([0.4, 0.6]), np.array([0.5, 0.5])) == pytest.approx(expected)
    assert psi(np.array([0.5, 0.5]), np.array([1.0, 0.0])) > 1


def test_alike_customers_are_called_alike() -> None:
    found = measured(table(seed=1))
    assert found["psi_max"] < 0.05
    assert "look like" in found["sentence"]


def test_a_shifted_column_comes_first_and_is_named() -> None:
    found = measured(table(shift=1.5, seed=1))
    assert found["columns"][0]["column"] == "income"
    assert found["psi_max"] > 0.25
    assert "income" in found["sentence"]


def test_values_gone_missing_and_unseen_categories_are_drift() -> None:
    new = table(seed=1)
    new["income"] = np.nan
    new["region"] = "elsewhere"
    found = measured(new)
    assert all(entry["psi"] > 1 for entry in found["columns"])


@pytest.mark.parametrize("rows", [20, 40, 100])
def test_a_few_customers_of_the_same_kind_are_not_called_different(rows: int) -> None:
    said = [measured(table(seed=seed, rows=rows))["sentence"] for seed in range(2, 22)]
    assert not any("differ much" in sentence or "differ somewhat" in sentence for sentence in said)
    assert "differ much" in measured(table(shift=2, seed=1, rows=rows))["sentence"]


def test_one_row_can_be_compared() -> None:
    assert measured(table().head(1))["psi_max"] > 0


def test_the_profile_holds_no_minimum_or_maximum() -> None:
    frame = table()
    encoder = TableEncoder.fit(frame, COLUMNS)
    text = json.dumps(profile(encoder, encoder.transform(frame)))
    for extreme in (frame["income"].min(), frame["income"].max()):
        assert repr(float(np.float32(extreme))) not in text
