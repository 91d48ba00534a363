"""Finxfer's own choice as `selection` of metrics.json records it, for tests of what tells of it."""

from __future__ import annotations

from typing import Any


def tried(name: str, loss: float, **changes: Any) -> dict[str, Any]:
    """A candidate; one whose name has a comma is pretrained."""
    backbone, _, depth = name.partition(", ")
    known = {
        "name": name,
        "kind": "baseline" if not depth else "as-is" if depth == "as-is" else "fine-tuned",
        "backbone": backbone if depth else None,
        "depth": None if not depth else depth if depth == "as-is" else 4,
        "pretrained": bool(depth),
        "log_loss": loss,
        "log_loss_error": 0.011,
        "auc": 1.3 - loss,
        "weight": 0.0,
        "seconds": 3.1,
        "fell_back": False,
    }
    return {**known, **changes}


def ensemble_choice(metrics: dict[str, Any], difference: list[float] | None = None) -> dict[str, Any]:
    """`metrics` of a run in which a mean of a backbone as it is and LightGBM was chosen.

    difference: AUC of the model minus that of the choice without pretraining: value, low, high.
    """
    value, low, high = difference or [0.012, -0.004, 0.027]
    test = {**metrics["model"], "auc": metrics["model"]["auc"] - value}
    test["gini"] = 2 * test["auc"] - 1
    selection = {
        "rows": 800,
        "folds": 5,
        "metric": "log_loss",
        "tried": [
            tried("incontext-small, as-is", 0.513, weight=0.6),
            tried("lightgbm", 0.521, weight=0.4),
            tried("incontext-small, fine-tuned", 0.524, fell_back=True),
            tried("logistic_regression", 0.531),
        ],
        "winner": {
            "name": "ensemble",
            "log_loss": 0.506,
            "auc": 0.794,
            "over": "incontext-small, as-is",
            "margin": 0.007,
            "margin_error": 0.003,
        },
        "without_pretrained": {
            "name": "ensemble",
            "weights": {"lightgbm": 0.7, "logistic_regression": 0.3},
            "log_loss": 0.519,
            "auc": 0.781,
            "test": test,
            "difference": {"metric": "auc", "value": value, "interval": [low, high]},
        },
    }
    changes = {"backbone": "incontext-small", "choice": "ensemble", "freezing_depth": None}
    return {
        **metrics,
        **changes,
        "selection": selection,
        "trainable_parameters": None,
        "total_parameters": None,
    }


def baseline_choice(metrics: dict[str, Any]) -> dict[str, Any]:
    """`metrics` of a run in which logistic regression was kept, close before LightGBM."""
    selection = {
        "rows": 800,
        "folds": 5,
        "metric": "log_loss",
        "tried": [
            tried("lightgbm", 0.520),
            tried("logistic_regression", 0.521, weight=1.0),
            tried("incontext-small, as-is", 0.530),
        ],
        "winner": {
            "name": "logistic_regression",
            "log_loss": 0.521,
            "auc": 0.78,
            "over": "lightgbm",
            "margin": -0.001,
            "margin_error": 0.004,
        },
        "without_pretrained": {
            "name": "logistic_regression",
            "weights": {"logistic_regression": 1.0},
            "log_loss": 0.521,
            "auc": 0.78,
            "test": metrics["model"],
            "difference": {"metric": "auc", "value": 0.0, "interval": [0.0, 0.0]},
        },
    }
    changes = {"backbone": "incontext-small", "choice": "logistic_regression", "freezing_depth": None}
    return {
        **metrics,
        **changes,
        "selection": selection,
        "trainable_parameters": None,
        "total_parameters": None,
    }
