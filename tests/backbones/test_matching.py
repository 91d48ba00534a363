"""Which column of a table stands for which of a backbone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import fit_to_table
from finxfer.backbones.families import load_backbone
from finxfer.backbones.matching import (
    categories_likeness,
    mapping_of,
    masked_columns,
    match_columns,
    name_likeness,
    numbers_likeness,
    propose_pairs,
)
from finxfer.backbones.protocol import TrainingData
from finxfer.errors import BadInput
from finxfer.records.spec import ColumnSpec
from finxfer.records.training_settings import TrainingSettings
from tests.training.made import COLUMNS, customers, training_data

KNOWN = [
    {"name": "LIMIT_BAL", "kind": "numeric"},
    {"name": "sex", "kind": "category"},
    {"name": "pay 1", "kind": "numeric"},
]


def column(name: str, kind: str = "numeric") -> ColumnSpec:
    return ColumnSpec(name, "feature", kind)


@pytest.mark.parametrize("name", ["LIMIT_BAL", "limit_bal", "Limit Bal", "limitBal "])
def test_names_are_the_same_but_for_case_and_punctuation(name: str) -> None:
    assert match_columns(KNOWN, [column("other"), column(name)]) == {"LIMIT_BAL": name}


def test_kinds_must_be_alike_and_doubtful_names_match_nothing() -> None:
    assert match_columns(KNOWN, [column("LIMIT_BAL", "category")]) == {}
    assert match_columns(KNOWN, [column("pay-1"), column("PAY1")]) == {}
    assert match_columns(KNOWN, [column("pay-1"), column("pay 1")]) == {"pay 1": "pay 1"}


def test_a_protected_column_is_masked_and_nothing_stands_in_for_it() -> None:
    protected = [ColumnSpec("sex", "protected", "category")]
    columns = [column("limit bal"), column("Sex", "category")]
    assert match_columns(KNOWN, columns, protected) == {"LIMIT_BAL": "limit bal"}
    assert masked_columns(KNOWN, columns, protected) == ("sex",)
    assert match_columns(KNOWN, columns) == {"LIMIT_BAL": "limit bal", "sex": "Sex"}


def test_the_fit_says_what_is_masked(backbones: dict[str, Card]) -> None:
    columns = [item for item in COLUMNS if item.name != "age"]
    fit = fit_to_table(backbones["tabm"], columns, [ColumnSpec("age", "protected", "numeric")])
    assert fit.masked == ("age",) and fit.lacking == ("age",)
    assert "It learned from 'age', which is protected here: it reads it as missing." in fit.sentence
    data = training_data()
    seen = TrainingData(
        data.frame_train, data.y_train, data.frame_validation, data.y_validation, columns, "1", "bad",
        protected=(ColumnSpec("age", "protected", "numeric"),),
    )  # fmt: skip
    learner = load_backbone(backbones["tabm"]).learner(seen, TrainingSettings(), 0, "cpu")
    assert any("'age', which is protected here" in note for note in learner.notes)
    model = learner.model(0.0)
    assert "age" not in model.features
    frame = data.frame_validation
    changed = frame.assign(age=frame["age"].to_numpy()[::-1])
    assert np.array_equal(model.predict(frame), model.predict(changed))


def test_given_pairs_go_before_names_and_nonsense_is_refused() -> None:
    columns = [column("LIMIT_BAL"), column("ceiling"), column("town", "category")]
    assert match_columns(KNOWN, columns, mapping={"LIMIT_BAL": "ceiling"}) == {"LIMIT_BAL": "ceiling"}
    assert match_columns(KNOWN, columns, mapping={"LIMIT_BAL": ""}) == {}
    assert match_columns(KNOWN, columns, mapping={"unknown": "nowhere"}) == {"LIMIT_BAL": "LIMIT_BAL"}
    with pytest.raises(BadInput, match="another kind"):
        match_columns(KNOWN, columns, mapping={"LIMIT_BAL": "town"})
    with pytest.raises(BadInput, match="not among the features"):
        match_columns(KNOWN, columns, mapping={"LIMIT_BAL": "nowhere"})
    with pytest.raises(BadInput, match="stands for two"):
        match_columns(KNOWN, columns, mapping={"LIMIT_BAL": "ceiling", "pay 1": "ceiling"})


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ("monthly_income", "Monthly Income", 1, 1),
        ("monthly_income", "income", 0.7, 0.8),
        ("creditLimit", "limit of the credit", 0.7, 0.8),
        ("PAY_AMT1", "PAY_AMT2", 0.05, 0.25),
        ("age", "balance", 0, 0),
        ("收入", "收入", 1, 1),
        ("debts", "debt", 0.6, 0.8),
        ("cust_inc", "customer income", 0.6, 0.9),
        ("age", "aged_average", 0.3, 0.7),
        ("id", "idle", 0.0, 0.0),
    ],
)
def test_likeness_of_names(first: str, second: str, low: float, high: float) -> None:
    assert low <= name_likeness(first, second) <= high
    assert name_likeness(first, second) == name_likeness(second, first)


def test_likeness_of_values() -> None:
    values = np.sort(np.random.default_rng(0).normal(50, 10, 2000))
    edges = np.quantile(values, np.linspace(0.001, 0.999, 17))
    same, shifted, far = (numbers_likeness(edges, values + step) for step in (0, 10, 1000))
    assert same is not None and shifted is not None and far == 0
    assert same > 0.9 > shifted > 0.2
    assert numbers_likeness(edges, np.array([])) is None
    assert categories_likeness(["Own", "Rent"], {"own": 5, "rent": 3}) == 1
    assert categories_likeness(["own", "rent"], {"red": 5, "own": 5}) == 0.5
    assert categories_likeness([], {"red": 5}) is None


def test_renamed_columns_are_proposed_by_words_and_values(backbones: dict[str, Card]) -> None:
    frame, _ = customers(400, 5)
    new = {"income": "income per month", "debt": "debt_total", "age": "years", "housing": "housing kind"}
    table = frame.rename(columns=new)
    columns = [ColumnSpec(new[item.name], "feature", item.kind) for item in COLUMNS]
    pairs = {pair.known: pair for pair in propose_pairs(backbones["tabm"], columns, table)}
    assert {known for known, pair in pairs.items() if pair.taken} == {"income", "debt", "housing"}
    assert all(pair.column == new[known] for known, pair in pairs.items())
    assert 0 < pairs["age"].score < 0.65 < pairs["debt"].score < 1
    corrections = {"income": "", "age": "years"}
    corrected = propose_pairs(backbones["tabm"], columns, table, corrections=corrections)
    assert [(pair.known, pair.how) for pair in corrected if pair.taken] == [
        ("debt", "likeness"),
        ("age", "given"),
        ("housing", "likeness"),
    ]
    assert mapping_of(corrected) == {"debt": "debt_total", "age": "years", "housing": "housing kind"}
    renamed = match_columns(backbones["tabm"].columns, columns, mapping=mapping_of(corrected))
    assert renamed == {"debt": "debt_total", "age": "years", "housing": "housing kind"}


def test_other_values_under_a_like_name_are_not_taken(backbones: dict[str, Card]) -> None:
    table = pd.DataFrame({"income_class": np.arange(200) % 3})
    (pair,) = propose_pairs(backbones["tabm"], [column("income_class")], table)
    assert pair.known == "income" and not pair.taken


def test_a_backbone_that_reads_any_table_has_no_pairs(backbones: dict[str, Card], tmp_path: Path) -> None:
    assert propose_pairs(backbones["incontext"], COLUMNS, customers(50, 1)[0]) == []
    nowhere = backbones["tabm"].at(tmp_path)
    pairs = propose_pairs(nowhere, COLUMNS, customers(50, 1)[0])
    assert [(pair.score, pair.values, pair.how) for pair in pairs] == [(1.0, None, "name")] * 4
