"""A finished run made of invented scores, for the report's tests: no training, no model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from finxfer.evaluation import evaluate
from finxfer.fairness import slice_labels, slice_report
from finxfer.records.folder import RunFolder
from finxfer.records.spec import ColumnSpec, Spec

ROWS = 900
VERSIONS = {"finxfer": "0.1.0", "python": "3.11"}


def make_spec(**changes: Any) -> Spec:
    values: dict[str, Any] = {
        "table": "ab" * 32,
        "table_name": "customers.csv",
        "target": "default",
        "positive": "1",
        "columns": (
            ColumnSpec("default", "target", "boolean"),
            ColumnSpec("income", "feature", "numeric"),
            ColumnSpec("sex", "protected", "category"),
            ColumnSpec("age", "protected", "numeric"),
        ),
        "backbone": "incontext-small",
    }
    return Spec(**{**values, **changes})


def make_run(path: Path, spec: Spec | None = None, y: np.ndarray | None = None, sex: Any = None) -> RunFolder:
    """A run folder with every file that the card reads; `y` overrides the test labels, `sex` the groups."""
    generator = np.random.default_rng(5)
    truth = (generator.random(ROWS) < 0.3).astype(int)
    names = ("model", "logistic_regression", "lightgbm", "from_scratch")
    scores = {
        name: 1 / (1 + np.exp(-(generator.normal(size=ROWS) + strength * truth - 1.3)))
        for name, strength in zip(names, (1.6, 1.0, 1.2, 0.8), strict=True)
    }
    frame = pd.DataFrame(
        {
            "sex": generator.choice(sex or ["female", "male"], ROWS),
            "age": generator.integers(19, 76, ROWS),
        }
    )
    labels = truth if y is None else y
    found = evaluate(labels, scores, y_validation=truth, validation_probabilities=scores, draws=60, seed=1)
    folder = RunFolder(path).create(spec or make_spec())
    rows = {"train": 700, "validation": 200, "test": ROWS}
    folder.write_json(
        "metrics.json",
        {
            "task": "binary",
            "positive": "1",
            "rows": rows,
            "positive_rate": 0.3,
            "backbone": "incontext-small",
            "choice": "fine-tuned",
            "fell_back": False,
            "freezing_depth": 4,
            "stages": 9,
            "trainable_parameters": 31000,
            "total_parameters": 620000,
            "device": "cpu",
            "seconds": {"encode": 0.4, "train": 131.0},
            "versions": VERSIONS,
            "choice_reason": "chosen by the analyst",
            "test_rows_with_target": int((np.asarray(labels) >= 0).sum()),
            **found.metrics,
        },
    )
    folder.write_json("comparison.json", found.comparison)
    folder.write_json("curves.json", found.curves)
    slices = slice_labels(frame, list(frame))
    folder.write_json(
        "fairness.json",
        slice_report(labels, scores["model"], found.thresholds["model"], slices, draws=60, seed=1),
    )
    folder.explanations.mkdir()
    folder.write_json(
        "explanations/meta.json",
        {
            "scale": "probability",
            "models": {
                "model": {
                    "method": "permutation SHAP",
                    "base_value": 0.3,
                    "additivity_gap": {"mean": 0.0001, "max": 0.0004},
                    "rows": 200,
                    "seconds": 3.0,
                }
            },
            "reference_group": {"sentence": "Compared with 16 training rows.", "rows": 16},
            "features": ["income"],
            "rows": 200,
        },
    )
    folder.write_json(
        "explanations/importance.json",
        {
            "model": [
                {"feature": "income", "mean_abs": 0.08, "interval": [0.07, 0.09]},
                {"feature": "amount", "mean_abs": 0.03, "interval": [0.02, 0.04]},
            ]
        },
    )
    return folder
