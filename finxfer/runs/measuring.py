"""What a run reports of its test rows, and the threshold and bands that other rows chose."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from finxfer.evaluation import evaluate
from finxfer.runs.job import Job
from finxfer.runs.recalibrating import unseen_recalibrated
from finxfer.runs.resolved import note_budgets
from finxfer.runs.schema import band_edges, observed_bands, write_schema
from finxfer.runs.searching import search_of
from finxfer.settings import integer
from finxfer.training.choosing import BASELINES
from finxfer.training.fitted import load_fitted

OUT_OF_FOLD = "checkpoints/out_of_fold.parquet"
WITHOUT = "without_pretrained"


def measure(job: Job) -> None:
    """Write predictions, metrics, comparison, curves and the schema of the stored model.

    Everything is measured on the models as they were read back from ``model/``.
    """
    rows, draws, seed = job.rows, integer("bootstrap_draws"), job.spec.seed
    y_validation, validation = _unseen(job)
    test = _predict(job, rows.test)
    rivals = {name: probability for name, probability in test.items() if name != WITHOUT}
    result = evaluate(
        rows.y_test,
        rivals,
        y_validation=y_validation,
        validation_probabilities={name: validation[name] for name in rivals},
        draws=draws,
        seed=seed,
    )
    edges = band_edges(validation["model"])
    observed = observed_bands(edges, rows.y_test, test["model"], y_validation, validation["model"])
    write_schema(job.folder, job.spec, rows, result.thresholds["model"], observed)
    _write_predictions(job, test)
    _write_validation(job, y_validation, validation)
    job.folder.write_json("comparison.json", result.comparison)
    job.folder.write_json("curves.json", result.curves)
    note_budgets(job.folder, bootstrap_draws=draws)
    measured = result.metrics
    if WITHOUT in test:
        other = _beside(job, test, y_validation, validation, draws)
        measured = _with_other_choice(job, measured, other)
    _write_metrics(job, measured)


def _unseen(job: Job) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Targets, and probabilities by model, of rows that choose threshold, bands and the best baseline.

    The validation rows; where finxfer chose the model, which then has learned from them, the out-of-fold
    probabilities that it chose by. Of a recalibrated model each row's function was fitted on other rows.
    """
    y, raw = job.rows.y_validation, None
    if (job.folder.path / OUT_OF_FOLD).is_file():
        table = pd.read_parquet(job.folder.path / OUT_OF_FOLD)
        y, found = table.pop("target").to_numpy(), {str(name): table[name].to_numpy() for name in table}
        raw = found["model"]
    else:
        found = _predict(job, job.rows.validation)
    recalibrated = unseen_recalibrated(job, y, raw)
    return y, found if recalibrated is None else found | {"model": recalibrated}


def _predict(job: Job, frame: pd.DataFrame) -> dict[str, np.ndarray]:
    found = {}
    for name, model in job.models.items():
        job.report.check()
        found[name] = np.asarray(model.predict(frame), dtype=np.float64)
    if (job.without_pretrained / "model.json").is_file():
        without = load_fitted(job.without_pretrained, job.device)
        found[WITHOUT] = np.asarray(without.predict(frame), dtype=np.float64)
    return found


def _write_predictions(job: Job, test: dict[str, np.ndarray]) -> None:
    """One row per test row; the target is null where it is unknown."""
    y = job.rows.y_test
    table = pd.DataFrame({"row": job.rows.test_ids, "target": pd.array(np.where(y < 0, 0, y), dtype="Int8")})
    table.loc[y < 0, "target"] = pd.NA
    table["probability"] = test["model"]
    for name in (*BASELINES, WITHOUT):
        if name in test:
            table[name] = test[name]
    job.write_parquet("predictions.parquet", table)


def _write_validation(job: Job, y: np.ndarray, found: dict[str, np.ndarray]) -> None:
    """``validation.parquet``: target and probabilities of the rows that choose, under the names of
    predictions.parquet."""
    table = pd.DataFrame({"target": y.astype(np.int8), "probability": found["model"]})
    for name in (*BASELINES, WITHOUT):
        if name in found:
            table[name] = found[name]
    job.write_parquet("validation.parquet", table)


def _write_metrics(job: Job, measured: dict[str, Any]) -> None:
    """``metrics.json`` with every key of the contract."""
    rows, chosen = job.rows, job.book.outcome("train") or {}
    depth = chosen["depth"]
    content = {
        "task": job.spec.task,
        "positive": job.spec.positive,
        "rows": {"train": len(rows.train), "validation": len(rows.validation), "test": len(rows.test)},
        "positive_rate": rows.positive_rate,
        "backbone": chosen["backbone_id"],
        "choice": chosen["choice"],
        "fell_back": chosen["fell_back"],
        "freezing_depth": depth if isinstance(depth, int) else None,
        "stages": chosen["stages"],
        "trainable_parameters": chosen["trainable_parameters"],
        "total_parameters": chosen["total_parameters"],
        "device": job.device,
        "seconds": job.book.seconds,
        "versions": job.resolved["versions"],
        "model": None,
        "baselines": {name: None for name in BASELINES},
        "intervals": {"model": None, "baselines": {}},
        "gain": None,
        "selection": chosen["selection"],
        "search": search_of(job),
        **measured,
        "choice_reason": chosen["reason"],
        "tried": chosen["tried"],
        "dropped_rows_without_target": rows.dropped,
        "test_rows_with_target": int((rows.y_test >= 0).sum()),
    }
    job.folder.write_json("metrics.json", content)


def _beside(
    job: Job,
    test: dict[str, np.ndarray],
    y_validation: np.ndarray,
    validation: dict[str, np.ndarray],
    draws: int,
) -> dict[str, Any]:
    """The choice without pretrained backbones, measured as the model's only rival."""
    pair = ("model", WITHOUT)
    return evaluate(
        job.rows.y_test,
        {name: test[name] for name in pair},
        y_validation=y_validation,
        validation_probabilities={name: validation[name] for name in pair},
        draws=draws,
        seed=job.spec.seed,
    ).metrics


def _with_other_choice(job: Job, measured: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """The keys of metrics.json with what the choice without pretrained backbones came to on the test rows."""
    selection = dict((job.book.outcome("train") or {})["selection"])
    gain = other["gain"]
    selection[WITHOUT] = selection[WITHOUT] | {
        "test": other["baselines"][WITHOUT],
        "difference": {key: gain[key] for key in ("metric", "value", "interval")},
    }
    intervals = measured["intervals"] | {WITHOUT: other["intervals"]["baselines"][WITHOUT]}
    return measured | {"intervals": intervals, "selection": selection}
