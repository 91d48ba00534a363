"""How faithful and how fast explanations are, against shap's permutation explainer over the same group.

    python -m benchmarks.explanation_fidelity [RUN_DIR ...] [--data ../shared/data] [--rows 40] [--rounds 50]

Each model of each finished run RUN_DIR is checked; without a run, LightGBM and a small network (two
hidden layers) that are trained here on 700 rows of three real tables. The truth is shap's
PermutationExplainer with rounds × (2M + 1) evaluations a row over the same reference group. Printed per
model: R² of a truth made with another seed (how far the truth itself can be trusted), then R² of our
values with 1, 2, 4 and 8 paths, predictions, seconds and additivity gap; the family's own number of paths
is marked. Marks: R² at least .90, aim .96.
"""

from __future__ import annotations

import argparse
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from finxfer.data.encoding import TableEncoder
from finxfer.explanations.explain import reference_group
from finxfer.explanations.fidelity import permutation_shap, r_squared
from finxfer.explanations.trees import tree_values
from finxfer.explanations.values import paths_of, shap_values
from finxfer.records.spec import ColumnSpec
from finxfer.training.boosting import LightGBMModel

ROOT = Path(__file__).resolve().parents[1]
TABLES = {
    "german_credit": ("bad", "1", []),
    "telco_churn": ("Churn", "1", ["customerID"]),
    "taiwan_credit_default": ("default_next_month", "1", ["ID"]),
}
TRAINING_ROWS = 700


class SmallModel:
    """A scikit-learn pipeline in the shape of a fitted model."""

    def __init__(self, kind: str, pipeline: Any, features: list[str]) -> None:
        self.kind, self._pipeline, self.features = kind, pipeline, features

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """Probability of the positive class, (N,)."""
        return np.asarray(self._pipeline.predict_proba(frame)[:, 1])


def small_models(frame: pd.DataFrame, target: np.ndarray) -> dict[str, Any]:
    """LightGBM and a network on all columns of ``frame``."""
    import lightgbm

    numbers = [name for name in frame if pd.api.types.is_numeric_dtype(frame[name])]
    words = [name for name in frame if name not in numbers]
    kinds = {name: "numeric" if name in numbers else "category" for name in frame}
    encoder = TableEncoder.fit(frame, [ColumnSpec(name, "feature", kind) for name, kind in kinds.items()])
    settings = {"objective": "binary", "num_leaves": 15, "learning_rate": 0.05, "verbose": -1}
    encoded = encoder.transform(frame)
    matrix = np.concatenate([encoded.numeric, encoded.codes], axis=1)
    trees = lightgbm.train(settings, lightgbm.Dataset(matrix, target), 150)
    network = make_pipeline(
        make_column_transformer((StandardScaler(), numbers), (OneHotEncoder(handle_unknown="ignore"), words)),
        MLPClassifier((64, 64), max_iter=60, alpha=1e-3, random_state=0),
    )
    return {
        "lightgbm": LightGBMModel(encoder, trees),
        "network": SmallModel("tabm", network.fit(frame, target), list(frame)),
    }


def check(name: str, model: Any, reference: pd.DataFrame, frame: pd.DataFrame, rounds: int) -> None:
    """Print the lines of one model."""
    features = list(model.features)
    began = time.perf_counter()
    truth = permutation_shap(model, reference, frame, features, rounds)
    seconds = time.perf_counter() - began
    again = permutation_shap(model, reference, frame, features, rounds, seed=1)
    evaluations = len(frame) * rounds * (2 * len(features) + 1) * len(reference)
    print(
        f"{name} ({model.kind}): {len(frame)} rows, {len(features)} features; truth {seconds:.1f} s for "
        f"{evaluations:,} predictions, R² of a second truth {r_squared(again, truth):.4f}"
    )
    for paths in sorted({1, 2, 4, 8, paths_of(model)}):
        began = time.perf_counter()
        made = shap_values(model, reference, frame, features, seed=0, paths=paths)
        own = "  <- used" if paths == paths_of(model) else ""
        print(
            f"  {paths} paths: R² {r_squared(made.values, truth):.4f}, {made.evaluations:,} predictions, "
            f"{time.perf_counter() - began:.2f} s, gap {made.gaps.max():.1e}{own}"
        )
    if model.kind == "lightgbm":
        began = time.perf_counter()
        trees = tree_values(model, frame, reference, features, lambda done, total: None)
        if trees is not None:
            seconds = time.perf_counter() - began
            print(f"  TreeSHAP: R² {r_squared(trees.values, truth):.4f}, {seconds:.2f} s")


def check_run(folder: Path, rows: int, rounds: int) -> None:
    """Every model of a finished run, on the first explained rows."""
    from finxfer.training.fitted import load_fitted

    reference = pd.read_parquet(folder / "model" / "reference.parquet")
    frame = pd.read_parquet(folder / "explanations" / "values.parquet").drop(columns="row")
    frame = frame.rename(columns={"row (feature)": "row"})[:rows]
    baselines = sorted(path for path in (folder / "model" / "baselines").glob("*") if path.is_dir())
    for path in [folder / "model", *baselines]:
        check(f"{folder.name}/{path.name}", load_fitted(path), reference, frame, rounds)


def check_tables(data: Path, rows: int, rounds: int) -> None:
    """Small models of three real tables."""
    for name, (target, positive, dropped) in TABLES.items():
        table = pd.read_parquet(data / f"{name}.parquet").sample(TRAINING_ROWS + rows, random_state=0)
        y = (table[target].astype(str) == positive).to_numpy().astype(int)
        frame = table.drop(columns=[target, *dropped]).reset_index(drop=True)
        train, held_out = frame[:TRAINING_ROWS], frame[TRAINING_ROWS:]
        numbers = train.select_dtypes("number").columns
        filled = held_out.fillna(train[numbers].median())
        train = train.fillna(train[numbers].median())
        reference = reference_group(train, y[:TRAINING_ROWS], rows=16, seed=0)
        for kind, model in small_models(train, y[:TRAINING_ROWS]).items():
            check(f"{name}/{kind}", model, reference, filled, rounds)


def main() -> None:
    """Check the runs that were named, or small models of the real tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("runs", nargs="*", type=Path)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--rows", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=50)
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    for folder in given.runs:
        check_run(folder, given.rows, given.rounds)
    if not given.runs:
        check_tables(given.data, given.rows, given.rounds)


if __name__ == "__main__":
    main()
