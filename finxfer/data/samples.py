"""The catalogue of finxfer's own tables: four businesses, each with a large source and a small target.

The drivers, the coefficients of both portfolios and the disparity of each are told in docs/samples.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from finxfer.data import sample_card, sample_churn, sample_fraud, sample_loans


@dataclass(frozen=True)
class Sample:
    """A sample table in the catalogue.

    Args:
        id: short name, used in addresses.
        title, story: for people; pages may word them in another language by the id.
        target, positive: the task.
        protected: its protected columns.
        draw: makes the table from (rows, seed).
        rows: its usual number of rows.
        test_share: share of the rows that the tour holds out.
    """

    id: str
    title: str
    story: str
    target: str
    positive: str
    protected: tuple[str, ...]
    draw: Callable[[int, int], pd.DataFrame]
    rows: int
    test_share: float = 0.3
    synthetic: bool = True


@dataclass(frozen=True)
class Business:
    """A business with the ids of its two portfolios.

    Args:
        id: that of the small portfolio, too.
        source: id of the large portfolio.
        log: whether its rows are transactions, which a model reads better with windows over time.
    """

    id: str
    source: str
    log: bool = False


SAMPLES: tuple[Sample, ...] = (
    Sample(
        "card-default",
        "Card default: a new product",
        "A new instalment card has few labelled customers; the bank's old card book has many.",
        sample_card.TARGET,
        "1",
        sample_card.PROTECTED,
        sample_card.target_portfolio,
        2_000,
        0.5,
    ),
    Sample(
        "card-default-source",
        "Card default: the established book",
        "The large portfolio that a backbone learns from before it meets the new product.",
        sample_card.TARGET,
        "1",
        sample_card.PROTECTED,
        sample_card.source_portfolio,
        20_000,
    ),
    Sample(
        "churn",
        "Churn: a new digital account",
        "Customers leave a young account at the end of its opening offer; the old one knows the signs.",
        sample_churn.TARGET,
        "1",
        sample_churn.PROTECTED,
        sample_churn.target_accounts,
        3_000,
        0.6,
    ),
    Sample(
        "churn-source",
        "Churn: the established account",
        "The large portfolio of current accounts that a backbone learns from.",
        sample_churn.TARGET,
        "1",
        sample_churn.PROTECTED,
        sample_churn.source_accounts,
        20_000,
    ),
    Sample(
        "loan-applications",
        "Loan applications: online and brokers",
        "A new loan is sold online and by brokers; the branches' earlier loans are known to the end.",
        sample_loans.TARGET,
        "1",
        sample_loans.PROTECTED,
        sample_loans.target_loans,
        3_000,
        0.6,
    ),
    Sample(
        "loan-applications-source",
        "Loan applications: the branches",
        "The large portfolio of instalment loans that a backbone learns from.",
        sample_loans.TARGET,
        "1",
        sample_loans.PROTECTED,
        sample_loans.source_loans,
        20_000,
    ),
    Sample(
        "card-fraud",
        "Card fraud: a new card",
        "A log of card payments with few frauds; what a customer and a terminal did before tells most.",
        sample_fraud.TARGET,
        "1",
        sample_fraud.PROTECTED,
        sample_fraud.target_transactions,
        40_000,
    ),
    Sample(
        "card-fraud-source",
        "Card fraud: the established card",
        "The large log that a backbone learns from; the same mechanisms in other proportions.",
        sample_fraud.TARGET,
        "1",
        sample_fraud.PROTECTED,
        sample_fraud.source_transactions,
        200_000,
    ),
)
BUSINESSES: tuple[Business, ...] = (
    Business("card-default", "card-default-source"),
    Business("churn", "churn-source"),
    Business("card-fraud", "card-fraud-source", log=True),
    Business("loan-applications", "loan-applications-source"),
)


def find_sample(sample_id: str) -> Sample:
    """The sample of that id.

    Raises:
        KeyError: there is none.
    """
    return {sample.id: sample for sample in SAMPLES}[sample_id]
