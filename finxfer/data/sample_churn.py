"""The sample of churn: customers of a current account in two portfolios, with known relations.

What drives it and the disparity between ages are told in docs/samples.md. Everything is drawn from one seed,
whole columns at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from finxfer.data.sample_tools import (
    as_texts,
    days_between,
    effect,
    numbered,
    pick,
    pick_alike,
    sigmoid,
)

TARGET = "closed_6m"
PROTECTED = ("sex", "age", "citizenship")
PACKAGE = ("basic", "comfort", "premium")
REGION = ("capital", "cities", "towns", "countryside")
CONTACT = ("app", "branch", "telephone")
OFFER_ENDS = 12
"""Months on book at which the opening offer ends."""
OLDER = 57
"""Age, in years, at which half of the customers use the branch rather than the app."""
_TEXTS = ("customer_id", "sex", "citizenship", "package", "region", "preferred_contact", "salary_account")


@dataclass(frozen=True)
class Accounts:
    """What differs between the two portfolios. Logits unless said otherwise.

    Args:
        intercept: shifts the share of customers who leave.
        fee: effect of a fee that is large beside the balance.
        offer: effect of the months around the end of the opening offer.
        age_mean: mean age, years.
        tenure_mean: mean months on book.
        digital: shifts how much the app is used (log of logins).
        silence: how much less the old use it, and less and less (log of logins).
        first_day, last_day: range of the observation date.
        first_id: number of the first customer.
    """

    intercept: float
    fee: float
    offer: float
    age_mean: float
    tenure_mean: float
    digital: float
    silence: float
    first_day: str
    last_day: str
    first_id: int


SOURCE = Accounts(-3.75, 0.9, 1.0, 49.0, 60.0, 0.0, 1.2, "2021-01-01", "2022-12-31", 1)
TARGET_ACCOUNTS = Accounts(-3.5, 1.5, 1.4, 44.0, 24.0, 0.2, 2.0, "2023-07-01", "2024-06-30", 5_000_001)


def source_accounts(rows: int = 20_000, seed: int = 0) -> pd.DataFrame:
    """The large portfolio: the established current account.

    Args:
        rows: number of customers, 1 or more.
        seed: seed of every draw, 0 or more.
    """
    return draw_accounts(SOURCE, rows, seed)[0]


def target_accounts(rows: int = 3_000, seed: int = 0) -> pd.DataFrame:
    """The small portfolio: a new digital account for younger customers."""
    return draw_accounts(TARGET_ACCOUNTS, rows, seed)[0]


def draw_accounts(accounts: Accounts, rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """A portfolio and the true probability that each of its customers leaves.

    Returns:
        frame (rows × 21 columns) and float64 (rows,) from 0 to 1.
    """
    if rows < 1:
        raise ValueError(f"rows must be at least 1, not {rows!r}")
    generator = np.random.default_rng([seed, accounts.first_id, 0xC4])
    table = _customers(accounts, rows, generator)
    _use(table, accounts, generator)
    probability = churn_probability(table, accounts)
    outcome = (generator.random(rows) < probability).astype(np.int64)
    as_texts(table, _TEXTS)
    table[TARGET] = outcome
    return table, probability


def _customers(accounts: Accounts, rows: int, generator: np.random.Generator) -> pd.DataFrame:
    age = np.clip(np.round(18 + generator.gamma(2.6, (accounts.age_mean - 18) / 2.6, rows)), 18, 90)
    woman = generator.random(rows) < 0.5
    older = sigmoid((age - OLDER) / 4.0)
    contact = np.column_stack([0.75 - 0.55 * older, 0.15 + 0.45 * older, np.full(rows, 0.10)])
    return pd.DataFrame(
        {
            "customer_id": numbered("A", accounts.first_id, rows),
            "observed_on": days_between(accounts.first_day, accounts.last_day, rows, generator),
            "sex": np.where(woman, "female", "male"),
            "age": age.astype(np.int64),
            "citizenship": pick_alike(("national", "resident", "other"), (0.85, 0.12, 0.03), rows, generator),
            "region": pick_alike(REGION, (0.25, 0.30, 0.25, 0.20), rows, generator),
            "package": pick_alike(PACKAGE, (0.5, 0.35, 0.15), rows, generator),
            "preferred_contact": pick(CONTACT, contact, generator),
            "months_on_book": (1 + np.floor(generator.gamma(1.4, accounts.tenure_mean / 1.4, rows))).astype(
                np.int64
            ),
        }
    )


def _use(table: pd.DataFrame, accounts: Accounts, generator: np.random.Generator) -> None:
    """Add how the account is used: amounts and counts whose ratios matter, not their size."""
    rows = len(table)
    older = sigmoid((table["age"].to_numpy() - OLDER) / 4.0)
    # The old log in seldom and less and less, whether or not they mean to leave: the disparity's root.
    habit = 3.0 + accounts.digital - accounts.silence * older + generator.normal(0, 0.6, rows)
    trend = generator.normal(0, 0.45, rows) - 0.5 * accounts.silence * older
    before, now = generator.poisson(np.exp(habit)), generator.poisson(np.exp(habit + trend))
    balance = np.exp(generator.normal(7.6, 1.1, rows))
    moved = np.exp(generator.normal(-0.02, 0.55, rows))
    table["salary_account"] = np.where(generator.random(rows) < 0.62 - 0.25 * older, "yes", "no")
    table["products"] = 1 + generator.poisson(0.9 + 0.3 * (table["months_on_book"] > 36), rows)
    table["logins_90d"] = now
    table["logins_previous_90d"] = before
    table["balance"] = np.round(balance * moved, 2)
    table["balance_6m_ago"] = np.round(balance, 2)
    table["fees_12m"] = np.round(effect(table["package"].to_numpy(), {"comfort": 60.0, "premium": 140.0})
                                 + np.exp(generator.normal(2.4, 0.8, rows)), 2)  # fmt: skip
    table["card_payments_90d"] = generator.poisson(
        np.exp(3.0 + 0.25 * trend + generator.normal(0, 0.5, rows))
    )
    table["payments_to_other_banks_90d"] = generator.poisson(np.exp(-0.6 + generator.normal(0, 0.7, rows)))
    table["complaints_12m"] = generator.poisson(np.exp(-1.5 + generator.normal(0, 0.5, rows)))
    table["open_complaints"] = generator.binomial(table["complaints_12m"].to_numpy(), 0.35)


def churn_probability(table: pd.DataFrame, accounts: Accounts) -> np.ndarray:
    """True probability that a customer closes the account within six months: float64 (N,).

    The logit is that of docs/samples.md.
    """
    column = {name: table[name].to_numpy() for name in table.columns}
    logins = np.log((column["logins_90d"] + 1) / (column["logins_previous_90d"] + 1))
    balance = np.log((column["balance"] + 50) / (column["balance_6m_ago"] + 50))
    fee = column["fees_12m"] / (column["balance"] + 200)
    months = column["months_on_book"]
    ends = np.abs(months - OFFER_ENDS) <= 3
    away = np.log1p(column["payments_to_other_banks_90d"])
    older = sigmoid((column["age"] - OLDER) / 4.0)
    logit = (
        accounts.intercept
        + 2.0 * np.clip(-logins, 0, 1.2)
        + 2.0 * np.clip(-balance - 0.2, 0, 1.0)
        + 1.6 * (logins < -0.3) * (balance < -0.2)
        + accounts.fee * (fee > 0.06)
        + accounts.offer * ends
        + 0.6 * np.minimum(column["open_complaints"], 2)
        + 0.25 * np.minimum(column["complaints_12m"], 3)
        + 0.55 * away * (column["salary_account"] == "no")
        + 0.35 * (column["salary_account"] == "no")
        - 0.25 * np.minimum(column["products"] - 1, 4)
        - 0.30 * np.log1p(months / 24)
        + effect(column["region"], {"capital": 0.2})
        - 1.5 * older
    )
    return sigmoid(logit)
