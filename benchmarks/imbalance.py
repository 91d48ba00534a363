"""What weights, focal loss, over- and undersampling and SMOTE bring, and what they cost in calibration.

    python benchmarks/imbalance.py [--data ../shared/data] [--seeds 3] [--rows 2000] [--out imbalance.csv]
        [--learners "logistic regression" LightGBM MLP "in-context, as-is"]

Real tables as they are, and bank_marketing_full with its positives thinned to 1% as a table with a rare class
(the fraud table holds 28.6% of frauds: they were picked, and its natural rate is not there). Of each table at
most 5,000 stratified rows are the test; so many of the others are learned from (of the thinned table
10,000), a fifth of them as validation rows. Every treatment has the same rows; LightGBM searches three of its
settings. Printed, as means over seeds: average precision, recall when 1% of the customers are looked at, log
loss before and after the correction, and the change against no treatment with the standard error over tables
and seeds. What is measured is written to --out after every table. One thread.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, log_loss

from finxfer.backbones.catalogue import find_card
from finxfer.backbones.families import read_as_is, tabular_family
from finxfer.backbones.protocol import FittedModel, TrainingData
from finxfer.data.roles import command_line_columns
from finxfer.data.splits import binary_target, stratified_split
from finxfer.records.training_settings import TrainingSettings
from finxfer.training import boosting
from finxfer.training.boosting import fit_lightgbm
from finxfer.training.focal import corrected
from finxfer.training.logistic import fit_logistic
from finxfer.training.loop import TrainingRun, train
from finxfer.training.uncorrected import uncorrected

ROOT = Path(__file__).resolve().parents[1]
TABLES: dict[str, tuple[str, str, str, tuple[str, ...], float | None]] = {
    "ulb_fraud (28.6%)": ("ulb_fraud_casecontrol_1722", "Class", "1", ("Time",), None),
    "telco (26.5%)": ("telco_churn", "Churn", "Yes", ("customerID",), None),
    "bank (11.7%)": ("bank_marketing_full", "y", "yes", ("duration",), None),
    "bank, thinned (1%)": ("bank_marketing_full", "y", "yes", ("duration",), 0.01),
}
TREATMENTS = {
    "none": TrainingSettings(),
    "weights": TrainingSettings(class_weighting="balanced"),
    "focal loss": TrainingSettings(focal_gamma=2.0),
    "oversample": TrainingSettings(oversample=0.5),
    "undersample": TrainingSettings(undersample=0.5),
    "SMOTE": TrainingSettings(smote=0.5),
}
TEST_ROWS, THINNED_ROWS = 5000, 10_000
boosting.SEARCH = boosting.SEARCH[::3]


def silent(kind: str, **fields: object) -> None:
    """Report to nobody."""


def never() -> bool:
    return False


def network(data: TrainingData, settings: TrainingSettings, seed: int) -> FittedModel:
    """A multilayer perceptron from scratch."""
    settings = settings.from_scratch()
    learner = tabular_family("mlp").from_scratch(data.frame_train, data.columns, seed)
    ready = learner.learner(data, settings, seed, "cpu")
    best = train(ready, TrainingRun(0, settings, seed, "cpu", None, silent, never)).best
    return corrected(ready, best.logit_shift, best.focal_gamma)


def in_context(data: TrainingData, settings: TrainingSettings, seed: int) -> FittedModel:
    """The catalogue's in-context backbone as it is: its context is what is sampled."""
    return read_as_is(find_card("incontext-small"), data, settings, seed, "cpu").model(0.0)


LEARNERS: dict[str, Callable[[TrainingData, TrainingSettings, int], FittedModel]] = {
    "logistic regression": lambda data, settings, seed: fit_logistic(data, settings)[0],
    "LightGBM": lambda data, settings, seed: fit_lightgbm(data, settings, seed, silent, never)[0],
    "MLP": network,
    "in-context, as-is": in_context,
}
AS_IS_TAKES = ("none", "oversample", "undersample")
"""Treatments that mean something to an in-context network that is not trained."""


