"""Counterfactuals: few and small changes, limits that hold, probabilities that are the model's own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from finxfer.errors import BadInput, Cancelled
from finxfer.explanations.counterfactuals import Found, Limits, counterfactuals
from finxfer.explanations.seen import Customer, Seen
from finxfer.records.spec import ColumnSpec

NAMES = ("income", "debt", "years", "region")
COLUMNS = [ColumnSpec(name, "feature", "numeric") for name in NAMES[:3]]
COLUMNS.append(ColumnSpec("region", "feature", "category"))
DRAW = np.random.default_rng(0)
FRAME = pd.DataFrame(
    {
        "income": DRAW.normal(3000, 800, 500).round(0),
        "debt": DRAW.exponential(1.0, 500).round(3),
        "years": np.where(DRAW.random(500) < 0.05, np.nan, DRAW.integers(0, 30, 500)),
        "region": DRAW.choice(["north", "south", "west"], 500),
    }
)
SEEN = Seen.of(FRAME, COLUMNS)
PEOPLE = SEEN.customers(FRAME)


def predict(frame: pd.DataFrame) -> np.ndarray:
    """Debt raises it, income lowers it, more so in the south."""
    south = (frame["region"] == "south").to_numpy(float)
    years = frame["years"].fillna(5).to_numpy(float)
    odds = 1.5 * (frame["debt"] - 1) - (frame["income"] - 3000) / (900 - 300 * south) + south - 0.03 * years
    return np.asarray(1 / (1 + np.exp(-odds)))


def risky(place: int) -> Customer:
    """The customer of the place-th highest probability."""
    return PEOPLE[int(np.argsort(-predict(FRAME))[place])]


def search(customer: Customer, wanted: float = 0.3, **limits: object) -> Found:
    return counterfactuals(predict, SEEN, customer, wanted, replace(Limits(), **limits))  # type: ignore[arg-type]


def changed(customer: Customer, found: Found) -> list[Customer]:
    return [customer | {one.column: one.after for one in answer.changes} for answer in found.answers]


@settings(max_examples=40, deadline=None)
@given(
    place=some.integers(0, 200),
    wanted=some.floats(0.05, 0.6),
    fixed=some.sets(some.sampled_from(NAMES), max_size=3),
    up=some.sets(some.sampled_from(NAMES[:3]), max_size=2),
    down=some.sets(some.sampled_from(NAMES[:3]), max_size=2),
)
def test_limits_hold_and_the_probability_is_the_models(
    place: int, wanted: float, fixed: set[str], up: set[str], down: set[str]
) -> None:
    customer = risky(place)
    found = search(
        customer, wanted, fixed=frozenset(fixed), only_up=frozenset(up), only_down=frozenset(down - up)
    )
    for answer, other in zip(found.answers, changed(customer, found), strict=True):
        assert 1 <= len(answer.changes) <= 3
        assert answer.probability == pytest.approx(predict(SEEN.frame([other]))[0], abs=1e-12)
        assert answer.probability < wanted
        for change in answer.changes:
            assert change.column not in fixed and change.before == customer[change.column] != change.after
            assert change.after in (set(FRAME[change.column].dropna()))
            if change.column in up:
                assert float(change.after) > float(change.before)  # type: ignore[arg-type]
            elif change.column in down:
                assert float(change.after) < float(change.before)  # type: ignore[arg-type]
    columns = [frozenset(one.column for one in answer.changes) for answer in found.answers]
    assert len(set(columns)) == len(columns)
    assert found.evaluations <= Limits().evaluations


def test_one_change_comes_before_two_and_no_smaller_one_would_do() -> None:
    customer = risky(60)
    found = search(customer)
    assert [len(answer.changes) for answer in found.answers] == sorted(len(a.changes) for a in found.answers)
    single = next(a for a in found.answers if len(a.changes) == 1 and a.changes[0].column == "debt")
    column = SEEN["debt"]
    nearer = [
        value
        for value in column.grid
        if single.changes[0].after < value < single.changes[0].before  # type: ignore[operator]
    ]
    assert all(predict(SEEN.frame([customer | {"debt": value}]))[0] >= 0.3 for value in nearer)
    assert single.size == pytest.approx(
        column.position(single.changes[0].before) - column.position(single.changes[0].after)
    )


def test_two_changes_are_found_where_one_is_not_enough() -> None:
    customer = risky(3) | {"debt": 2.0, "income": 2000.0, "region": "south"}
    found = search(customer, 0.1, fixed=frozenset({"region", "years"}))
    assert found.answers and {one.column for one in found.answers[0].changes} == {"debt", "income"}


def test_where_nothing_within_the_limits_reaches_it_that_is_said() -> None:
    found = search(risky(0), 0.3, fixed=frozenset(NAMES) - {"years"})
    assert not found.answers and not found.exhausted
    assert 0.3 <= found.lowest <= found.before
    nothing = search(risky(0), 0.3, fixed=frozenset(NAMES))
    assert not nothing.answers and nothing.evaluations == 1 and nothing.lowest == nothing.before


def test_an_approved_customer_needs_no_change() -> None:
    customer = PEOPLE[int(np.argmin(predict(FRAME)))]
    found = search(customer)
    assert found.before < found.wanted and not found.answers and found.evaluations == 1


def test_a_missing_value_may_become_known_but_not_rise() -> None:
    customer = risky(80) | {"years": None}
    free = search(customer, found_wanted(customer), fixed=frozenset(NAMES) - {"years"})
    assert free.answers and free.answers[0].changes[0].before is None
    only_up = search(
        customer, found_wanted(customer), fixed=frozenset(NAMES) - {"years"}, only_up=frozenset({"years"})
    )
    assert not only_up.answers


def found_wanted(customer: Customer) -> float:
    """A probability that more years alone reach."""
    return float(predict(SEEN.frame([customer | {"years": 20.0}]))[0])


def test_the_budget_of_predictions_is_kept_and_said() -> None:
    found = search(risky(0), 0.02, evaluations=30)
    assert found.evaluations == 30 and found.exhausted


def test_no_existing_category_is_invented_and_the_order_of_rows_does_not_matter() -> None:
    again = Seen.of(FRAME.iloc[::-1].reset_index(drop=True), COLUMNS)
    customer = risky(60)
    assert counterfactuals(predict, again, customer, 0.3) == search(customer)


@pytest.mark.parametrize("wanted", [0, -1, 1.5, float("nan"), "low", None])
def test_no_probability_to_reach_is_refused(wanted: object) -> None:
    with pytest.raises(BadInput, match="no such probability"):
        search(risky(0), wanted)  # type: ignore[arg-type]


def test_unknown_columns_and_categories_that_shall_rise_are_refused() -> None:
    with pytest.raises(BadInput, match="no feature 'salary'"):
        search(risky(0), fixed=frozenset({"salary"}))
    with pytest.raises(BadInput, match="region"):
        search(risky(0), only_up=frozenset({"region"}))


def test_a_search_can_be_stopped() -> None:
    def stop() -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        counterfactuals(predict, SEEN, risky(0), 0.3, Limits(), stop)
