"""The sample of loan applications: two portfolios of instalment loans, with known relations.

What drives it and the disparity between citizenships are told in docs/samples.md. Everything is drawn from
one seed, whole columns at a time.
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

TARGET = "default_24m"
PROTECTED = ("sex", "age", "citizenship")
PURPOSE = ("car", "home improvement", "consolidation", "furniture", "education")
EMPLOYMENT = ("permanent", "temporary", "self-employed", "retired")
CHANNEL = ("branch", "online", "broker")
CITIZENSHIP = ("national", "resident", "other")
TERMS = np.array([12, 24, 36, 48, 60, 72, 84])
MONTHLY_RATE = 0.006
_TEXTS = ("application_id", "sex", "citizenship", "purpose", "employment", "channel")


@dataclass(frozen=True)
class Loans:
    """What differs between the two portfolios. Logits unless said otherwise.

    Args:
        intercept: shifts the default rate.
        broker: effect of having come through a broker, against a branch.
        stretch: effect of an instalment that is heavy beside the free income.
        age_mean: mean age, years.
        income_level: median yearly income of a permanent employee of 40, in currency units.
        channel_shares: shares of branch, online and broker.
        residents: share of residents without citizenship.
        file_months: mean months for which the bureau knows somebody who is no national, over 1.6.
        first_day, last_day: range of the day of the application.
        first_id: number of the first application.
    """

    intercept: float
    broker: float
    stretch: float
    age_mean: float
    income_level: float
    channel_shares: tuple[float, float, float]
    residents: float
    file_months: float
    first_day: str
    last_day: str
    first_id: int


SOURCE = Loans(-3.2, 0.2, 3.2, 44.0, 38_000.0, (0.55, 0.30, 0.15), 0.12, 14.0, "2019-01-01", "2021-12-31", 1)
TARGET_LOANS = Loans(
    -2.9, 0.6, 3.4, 36.0, 31_000.0, (0.10, 0.55, 0.35), 0.30, 6.0, "2023-01-01", "2023-12-31", 5_000_001
)


def source_loans(rows: int = 20_000, seed: int = 0) -> pd.DataFrame:
    """The large portfolio: instalment loans of the branches.

    Args:
        rows: number of applications, 1 or more.
        seed: seed of every draw, 0 or more.
    """
    return draw_loans(SOURCE, rows, seed)[0]


def target_loans(rows: int = 3_000, seed: int = 0) -> pd.DataFrame:
    """The small portfolio: a new online loan, sold by brokers too, to younger applicants."""
    return draw_loans(TARGET_LOANS, rows, seed)[0]


def draw_loans(loans: Loans, rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """A portfolio and the true default probability of each of its applications.

    The probability knows the incomes that are missing in the table.

    Returns:
        frame (rows × 21 columns) and float64 (rows,) from 0 to 1.
    """
    if rows < 1:
        raise ValueError(f"rows must be at least 1, not {rows!r}")
    generator = np.random.default_rng([seed, loans.first_id, 0x10A])
    table = _applicants(loans, rows, generator)
    _loan(table, generator)
    _bureau(table, loans, generator)
    probability = default_probability(table, loans)
    outcome = (generator.random(rows) < probability).astype(np.int64)
    unproven = np.where(table["employment"] == "self-employed", 0.18, 0.02)
    table.loc[generator.random(rows) < unproven, "yearly_income"] = np.nan
    as_texts(table, _TEXTS)
    table[TARGET] = outcome
    return table, probability


def _applicants(loans: Loans, rows: int, generator: np.random.Generator) -> pd.DataFrame:
    age = np.clip(np.round(20 + generator.gamma(3.6, (loans.age_mean - 20) / 3.6, rows)), 20, 80)
    woman = generator.random(rows) < 0.46
    retired = sigmoid((age - 65) / 2.0)
    shares = np.column_stack([np.full(rows, 0.66), 0.14 + 0.10 * (age < 28), np.full(rows, 0.14)])
    shares = np.column_stack([shares * (1 - retired[:, None]), retired])
    employment = pick(EMPLOYMENT, shares, generator)
    level = effect(employment, {"temporary": -0.25, "self-employed": 0.10, "retired": -0.30})
    spread = generator.normal(0, 0.42, rows)
    income = loans.income_level * np.exp(level - 0.18 * woman - 0.0005 * (age - 46) ** 2 + spread)
    years = np.floor(np.clip(age - 21, 0.3, 40) * generator.beta(1.2, 2.2, rows) * 10) / 10
    return pd.DataFrame(
        {
            "application_id": numbered("L", loans.first_id, rows),
            "applied_on": days_between(loans.first_day, loans.last_day, rows, generator),
            "sex": np.where(woman, "female", "male"),
            "age": age.astype(np.int64),
            "citizenship": pick_alike(
                CITIZENSHIP, (0.96 - loans.residents, loans.residents, 0.04), rows, generator
            ),
            "employment": employment,
            "years_in_job": np.where(employment == "retired", 0.0, years),
            "channel": pick_alike(CHANNEL, loans.channel_shares, rows, generator),
            "yearly_income": np.maximum(np.round(income, -2), 6_000.0),
        }
    )


def _loan(table: pd.DataFrame, generator: np.random.Generator) -> None:
    """Add what is asked for and what is owed already."""
    rows = len(table)
    income = table["yearly_income"].to_numpy()
    table["purpose"] = pick_alike(PURPOSE, (0.34, 0.22, 0.24, 0.14, 0.06), rows, generator)
    table["amount"] = np.maximum(np.round(income * np.exp(generator.normal(-1.35, 0.65, rows)), -2), 1_000.0)
    table["term_months"] = TERMS[generator.integers(0, len(TERMS), rows)]
    table["rent_or_mortgage"] = np.round(income / 12 * np.clip(generator.normal(0.27, 0.12, rows), 0, 0.7))
    table["other_instalments"] = np.round(
        income / 12 * np.exp(generator.normal(-2.9, 0.9, rows)) * (generator.random(rows) < 0.6)
    )
    table["card_balance"] = np.round(income / 12 * np.exp(generator.normal(-1.0, 1.0, rows)), 2)
    table["card_limits"] = (
        np.round(table["card_balance"] / np.clip(generator.beta(1.6, 2.2, rows), 0.04, 1.0), -2) + 500.0
    )


def _bureau(table: pd.DataFrame, loans: Loans, generator: np.random.Generator) -> None:
    """Add what the credit bureau knows. It knows residents for a shorter time: the disparity's root."""
    rows = len(table)
    national = (table["citizenship"] == "national").to_numpy()
    known = np.clip((table["age"].to_numpy() - 19) * 12 * generator.beta(2.2, 2.0, rows), 1, None)
    known = np.where(national, known, np.minimum(known, generator.gamma(1.6, loans.file_months, rows) + 1))
    strain = generator.normal(0, 1, rows)
    table["oldest_account_months"] = np.floor(known).astype(np.int64)
    table["enquiries_6m"] = generator.poisson(np.exp(-0.5 + 0.25 * strain + 0.25 * ~national))
    table["late_payments_24m"] = generator.poisson(np.exp(-1.4 + 0.5 * strain))
    table["accounts"] = 1 + generator.poisson(np.minimum(known / 40, 6.0))


