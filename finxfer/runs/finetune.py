"""The fine-tuning job: nine stages from the stored table to the report.

Each stage keeps what it made, so a resumed run skips it. Whatever is measured is measured on the model as it
was read back from ``model/``: what a run reports is what scoring gives later.
"""

from __future__ import annotations

import pandas as pd

from finxfer.data.encoding import TableEncoder
from finxfer.errors import BadInput
from finxfer.records.assessment import assessment_of
from finxfer.records.folder import RunFolder
from finxfer.records.home import home
from finxfer.records.spec import JobSpec, Spec
from finxfer.reports import write_card
from finxfer.runs.alerts import measure_alerts
from finxfer.runs.beginning import begin
from finxfer.runs.calibration import measure_calibration
from finxfer.runs.decisions import measure_decisions
from finxfer.runs.drift import PROFILE, profile
from finxfer.runs.explaining import explain_run, write_reference_groups
from finxfer.runs.fairness import measure_fairness
from finxfer.runs.imbalance import keep_untreated, write_untreated
from finxfer.runs.job import Job
from finxfer.runs.measuring import OUT_OF_FOLD, measure, out_of_fold_table
from finxfer.runs.probe import measure_proxies
from finxfer.runs.recalibrating import recalibrated
from finxfer.runs.remedying import write_remedies
from finxfer.runs.reporter import Reporter
from finxfer.runs.resolved import note_backbone, note_budgets
from finxfer.runs.searching import searched_settings
from finxfer.runs.stability import measure_stability
from finxfer.runs.validating import learn
from finxfer.training.baselines import fit_baselines
from finxfer.training.choosing import choose
from finxfer.training.chosen import Chosen

_CHOICE_FIELDS = (
    "backbone_id",
    "depth",
    "stages",
    "choice",
    "fell_back",
    "reason",
    "tried",
    "trainable_parameters",
    "total_parameters",
    "selection",
)


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """Run or resume the job of ``folder``.

    Raises:
        BadInput: the table or the spec cannot be used.
        Cancelled: the analyst asked for it.
    """
    assert isinstance(spec, Spec)
    job = begin(folder, spec, device, report)
    _encode(job)
    _fit_baselines(job)
    _train(job)
    _evaluate(job)
    _fairness(job)
    _explain(job)
    _report(job)


def _encode(job: Job) -> None:
    """Try the encoding on every part before anything expensive starts; keep the reference groups."""
    job.report.stage("encode", "Preparing the columns")
    with job.book.work("encode"):
        rows = job.rows
        encoder = TableEncoder.fit(rows.train, list(job.spec.feature_columns))
        parts = [encoder.transform(part) for part in (rows.train, rows.validation, rows.test)]
        for note in dict.fromkeys(note for part in parts for note in part.notes):
            job.report("message", text=note)
        _check_something_varies(job, rows.train)
        job.folder.model.mkdir(exist_ok=True)
        write_remedies(job.folder, rows.remedied)
        shares = profile(encoder, parts[0])
        job.folder.write_json(PROFILE, {"encoder": encoder.to_json(), "shares": shares})
        write_reference_groups(job)
        learn(job)


def _check_something_varies(job: Job, train: pd.DataFrame) -> None:
    if all(train[name].nunique(dropna=False) < 2 for name in job.features):
        raise BadInput(
            "There is nothing to learn from.",
            "Every feature has the same value in all training rows.",
            "Give at least one column that differs between customers the role feature.",
        )


def _fit_baselines(job: Job) -> None:
    job.report.stage("baselines", "Fitting the baselines")
    if job.book.outcome("baselines") is not None:
        return
    with job.book.work("baselines") as outcome:
        fitted = fit_baselines(
            job.data,
            job.spec.backbone,
            job.spec.freezing_depth,
            job.spec.training,
            job.spec.seed,
            job.device,
            job.candidates,
            job.report,
            job.report.should_stop,
            home(),
        )
        for name, model in fitted.items():
            model.save(job.folder.model / "baselines" / name)
        outcome["names"] = list(fitted)


def _train(job: Job) -> None:
    job.report.stage("train", "Fine-tuning the backbone")
    if job.book.outcome("train") is not None:
        return
    with job.book.work("train") as outcome:
        settings = searched_settings(job)
        chosen = choose(
            job.spec.backbone,
            job.spec.freezing_depth,
            job.data,
            settings,
            job.spec.seed,
            job.device,
            job.candidates if job.chooses else job.folder.checkpoints / "train",
            job.report,
            job.report.should_stop,
            home(),
            job.spec.table,
        )
        recalibrated(job, chosen).save(job.folder.model)
        _keep_for_measuring(job, chosen)
        keep_untreated(job, chosen, settings)
        outcome |= {name: getattr(chosen, name) for name in _CHOICE_FIELDS}
        if chosen.backbone_id:
            note_backbone(job.folder, job.spec, chosen.backbone_id)
        note_budgets(job.folder, epochs=len(chosen.history))


def _keep_for_measuring(job: Job, chosen: Chosen) -> None:
    """What the measuring needs of a choice that finxfer made."""
    if chosen.without_pretrained is not None and chosen.out_of_fold is not None:
        chosen.without_pretrained.save(job.without_pretrained)
        kept = out_of_fold_table(chosen.out_of_fold.y, chosen.out_of_fold.probability)
        job.write_parquet(OUT_OF_FOLD, kept)


def _evaluate(job: Job) -> None:
    job.report.stage("evaluate", "Measuring on the test rows")
    if job.book.outcome("evaluate") is not None:
        return
    with job.book.work("evaluate"):
        measure(job)
        write_untreated(job)
        for measure_part in (measure_calibration, measure_decisions):
            measure_part(job, assessment_of(job.folder))
        measure_stability(job, assessment_of(job.folder))
        measure_alerts(job, assessment_of(job.folder))


def _fairness(job: Job) -> None:
    job.report.stage("fairness", "Comparing groups of customers")
    if job.book.outcome("fairness") is not None:
        return
    with job.book.work("fairness"):
        measure_fairness(job, assessment_of(job.folder))
        measure_proxies(job, assessment_of(job.folder))


def _explain(job: Job) -> None:
    job.report.stage("explain", "Explaining the models")
    if job.book.outcome("explain") is not None:
        return
    with job.book.work("explain"):
        explain_run(job)


def _report(job: Job) -> None:
    job.report.stage("report", "Writing the report")
    metrics = job.folder.metrics() or {}
    with job.book.work("report"):
        job.folder.write_json("metrics.json", metrics | {"seconds": job.book.seconds})
        write_card(job.folder)
    job.folder.write_json("metrics.json", metrics | {"seconds": job.book.seconds})
