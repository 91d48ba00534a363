"""What a run finds with so many alerts a day: ``alerts.json``, where positives are rare or it is wanted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from finxfer.data.moments import DAY, UNKNOWN, read_moments
from finxfer.data.times import read_times
from finxfer.data.transaction_log import customer_column
from finxfer.errors import BadInput
from finxfer.evaluation.alerts import AlertRows, alert_report, alone
from finxfer.evaluation.alerts_wording import alerts_sentence, alerts_sentences
from finxfer.evaluation.metrics import as_labels
from finxfer.records.assessment import Assessment
from finxfer.records.spec import BINARY
from finxfer.runs.job import Job
from finxfer.settings import integer

FILE = "alerts.json"
ANOMALY = "anomaly.parquet"
RARE = 0.05
"""Below this share of positives a run is about rare events."""
DEFAULT_SHARE = 0.01
"""Unless the analyst says how many, no more alerts than this share of a day's transactions."""
CURVE_SHARE = 0.2
"""The curve goes up to this share of a day's transactions."""
FEWEST_DAYS = 2


def measure_alerts(job: Job, assessment: Assessment) -> None:
    """Measure alerts a day on the test rows of a binary run, and write or take away ``alerts.json``.

    Scores of ``anomaly.parquet`` are measured beside the models where the run has them.
    """
    path = job.folder.path / FILE
    labels = as_labels(job.rows.y_test) if job.spec.task == BINARY else np.zeros(0, dtype=np.int64)
    known = labels >= 0
    rate = float(labels[known].mean()) if known.any() else 0.0
    wanted = assessment.alerts.per_day is not None or (job.folder.path / ANOMALY).is_file()
    if not known.any() or not (labels == 1).any() or not (rate < RARE or wanted):
        path.unlink(missing_ok=True)
        return
    days, time = _days(job)
    used = np.flatnonzero(known & (days >= 0))
    if not (labels[used] == 1).any():
        days, time = np.zeros_like(days), None
        used = np.flatnonzero(known)
    column, cards = _cards(job)
    rows = AlertRows(
        labels[used],
        days[used],
        np.ones(1) if time is None else time.pop("scale"),
        None if cards is None else cards[used],
    )
    job.folder.write_json(FILE, _content(job, assessment, rows, used, time, column))


def _content(
    job: Job,
    assessment: Assessment,
    rows: AlertRows,
    used: np.ndarray,
    time: dict[str, Any] | None,
    column: str,
) -> dict[str, Any]:
    a_day = time["rows_a_day"] if time else len(rows.y)
    given = assessment.alerts.per_day
    usual = max(1.0, round(min(integer("alerts_a_day"), DEFAULT_SHARE * a_day)))
    per_day = float(usual if given is None else given)
    most = float(max(2.0, np.ceil(CURVE_SHARE * a_day), np.ceil(per_day)))
    scores = _scores(job, used)
    found: dict[str, Any] = {
        "rare": float(rows.y.mean()) < RARE,
        "rows": len(rows.y),
        "positives": int(rows.y.sum()),
        "positive_rate": float(rows.y.mean()),
        "time": time,
        "card": column or None,
        "per_day": per_day,
        "default": given is None,
        "level": 0.95,
        "best_baseline": (job.folder.read_json("comparison.json") or {}).get("best_baseline"),
        **alert_report(rows, scores, per_day, most, integer("bootstrap_draws"), job.spec.seed),
    }
    found["alone"] = alone(rows, scores["model"], scores["anomaly"], per_day) if "anomaly" in scores else None
    found["sentence"] = alerts_sentence(found)
    found["sentences"] = alerts_sentences(found)
    return found


def _scores(job: Job, used: np.ndarray) -> dict[str, np.ndarray]:
    """Scores of the model, the baselines and, where there are any, of the anomaly detectors."""
    table = pd.read_parquet(job.folder.predictions)
    names = {"probability": "model"} | {
        name: name for name in (job.folder.metrics() or {}).get("baselines", {})
    }
    found = {
        name: table[column].to_numpy(dtype=np.float64)[used]
        for column, name in names.items()
        if column in table
    }
    if (job.folder.path / ANOMALY).is_file():
        anomaly = pd.read_parquet(job.folder.path / ANOMALY)
        found |= {name: anomaly[name].to_numpy()[used] for name in ("anomaly", "isolation_forest")}
    return found


def _days(job: Job) -> tuple[np.ndarray, dict[str, Any] | None]:
    """Number of each test row's day, -1 where it is unknown, and the key "time" with the share of each day's
    rows that are test rows; zeros and None where no column tells the day."""
    rows = len(job.rows.test)
    names = [column.name for column in job.spec.columns if column.role == "time"]
    if not names or names[0] not in job.rows.test:
        return np.zeros(rows, dtype=np.int64), None
    everything = job.rows.test if job.spec.test_table else job.table
    try:
        # Read together, so that a text is the same day in both.
        both = _day_numbers(pd.concat([everything[names[0]], job.rows.test[names[0]]], ignore_index=True))
    except BadInput:
        return np.zeros(rows, dtype=np.int64), None
    all_days, days = both[: len(everything)], both[len(everything) :]
    there, numbers = np.unique(days[days >= 0], return_inverse=True)
    if len(there) < FEWEST_DAYS:
        return np.zeros(rows, dtype=np.int64), None
    codes = np.full(rows, -1, dtype=np.int64)
    codes[days >= 0] = numbers
    of_table = np.bincount(np.searchsorted(there, all_days[np.isin(all_days, there)]), minlength=len(there))
    of_test = np.bincount(numbers, minlength=len(there))
    return codes, {
        "column": names[0],
        "days": len(there),
        "rows_a_day": float(of_table.mean()),
        "share": float(of_test.sum() / of_table.sum()),
        "unknown": int((days < 0).sum()),
        "scale": np.minimum(of_test / of_table, 1.0),
    }


def _day_numbers(series: pd.Series) -> np.ndarray:
    """A number for each day, growing with time, int64 (N,); -1 where it is unknown."""
    times = read_times(series)
    if times.dates:
        known = ~np.isnan(times.values)
        days = np.where(known, times.values, 0).astype(np.int64)
    else:
        moments = read_moments(series)
        known, days = moments != UNKNOWN, moments // DAY
    return np.where(known, days - (int(days[known].min()) if known.any() else 0), -1)


def _cards(job: Job) -> tuple[str, np.ndarray | None]:
    """The column of the customer, and a number for each test row's; a row without one is one of its own."""
    test, table = job.rows.test, job.table
    known = [column for column in job.spec.columns if column.name in test and column.name in table]
    column = customer_column(known, len(table), lambda name: int(table[name].nunique()))
    if column is None:
        return "", None
    codes = pd.factorize(test[column])[0]
    own = codes.max(initial=-1) + 1 + np.arange(len(codes))
    return column, np.where(codes >= 0, codes, own)
