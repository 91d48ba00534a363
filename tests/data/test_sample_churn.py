"""The sample of churn: probabilities as documented, a disparity between ages, no customer twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finxfer.data.leaks import auc_of
from finxfer.data.sample_churn import (
    SOURCE,
    TARGET,
    TARGET_ACCOUNTS,
    churn_probability,
    draw_accounts,
    source_accounts,
    target_accounts,
)


def test_equal_seeds_give_equal_tables_and_the_portfolios_share_no_customer():
    pd.testing.assert_frame_equal(target_accounts(300, 5), target_accounts(300, 5))
    assert not target_accounts(300, 5)["balance"].equals(target_accounts(300, 6)["balance"])
    source, target = source_accounts(400, 0), target_accounts(400, 0)
    assert not set(source["customer_id"]) & set(target["customer_id"])
    assert source["observed_on"].max() < target["observed_on"].min()


@pytest.mark.parametrize(("accounts", "rate"), [(SOURCE, 0.098), (TARGET_ACCOUNTS, 0.184)])
def test_outcomes_follow_the_stated_probability(accounts, rate):
    table, probability = draw_accounts(accounts, 60_000, 1)
    np.testing.assert_allclose(churn_probability(table, accounts), probability)
    assert table[TARGET].mean() == pytest.approx(rate, abs=0.015)
    assert 0.84 < auc_of(probability, table[TARGET].to_numpy()) < 0.88
    tenths = pd.qcut(probability, 10, labels=False)
    for tenth in range(10):
        rows = tenths == tenth
        error = 4 * np.sqrt(probability[rows].mean() / rows.sum())
        assert table[TARGET][rows].mean() == pytest.approx(probability[rows].mean(), abs=error)


def test_older_customers_look_as_if_they_left_and_do_not():
    table = target_accounts(60_000, 3)
    older, stays = (table["age"] >= 55).to_numpy(), (table[TARGET] == 0).to_numpy()
    assert table[TARGET][older].mean() == pytest.approx(table[TARGET][~older].mean(), abs=0.03)
    assert table["logins_90d"][older].median() < 0.7 * table["logins_90d"][~older].median()
    blind = churn_probability(table.assign(age=40), TARGET_ACCOUNTS)
    flagged = blind >= np.quantile(blind, 0.8)
    assert flagged[stays & older].mean() > 1.5 * flagged[stays & ~older].mean()


def test_the_documented_coefficients_are_the_code_s():
    text = (Path(__file__).resolve().parents[2] / "docs" / "samples.md").read_text(encoding="utf-8")
    for label, name in (("b_fee", "fee"), ("b_offer", "offer")):
        values = [f"{getattr(one, name):g}" for one in (SOURCE, TARGET_ACCOUNTS)]
        assert f"| {label} | {values[0]} | {values[1]} |" in text
    for column in target_accounts(5).columns:
        assert column in text
