"""The assessment of a trained model: part of every run, and a job of its own when its settings change."""

from __future__ import annotations

from finxfer.records.assessment import FILE, Assessment, assessment_of
from finxfer.records.folder import RunFolder
from finxfer.records.spec import JobSpec, Spec
from finxfer.reports import write_card
from finxfer.runs.calibration import measure_calibration
from finxfer.runs.decisions import measure_decisions
from finxfer.runs.fairness import measure_fairness
from finxfer.runs.probe import measure_proxies
from finxfer.runs.reopening import reopen, run_of
from finxfer.runs.reporter import Reporter
from finxfer.runs.stability import measure_stability

PARTS = (
    ("Valuing decisions", measure_decisions),
    ("Checking the probabilities of default", measure_calibration),
    ("Measuring by period", measure_stability),
    ("Comparing groups of customers", measure_fairness),
    ("Probing the stages for protected columns", measure_proxies),
)
"""What is measured of a trained model, in order: the words for the progress line and the function."""


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """The job "assess": measure a finished run again with other settings, without training.

    Arguments of the spec: ``run`` (folder), ``assessment`` (the settings; those of the run where absent),
    ``only`` (names of the functions of PARTS whose settings have changed; all of them where absent).

    Raises:
        BadInput: the run or its table is not there, or a setting is nonsense.
    """
    assert isinstance(spec, JobSpec)
    target = run_of(spec)
    given = spec.arguments.get("assessment")
    assessment = assessment_of(target) if given is None else Assessment.from_json(given)
    report.stage("assess", "Opening the run")
    job = reopen(target, report)
    for number, (words, measure) in enumerate(PARTS):
        report.check()
        report("progress", stage="assess", done=number, of=len(PARTS))
        report("message", text=words)
        measure(job, assessment)
    target.write_json(FILE, assessment.to_json())
    write_card(target)
