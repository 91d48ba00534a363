"""The ladder job: one backbone fine-tuned at every depth, and which depth to take.

The depth is recommended by cross-validation on training rows. The test rows are asked once for each depth;
what they answer is drawn and chooses nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from typing import Any

import numpy as np

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import estimate, find_card
from finxfer.backbones.families import NETWORKS
from finxfer.evaluation import evaluate
from finxfer.evaluation.ladder_wording import ladder_sentence, ladder_sentences
from finxfer.evaluation.one_standard_error import Ranked, one_standard_error
from finxfer.fairness import slice_labels, slice_report
from finxfer.fairness.worst import worst_ratio
from finxfer.records.folder import RunFolder
from finxfer.records.home import home
from finxfer.records.spec import AS_IS, JobSpec, Spec
from finxfer.runs.beginning import begin
from finxfer.runs.job import Job
from finxfer.runs.reporter import Reporter
from finxfer.runs.resolved import note_backbone, note_budgets
from finxfer.runs.slicing import slice_columns
from finxfer.settings import integer
from finxfer.training.candidates import Work
from finxfer.training.depths import Ladder, Rung

FILE = "ladder.json"
KEPT = "ladder"
DIGITS = 6


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """Run or resume the ladder of ``folder``; ``ladder.json`` grows by a rung at a time.

    Raises:
        BadInput: the table, the spec or the backbone cannot be used.
        Cancelled: the analyst asked for it.
    """
    assert isinstance(spec, Spec)
    job = begin(folder, spec, device, report)
    card = find_card(spec.backbone, home())
    note_backbone(folder, spec, spec.backbone)
    report.stage("ladder", "Fine-tuning at every depth")
    with job.book.work("ladder") as outcome:
        ladder = Ladder(card, job.data, _work(job), job.rows.test, folder.checkpoints / KEPT)
        climbed: list[Rung] = []
        entries: list[dict[str, Any]] = []
        for rung in ladder.rungs():
            climbed.append(rung)
            entries.append(_entry(job, card, rung))
            folder.write_json(FILE, _so_far(job, card, ladder, climbed, entries))
        outcome["depths"] = len(climbed)
    report.stage("report", "Comparing the depths")
    with job.book.work("report"):
        ranked = one_standard_error([rung.losses for rung in climbed])
        content = _so_far(job, card, ladder, climbed, entries) | _verdict(card, climbed, entries, ranked)
        content["sentence"] = ladder_sentence(content)
        content["sentences"] = ladder_sentences(content)
    folder.write_json(FILE, content | {"seconds": round(sum(job.book.seconds.values()), 3)})
    note_budgets(folder, depths=len(climbed), folds=ladder.folds.pieces)
    # The weights of the last depths in every fold are of no use any more.
    shutil.rmtree(folder.checkpoints / KEPT, ignore_errors=True)


def _work(job: Job) -> Work:
    return Work(job.spec.training, job.spec.seed, job.device, job.report, job.report.should_stop)


def _so_far(
    job: Job, card: Card, ladder: Ladder, climbed: Sequence[Rung], entries: Sequence[dict[str, Any]]
) -> dict[str, Any]:
    """``ladder.json`` without its verdict."""
    rows = job.rows
    return {
        "complete": False,
        "backbone": card.id,
        "stages": card.depth_count,
        "recommended": None,
        "best": None,
        "depth_matters": None,
        "metric": "log_loss",
        "warm_started": card.family in NETWORKS,
        "folds": ladder.folds.pieces,
        "rows": {
            "train": len(rows.train),
            "validation": len(rows.validation),
            "test": len(rows.test),
            "judged": len(ladder.folds.targets),
        },
        "total_parameters": max(rung.total_parameters for rung in climbed),
        "device": job.device,
        "seconds": None,
        "sentence": None,
        "sentences": [],
        "rungs": list(entries),
    }


def _entry(job: Job, card: Card, rung: Rung) -> dict[str, Any]:
    """What ``ladder.json`` says of a depth, but for how it compares with the others."""
    parts = [] if rung.depth == AS_IS else [*card.stages[int(rung.depth) :], card.head]
    rows, columns = len(job.rows.train), len(job.spec.feature_columns)
    memory = rung.memory or estimate(card, rows, columns, rung.depth, job.device).memory_bytes
    return {
        "depth": rung.depth,
        "trained": [str(part["title"]) for part in parts],
        "trainable_parameters": rung.trainable_parameters,
        "seconds": rung.seconds,
        "cv_seconds": rung.cv_seconds,
        "epochs": rung.epochs,
        "memory_bytes": memory,
        "memory_measured": rung.memory is not None,
        "fell_back": rung.fell_back,
        "cv_log_loss": _rounded(rung.loss),
        "cv_log_loss_error": _rounded(rung.error),
        "cv_auc": _rounded(rung.auc),
        **_test_figures(job, rung),
    }


def _test_figures(job: Job, rung: Rung) -> dict[str, Any]:
    """Test metrics with intervals, and the worst ratio of groups at the threshold of the validation rows."""
    draws, seed = integer("bootstrap_draws"), job.spec.seed
    found = evaluate(
        job.rows.y_test,
        {"model": rung.asked},
        y_validation=job.rows.y_validation,
        validation_probabilities={"model": rung.validation},
        draws=draws,
        seed=seed,
    )
    model, intervals = found.metrics["model"], found.metrics["intervals"]["model"]
    test: dict[str, Any] = {"log_loss": model["log_loss"]}
    for name in ("gini", "auc", "calibration_error"):
        test |= {name: model[name], f"{name}_interval": intervals[name]}
    labels = slice_labels(job.rows.test, slice_columns(job.spec, job.table, job.rows.test))
    threshold = found.thresholds["model"]
    report = slice_report(job.rows.y_test, rung.asked, threshold, labels, draws=draws, seed=seed)
    return {"test": test, "worst_fairness_ratio": worst_ratio(report)}


def _verdict(
    card: Card, climbed: Sequence[Rung], entries: Sequence[dict[str, Any]], ranked: Ranked
) -> dict[str, Any]:
    rungs = [
        entry | {"behind": _rounded(one.value), "behind_error": _rounded(one.error), "within": one.within}
        for entry, one in zip(entries, ranked.behind, strict=True)
    ]
    trained = [one for rung, one in zip(climbed, ranked.behind, strict=True) if rung.depth != AS_IS]
    return {
        "complete": True,
        "recommended": climbed[ranked.recommended].depth,
        "best": climbed[ranked.best].depth,
        "depth_matters": not all(one.within for one in trained),
        "rungs": rungs,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), DIGITS)
