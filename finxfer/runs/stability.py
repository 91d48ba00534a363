"""What a run says of change: ``stability.json``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from finxfer.data.encoding import TableEncoder
from finxfer.data.times import Periods, Times, periods, read_times
from finxfer.errors import BadInput
from finxfer.evaluation.psi import ALIKE, DIFFERENT, code_shares
from finxfer.evaluation.stability import by_period, homogeneity, score_stability, shares_by_period
from finxfer.evaluation.stability_wording import stability_sentence, stability_sentences
from finxfer.evaluation.task_stability import FIGURE, by_period_of_task, homogeneity_of_task
from finxfer.records.assessment import Assessment
from finxfer.records.spec import BINARY, MULTICLASS
from finxfer.runs.drift import PROFILE, shares_of
from finxfer.runs.job import Job
from finxfer.runs.predictions import predictions_in
from finxfer.settings import integer

FILE = "stability.json"


def measure_stability(job: Job, assessment: Assessment) -> None:
    """Measure the model and its best baseline period by period, and how far score and features moved.

    Features are compared with the training rows, in the bins of ``model/profile.json``; the score with that
    of the rows of ``validation.parquet``, because scores of rows that a model was fitted on are more extreme
    than those of any other rows.
    """
    predictions = pd.read_parquet(job.folder.predictions)
    times, train, problem = _times(job)
    task, y = job.spec.task, job.rows.y_test
    y = y if y.dtype.kind == "f" else y.astype(np.int64)
    known = np.flatnonzero(job.rows.tested)
    found = None if times is None else periods(times, np.arange(len(y)))
    baseline = (job.folder.read_json("comparison.json") or {}).get("best_baseline")
    codes, names = (None, ()) if found is None else (found.codes, found.names)
    content: dict[str, Any] = {
        "task": task,
        "figure": FIGURE.get(task, "gini"),
        "split": "test table" if job.spec.test_table else job.spec.split,
        "time": None if times is None or found is None else _described(times, train, found),
        "baseline": baseline,
        "level": 0.95,
        "periods": [],
        "homogeneity": None,
        "score": _score(job, predictions, codes, names),
        "features": _features(job, codes, names),
        "rule": {"alike": ALIKE, "different": DIFFERENT},
    }
    if codes is not None and len(known):
        told = predictions_in(predictions, task, len(job.spec.classes), [baseline] if baseline else [])
        told = {("model" if name == "model" else "baseline"): p[known] for name, p in told.items()}
        measured = y[known], told, codes[known], names, integer("bootstrap_draws"), job.spec.seed
        if task == BINARY:
            content["periods"] = by_period(*measured)
            content["homogeneity"] = homogeneity(y[known], told["model"], codes[known])
        else:
            content["periods"] = by_period_of_task(task, *measured)
            content["homogeneity"] = homogeneity_of_task(task, content["periods"])
    content["sentence"] = stability_sentence(content)
    content["sentences"] = stability_sentences(content) + problem
    job.folder.write_json(FILE, content)


def _times(job: Job) -> tuple[Times | None, list[str], list[str]]:
    """Time of each test row by the first column with that role, first and last of the training rows, and why
    there is none."""
    names = [column.name for column in job.spec.columns if column.role == "time"]
    if not names:
        return None, [], []
    train, test = job.rows.train, job.rows.test
    if names[0] not in test:
        return None, [], [f"The test table has no column {names[0]!r}."]
    try:
        # Read together, so that 03/04/2020 is the same day in both.
        both = read_times(pd.concat([train[names[0]], test[names[0]]], ignore_index=True))
    except BadInput as error:
        return None, [], [f"{error.what} {error.why}"]
    times = Times(both.column, both.values[len(train) :], both.dates)
    if np.isnan(times.values).all():
        return None, [], [f"No test row has a time in {names[0]!r}."]
    return times, both.span(np.arange(len(train))), []


def _described(times: Times, train: list[str], found: Periods) -> dict[str, Any]:
    """The key "time" of ``stability.json``."""
    test = times.span(np.arange(len(times.values)))
    return {"column": times.column, "unit": found.unit, "train": train, "test": test}


def _score(
    job: Job, predictions: pd.DataFrame, codes: np.ndarray | None, names: tuple[str, ...]
) -> dict[str, Any] | None:
    task, classes = job.spec.task, len(job.spec.classes)
    kept = pd.read_parquet(job.folder.path / "validation.parquet")
    reference, scores = (predictions_in(one, task, classes, ())["model"] for one in (kept, predictions))
    if not len(reference) or not len(scores):
        return None
    if task != MULTICLASS:
        return score_stability(reference, scores, codes, names)
    # Of several classes: the shares of those that are predicted.
    old, new = (one.argmax(axis=1) + 1 for one in (reference, scores))
    return shares_by_period(
        code_shares(old), lambda rows: code_shares(new[rows]), len(old), len(new), codes, names
    )


def _features(job: Job, codes: np.ndarray | None, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """PSI of every feature, the largest first."""
    profile = job.folder.read_json(PROFILE)
    encoder = TableEncoder.from_json(profile["encoder"])
    encoded = encoder.transform(job.rows.test)
    rows = len(job.rows.test)
    entries = profile["shares"]
    found = []
    for entry in entries if rows else ():
        job.report.check()

        def shares(mask: np.ndarray, entry: dict[str, Any] = entry) -> np.ndarray:
            return shares_of(entry, encoder, encoded.take(np.flatnonzero(mask)))

        old, train = np.asarray(entry["shares"]), len(job.rows.train)
        measured = shares_by_period(old, shares, train, rows, codes, names, comparisons=len(entries))
        found.append({"column": entry["column"], **measured})
    return sorted(found, key=lambda one: -float(one["psi"]))
