"""The fine-tuning job: nine stages from the stored table to the model card.

Each stage keeps what it made, so a resumed run skips it. Whatever is measured is measured on the model as it
was read back from ``model/``: what a run reports is what scoring gives later.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from finxfer.backbones.protocol import TrainingData
from finxfer.data.encoding import TableEncoder
from finxfer.errors import BadInput
from finxfer.evaluation import evaluate
from finxfer.explanations.explain import explain_models, reference_group
from finxfer.fairness import slice_labels, slice_report
from finxfer.records.files import write_atomically
from finxfer.records.folder import RunFolder
from finxfer.records.home import home
from finxfer.records.spec import JobSpec, Spec
from finxfer.records.tables import TableStore
from finxfer.reports import write_card
from finxfer.runs.drift import PROFILE, profile
from finxfer.runs.reporter import Reporter
from finxfer.runs.resolved import FILE as RESOLVED
from finxfer.runs.resolved import note_backbone, note_budgets, resolve, spec_has_changed
from finxfer.runs.rows import Rows, split_rows
from finxfer.runs.schema import band_edges, observed_bands, write_schema
from finxfer.runs.slicing import slice_columns
from finxfer.runs.stages import StageBook, forget
from finxfer.settings import integer
from finxfer.training.baselines import fit_baselines
from finxfer.training.choosing import choose
from finxfer.training.fitted import FittedModel, load_fitted

BASELINES = ("logistic_regression", "lightgbm", "from_scratch")
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
)


@dataclass
class _Run:
    """What the stages share; ``models`` and ``probabilities`` are by name, "model" first."""

    folder: RunFolder
    spec: Spec
    report: Reporter
    book: StageBook
    resolved: dict[str, Any]
    table: pd.DataFrame = field(default_factory=pd.DataFrame)
    rows: Rows = None  # type: ignore[assignment]

    @property
    def device(self) -> str:
        return str(self.resolved["device"])

    @property
    def features(self) -> list[str]:
        return list(self.spec.features)

    @functools.cached_property
    def data(self) -> TrainingData:
        """The rows that may choose something; test rows are not among them."""
        rows = self.rows
        return TrainingData(
            frame_train=rows.train,
            y_train=rows.y_train,
            frame_validation=rows.validation,
            y_validation=rows.y_validation,
            columns=list(self.spec.feature_columns),
            positive=self.spec.positive,
            target=self.spec.target,
        )

    @functools.cached_property
    def baselines(self) -> dict[str, FittedModel]:
        """The baselines as stored."""
        parent = self.folder.model / "baselines"
        return {
            name: load_fitted(parent / name, self.device) for name in BASELINES if (parent / name).is_dir()
        }

    @functools.cached_property
    def models(self) -> dict[str, FittedModel]:
        """The fine-tuned model and the baselines as stored."""
        return {"model": load_fitted(self.folder.model, self.device), **self.baselines}


def run(folder: RunFolder, spec: Spec | JobSpec, device: str, report: Reporter) -> None:
    """Run or resume the job of ``folder``.

    Raises:
        BadInput: the table or the spec cannot be used.
        Cancelled: the analyst asked for it.
    """
    assert isinstance(spec, Spec)
    if spec_has_changed(folder, spec):
        report("message", text="The spec was changed since the last attempt: everything starts again.")
        forget(folder)
        (folder.path / RESOLVED).unlink(missing_ok=True)
    resolved = resolve(folder, spec, device)
    report("device", device=resolved["device"], precision=resolved["precision"], threads=resolved["threads"])
    job = _Run(folder, spec, report, StageBook(folder), resolved)
    _read_and_split(job)
    _encode(job)
    _fit_baselines(job)
    _train(job)
    _evaluate(job)
    _fairness(job)
    _explain(job)
    _report(job)


def _read_and_split(job: _Run) -> None:
    spec, store = job.spec, TableStore()
    job.report.stage("read", "Reading the table")
    with job.book.work("read") as outcome:
        job.table = store.open(spec.table)
        test_table = store.open(spec.test_table) if spec.test_table else None
        outcome["rows"] = len(job.table)
    job.report.stage("split", "Splitting into training, validation and test rows")
    with job.book.work("split") as outcome:
        job.rows = split_rows(spec, job.table, test_table)
        outcome["test"] = len(job.rows.test)
        for sentence in job.rows.warnings():
            job.report("message", text=sentence)


def _encode(job: _Run) -> None:
    """Try the encoding on every part before anything expensive starts; keep the reference group."""
    job.report.stage("encode", "Preparing the columns")
    with job.book.work("encode"):
        rows = job.rows
        encoder = TableEncoder.fit(rows.train, list(job.spec.feature_columns))
        parts = [encoder.transform(part) for part in (rows.train, rows.validation, rows.test)]
        for note in dict.fromkeys(note for part in parts for note in part.notes):
            job.report("message", text=note)
        _check_something_varies(job, rows.train)
        job.folder.model.mkdir(exist_ok=True)
        shares = profile(encoder, parts[0])
        job.folder.write_json(PROFILE, {"encoder": encoder.to_json(), "shares": shares})
        reference = reference_group(rows.train, rows.y_train, integer("reference_rows"), job.spec.seed)
        _write_parquet(job.folder, "model/reference.parquet", reference[job.features])


def _check_something_varies(job: _Run, train: pd.DataFrame) -> None:
    if all(train[name].nunique(dropna=False) < 2 for name in job.features):
        raise BadInput(
            "There is nothing to learn from.",
            "Every feature has the same value in all training rows.",
            "Give at least one column that differs between customers the role feature.",
        )


def _fit_baselines(job: _Run) -> None:
    job.report.stage("baselines", "Fitting the baselines")
    if job.book.outcome("baselines") is not None:
        return
    with job.book.work("baselines") as outcome:
        fitted = fit_baselines(
            job.data,
            job.spec.backbone,
            job.spec.training,
            job.spec.seed,
            job.device,
            job.folder.checkpoints / "baselines",
            job.report,
            job.report.should_stop,
            home(),
        )
        for name, model in fitted.items():
            model.save(job.folder.model / "baselines" / name)
        outcome["names"] = list(fitted)


def _train(job: _Run) -> None:
    job.report.stage("train", "Fine-tuning the backbone")
    if job.book.outcome("train") is not None:
        return
    with job.book.work("train") as outcome:
        chosen = choose(
            job.spec.backbone,
            job.spec.freezing_depth,
            job.data,
            job.baselines,
            job.spec.training,
            job.spec.seed,
            job.device,
            job.folder.checkpoints / "train",
            job.report,
            job.report.should_stop,
            home(),
            job.spec.table,
        )
        chosen.model.save(job.folder.model)
        outcome |= {name: getattr(chosen, name) for name in _CHOICE_FIELDS}
        note_backbone(job.folder, job.spec, chosen.backbone_id)
        note_budgets(job.folder, epochs=len(chosen.history))


def _evaluate(job: _Run) -> None:
    job.report.stage("evaluate", "Measuring on the test rows")
    if job.book.outcome("evaluate") is not None:
        return
    with job.book.work("evaluate"):
        rows, draws = job.rows, integer("bootstrap_draws")
        validation = _predict(job, rows.validation)
        test = _predict(job, rows.test)
        result = evaluate(
            rows.y_test,
            test,
            y_validation=rows.y_validation,
            validation_probabilities=validation,
            draws=draws,
            seed=job.spec.seed,
        )
        threshold = result.thresholds["model"]
        edges = band_edges(validation["model"])
        observed = observed_bands(edges, rows.y_test, test["model"], rows.y_validation, validation["model"])
        write_schema(job.folder, job.spec, rows, threshold, observed)
        _write_predictions(job, test)
        job.folder.write_json("comparison.json", result.comparison)
        job.folder.write_json("curves.json", result.curves)
        note_budgets(job.folder, bootstrap_draws=draws)
        _write_metrics(job, result.metrics)


def _predict(job: _Run, frame: pd.DataFrame) -> dict[str, np.ndarray]:
    found = {}
    for name, model in job.models.items():
        job.report.check()
        found[name] = np.asarray(model.predict(frame), dtype=np.float64)
    return found


def _write_predictions(job: _Run, test: dict[str, np.ndarray]) -> None:
    """One row per test row; the target is null where it is unknown."""
    y = job.rows.y_test
    table = pd.DataFrame({"row": job.rows.test_ids, "target": pd.array(np.where(y < 0, 0, y), dtype="Int8")})
    table.loc[y < 0, "target"] = pd.NA
    table["probability"] = test["model"]
    for name in BASELINES:
        if name in test:
            table[name] = test[name]
    _write_parquet(job.folder, "predictions.parquet", table)


def _write_metrics(job: _Run, measured: dict[str, Any]) -> None:
    """``metrics.json`` with every key of the contract."""
    rows, chosen = job.rows, job.book.outcome("train") or {}
    depth = chosen["depth"]
    content = {
        "task": job.spec.task,
        "positive": job.spec.positive,
        "rows": {"train": len(rows.train), "validation": len(rows.validation), "test": len(rows.test)},
        "positive_rate": rows.positive_rate,
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
        **measured,
        "choice_reason": chosen["reason"],
        "tried": chosen["tried"],
        "dropped_rows_without_target": rows.dropped,
        "test_rows_with_target": int((rows.y_test >= 0).sum()),
    }
    job.folder.write_json("metrics.json", content)


def _fairness(job: _Run) -> None:
    job.report.stage("fairness", "Comparing groups of customers")
    if job.book.outcome("fairness") is not None:
        return
    with job.book.work("fairness"):
        columns = slice_columns(job.spec, job.table, job.rows.test)
        labels = slice_labels(job.rows.test, columns)
        predictions = pd.read_parquet(job.folder.predictions)
        threshold = job.folder.read_json("model/schema.json")["threshold"]
        result = slice_report(
            job.rows.y_test,
            predictions["probability"].to_numpy(),
            threshold,
            labels,
            draws=integer("bootstrap_draws"),
            seed=job.spec.seed,
        )
        for entry in result["columns"]:
            entry["in_model"] = entry["column"] in job.features
        job.folder.write_json("fairness.json", result)
        labels.insert(0, "row", job.rows.test_ids)
        _write_parquet(job.folder, "slices.parquet", labels)


def _explain(job: _Run) -> None:
    job.report.stage("explain", "Explaining the models")
    if job.book.outcome("explain") is not None:
        return
    with job.book.work("explain"):
        chosen = _explained_positions(len(job.rows.test), job.spec.explained_rows, job.spec.seed)
        meta = explain_models(
            job.models,
            pd.read_parquet(job.folder.model / "reference.parquet"),
            job.rows.test.iloc[chosen],
            job.rows.test_ids[chosen],
            job.features,
            job.folder.explanations,
            job.report,
            job.report.should_stop,
            job.spec.seed,
        )
        note_budgets(job.folder, explained_rows=meta["rows"], reference_rows=meta["reference_group"]["rows"])


def _explained_positions(rows: int, wanted: int, seed: int) -> np.ndarray:
    """Positions of the explained test rows, in order: all of them or a random part."""
    if rows <= wanted:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, wanted, replace=False))


def _report(job: _Run) -> None:
    job.report.stage("report", "Writing the model card")
    metrics = job.folder.metrics() or {}
    with job.book.work("report"):
        job.folder.write_json("metrics.json", metrics | {"seconds": job.book.seconds})
        write_card(job.folder)
    job.folder.write_json("metrics.json", metrics | {"seconds": job.book.seconds})


def _write_parquet(folder: RunFolder, name: str, frame: pd.DataFrame) -> None:
    write_atomically(folder.path / name, lambda temporary: frame.to_parquet(temporary, index=False))
