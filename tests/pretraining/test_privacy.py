"""What a backbone of a source table leaves behind: no value of a customer, in any file, in any spelling."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from finxfer.backbones.card import BOOSTER_FILE, WEIGHTS_FILE
from finxfer.backbones.families import SOURCE_FAMILIES
from finxfer.data.splits import stratified_split
from finxfer.pretraining.source import VALIDATION_SHARE, Source, pretrain_source
from finxfer.records.spec import ColumnSpec
from tests.training.made import customers, tiny

ROWS = 1200
COLUMNS = [
    ColumnSpec("income", "feature", "numeric"),
    ColumnSpec("turnover", "feature", "numeric"),
    ColumnSpec("age", "feature", "numeric"),
    ColumnSpec("since", "feature", "date"),
    ColumnSpec("housing", "feature", "category"),
    ColumnSpec("employer", "feature", "category"),
]


def book() -> pd.DataFrame:
    """Values to the cent, extreme ones, dates, and categories of 49 rows and of one."""
    frame, y = customers(ROWS, 3)
    generator = np.random.default_rng(4)
    frame["income"] = frame["income"].round(2)
    frame["turnover"] = np.exp(generator.normal(9, 2, ROWS)).round(2)
    frame.loc[0, "turnover"] = 987654321.12
    frame["since"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(generator.integers(0, 1400, ROWS), unit="D")
    frame["employer"] = np.where(np.arange(ROWS) < 49, "Smith & Sons", "Bakery")
    frame.loc[100, "employer"] = "Jane Roe, Main Street 5"
    return frame.assign(bad=y)


def numbers_in(content: Any) -> Iterator[float]:
    if isinstance(content, dict):
        content = list(content.values())
    if isinstance(content, list):
        for part in content:
            yield from numbers_in(part)
    elif isinstance(content, int | float) and not isinstance(content, bool):
        yield float(content)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return book()


@pytest.mark.parametrize("family", SOURCE_FAMILIES)
def test_no_training_value_is_in_the_files(family: str, frame: pd.DataFrame, tmp_path: Path) -> None:
    pretrain_source(Source(frame, COLUMNS, "bad", "1"), tiny(family), tmp_path / "book")
    files = {path.name: path.read_bytes() for path in (tmp_path / "book").iterdir()}
    weights = BOOSTER_FILE if family == "boosted" else WEIGHTS_FILE
    assert set(files) == {"card.json", "encoder.json", weights}
    for column in ("income", "turnover"):
        for value in frame[column].dropna().unique():
            # As text, and as the numbers of a tensor.
            assert all(repr(float(value)).encode() not in data for data in files.values())
            assert np.float32(value).tobytes() not in files[weights]
            assert np.float64(value).tobytes() not in files[weights]
    for text in ("Smith", "Jane Roe"):
        assert all(text.encode() not in data for data in files.values())
    assert b"Bakery" in files["encoder.json"] and b"tenant" in files["encoder.json"]
    assert not any(str(day)[:10].encode() in data for day in frame["since"] for data in files.values())


def test_trees_split_on_whole_numbers_of_bins_alone(frame: pd.DataFrame, tmp_path: Path) -> None:
    card = pretrain_source(Source(frame, COLUMNS, "bad", "1"), tiny("boosted"), tmp_path / "book")
    lines = card.weights_path.read_text().splitlines()
    told = [line.split("=", 1) for line in lines if "=" in line]
    # What LightGBM writes beside it: exact minima and maxima, gains and weights of leaves.
    assert {name for name, _ in told} == {
        *("version", "num_class", "num_tree_per_iteration", "label_index", "max_feature_idx", "objective"),
        *("feature_names", "feature_infos", "Tree", "num_leaves", "num_cat", "split_feature", "threshold"),
        *("decision_type", "left_child", "right_child", "leaf_value", "leaf_count", "internal_count"),
        *("is_linear", "shrinkage"),
    }
    assert {value for name, text in told if name == "feature_infos" for value in text.split()} == {"[0:1000]"}
    splits = [int(value) for name, text in told if name == "threshold" for value in text.split()]
    assert splits and all(0 <= split <= 7 or split == 1_000_000 for split in splits)
    rows = [int(value) for name, text in told if name == "leaf_count" for value in text.split()]
    assert min(rows) >= 30


def test_what_numbers_there_are_are_rounded_edges_within_the_clipped_range(
    frame: pd.DataFrame, tmp_path: Path
) -> None:
    pretrain_source(Source(frame, COLUMNS, "bad", "1"), tiny("mlp"), tmp_path / "book")
    encoder = json.loads((tmp_path / "book" / "encoder.json").read_text())
    edges = encoder.pop("edges")
    learned = stratified_split(frame["bad"].to_numpy(), 0.0, VALIDATION_SHARE, 0).train
    for name, found in zip(("income", "turnover", "age", "since"), edges, strict=True):
        series = frame[name].iloc[learned].dropna()
        if name == "since":
            series = (series - pd.Timestamp("1970-01-01")).dt.days
        low, high = series.quantile([0.001, 0.999])
        step = (high - low) / 100
        assert low - step <= found[0] and found[-1] <= high + step
        assert len(found) <= 7
        assert found[-1] < 987654321 / 10
        decimals = int(2 - np.floor(np.log10(high - low)))
        assert found == [round(edge, decimals + 1) for edge in found]
    # Beside the edges the encoder has counts of codes alone: no value of a row, nor how many rows.
    assert set(numbers_in(encoder)) == {float(count) for count in encoder["cardinalities"]}
    card = json.loads((tmp_path / "book" / "card.json").read_text())
    values = set(frame[["income", "turnover"]].stack())
    assert not values & set(numbers_in(card))


def test_rare_categories_are_kept_only_where_asked_for_and_never_single_rows(
    frame: pd.DataFrame, tmp_path: Path
) -> None:
    making = replace(tiny("mlp"), keep_rare=True)
    pretrain_source(Source(frame, COLUMNS, "bad", "1"), making, tmp_path / "book")
    text = (tmp_path / "book" / "encoder.json").read_text()
    assert "Smith & Sons" in text and "Jane Roe" not in text