def instalment(table: pd.DataFrame) -> np.ndarray:
    """Monthly instalment of an annuity loan at 0.6% a month: float64 (N,)."""
    months = table["term_months"].to_numpy(dtype=np.float64)
    return np.asarray(table["amount"].to_numpy() * MONTHLY_RATE / (1 - (1 + MONTHLY_RATE) ** -months))


def default_probability(table: pd.DataFrame, loans: Loans) -> np.ndarray:
    """True probability of default of complete rows (no missing income): float64 (N,).

    The logit is that of docs/samples.md.
    """
    column = {name: table[name].to_numpy() for name in table.columns}
    month = column["yearly_income"] / 12
    free = np.maximum(month * 0.8 - column["rent_or_mortgage"] - column["other_instalments"], month * 0.05)
    heavy = instalment(table) / free
    used = column["card_balance"] / column["card_limits"]
    thin = np.clip(1 - column["oldest_account_months"] / 36, 0, 1)
    late = np.log1p(column["late_payments_24m"])
    logit = (
        loans.intercept
        + loans.stretch * sigmoid((heavy - 0.42) / 0.07)
        + 1.2 * np.clip(heavy - 0.7, 0, 1)
        + 1.7 * (used > 0.7)
        + 1.1 * (used > 0.7) * (column["purpose"] == "consolidation")
        + 1.8 * thin
        + 0.6 * late
        + 1.0 * late * (used > 0.7)
        + 0.18 * np.minimum(column["enquiries_6m"], 5)
        - 0.45 * np.log1p(column["years_in_job"]) * (column["employment"] != "retired")
        + 0.6 * (column["employment"] == "temporary") * (column["term_months"] > 36)
        + effect(column["purpose"], {"consolidation": 0.25, "home improvement": -0.3})
        + effect(column["channel"], {"online": 0.1, "broker": loans.broker})
        - 1.2 * thin * (column["citizenship"] != "national")
        - 0.1 * (column["citizenship"] != "national")
    )
    return sigmoid(logit)
