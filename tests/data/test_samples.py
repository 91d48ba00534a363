from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finxfer.data.leaks import auc_of
from finxfer.data.quality import assess
from finxfer.data.roles import propose_roles
from finxfer.data.sample_card import (
    SOURCE,
    TARGET,
    TARGET_BOOK,
    default_probability,
    draw_book,
    source_portfolio,
    target_portfolio,
)
from finxfer.data.samples import BUSINESSES, SAMPLES, find_sample


def test_equal_seeds_give_equal_tables_and_others_do_not():
    pd.testing.assert_frame_equal(target_portfolio(300, 5), target_portfolio(300, 5))
    assert not target_portfolio(300, 5)["balance"].equals(target_portfolio(300, 6)["balance"])
    assert not target_portfolio(300, 5)["balance"].equals(source_portfolio(300, 5)["balance"])


def test_the_two_portfolios_have_the_same_columns_and_no_customer_in_common():
    source, target = source_portfolio(500, 0), target_portfolio(500, 0)
    assert list(source.columns) == list(target.columns)
    assert source.dtypes.equals(target.dtypes)
    assert not set(source["customer_id"]) & set(target["customer_id"])
    assert source["observed_on"].max() < target["observed_on"].min()


def test_outcomes_follow_the_stated_probability():
    for book, rate in ((SOURCE, 0.135), (TARGET_BOOK, 0.21)):
        table, probability = draw_book(book, 60_000, 1)
        assert probability.min() > 0
        assert probability.max() < 1
        assert table[TARGET].mean() == pytest.approx(rate, abs=0.015)
        # Calibrated in every tenth: the probability is the truth that outcomes are drawn from.
        tenths = pd.qcut(probability, 10, labels=False)
        for tenth in range(10):
            rows = tenths == tenth
            error = 4 * np.sqrt(probability[rows].mean() / rows.sum())
            assert table[TARGET][rows].mean() == pytest.approx(probability[rows].mean(), abs=error)
        assert 0.82 < auc_of(probability, table[TARGET].to_numpy()) < 0.88


def test_the_probability_is_a_function_of_the_table_where_no_income_is_missing():
    table, probability = draw_book(TARGET_BOOK, 2000, 2)
    known = (table["monthly_income"].notna() & table["housing"].notna()).to_numpy()
    np.testing.assert_allclose(default_probability(table[known], TARGET_BOOK), probability[known])


def test_the_disparity_is_there():
    """Women look riskier to whoever does not know their sex, and are not."""
    table = target_portfolio(60_000, 3)
    woman = (table["sex"] == "female").to_numpy()
    burden = (table["monthly_debt_service"] / table["monthly_income"]).to_numpy()
    assert np.nanmedian(burden[woman]) > 1.25 * np.nanmedian(burden[~woman])
    assert table[TARGET][woman].mean() == pytest.approx(table[TARGET][~woman].mean(), abs=0.02)
    blind = default_probability(table.assign(sex="male"), TARGET_BOOK)
    selected = blind >= np.nanquantile(blind, 0.8)
    good = (table[TARGET] == 0).to_numpy()
    rates = [selected[good & group].mean() for group in (woman, ~woman)]
    assert rates[0] > 1.5 * rates[1]


def test_amounts_are_possible():
    table = source_portfolio(20_000, 4)
    assert (table["spend_3m"] <= table["spend_12m"]).all()
    assert table["monthly_income"].min() >= 100
    assert table["age"].between(18, 84).all()
    assert (table[["balance", "credit_limit", "monthly_debt_service", "months_on_book"]] > 0).all().all()


def test_missing_incomes_are_not_missing_by_chance():
    table = source_portfolio(20_000, 0)
    missing = table["monthly_income"].isna()
    own = table["employment"] == "self-employed"
    assert missing[own].mean() > 3 * missing[~own].mean()
    assert table[TARGET][missing].mean() > 1.2 * table[TARGET][~missing].mean()


def test_roles_and_quality_of_the_samples_are_as_documented():
    for sample in SAMPLES:
        table = sample.draw(2000, 0)
        proposals = propose_roles(table)
        roles = {proposal.column: proposal.role for proposal in proposals}
        assert roles[sample.target] == "target"
        assert {name for name, role in roles.items() if role == "protected"} == set(sample.protected)
        if sample.target == TARGET:
            assert (roles["customer_id"], roles["observed_on"]) == ("id", "time")
        findings = assess(table, [proposal.spec for proposal in proposals], sample.target, sample.positive)
        assert not [finding for finding in findings if finding.severity == "problem"]
        assert sample.synthetic
        assert find_sample(sample.id) is sample


def test_each_business_has_a_small_and_a_large_portfolio_of_the_same_columns():
    for business in BUSINESSES:
        target, source = find_sample(business.id), find_sample(business.source)
        assert source.rows >= 5 * target.rows
        small, large = target.draw(300, 0), source.draw(300, 0)
        assert list(small.columns) == list(large.columns) and small.dtypes.equals(large.dtypes)
        assert (target.target, target.positive) == (source.target, source.positive)
    assert {find_sample(one.id).id for one in BUSINESSES} | {one.source for one in BUSINESSES} == {
        sample.id for sample in SAMPLES
    }


def test_no_rows_are_refused():
    with pytest.raises(ValueError, match="rows"):
        target_portfolio(0)


def test_the_documented_coefficients_are_the_code_s():
    text = (Path(__file__).resolve().parents[2] / "docs" / "samples.md").read_text(encoding="utf-8")
    for label, name in (("intercept", "intercept"), ("b_cash", "cash"), ("b_partner", "partner")):
        values = [f"{getattr(book, name):g}".replace("-", "−") for book in (SOURCE, TARGET_BOOK)]
        assert f"| {label} | {values[0]} | {values[1]} |" in text
    for column in target_portfolio(5).columns:
        assert column in text
