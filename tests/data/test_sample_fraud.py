from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from finxfer.data.roles import propose_roles
from finxfer.data.sample_fraud import (
    FRAUD_RATE,
    MECHANISMS,
    SOURCE,
    TARGET,
    TARGET_PORTFOLIO,
    draw_transactions,
    source_transactions,
    target_transactions,
)


@pytest.fixture(scope="module")
def drawn() -> tuple[pd.DataFrame, np.ndarray]:
    return draw_transactions(TARGET_PORTFOLIO, 200_000, 1)


def test_equal_seeds_give_equal_logs_and_others_do_not() -> None:
    pd.testing.assert_frame_equal(target_transactions(3000, 5), target_transactions(3000, 5))
    assert not target_transactions(3000, 5)["amount"].equals(target_transactions(3000, 6)["amount"])


def test_the_portfolios_have_the_same_columns_and_nothing_else_in_common() -> None:
    source, target = source_transactions(4000, 0), target_transactions(4000, 0)
    assert list(source.columns) == list(target.columns)
    assert source.dtypes.equals(target.dtypes)
    for name in ("transaction_id", "customer_id", "terminal_id"):
        assert not set(source[name]) & set(target[name])
    assert source["time"].max() < target["time"].min()


@pytest.mark.parametrize("rows", [1, 7, 600, 20_001])
def test_a_log_has_the_rows_asked_for_in_order_of_time(rows: int) -> None:
    log = target_transactions(rows, 2)
    assert len(log) == rows
    assert log["time"].is_monotonic_increasing
    assert log["transaction_id"].is_unique


def test_no_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="rows"):
        target_transactions(0)


def test_frauds_are_rare_and_of_the_stated_mechanisms() -> None:
    for portfolio in (SOURCE, TARGET_PORTFOLIO):
        log, kinds = draw_transactions(portfolio, 100_000, 3)
        assert log[TARGET].mean() == pytest.approx(FRAUD_RATE, rel=0.02)
        np.testing.assert_array_equal(log[TARGET], kinds >= 0)
        shares = np.bincount(kinds[kinds >= 0], minlength=len(MECHANISMS)) / (kinds >= 0).sum()
        np.testing.assert_allclose(shares, portfolio.shares, atol=0.02)


def test_each_mechanism_leaves_the_trace_it_is_named_for(drawn: tuple[pd.DataFrame, np.ndarray]) -> None:
    log, kinds = drawn
    genuine, stolen, terminal, testing = (kinds == number for number in (-1, 0, 1, 2))
    seen = genuine & log["city"].notna().to_numpy()
    assert (log["country"][stolen] != "AT").mean() > 3 * (log["country"][seen] != "AT").mean()
    assert log["amount"][stolen].median() > 1.7 * log["amount"][genuine].median()
    # Frauds at a terminal look like any purchase; what tells is that they come at few terminals.
    assert log["amount"][terminal].median() == pytest.approx(log["amount"][genuine].median(), rel=0.6)
    there = log["terminal_id"][terminal]
    assert there.nunique() < len(there) / 4
    assert (log["channel"][testing] == "online").all()
    assert (log["amount"][testing] < 3.6).mean() > 0.5


def test_online_purchases_have_no_place_and_others_have_one(drawn: tuple[pd.DataFrame, np.ndarray]) -> None:
    log, _ = drawn
    online = log["channel"] == "online"
    for name in ("latitude", "longitude", "city", "country"):
        np.testing.assert_array_equal(log[name].isna(), online)
    assert (log["amount"] > 0).all()


def test_the_disparity_is_there() -> None:
    """Residents and others pay abroad far more often, and are defrauded no more often."""
    log = target_transactions(1_000_000, 1)
    national = log["citizenship"] == "national"
    abroad = log["country"].notna() & (log["country"] != "AT")
    good = log[TARGET] == 0
    assert abroad[good & ~national].mean() > 3 * abroad[good & national].mean()
    rates = [log[TARGET][group].mean() for group in (national, ~national)]
    assert rates[0] == pytest.approx(rates[1], abs=0.0008)


def test_roles_are_proposed_as_documented() -> None:
    roles = {proposal.column: proposal.role for proposal in propose_roles(target_transactions(40_000, 0))}
    assert {name for name, role in roles.items() if role == "protected"} == {"sex", "age", "citizenship"}
    expected = {"transaction_id": "id", "customer_id": "group", "time": "time", "fraud": "target"}
    assert {name: roles[name] for name in expected} == expected
