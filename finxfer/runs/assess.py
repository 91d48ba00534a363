"""The assessment of a trained model: part of every run, and a job of its own when its settings change."""

from __future__ import annotations

from collections.abc import Callable

from finxfer.records.assessment import FILE, Assessment, assessment_of
from finxfer.records.folder import RunFolder
from finxfer.records.spec import JobSpec, Spec
from finxfer.reports import write_card
from finxfer.runs.alerts import measure_alerts
from finxfer.runs.calibration import measure_calibration
from finxfer.runs.decisions import measure_decisions
from finxfer.runs.fairness import measure_fairness
from finxfer.runs.job import Job
from finxfer.runs.probe import measure_proxies
from finxfer.runs.reopening import reopen, run_of
from finxfer.runs.reporter import Reporter
from finxfer.runs.stability import measure_stability

PARTS = (
    ("Valuing decisions", measure_decisions),
    ("Checking the probabilities of default", measure_calibration),
    ("Measuring by period", measure_stability),
    ("Counting alerts", measure_alerts),
    ("Comparing groups of customers", measure_fairness),
    ("Probing the stages for protected columns", measure_proxies),
)
"""What is measured of a trained model, in order: the words for the progress line and the function."""


def name_of(measure: Callable[[Job, Assessment], None]) -> str:
    """How a job's argument names a part: ``fairness`` for measure_fairness."""
    return measure.__name__.removeprefix("measure_")


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """The job "assess": measure a finished run again with other settings, without training.

    Arguments of the spec: ``run`` (folder), ``assessment`` (the settings; those of the run where absent),
    ``only`` (what is measured, as in `name_of`; everything where absent).

    Raises:
        BadInput: the run or its table is not there, or a setting is nonsense.
    """
    assert isinstance(spec, JobSpec)
    target = run_of(spec)
    given = spec.arguments.get("assessment")
    assessment = assessment_of(target) if given is None else Assessment.from_json(given)
    report.stage("assess", "Opening the run")
    job = reopen(target, report)
    only = spec.arguments.get("only")
    parts = [part for part in PARTS if only is None or name_of(part[1]) in only]
    for number, (words, measure) in enumerate(parts):
        report.check()
        report("progress", stage="assess", done=number, of=len(parts))
        report("message", text=words)
        measure(job, assessment)
    target.write_json(FILE, assessment.to_json())
    write_card(target)
