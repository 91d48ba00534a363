"""What an analyst would otherwise train, as strong as a few seconds or minutes of tuning make it.

Every rival gets the training rows alone and chooses its settings on them by cross-validated log loss, then is
fitted again on all of them. `Score`: training rows, their 0/1 labels (N,), the rows to rate, the features ->
probabilities of the positive class. One thread each. CatBoost is imported only where it is asked for: it is
in requirements-dev.txt, not in the app's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegressionCV
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from finxfer.data.encoding import NUMERIC_KINDS, TableEncoder
from finxfer.records.spec import ColumnSpec

Score = Callable[[pd.DataFrame, np.ndarray, pd.DataFrame, list[ColumnSpec]], np.ndarray]

FOLDS = 4
LARGE = 2500
"""From so many rows on one fold decides instead of four: a quarter of the rows is then sample enough."""
LIGHTGBM_SETTINGS = 12
LIGHTGBM_KEPT = 3
CATBOOST_SETTINGS: tuple[dict[str, Any], ...] = (
    {},  # CatBoost's own: 1,000 trees of depth 6, learning rate by the number of rows
    {"depth": 4, "iterations": 500, "learning_rate": 0.02},
)
CATBOOST_CHOOSES_FROM = 500
"""With fewer rows CatBoost keeps its defaults: a search with 100 rows ended .01 of AUC below them."""
CATBOOST_FOLDS = 2


def logistic(train: pd.DataFrame, y: np.ndarray, test: pd.DataFrame, columns: list[ColumnSpec]) -> np.ndarray:
    """Ridge logistic regression of six strengths; one-hot categories, missing indicators."""
    numeric, other = _by_kind(columns)
    types = {name: "float64" for name in numeric} | {name: "str" for name in other}
    model = make_pipeline(
        make_column_transformer(
            (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), numeric),
            (OneHotEncoder(handle_unknown="ignore", min_frequency=2), other),
        ),
        LogisticRegressionCV(
            Cs=[0.003, 0.01, 0.03, 0.1, 0.3, 1.0], scoring="neg_log_loss", cv=3, max_iter=500
        ),
    )
    model.fit(train.astype(types), y)
    return model.predict_proba(test.astype(types))[:, 1]


def tuned_lightgbm(
    train: pd.DataFrame, y: np.ndarray, test: pd.DataFrame, columns: list[ColumnSpec]
) -> np.ndarray:
    """LightGBM: twelve settings, trees by early stopping, the log-odds of the best three averaged."""
    table = TableEncoder.fit(train, columns)
    matrix, asked = (
        np.concatenate((encoded.numeric, encoded.codes), axis=1)
        for encoded in (table.transform(train), table.transform(test))
    )
    categories = list(range(len(table.numeric_names), matrix.shape[1]))
    folds = _folds(y)

    def rows(number: int) -> lightgbm.Dataset:
        """Category codes are numbers to the even settings, categories to the odd ones."""
        named = categories if number % 2 else []
        return lightgbm.Dataset(matrix, y, categorical_feature=named, params={"verbose": -1})

    found = []
    for number, settings in enumerate(_lightgbm_settings(len(y))):
        stop = lightgbm.early_stopping(50, verbose=False)
        tried = lightgbm.cv(settings, rows(number), 1500, folds=folds, callbacks=[stop])
        losses = np.asarray(tried["valid binary_logloss-mean"])
        found.append((float(losses.min()), number, settings, len(losses)))
    scores = [
        lightgbm.train(settings, rows(number), trees).predict(asked, raw_score=True)
        for _, number, settings, trees in sorted(found, key=lambda entry: entry[:2])[:LIGHTGBM_KEPT]
    ]
    return 1.0 / (1.0 + np.exp(-np.mean(scores, axis=0)))


def _lightgbm_settings(rows: int) -> list[dict[str, Any]]:
    """Drawn once, and the same everywhere but for what depends on the number of rows."""
    rng = np.random.default_rng(0)
    return [
        {
            "objective": "binary",
            "num_leaves": int(rng.choice([3, 4, 7, 15, 31])),
            "learning_rate": float(rng.choice([0.03, 0.06])),
            "min_data_in_leaf": max(2, round(float(rng.choice([0.02, 0.05, 0.1])) * min(rows, 500))),
            "lambda_l2": float(rng.choice([0.0, 1.0, 10.0])),
            "feature_fraction": float(rng.choice([0.3, 0.6, 0.9])),
            "bagging_fraction": float(rng.choice([0.5, 0.8])),
            "bagging_freq": 1,
            "min_data_per_group": max(2, min(rows, 5000) // 50),
            "num_threads": 1,
            "seed": number,
            "verbose": -1,
        }
        for number in range(LIGHTGBM_SETTINGS)
    ]


def tuned_catboost(
    train: pd.DataFrame, y: np.ndarray, test: pd.DataFrame, columns: list[ColumnSpec]
) -> np.ndarray:
    """CatBoost with its own handling of categories: its defaults, from 500 rows on or a shallower setting."""
    import catboost

    known, asked = for_catboost(train, columns), for_catboost(test, columns)
    _, categories = _by_kind(columns)

    def fitted(settings: dict[str, Any], rows: np.ndarray) -> Any:
        fixed = {"random_seed": 0, "thread_count": 1, "verbose": False, "allow_writing_files": False}
        model = catboost.CatBoostClassifier(**fixed, **settings)
        return model.fit(known.iloc[rows], y[rows], cat_features=categories)

    best = CATBOOST_SETTINGS[0]
    if len(y) >= CATBOOST_CHOOSES_FROM:
        folds = _folds(y)[:CATBOOST_FOLDS]
        losses = [
            np.mean([_loss(fitted(settings, learnt), known.iloc[held], y[held]) for learnt, held in folds])
            for settings in CATBOOST_SETTINGS
        ]
        best = CATBOOST_SETTINGS[int(np.argmin(losses))]
    return fitted(best, np.arange(len(y))).predict_proba(asked)[:, 1]


def _loss(model: Any, rows: pd.DataFrame, y: np.ndarray) -> float:
    return float(log_loss(y, model.predict_proba(rows)[:, 1], labels=[0, 1]))


def for_catboost(frame: pd.DataFrame, columns: list[ColumnSpec]) -> pd.DataFrame:
    numeric, other = _by_kind(columns)
    types = {name: "float64" for name in numeric}
    texts = {name: frame[name].astype(object).where(frame[name].notna(), "missing") for name in other}
    return frame[[*numeric, *other]].astype(types).assign(**{k: v.astype(str) for k, v in texts.items()})


def _folds(y: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(np.zeros(len(y)), y))
    return folds[:1] if len(y) > LARGE else folds


def _by_kind(columns: list[ColumnSpec]) -> tuple[list[str], list[str]]:
    numeric = [column.name for column in columns if column.kind in NUMERIC_KINDS]
    return numeric, [column.name for column in columns if column.kind not in NUMERIC_KINDS]
