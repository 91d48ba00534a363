from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from finxfer.data.targets import choose_positive, positive_class, propose_target, target_candidates
from finxfer.errors import BadInput


@pytest.mark.parametrize(
    ("values", "positive"),
    [
        ([0, 1, 0], "1"),
        ([0.0, 1.0, np.nan], "1"),
        ([True, False], "True"),
        (["true", "false"], "true"),
        ([1, 2, 2], "1"),
        ([-1, 1], "1"),
        ([0, 2], "2"),
        ([2, 10], "10"),
        (["no", "yes"], "yes"),
        (["Good", "Bad", "Bad"], "Bad"),
        (["default", "no default"], "default"),
        (["Fully Paid", "Charged Off"], "Charged Off"),
        (["no_churn", "has_churn"], "has_churn"),
        (["fraud", "normal"], "fraud"),
        (["是", "否"], "是"),
        (["a", "b", "b"], "a"),
        (["a", "b"], "b"),
    ],
)
def test_the_rule_of_the_positive_class(values, positive):
    chosen = choose_positive(pd.Series(values))
    assert chosen.value == positive
    assert chosen.reason.endswith(".")


def test_ties_do_not_depend_on_the_order_of_rows():
    assert positive_class(pd.Series(["a", "b", "a", "b"])) == positive_class(pd.Series(["b", "a", "b", "a"]))


@pytest.mark.parametrize(("given", "positive"), [("0", "0"), ("0.0", "0"), ("1", "1")])
def test_a_given_number_may_be_spelled_either_way(given, positive):
    assert positive_class(pd.Series([0, 1, 1]), given) == positive


def test_a_given_word_may_differ_in_case_and_stands_against_all_others():
    values = pd.Series(["Mortgage", "Card", "Loan", "Card"])
    assert positive_class(values, "card") == "Card"


@pytest.mark.parametrize(
    ("values", "given", "message"),
    [
        ([1, 1, 1], None, "constant"),
        ([1, 1, 1], "1", "constant"),
        ([np.nan, np.nan], None, "empty"),
        (["a", "b", "c"], None, "3 different values.*--positive"),
        (["a", "b"], "z", "'z' does not occur.*'a', 'b'"),
    ],
)
def test_targets_that_cannot_be_used(values, given, message):
    with pytest.raises(BadInput, match=message):
        positive_class(pd.Series(values, name="t"), given)


def test_proposals_need_something_that_speaks_for_them():
    rows = 40
    frame = pd.DataFrame({"x": np.arange(rows), "z": np.arange(rows) % 7})
    assert propose_target(frame) is None
    frame["违约"] = [0, 1] * 20
    frame["last"] = np.arange(rows) % 9
    assert propose_target(frame) == "违约"


def test_a_protected_or_split_column_is_never_the_target():
    frame = pd.DataFrame({"x": range(40), "sex": [0, 1] * 20})
    assert propose_target(frame) is None
    frame["split"] = ["train", "test"] * 20
    assert propose_target(frame) is None


def test_the_outcome_wins_over_an_earlier_default(real_table):
    candidates = target_candidates(real_table("bank_marketing_full"))
    assert [candidate.column for candidate in candidates] == ["y", "default"]
