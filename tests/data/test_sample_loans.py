"""The sample of loan applications: probabilities as documented, a disparity between citizenships."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finxfer.data.leaks import auc_of
from finxfer.data.sample_loans import (
    MONTHLY_RATE,
    SOURCE,
    TARGET,
    TARGET_LOANS,
    default_probability,
    draw_loans,
    instalment,
    source_loans,
    target_loans,
)


def test_equal_seeds_give_equal_tables_and_the_portfolios_share_no_applicant():
    pd.testing.assert_frame_equal(target_loans(300, 5), target_loans(300, 5))
    assert not target_loans(300, 5)["amount"].equals(target_loans(300, 6)["amount"])
    source, target = source_loans(400, 0), target_loans(400, 0)
    assert not set(source["application_id"]) & set(target["application_id"])
    assert source["applied_on"].max() < target["applied_on"].min()


@pytest.mark.parametrize(("loans", "rate"), [(SOURCE, 0.117), (TARGET_LOANS, 0.179)])
def test_outcomes_follow_the_stated_probability(loans, rate):
    table, probability = draw_loans(loans, 60_000, 1)
    known = table["yearly_income"].notna().to_numpy()
    np.testing.assert_allclose(default_probability(table[known], loans), probability[known])
    assert table[TARGET].mean() == pytest.approx(rate, abs=0.01)
    assert 0.83 < auc_of(probability, table[TARGET].to_numpy()) < 0.88
    tenths = pd.qcut(probability, 10, labels=False)
    for tenth in range(10):
        rows = tenths == tenth
        error = 4 * np.sqrt(probability[rows].mean() / rows.sum())
        assert table[TARGET][rows].mean() == pytest.approx(probability[rows].mean(), abs=error)


def test_an_instalment_pays_the_loan_back():
    table = target_loans(50, 0)
    for amount, months, paid in zip(table["amount"], table["term_months"], instalment(table), strict=True):
        left = amount
        for _ in range(months):
            left = left * (1 + MONTHLY_RATE) - paid
        assert left == pytest.approx(0, abs=1e-6 * amount)


def test_residents_look_riskier_by_their_short_files_and_are_not():
    table = target_loans(60_000, 3)
    others, good = (table["citizenship"] != "national").to_numpy(), (table[TARGET] == 0).to_numpy()
    assert table[TARGET][others].mean() == pytest.approx(table[TARGET][~others].mean(), abs=0.04)
    assert (
        table["oldest_account_months"][others].median()
        < 0.5 * table["oldest_account_months"][~others].median()
    )
    blind = default_probability(table.assign(citizenship="national"), TARGET_LOANS)
    flagged = blind >= np.nanquantile(blind, 0.8)
    assert flagged[good & others].mean() > 1.5 * flagged[good & ~others].mean()


def test_incomes_are_missing_where_they_are_hard_to_prove():
    table = source_loans(20_000, 0)
    own, missing = table["employment"] == "self-employed", table["yearly_income"].isna()
    assert missing[own].mean() > 4 * missing[~own].mean()


def test_the_documented_coefficients_are_the_code_s():
    text = (Path(__file__).resolve().parents[2] / "docs" / "samples.md").read_text(encoding="utf-8")
    for label, name in (("b_broker", "broker"), ("b_stretch", "stretch")):
        values = [f"{getattr(one, name):g}" for one in (SOURCE, TARGET_LOANS)]
        assert f"| {label} | {values[0]} | {values[1]} |" in text
    for column in target_loans(5).columns:
        assert column in text
