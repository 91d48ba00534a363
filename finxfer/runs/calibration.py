"""What a run says of its probabilities of default: ``calibration.json``."""

from __future__ import annotations

from typing import Any

from finxfer.evaluation.calibration_wording import calibration_notes, calibration_sentence
from finxfer.evaluation.pd_report import grade_report, recalibration_report, score_report
from finxfer.evaluation.recalibration import prior_shift
from finxfer.records.assessment import Assessment
from finxfer.records.decision_settings import CalibrationSettings
from finxfer.records.spec import BINARY
from finxfer.runs.imbalance import imbalance_entry
from finxfer.runs.job import Job
from finxfer.runs.stored_scores import choosing_scores, test_scores
from finxfer.settings import integer

FILE = "calibration.json"


def measure_calibration(job: Job, assessment: Assessment) -> None:
    """Build rating grades on the rows that may choose, and check them on the test rows.

    Raises:
        BadInput: the run was made before the rows that choose were kept.
    """
    if job.spec.task != BINARY:
        return  # rating grades and probabilities of default are of an event
    settings = assessment.calibration
    choosing, test = choosing_scores(job), test_scores(job)
    draws, seed = integer("bootstrap_draws"), job.spec.seed
    measured = len(test.y) > 0
    content: dict[str, Any] = {
        "settings": vars(settings),
        "rows": {"choosing": len(choosing.y), "test": len(test.y)},
        "chosen_on": "out_of_fold" if job.chooses else "validation",
        "recalibration": job.spec.recalibration,
        "measured": measured,
        "grades": grade_report(
            choosing.model, test.model, settings.method, settings.grades, settings.base_rate
        ),
        "brier": None,
        "cox": None,
        "recalibrations": None,
        "imbalance": None,
        "prior": _prior(job, settings, float(choosing.y.mean())),
    }
    if measured:
        content |= score_report(*test.model, draws, seed)
        content["recalibrations"] = recalibration_report(choosing.underneath, test.underneath, draws, seed)
        content["imbalance"] = imbalance_entry(job, *test.model, test.places, draws)
    content["sentence"] = calibration_sentence(content)
    content["notes"] = calibration_notes(content)
    job.folder.write_json(FILE, content)


def _prior(job: Job, settings: CalibrationSettings, rate: float) -> dict[str, Any]:
    """What was done about class shares in training, and what another base rate would mean."""
    model: Any = job.models["model"]
    training, base_rate = job.spec.training, settings.base_rate
    inner = getattr(model, "base", model)
    # Contexts are shifted one by one, each by its own class shares.
    shift = None if hasattr(inner, "contexts") else getattr(inner, "logit_shift", None)
    return {
        "sample_rate": rate,
        "class_weighting": training.class_weighting,
        "smote": training.smote,
        **{name: getattr(training, name) for name in ("focal_gamma", "oversample", "undersample")},
        "shifts_rate": training.shifts_rate,
        "logit_shift": None if shift is None else float(shift),
        "base_rate": base_rate,
        "base_rate_shift": None if base_rate is None else prior_shift(rate, base_rate),
    }
