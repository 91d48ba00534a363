"""The sample of card default: a card book in two portfolios, with known relations.

The drivers, the coefficients of both portfolios and the disparity are explained in docs/samples.md.
Everything is drawn from one seed, whole columns at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from finxfer.data.sample_tools import pick

TARGET = "default_12m"
PROTECTED = ("sex", "age", "citizenship")
EMPLOYMENT = ("permanent", "temporary", "self-employed", "retired", "not working")
HOUSING = ("owner", "mortgage", "tenant", "with family")
CHANNEL = ("branch", "online", "partner")
CITIZENSHIP = ("national", "resident", "other")


@dataclass(frozen=True)
class Book:
    """What differs between the two portfolios. Logits unless said otherwise.

    Args:
        intercept: shifts the default rate.
        partner: effect of having applied through a partner, against a branch.
        cash: effect of log(1 + cash advances in six months).
        age_mean: mean age, years.
        income_level: median monthly income of a permanent employee of 40, in currency units.
        limit_months: median credit limit, in months of income.
        months_mean: mean months on book.
        channel_shares: shares of branch, online and partner.
        first_day, last_day: range of the observation date.
        first_id: number of the first customer.
    """

    intercept: float
    partner: float
    cash: float
    age_mean: float
    income_level: float
    limit_months: float
    months_mean: float
    channel_shares: tuple[float, float, float]
    first_day: str
    last_day: str
    first_id: int


SOURCE = Book(
    intercept=-3.78,
    partner=0.2,
    cash=0.3,
    age_mean=45.0,
    income_level=3100.0,
    limit_months=1.5,
    months_mean=58.0,
    channel_shares=(0.55, 0.35, 0.10),
    first_day="2021-01-01",
    last_day="2022-12-31",
    first_id=1,
)
TARGET_BOOK = Book(
    intercept=-3.85,
    partner=1.2,
    cash=1.0,
    age_mean=35.0,
    income_level=2350.0,
    limit_months=1.0,
    months_mean=26.0,
    channel_shares=(0.15, 0.55, 0.30),
    first_day="2023-07-01",
    last_day="2024-06-30",
    first_id=5_000_001,
)


def source_portfolio(rows: int = 20_000, seed: int = 0) -> pd.DataFrame:
    """The large portfolio: an established revolving credit card book.

    Args:
        rows: number of customers, 1 or more.
        seed: seed of every draw, 0 or more.
    """
    return draw_book(SOURCE, rows, seed)[0]


def target_portfolio(rows: int = 2_000, seed: int = 0) -> pd.DataFrame:
    """The small portfolio: a new instalment card for younger customers, riskier and differently sold."""
    return draw_book(TARGET_BOOK, rows, seed)[0]


def draw_book(book: Book, rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """A portfolio and the true default probability of each of its rows.

    The probability knows what the table does not show: the incomes that are missing in it. It is the
    ceiling for any model, and is no column of the table.

    Returns:
        frame (rows × 19 columns) and float64 (rows,) from 0 to 1.
    """
    if rows < 1:
        raise ValueError(f"rows must be at least 1, not {rows!r}")
    # A stream of its own for each book, so that equal seeds do not give look-alike customers.
    generator = np.random.default_rng([seed, book.first_id])
    frame = _customers(book, rows, generator)
    _account(frame, book, generator)
    probability = default_probability(frame, book)
    outcome = (generator.random(rows) < probability).astype(np.int64)
    table = _as_recorded(frame, generator)
    table[TARGET] = outcome
    return table, probability


def _customers(book: Book, rows: int, generator: np.random.Generator) -> pd.DataFrame:
    age = np.clip(np.round(18 + generator.gamma(4.0, (book.age_mean - 18) / 4.0, rows)), 18, 84)
    woman = generator.random(rows) < 0.48
    citizenship = pick(CITIZENSHIP, np.tile([0.84, 0.13, 0.03], (rows, 1)), generator)
    retired = 1 / (1 + np.exp(-(age - 65) / 2.0))
    shares = np.column_stack(
        [
            np.full(rows, 0.62) - 0.17 * woman,
            0.14 + 0.14 * woman + 0.10 * (age < 28),
            np.full(rows, 0.13),
            np.zeros(rows),
            0.07 + 0.06 * (age < 25),
        ]
    ) * (1 - retired[:, None])
    shares[:, 3] = retired
    employment = pick(EMPLOYMENT, shares, generator)
    level = pd.Series(
        {"permanent": 0.0, "temporary": -0.28, "self-employed": 0.12, "retired": -0.35, "not working": -0.85}
    )
    income = book.income_level * np.exp(
        level.reindex(employment).to_numpy()
        - 0.22 * woman
        - 0.0006 * (age - 46) ** 2
        + generator.normal(0, 0.42, rows)
    )
    owns = np.clip((age - 24) / 60, 0.02, 0.6)
    housing = pick(
        HOUSING,
        np.column_stack(
            [owns, 0.25 * (age > 27) * (age < 66) + 0.02, np.full(rows, 0.45), 0.30 * (age < 30) + 0.03]
        ),
        generator,
    )
    return pd.DataFrame(
        {
            "sex": np.where(woman, "female", "male"),
            "age": age.astype(np.int64),
            "citizenship": citizenship,
            "employment": employment,
            "housing": housing,
            "channel": pick(CHANNEL, np.tile(book.channel_shares, (rows, 1)), generator),
            "monthly_income": np.maximum(np.round(income, -1), 100.0),
        }
    )


def _account(frame: pd.DataFrame, book: Book, generator: np.random.Generator) -> None:
    """Add the account's columns: amounts whose ratios matter, not their size."""
    rows = len(frame)
    woman = (frame["sex"] == "female").to_numpy()
    income = frame["monthly_income"].to_numpy()
    months = 1 + np.floor(generator.gamma(1.3, book.months_mean / 1.3, rows))
    limit = np.maximum(
        np.round(income * book.limit_months * np.exp(generator.normal(0, 0.55, rows)), -2), 200
    )
    strain = generator.normal(0, 1, rows)
    utilisation = 1.05 / (1 + np.exp(-(generator.normal(-0.35, 1.25, rows) + 0.25 * strain)))
    burden = np.clip(np.exp(generator.normal(-1.75, 0.6, rows) + 0.40 * woman + 0.10 * strain), 0.01, 1.5)
    spend_year = limit * np.exp(generator.normal(-1.6, 0.8, rows))
    trend = np.exp(generator.normal(0, 0.5, rows))
    frame["months_on_book"] = months.astype(np.int64)
    frame["credit_limit"] = limit
    frame["balance"] = np.round(limit * utilisation, 2)
    frame["monthly_debt_service"] = np.round(income * burden, 2)
    frame["spend_12m"] = np.round(spend_year, 2)
    frame["spend_3m"] = np.round(spend_year * np.minimum(trend / 4, 1.0), 2)
    frame["late_payments_12m"] = generator.poisson(np.exp(-1.35 + 0.5 * strain))
    frame["cash_advances_6m"] = generator.poisson(np.exp(-1.1 + 0.35 * strain))
    frame["credit_enquiries_6m"] = generator.poisson(np.exp(-0.45 + 0.2 * strain))
    days = pd.date_range(book.first_day, book.last_day, freq="D").to_numpy().astype("datetime64[us]")
    frame["observed_on"] = days[generator.integers(0, len(days), rows)]
    frame["customer_id"] = "C" + pd.Series(np.arange(rows) + book.first_id).astype("str").str.zfill(7)


