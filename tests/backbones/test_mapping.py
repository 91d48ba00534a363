"""How a table meets the columns of a backbone: pairs, corrections, what is used of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finxfer.backbones.card import Card
from finxfer.backbones.mapping import meet, merged, still_possible, with_kept
from finxfer.errors import BadInput
from finxfer.records.spec import ColumnSpec
from tests.known_columns import known_card
from tests.training.made import COLUMNS, customers

FRAME = customers(800, 3)[0].assign(product="card")
FRAME.loc[::3, "product"] = "loan"
KNOWN = [*COLUMNS, ColumnSpec("product", "feature", "category")]
TARGET = (
    customers(300, 4)[0].rename(columns={"age": "age_years", "housing": "HOUSING"}).assign(product="loan")
)
FEATURES = [
    ColumnSpec("income", "feature", "numeric"),
    ColumnSpec("debt", "feature", "numeric"),
    ColumnSpec("age_years", "feature", "numeric"),
    ColumnSpec("HOUSING", "feature", "category"),
    ColumnSpec("visits", "feature", "numeric"),
]
PRODUCT = ColumnSpec("product", "excluded", "category")
TARGET["visits"] = np.arange(300) % 4


@pytest.fixture
def card(tmp_path: Path) -> Card:
    return known_card(tmp_path / "book", FRAME, KNOWN)


def test_what_is_used_missing_and_new(card: Card) -> None:
    found = meet(card, FEATURES, TARGET)
    assert found.used == {"income": "income", "debt": "debt", "age": "age_years", "housing": "HOUSING"}
    assert found.missing == ("product",) and found.new == ("visits",) and found.masked == ()
    assert found.mapping == {"age": "age_years"}, "names alone give the others"
    assert found.share == pytest.approx(4 / 5) and not found.weighted


def test_the_share_counts_columns_by_their_importance(card: Card) -> None:
    weights = {"income": 0.5, "debt": 0.1, "age": 0.1, "housing": 0.1, "product": 0.2}
    assert meet(replace(card, importance=weights), FEATURES, TARGET).share == pytest.approx(0.8)
    partly = replace(card, importance={"income": 1.0})
    assert meet(partly, FEATURES, TARGET).share == pytest.approx(4 / 5), "all alike where some are unknown"


def test_a_column_of_one_value_is_kept_where_the_backbone_knows_it(card: Card) -> None:
    found = meet(card, FEATURES, TARGET, constants=[PRODUCT])
    assert found.kept == ("product",) and found.used["product"] == "product" and found.share == 1
    assert [column.role for column in with_kept([*FEATURES, PRODUCT], found.kept)] == ["feature"] * 6
    refused = meet(card, FEATURES, TARGET, given={"product": ""}, constants=[PRODUCT])
    assert refused.kept == () and refused.mapping["product"] == ""
    other = replace(PRODUCT, name="country")
    assert meet(card, FEATURES, TARGET.assign(country="NL"), constants=[other]).kept == ()


def test_a_protected_column_is_masked_by_name_by_likeness_and_by_hand(card: Card) -> None:
    protected = [ColumnSpec("age_years", "protected", "numeric")]
    rest = [column for column in FEATURES if column.name != "age_years"]
    for given in ({}, {"age": "age_years"}):
        found = meet(card, rest, TARGET, protected, given)
        assert found.masked == ("age",) and "age" not in found.used and found.mapping["age"] == "age_years"


def test_corrections_go_before_the_proposal_and_nonsense_is_refused(card: Card) -> None:
    found = meet(card, FEATURES, TARGET, given={"age": "visits", "debt": ""})
    assert found.used["age"] == "visits" and "debt" not in found.used
    assert found.mapping == {"debt": "", "age": "visits"}
    assert found.new == ("age_years",) and found.unread == ("debt",)
    with pytest.raises(BadInput, match="another kind"):
        meet(card, FEATURES, TARGET, given={"age": "HOUSING"})


def test_corrections_outlive_a_change_of_roles_as_far_as_they_can(card: Card) -> None:
    given = {"age": "visits", "income": "gone", "housing": "debt", "other": "income", "debt": ""}
    assert still_possible(card, given, FEATURES) == {"age": "visits", "debt": ""}
    assert still_possible(card, {"age": "visits", "debt": "visits"}, FEATURES) == {"debt": "visits"}


def test_several_backbones_share_the_pairs_on_which_they_agree(card: Card, tmp_path: Path) -> None:
    twin = known_card(tmp_path / "twin", FRAME, KNOWN)
    both = [meet(one, FEATURES, TARGET, constants=[PRODUCT]) for one in (card, twin)]
    assert merged(both) == ({"age": "age_years"}, ("product",))
    otherwise = meet(twin, FEATURES, TARGET, given={"age": "visits"})
    assert merged([both[0], otherwise])[0] == {}
    stranger = known_card(
        tmp_path / "stranger", pd.DataFrame({"x": [1.0, 2.0]}), [ColumnSpec("x", "feature", "numeric")]
    )
    assert merged([both[0], meet(stranger, FEATURES, TARGET, given={"x": "debt"})])[0].get("x") == "debt"
    lone = known_card(tmp_path / "lone", FRAME.assign(a=1.0, b=2.0, c=3.0, d=4.0),
        [KNOWN[2], *(ColumnSpec(name, "feature", "numeric") for name in "abcd")])  # fmt: skip
    assert not meet(lone, FEATURES, TARGET).promising and merged([meet(lone, FEATURES, TARGET)]) == ({}, ())
