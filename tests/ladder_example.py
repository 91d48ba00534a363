"""A made-up ladder.json, worded by the functions that word a real one."""

from __future__ import annotations

from typing import Any

from finxfer.evaluation.ladder_wording import ladder_sentence, ladder_sentences

HOSTILE = "<img src=x onerror=alert(1)> [a](b)"


def ladder_rung(depth: int | str, behind: float, error: float, **changes: Any) -> dict[str, Any]:
    """One depth of three stages and a head."""
    trained = ["Columns", "Block 1", "Block 2"][int(depth) :] if depth != "as-is" else []
    test = {
        "log_loss": 0.4,
        "gini": 0.5,
        "gini_interval": [0.4, 0.6],
        "auc": 0.75,
        "auc_interval": [0.7, 0.8],
    }
    return {
        "depth": depth,
        "trained": [*trained, "Head"] if depth != "as-is" else [],
        "trainable_parameters": 0 if depth == "as-is" else 1000 * (4 - int(depth)),
        "seconds": 1.5, "cv_seconds": 4.0, "epochs": 3, "memory_bytes": 400_000_000, "memory_measured": False,
        "fell_back": False, "cv_log_loss": 0.4 + behind, "cv_log_loss_error": 0.02, "cv_auc": 0.76,
        "behind": behind, "behind_error": error, "within": behind <= error,
        "test": test | {"calibration_error": 0.04, "calibration_error_interval": [0.0, 0.07]},
        "worst_fairness_ratio": {
            "value": 0.7, "interval": [0.5, 0.9], "column": "sex", "slice": HOSTILE, "reference": "male",
        },
    } | changes  # fmt: skip


def ladder_record(**changes: Any) -> dict[str, Any]:
    """A finished ladder that recommends depth 2 of 3."""
    rungs = [
        ladder_rung("as-is", 0.05, 0.01),
        ladder_rung(3, 0.02, 0.01),
        ladder_rung(2, 0.002, 0.004),
        ladder_rung(1, 0.0, 0.0),
        ladder_rung(0, 0.003, 0.002, fell_back=True),
    ]
    made = {
        "complete": True, "backbone": "mlp", "stages": 3, "recommended": 2, "best": 1, "depth_matters": True,
        "metric": "log_loss", "warm_started": True, "folds": 3, "total_parameters": 4000, "device": "cpu",
        "rows": {"train": 560, "validation": 140, "test": 300, "judged": 700}, "seconds": 30.0,
        "rungs": rungs,
    }  # fmt: skip
    made |= {"sentence": ladder_sentence(made), "sentences": ladder_sentences(made)}
    return made | changes


def ladder_so_far(rungs: int) -> dict[str, Any]:
    """The same after so many rungs, as the job writes it on its way."""
    record = ladder_record(complete=False, recommended=None, best=None, depth_matters=None, sentence=None)
    verdict = ("behind", "behind_error", "within")
    kept = [{k: v for k, v in rung.items() if k not in verdict} for rung in record["rungs"][:rungs]]
    return record | {"rungs": kept, "sentences": [], "seconds": None}
