"""What training saw of a column: observed values only, positions, what is unusual, what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from finxfer.errors import BadInput
from finxfer.explanations.seen import Seen, SeenColumn, proposed_fixed
from finxfer.records.spec import ColumnSpec

COLUMNS = [
    ColumnSpec("amount", "feature", "numeric"),
    ColumnSpec("job", "feature", "category"),
    ColumnSpec("since", "feature", "date"),
    ColumnSpec("spelled", "feature", "numeric"),
]


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    draw = np.random.default_rng(0)
    since = pd.Series(pd.Timestamp("2020-01-01") + pd.to_timedelta(draw.integers(0, 900, 400), "D"))
    amounts = draw.exponential(5000, 400).round(2)
    return pd.DataFrame(
        {
            "amount": np.where(draw.random(400) < 0.1, np.nan, amounts),
            "job": draw.choice(["clerk", "nurse"], 400, p=[0.7, 0.3]),
            "since": since,
            "spelled": pd.Series([f"{value:.1f}" for value in draw.normal(10, 2, 400)], dtype="str"),
        }
    )


@pytest.fixture(scope="module")
def seen(frame: pd.DataFrame) -> Seen:
    return Seen.of(frame, COLUMNS)


def test_the_grid_holds_observed_values_from_the_least_to_the_largest(
    seen: Seen, frame: pd.DataFrame
) -> None:
    amount = seen["amount"]
    observed = frame["amount"].dropna()
    assert set(amount.grid) <= set(observed)
    assert (amount.grid[0], amount.grid[-1]) == (observed.min(), observed.max())
    assert amount.missing == pytest.approx(frame["amount"].isna().mean())
    assert seen["job"].choices == ("clerk", "nurse")


def test_a_position_is_the_share_of_training_rows_below(seen: Seen, frame: pd.DataFrame) -> None:
    observed = frame["amount"].dropna()
    for value in (observed.quantile(0.2), observed.median(), observed.quantile(0.9)):
        assert seen["amount"].position(float(value)) == pytest.approx((observed < value).mean(), abs=0.02)
    assert seen["amount"].position(-1.0) == 0 and seen["amount"].position(1e9) == 1
    assert np.isnan(seen["amount"].position(None))


def test_customers_survive_the_way_to_json_and_back(seen: Seen, frame: pd.DataFrame) -> None:
    rows = seen.customers(frame)
    again = seen.frame(rows)
    assert again["amount"].to_numpy() == pytest.approx(frame["amount"].to_numpy(), nan_ok=True)
    assert list(again["job"]) == list(frame["job"]) and (again["since"] == frame["since"]).all()
    assert again["spelled"].to_numpy() == pytest.approx(frame["spelled"].astype(float), abs=1e-5)
    assert rows[0]["since"] == frame["since"].iloc[0].strftime("%Y-%m-%d")
    for column in seen.columns:
        assert SeenColumn.from_json(column.to_json()) == column


def test_unusual_values_are_told_apart(seen: Seen) -> None:
    assert seen["amount"].unusual(-5.0) == "below" and seen["amount"].unusual(1e9) == "above"
    assert seen["amount"].unusual(None) is None and seen["job"].unusual(None) == "missing"
    assert seen["job"].unusual("pilot") == "new" and seen["job"].unusual("nurse") is None
    assert seen["since"].unusual("2031-01-01") == "above" and seen["since"].unusual("2020-06-01") is None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("amount", "much"),
        ("amount", True),
        ("amount", "nan"),
        ("amount", [1]),
        ("since", "soon"),
        ("since", 1e400),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(seen: Seen, column: str, value: object) -> None:
    with pytest.raises(BadInput, match=column):
        seen[column].read(value)


def test_values_are_read_as_people_write_them(seen: Seen) -> None:
    assert seen["amount"].read(" 12.5 ") == 12.5 and seen["amount"].read("") is None
    assert seen["job"].read(" nurse ") == "nurse" and seen["since"].read("2021-03-04") == "2021-03-04"
    with pytest.raises(BadInput, match="no feature 'salary'"):
        seen.changed({}, {"salary": 1})


def test_a_column_without_any_value_has_no_grid_and_nothing_is_known_of_it() -> None:
    empty = Seen.of(pd.DataFrame({"amount": [np.nan, np.nan]}), COLUMNS[:1])["amount"]
    assert empty.grid == () and empty.missing == 1 and np.isnan(empty.position(3.0))


def test_age_and_dates_are_proposed_as_fixed_and_education_is_not() -> None:
    columns = [
        ColumnSpec("age", "feature", "numeric"),
        ColumnSpec("education_level", "feature", "category"),
        ColumnSpec("account_age", "feature", "numeric"),
        ColumnSpec("opened", "feature", "date"),
        ColumnSpec("income", "feature", "numeric"),
        ColumnSpec("postcode", "protected", "category"),
    ]
    assert proposed_fixed(columns) == ["age", "opened", "postcode"]