def default_probability(frame: pd.DataFrame, book: Book) -> np.ndarray:
    """True probability of default of complete rows (no missing income): float64 (N,).

    The logit, with u = balance / credit limit, d = monthly debt service / income and
    t = log(4 × three-month spend / twelve-month spend), is that of docs/samples.md.
    """
    used = (frame["balance"] / frame["credit_limit"]).to_numpy()
    burden = (frame["monthly_debt_service"] / frame["monthly_income"]).to_numpy()
    trend = np.log(((4 * frame["spend_3m"] + 1) / (frame["spend_12m"] + 1)).to_numpy())
    months = frame["months_on_book"].to_numpy()
    late = np.log1p(frame["late_payments_12m"].to_numpy())
    cash = np.log1p(frame["cash_advances_6m"].to_numpy())
    enquiries = np.minimum(frame["credit_enquiries_6m"].to_numpy(), 5)
    logit = (
        book.intercept
        + 1.6 * (used > 0.75)
        + 2.3 * (burden > 0.32)
        + 2.2 * np.minimum(trend**2, 1.5)
        + 0.45 * late
        + 1.2 * late * (used > 0.75)
        + book.cash * cash
        + 0.10 * enquiries
        + 0.35 * ((months >= 12) & (months < 30))
        - 0.35 * np.log1p(months / 24)
        + frame["employment"]
        .map({"temporary": 0.35, "self-employed": 0.25, "not working": 0.6})
        .fillna(0)
        .to_numpy()
        + frame["housing"].map({"owner": -0.35, "tenant": 0.2}).fillna(0).to_numpy()
        + frame["channel"].map({"online": 0.1, "partner": book.partner}).fillna(0).to_numpy()
        - 0.70 * (frame["sex"] == "female").to_numpy()
    )
    return 1 / (1 + np.exp(-logit))


def _as_recorded(frame: pd.DataFrame, generator: np.random.Generator) -> pd.DataFrame:
    """The table as a bank would hold it: some incomes are missing, and not by chance."""
    rows = len(frame)
    table = frame[
        [
            "customer_id", "observed_on", "sex", "age", "citizenship", "employment", "housing", "channel",
            "monthly_income", "months_on_book", "credit_limit", "balance", "monthly_debt_service", "spend_3m",
            "spend_12m", "late_payments_12m", "cash_advances_6m", "credit_enquiries_6m",
        ]
    ].copy()  # fmt: skip
    burdened = (frame["monthly_debt_service"] / frame["monthly_income"] > 0.32).to_numpy()
    unproven = np.where(frame["employment"] == "self-employed", 0.20, 0.02) + 0.08 * burdened
    table.loc[generator.random(rows) < unproven, "monthly_income"] = np.nan
    table.loc[generator.random(rows) < 0.04, "housing"] = None
    for name in ("customer_id", "sex", "citizenship", "employment", "housing", "channel"):
        table[name] = table[name].astype("str")
    return table
