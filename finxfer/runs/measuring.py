"""What a run reports of its test rows, and the threshold and bands that other rows chose."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from finxfer.evaluation import Evaluation, evaluate_task
from finxfer.records.spec import BINARY, MULTICLASS
from finxfer.runs.job import Job
from finxfer.runs.predictions import columns_of, from_columns, prediction_table
from finxfer.runs.recalibrating import unseen_recalibrated
from finxfer.runs.resolved import note_budgets
from finxfer.runs.schema import write_schema
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
    rows, draws = job.rows, integer("bootstrap_draws")
    y_validation, validation = _unseen(job)
    test = _predict(job, rows.test)
    rivals = [name for name in test if name != WITHOUT]
    result = _measured(job, rivals, test, y_validation, validation, draws)
    unseen, told = (y_validation, validation["model"]), (rows.y_test, test["model"])
    write_schema(job.folder, job.spec, rows, result.thresholds.get("model"), told, unseen)
    _write_predictions(job, test)
    names = (*BASELINES, WITHOUT)
    kept = prediction_table(job.spec.task, y_validation, validation, names, job.spec.classes)
    job.write_parquet("validation.parquet", kept)
    job.folder.write_json("comparison.json", result.comparison)
    job.folder.write_json("curves.json", result.curves)
    note_budgets(job.folder, bootstrap_draws=draws)
    measured = result.metrics
    if WITHOUT in test:
        # The choice without pretrained backbones, measured as the model's only rival.
        other = _measured(job, ["model", WITHOUT], test, y_validation, validation, draws).metrics
        measured = _with_other_choice(job, measured, other)
    _write_metrics(job, measured)


def _measured(
    job: Job,
    names: list[str],
    test: dict[str, np.ndarray],
    y_validation: np.ndarray,
    validation: dict[str, np.ndarray],
    draws: int,
) -> Evaluation:
    return evaluate_task(
        job.spec.task,
        job.rows.y_test,
        {name: test[name] for name in names},
        y_validation=y_validation,
        validation_predictions={name: validation[name] for name in names},
        draws=draws,
        seed=job.spec.seed,
        classes=job.spec.classes,
    )


def out_of_fold_table(y: np.ndarray, found: dict[str, np.ndarray]) -> pd.DataFrame:
    """What a choice predicted out of fold, as it is kept until it is measured."""
    columns = {key: one for name, made in found.items() for key, one in columns_of(name, made).items()}
    return pd.DataFrame({"target": y, **columns})


def _unseen(job: Job) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Targets, and predictions by model, of rows that choose threshold, bands and the best baseline.

    The validation rows; where finxfer chose the model, which then has learned from them, the out-of-fold
    predictions that it chose by. Of a recalibrated model each row's function was fitted on other rows.
    """
    y, raw = job.rows.y_validation, None
    if (job.folder.path / OUT_OF_FOLD).is_file():
        table = pd.read_parquet(job.folder.path / OUT_OF_FOLD)
        classes = len(job.spec.classes) if job.spec.task == MULTICLASS else 0
        read = {name: from_columns(table, name, classes) for name in (*job.models, WITHOUT)}
        y, found = table["target"].to_numpy(), {name: p for name, p in read.items() if p is not None}
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
    names = (*BASELINES, WITHOUT)
    table = prediction_table(job.spec.task, job.rows.y_test, test, names, job.spec.classes)
    table.insert(0, "row", job.rows.test_ids)
    job.write_parquet("predictions.parquet", table)


def _write_metrics(job: Job, measured: dict[str, Any]) -> None:
    """``metrics.json`` with every key of the contract."""
    rows, chosen = job.rows, job.book.outcome("train") or {}
    depth = chosen["depth"]
    content = {
        "task": job.spec.task,
        "positive": job.spec.positive or None,
        "classes": list(job.spec.classes) if job.spec.task == MULTICLASS else None,
        "rows": {"train": len(rows.train), "validation": len(rows.validation), "test": len(rows.test)},
        "positive_rate": rows.positive_rate if job.spec.task == BINARY else None,
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
        "test_rows_with_target": int(rows.tested.sum()),
    }
    job.folder.write_json("metrics.json", content)


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
