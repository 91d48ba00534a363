"""The rivals of the label-efficiency benchmark: each reads a table as it is and learns what is in it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from benchmarks import rivals
from benchmarks.rivals import Score, logistic, tuned_catboost, tuned_lightgbm
from finxfer.records.spec import ColumnSpec

COLUMNS = [
    ColumnSpec("income", "feature", "numeric"),
    ColumnSpec("branch", "feature", "category"),
    ColumnSpec("since", "feature", "numeric"),
]


def made_table(rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Risk falls with income and is high in branch 2; cells are missing here and there."""
    rng = np.random.default_rng(seed)
    income, branch, since = rng.normal(size=rows), rng.integers(0, 3, rows), rng.normal(size=rows)
    y = (rng.random(rows) < 1 / (1 + np.exp(2 * income - 2 * (branch == 2)))).astype(int)
    frame = pd.DataFrame({"income": income, "branch": branch.astype(str), "since": since})
    frame.loc[rng.random(rows) < 0.1, "income"] = np.nan
    frame.loc[rng.random(rows) < 0.1, "branch"] = None
    return frame, y


@pytest.mark.parametrize(
    "score", [logistic, tuned_lightgbm, pytest.param(tuned_catboost, marks=pytest.mark.slow)]
)
def test_a_rival_learns_from_missing_cells_and_rates_unseen_categories(
    score: Score, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rivals, "CATBOOST_CHOOSES_FROM", 100)  # so that its choice is made here too
    fewer = tuple({**settings, "iterations": 100} for settings in rivals.CATBOOST_SETTINGS)
    monkeypatch.setattr(rivals, "CATBOOST_SETTINGS", fewer)
    train, y = made_table(150, 0)
    test, y_test = made_table(400, 1)
    test.loc[:40, "branch"] = "never seen"
    rated = score(train, y, test, COLUMNS)
    assert rated.shape == (400,)
    assert ((rated > 0) & (rated < 1)).all()
    assert roc_auc_score(y_test, rated) > 0.75
