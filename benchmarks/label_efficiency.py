"""AUC of an in-context backbone as-is against logistic regression and LightGBM when labels are few.

    python -m benchmarks.label_efficiency [--data ../shared/data] [--seeds 3] [--labels 100 300 1000]

The protocol of shared/data/README.md on its five binary tables: 30 % of the rows (at most 3,000) are the test
set, n stratified training rows are drawn from the rest, all models see the same rows. The baselines choose
their settings by cross-validation on the n rows and are fitted again on all of them: logistic regression
(ridge, six strengths, one-hot categories, missing indicators) and LightGBM (four settings, number of trees by
early stopping). Intervals are 95 % from 2,000 bootstrap draws over tables. No real table enters pretraining;
this only measures.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Callable
from pathlib import Path

import lightgbm
import numpy as np
import pandas as pd
import torch
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegressionCV
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from finxfer.backbones.catalogue import find_card
from finxfer.backbones.incontext import InContextBackbone
from finxfer.backbones.protocol import TrainingData
from finxfer.data.encoding import NUMERIC_KINDS, TableEncoder
from finxfer.data.reading import read_table
from finxfer.data.roles import command_line_columns
from finxfer.data.splits import binary_target
from finxfer.records.spec import ColumnSpec, TrainingSettings

ROOT = Path(__file__).resolve().parents[1]
TABLES = {
    "taiwan_credit_default": ("default_next_month", ["ID"]),
    "german_credit": ("bad", []),
    "telco_churn": ("Churn", ["customerID"]),
    "bank_marketing_full": ("y", ["duration"]),
    "ulb_fraud_casecontrol_1722": ("Class", ["Time"]),
}
Score = Callable[[pd.DataFrame, np.ndarray, pd.DataFrame, list[ColumnSpec]], np.ndarray]


def as_is(backbone: InContextBackbone) -> Score:
    """Ratings by the backbone with the training rows as context."""

    def score(
        train: pd.DataFrame, y: np.ndarray, test: pd.DataFrame, columns: list[ColumnSpec]
    ) -> np.ndarray:
        data = TrainingData(train, y, train, y, columns, "1")
        return backbone.learner(data, TrainingSettings(), 0, "cpu").model(0.0).predict(test)

    return score


def logistic(train: pd.DataFrame, y: np.ndarray, test: pd.DataFrame, columns: list[ColumnSpec]) -> np.ndarray:
    """Ridge logistic regression, strength by three-fold log loss."""
    numeric = [column.name for column in columns if column.kind in NUMERIC_KINDS]
    other = [column.name for column in columns if column.kind not in NUMERIC_KINDS]
    texts = {name: "str" for name in other}
    numbers = {name: "float64" for name in numeric}
    model = make_pipeline(
        make_column_transformer(
            (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), numeric),
            (OneHotEncoder(handle_unknown="ignore", min_frequency=2), other),
        ),
        LogisticRegressionCV(
            Cs=[0.003, 0.01, 0.03, 0.1, 0.3, 1.0], scoring="neg_log_loss", cv=3, max_iter=500
        ),
    )
    model.fit(train.astype(texts | numbers), y)
    return model.predict_proba(test.astype(texts | numbers))[:, 1]


def boosted(train: pd.DataFrame, y: np.ndarray, test: pd.DataFrame, columns: list[ColumnSpec]) -> np.ndarray:
    """LightGBM: leaves 4 or 15, learning rate .03 or .1, trees by four-fold early stopping."""
    table = TableEncoder.fit(train, columns)
    matrix, asked = (
        np.concatenate((encoded.numeric, encoded.codes), axis=1)
        for encoded in (table.transform(train), table.transform(test))
    )
    found = []
    for leaves in (4, 15):
        for rate in (0.03, 0.1):
            settings = {
                "objective": "binary",
                "num_leaves": leaves,
                "learning_rate": rate,
                "min_data_in_leaf": max(3, len(y) // 50),
                "bagging_fraction": 0.8,
                "bagging_freq": 1,
                "feature_fraction": 0.7,
                "num_threads": 1,
                "seed": 0,
                "verbose": -1,
            }
            stop = lightgbm.early_stopping(30, verbose=False)
            tried = lightgbm.cv(settings, lightgbm.Dataset(matrix, y), 400, nfold=4, callbacks=[stop])
            losses = tried["valid binary_logloss-mean"]
            found.append((losses[-1], len(found), settings, len(losses)))
    _, _, settings, trees = min(found)
    return lightgbm.train(settings, lightgbm.Dataset(matrix, y), trees).predict(asked)


def draws(y: np.ndarray, labels: list[int], seed: int) -> tuple[dict[int, np.ndarray], np.ndarray]:
    """Training rows by number of labels, and test rows (positions)."""
    rest, test = train_test_split(np.arange(len(y)), test_size=0.3, stratify=y, random_state=seed)
    if len(test) > 3000:
        test, _ = train_test_split(test, train_size=3000, stratify=y[test], random_state=seed)
    chosen = {}
    for count in labels:
        enough = len(rest) > count
        split = (
            train_test_split(rest, train_size=count, stratify=y[rest], random_state=seed)
            if enough
            else [rest]
        )
        chosen[count] = split[0]
    return chosen, test


def interval(differences: np.ndarray) -> list[float]:
    """95 % interval of the mean over tables, bootstrapped over tables."""
    rng = np.random.default_rng(0)
    means = differences[rng.integers(0, len(differences), (2000, len(differences)))].mean(axis=1)
    return [float(value) for value in np.quantile(means, (0.025, 0.975))]


def measure(data: Path, scores: dict[str, Score], labels: list[int], seeds: int) -> pd.DataFrame:
    """One line per table, number of labels and seed, one column per model."""
    lines = []
    for name, (target, drop) in TABLES.items():
        frame = read_table(data / f"{name}.parquet").frame
        y = binary_target(frame[target], "1")
        columns = [
            column for column in command_line_columns(frame, target, drop)[0] if column.role == "feature"
        ]
        for seed in range(seeds):
            chosen, test = draws(y, labels, seed)
            for count, rows in chosen.items():
                aucs = {
                    model: roc_auc_score(y[test], score(frame.iloc[rows], y[rows], frame.iloc[test], columns))
                    for model, score in scores.items()
                }
                lines.append({"table": name, "labels": count, "seed": seed, **aucs})
                print(*lines[-1].values(), flush=True)
    return pd.DataFrame(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--backbone", default="incontext-small", help="catalogue id or folder")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--labels", type=int, nargs="+", default=[100, 300, 1000])
    parser.add_argument("--out", type=Path, help="JSON file for the figures")
    given = parser.parse_args()
    warnings.filterwarnings("ignore", category=FutureWarning)
    torch.set_num_threads(1)
    scores = {
        "as-is": as_is(InContextBackbone.load(find_card(given.backbone))),
        "logistic regression": logistic,
        "lightgbm": boosted,
    }
    lines = measure(given.data, scores, given.labels, given.seeds)
    tables = lines.groupby(["labels", "table"])[list(scores)].mean()
    print(tables.round(3).to_string())
    summary = {}
    for count, part in tables.groupby("labels"):
        means = part.mean().to_dict()
        gains = {name: interval((part["as-is"] - part[name]).to_numpy()) for name in list(scores)[1:]}
        summary[str(count)] = {"mean_auc": means, "as_is_minus": gains}
        print(count, {name: round(value, 4) for name, value in means.items()}, gains)
    if given.out:
        given.out.write_text(json.dumps({"lines": lines.to_dict("records"), "summary": summary}, indent=1))


if __name__ == "__main__":
    main()
