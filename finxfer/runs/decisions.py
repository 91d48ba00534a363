"""What a run's decisions are worth, and who moves when it replaces today's model: ``decisions.json``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from finxfer.errors import BadInput
from finxfer.evaluation.decisions import MODEL, Contest, threshold_report
from finxfer.evaluation.decisions_wording import decisions_notes, decisions_sentence
from finxfer.evaluation.metrics import ranking_metrics
from finxfer.evaluation.money import Amounts, Customers, approval_curve
from finxfer.evaluation.movers import Column, profile
from finxfer.records.assessment import Assessment
from finxfer.records.spec import BINARY
from finxfer.runs.job import Job
from finxfer.runs.stored_scores import Scores, choosing_frame, choosing_scores, test_scores
from finxfer.settings import integer
from finxfer.training.choosing import BASELINES

FILE = "decisions.json"
CHAMPION = "champion"
"""Name of today's score among rankings, where it is a column of the table."""
_LEAST, _MOST = 0.01, 0.99
MOST_CODES = 20
"""Different numbers of a column up to which a profile compares shares of its values."""


@dataclass(frozen=True)
class Champion:
    """Today's model: a baseline of the run or a column of the table.

    Args:
        name: the baseline's name, or the column's.
        kind: "baseline" or "column".
        higher_is_riskier: of a column, found on the rows that may choose.
        risk: float64 (N,) of the labelled test rows, higher is riskier; NaN where a column has no value.
    """

    name: str
    kind: str
    higher_is_riskier: bool
    risk: np.ndarray

    @property
    def key(self) -> str:
        """Its name among rankings."""
        return self.name if self.kind == "baseline" else CHAMPION


def measure_decisions(job: Job, assessment: Assessment) -> None:
    """Value thresholds, approval rates and the exchange of today's model on the test rows.

    Raises:
        BadInput: the champion is not there, or a column that is no score.
    """
    if job.spec.task != BINARY:
        return  # there is no threshold to value
    settings, base_rate = assessment.decisions, assessment.calibration.base_rate
    choosing, test = choosing_scores(job), test_scores(job)
    amounts = Amounts(**settings.amounts)
    champion = _champion(job, settings.champion, choosing, test)
    measured = len(test.y) > 0
    own = float(job.folder.read_json("model/schema.json")["threshold"])
    content: dict[str, Any] = {
        "settings": vars(settings),
        "base_rate": base_rate,
        "example_amounts": settings.example,
        "currency": settings.currency,
        "amounts": settings.amounts,
        "rows": {"choosing": len(choosing.y), "test": len(test.y)},
        "measured": measured,
        "break_even": amounts.break_even,
        "champion": None if champion is None else _told(job, champion),
        "approval_rate_from": "threshold" if settings.approval_rate is None else "setting",
        "thresholds": None,
        "curves": None,
        "approval_rate": settings.approval_rate,
        "at_rate": [],
        "swap": None,
    }
    if measured:
        content |= _measured(job, (choosing, test), champion, amounts, own, assessment)
    content["sentence"] = decisions_sentence(content)
    content["notes"] = decisions_notes(content)
    job.folder.write_json(FILE, content)


def _measured(
    job: Job,
    parts: tuple[Scores, Scores],
    champion: Champion | None,
    amounts: Amounts,
    own: float,
    assessment: Assessment,
) -> dict[str, Any]:
    """What needs test rows with an outcome."""
    (choosing, test), base_rate = parts, assessment.calibration.base_rate
    draws, seed = integer("bootstrap_draws"), job.spec.seed
    everybody = Customers(test.y, base_rate)
    thresholds = threshold_report(
        (Customers(choosing.y, base_rate), choosing.probability["model"]),
        (everybody, test.probability["model"]),
        amounts,
        own,
        draws,
        seed,
    )
    rate = assessment.decisions.approval_rate
    if rate is None:
        rate = float(np.clip(thresholds["run"]["approval_rate"], _LEAST, _MOST))
    known = np.ones(len(test.y), dtype=bool) if champion is None else np.isfinite(champion.risk)
    risks = {name: p[known] for name, p in test.probability.items()}
    if champion is not None and champion.kind == "column":
        risks[CHAMPION] = champion.risk[known]
    contest = Contest(Customers(test.y[known], base_rate), risks, amounts, rate)
    found = contest.report(None if champion is None else champion.key, draws, seed)
    if champion is not None:
        columns = _columns(job, test.places[known])
        found["swap"]["profile"] = profile(columns, *contest.movers(champion.key))
    return {
        "thresholds": thresholds,
        "curves": _curves(everybody, test, champion, amounts),
        "approval_rate": rate,
        **found,
    }


