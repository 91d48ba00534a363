"""What a run says of change: ``stability.json``."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from finxfer.data.encoding import TableEncoder
from finxfer.data.times import Periods, Times, periods, read_times
from finxfer.errors import BadInput
from finxfer.evaluation.psi import ALIKE, DIFFERENT
from finxfer.evaluation.stability import by_period, homogeneity, score_stability, shares_by_period
from finxfer.evaluation.stability_wording import stability_sentence, stability_sentences
from finxfer.records.assessment import Assessment
from finxfer.runs.drift import PROFILE, shares_of
from finxfer.runs.job import Job
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
    y = job.rows.y_test.astype(np.int64)
    known = np.flatnonzero(y >= 0)
    found = None if times is None else periods(times, np.arange(len(y)))
    baseline = (job.folder.read_json("comparison.json") or {}).get("best_baseline")
    codes, names = (None, ()) if found is None else (found.codes, found.names)
    content: dict[str, Any] = {
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
        probabilities = {"model": predictions["probability"].to_numpy()[known]}
        if baseline in predictions:
            probabilities["baseline"] = predictions[baseline].to_numpy()[known]
        draws, seed = integer("bootstrap_draws"), job.spec.seed
        content["periods"] = by_period(y[known], probabilities, codes[known], names, draws, seed)
        content["homogeneity"] = homogeneity(y[known], probabilities["model"], codes[known])
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
    reference = pd.read_parquet(job.folder.path / "validation.parquet")["probability"].to_numpy()
    scores = predictions["probability"].to_numpy()
    return score_stability(reference, scores, codes, names) if len(reference) and len(scores) else None


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