def parts(data: Path, name: str, rows: int, seed: int) -> tuple[TrainingData, pd.DataFrame, np.ndarray]:
    """Rows to learn from, test rows and their labels."""
    file, target, positive, drop, rate = TABLES[name]
    frame = pd.read_parquet(data / f"{file}.parquet")
    if positive not in set(frame[target].astype(str)):
        positive = "1"
    y = binary_target(frame[target], positive)
    generator = np.random.default_rng([seed, 0x1A])
    if rate is not None:
        wanted = round(rate / (1 - rate) * int((y == 0).sum()))
        kept = np.sort(np.r_[np.flatnonzero(y == 0), generator.permutation(np.flatnonzero(y == 1))[:wanted]])
        frame, y = frame.iloc[kept].reset_index(drop=True), y[kept]
        rows = THINNED_ROWS
    columns, _ = command_line_columns(frame, target, list(drop), [])
    split = stratified_split(y, 0.3, 0.2, seed, TEST_ROWS)
    share = min(1.0, rows / (len(split.train) + len(split.validation)))
    train_rows, checked = (
        np.sort(generator.permutation(part)[: round(share * len(part))])
        for part in (split.train, split.validation)
    )
    features = [column for column in columns if column.role == "feature"]
    taken = [frame.iloc[part].reset_index(drop=True) for part in (train_rows, checked, split.test)]
    made = TrainingData(taken[0], y[train_rows], taken[1], y[checked], features, positive, target)
    return made, taken[2], y[split.test]


def figures(y: np.ndarray, p: np.ndarray, before: np.ndarray) -> dict[str, float]:
    first = np.argsort(-p, kind="stable")[: max(1, round(0.01 * len(y)))]
    return {
        "average_precision": float(average_precision_score(y, p)),
        "recall_1pct": float(y[first].sum() / y.sum()),
        "log_loss_before": float(log_loss(y, np.clip(before, 1e-12, 1 - 1e-12))),
        "log_loss": float(log_loss(y, np.clip(p, 1e-12, 1 - 1e-12))),
    }


def measure(data: Path, seeds: int, rows: int, out: Path, learners: Sequence[str]) -> pd.DataFrame:
    """A row of figures for every table, learner, treatment and seed."""
    found = []
    for seed in range(seeds):
        for table in TABLES:
            made, test, y = parts(data, table, rows, seed)
            for learner in learners:
                for treatment, settings in TREATMENTS.items():
                    if learner.startswith("in-context") and treatment not in AS_IS_TAKES:
                        continue
                    model = LEARNERS[learner](made, settings, seed)
                    one = figures(y, model.predict(test), uncorrected(model, settings).predict(test))
                    found.append(
                        {"table": table, "seed": seed, "learner": learner, "treatment": treatment, **one}
                    )
            pd.DataFrame(found).to_csv(out, index=False)
            print(f"{table}, seed {seed} done", flush=True)
    return pd.DataFrame(found)


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """Means by learner and treatment, and the change against no treatment, with its standard error."""
    keys = ["table", "seed", "learner"]
    metrics = ["average_precision", "recall_1pct", "log_loss"]
    base = found[found["treatment"] == "none"].set_index(keys)[metrics]
    wide = found.set_index(keys)
    changes = (
        (wide[metrics] - base.reindex(wide.index))
        .add_prefix("change_")
        .assign(learner=wide.index.get_level_values("learner"), treatment=wide["treatment"])
    )
    groups = changes.groupby(["learner", "treatment"], sort=False)
    table = found.groupby(["learner", "treatment"], sort=False)[
        ["average_precision", "recall_1pct", "log_loss_before", "log_loss"]
    ].mean()
    for metric in metrics:
        name = f"change_{metric}"
        table[name] = groups[name].mean()
        table[f"se_{metric}"] = groups[name].sem()
    return table.round(4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=Path("imbalance.csv"))
    parser.add_argument("--learners", nargs="+", choices=list(LEARNERS), default=list(LEARNERS))
    asked = parser.parse_args()
    found = measure(asked.data, asked.seeds, asked.rows, asked.out, asked.learners)
    with pd.option_context("display.width", 200, "display.max_columns", 20, "display.max_rows", 200):
        print(summary(found))
        means = found.groupby(["table", "learner", "treatment"], sort=False)
        print(means[["average_precision", "recall_1pct", "log_loss_before", "log_loss"]].mean().round(4))


if __name__ == "__main__":
    main()