def _curves(
    customers: Customers, test: Scores, champion: Champion | None, amounts: Amounts
) -> dict[str, Any]:
    found = {name: approval_curve(customers, p, amounts, p) for name, p in test.probability.items()}
    if champion is not None and champion.kind == "column" and np.isfinite(champion.risk).all():
        found[CHAMPION] = approval_curve(customers, champion.risk, amounts, None)
    return found


def _told(job: Job, champion: Champion) -> dict[str, Any]:
    return {
        "name": champion.name,
        "kind": champion.kind,
        "higher_is_riskier": champion.higher_is_riskier,
        "is_feature": champion.kind == "column" and champion.name in job.features,
        "missing_rows": int((~np.isfinite(champion.risk)).sum()),
    }


def _champion(job: Job, wanted: str, choosing: Scores, test: Scores) -> Champion | None:
    """Today's model; None where nothing is named and the run has no baseline."""
    name = wanted or job.folder.read_json("comparison.json").get("best_baseline") or ""
    if name in test.probability and name != MODEL:
        return Champion(name, "baseline", True, test.probability[name])
    if not wanted:
        return None
    if wanted not in job.table.columns:
        raise BadInput(
            "There is no such champion.",
            f"{wanted!r} is neither a column of the table nor a baseline of this run "
            f"({', '.join(one for one in BASELINES if one in test.probability) or 'it has none'}).",
            "Name one of them, or leave the champion empty.",
        )
    if wanted == job.spec.target:
        raise _no_score(wanted, "It is the target itself, which nobody knows beforehand.")
    if wanted not in job.rows.test.columns:
        raise _no_score(wanted, "The test table does not have it.")
    return _column(job, wanted, choosing, test)


def _column(job: Job, name: str, choosing: Scores, test: Scores) -> Champion:
    """A column of the table as a champion, turned so that higher is riskier."""
    there = _numbers(choosing_frame(job)[name], name)[choosing.places]
    known = np.isfinite(there)
    values = _numbers(job.rows.test[name], name)[test.places]
    if known.sum() < 2 or (len(values) and not np.isfinite(values).any()):
        raise _no_score(name, "It has no value in the rows that matter.")
    if np.ptp(there[known]) == 0:
        raise _no_score(name, f"All rows that may choose have the same value, {there[known][0]:g}.")
    # Only the order counts: the position among all values lies in [0, 1] whatever the scale.
    order = np.asarray(pd.Series(there[known]).rank(pct=True), dtype=np.float64)
    auc = ranking_metrics(choosing.y[known], order)["auc"]
    riskier = auc is None or auc >= 0.5
    return Champion(name, "column", riskier, values if riskier else -values)


def _numbers(column: pd.Series, name: str) -> np.ndarray:
    """Float64 (N,), NaN where there is no value; refuses text."""
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        sample = next((str(value) for value in column.dropna()), "nothing")
        raise _no_score(name, f"It holds text such as {sample[:40]!r}, and a score is a number.")
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(np.isfinite(values), values, np.nan)


def _no_score(name: str, why: str) -> BadInput:
    return BadInput(
        f"The column {name!r} cannot be the champion.",
        why,
        "Name a column of numbers that holds today's score, or leave the champion empty.",
    )


def _columns(job: Job, places: np.ndarray) -> Iterator[Column]:
    """Features and protected columns of test rows, as the profile reads them."""
    frame = job.rows.test.iloc[places]
    for column in job.spec.columns:
        if column.role not in ("feature", "protected") or column.name not in frame:
            continue
        values, protected = frame[column.name], column.role == "protected"
        numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
        # Few different numbers are codes or counts more often than amounts; a median says little of them.
        if numeric and values.nunique() > MOST_CODES:
            yield column.name, protected, True, values.to_numpy(dtype=np.float64, na_value=np.nan)
        elif column.kind not in ("date", "text"):
            texts = values.astype("str").where(values.notna(), None).to_numpy(dtype=object)
            yield column.name, protected, False, texts
