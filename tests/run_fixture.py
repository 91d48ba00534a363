"""A finished run for tests of the pages, measured for real on a small made-up portfolio.

Nothing in it is typed in: the models are fitted, and metrics, fairness and explanations come from the same
functions that the worker calls. Only the "backbone" is a stand-in, a richer logistic regression.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler

from finxfer.data.encoding import TableEncoder
from finxfer.data.splits import binary_target, stratified_split
from finxfer.evaluation import evaluate
from finxfer.explanations.explain import explain_models, reference_group
from finxfer.explanations.reason_files import ReasonPlan
from finxfer.explanations.surrogates import fit_surrogates
from finxfer.explanations.themes import propose
from finxfer.fairness import slice_labels, slice_report
from finxfer.records.assessment import Assessment
from finxfer.records.folder import RunFolder
from finxfer.records.reason_library import ReasonLibrary
from finxfer.records.spec import ColumnSpec, JobSpec, Spec
from finxfer.reports import write_card
from finxfer.runs.calibration import measure_calibration
from finxfer.runs.decisions import measure_decisions
from finxfer.runs.drift import drift, profile
from finxfer.runs.job import Job
from finxfer.runs.rows import split_rows
from finxfer.runs.schema import band_edges, band_names, observed_bands

HOSTILE = "<img src=x onerror=alert(1)> =cmd|' [a](b)"
TARGET = "default"


@dataclass
class Fitted:
    """A scikit-learn pipeline as a fitted model of the app."""

    pipeline: Pipeline
    features: list[str]
    kind: str = "logistic_regression"

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return np.asarray(self.pipeline.predict_proba(frame[self.features])[:, 1], dtype=np.float64)


def portfolio(rows: int, seed: int, hostile: bool = False) -> pd.DataFrame:
    """Customers whose default depends on income, debt and arrears; in the south debts are higher."""
    draw = np.random.default_rng(seed)
    sex = draw.choice(["female", "male"], rows)
    region = draw.choice(["north", "south", "east", "islands"], rows, p=[0.45, 0.33, 0.2, 0.02])
    income = np.exp(draw.normal(10, 0.5, rows)).round(-1)
    debt = draw.beta(np.where(region == "south", 4.0, 2.0), 3).round(3)
    arrears = draw.poisson(0.6, rows)
    job = draw.choice(["employed", "self-employed", "retired", "student"], rows, p=[0.6, 0.2, 0.12, 0.08])
    risk = -2.4 - 0.9 * (np.log(income) - 10) + 2.4 * debt**2 + 0.8 * arrears
    target = (draw.random(rows) < 1 / (1 + np.exp(-risk))).astype(int)
    frame = pd.DataFrame(
        {"income": income, "debt share": debt, "arrears": arrears, "job": job, "region": region, "sex": sex}
    )
    frame.loc[draw.random(rows) < 0.05, "debt share"] = np.nan
    frame[TARGET] = target
    return frame.rename(columns={"debt share": HOSTILE}) if hostile else frame


def _pipeline(numeric: list[str], words: list[str], rich: bool) -> Pipeline:
    numbers: list[Any] = [SimpleImputer(add_indicator=True), StandardScaler()]
    if rich:
        numbers.append(PolynomialFeatures(2, include_bias=False))
    encode = ColumnTransformer(
        [("n", make_pipeline(*numbers), numeric), ("w", OneHotEncoder(handle_unknown="ignore"), words)]
    )
    return make_pipeline(encode, LogisticRegression(C=0.5, max_iter=2000))


def write_run(
    runs: Path,
    run_id: str = "20261121-120000-aaaa",
    *,
    rows: int = 1200,
    seed: int = 0,
    hostile: bool = False,
) -> RunFolder:
    """Write a whole finished run under ``runs`` and return its folder."""
    began = time.monotonic()
    frame = portfolio(rows, seed, hostile)
    spec = _spec(frame, seed)
    run = RunFolder(runs / run_id).create(spec)
    y = binary_target(frame[TARGET], "1")
    split = stratified_split(y, spec.test_share, spec.validation_share, seed, spec.test_rows_max)
    features = list(spec.features)
    numeric = [column.name for column in spec.feature_columns if column.kind == "numeric"]
    words = [name for name in features if name not in numeric]
    train = frame.iloc[split.train]
    models: dict[str, Any] = {
        "model": Fitted(_pipeline(numeric, words, rich=True).fit(train[features], y[split.train]), features),
        "logistic_regression": Fitted(
            _pipeline(numeric, words, rich=False).fit(train[features], y[split.train]), features
        ),
    }
    test, validation = frame.iloc[split.test], frame.iloc[split.validation]
    found = evaluate(
        y[split.test],
        {name: model.predict(test) for name, model in models.items()},
        y_validation=y[split.validation],
        validation_probabilities={name: model.predict(validation) for name, model in models.items()},
        draws=200,
        seed=seed,
    )
    run.write_json("curves.json", found.curves)
    run.write_json("comparison.json", found.comparison)
    _predictions(
        run, split.test, y[split.test], {name: model.predict(test) for name, model in models.items()}
    )
    _fairness(run, test, y[split.test], models["model"].predict(test), found.thresholds["model"], seed)
    group = reference_group(train, y[split.train], 16, seed)
    explain_models(
        models,
        group[features],
        test[features].iloc[:80],
        split.test[:80],
        features,
        run.explanations,
        lambda *args, **kwargs: None,
        lambda: False,
        seed,
        plan=_reason_plan(train[features], group[features], found.thresholds["model"]),
    )
    readable = fit_surrogates(
        train[features],
        models["model"].predict(train),
        test[features],
        models["model"].predict(test),
        list(spec.feature_columns),
        found.thresholds["model"],
        seed,
    )
    run.write_json("explanations/surrogates.json", readable)
    run.write_json("metrics.json", _metrics(spec, split, y, found.metrics, time.monotonic() - began))
    run.model.mkdir()
    schema = {"columns": [vars(column) for column in spec.feature_columns]}
    run.write_json("model/schema.json", schema | {"threshold": found.thresholds["model"]})
    job = stand_in_job(run, spec, frame, models)
    job.write_parquet("validation.parquet", _scored(y[split.validation], models, validation))
    measure_calibration(job, Assessment())
    measure_decisions(job, Assessment())
    write_card(run)
    now = time.time()
    run.write_status(state="finished", started=now - 1, ended=now, device="cpu")
    return run


def stand_in_job(run: RunFolder, spec: Spec, frame: pd.DataFrame, models: dict[str, Any]) -> Job:
    """The run as a job that comes after it sees it, with models that are not stored."""
    job = Job(run, spec, None, None, {"device": "cpu"}, frame, split_rows(spec, frame, None))  # type: ignore[arg-type]
    baselines = {name: model for name, model in models.items() if name != "model"}
    # In the place of what is read from the folder.
    job.__dict__ |= {"models": models, "baselines": baselines}
    return job


def _scored(y: np.ndarray, models: dict[str, Any], frame: pd.DataFrame) -> pd.DataFrame:
    names = {"model": "probability"}
    found = {names.get(name, name): model.predict(frame) for name, model in models.items()}
    return pd.DataFrame({"target": y.astype(np.int8), **found})


def _reason_plan(train: pd.DataFrame, group: pd.DataFrame, threshold: float) -> ReasonPlan:
    groups = [group, train[100:116], train[200:216]]
    return ReasonPlan(threshold, groups, propose(list(train), train), ReasonLibrary())


def write_scoring(run: RunFolder, jobs: Path, job_id: str, rows: int = 200, seed: int = 5) -> RunFolder:
    """A finished scoring of new customers with the run of :func:`write_run`, by a model fitted here."""
    spec = run.spec()
    assert isinstance(spec, Spec)
    train, new = portfolio(1200, 0), portfolio(rows, seed).drop(columns=TARGET)
    new["income"] *= 1.8
    features = list(spec.features)
    numeric = [column.name for column in spec.feature_columns if column.kind == "numeric"]
    words = [name for name in features if name not in numeric]
    model = Fitted(_pipeline(numeric, words, rich=True).fit(train[features], train[TARGET]), features)
    known, probability = model.predict(train), model.predict(new)
    edges = band_edges(known)
    bands = observed_bands(edges, train[TARGET].to_numpy(), known, train[TARGET].to_numpy(), known)
    names = band_names(probability, edges)
    encoder = TableEncoder.fit(train, list(spec.feature_columns))
    shares = profile(encoder, encoder.transform(train))
    job = RunFolder(jobs / job_id).create(
        JobSpec("score", {"run": str(run.path.resolve()), "table": "new.csv", "name": "new.csv"})
    )
    scored = new.assign(probability=probability, band=names)
    for number in range(1, 5):
        scored[f"reason_{number}"] = pd.Series([None] * rows, dtype="str")
    scored.to_parquet(job.path / "scored.parquet", index=False)
    result = {
        "rows": rows,
        "explained_rows": 0,
        "bands": [{**band, "rows": int((names == band["name"]).sum())} for band in bands],
        "threshold": float(edges[1]),
        "ignored": ["region", "sex"],
        "drift": drift(shares, encoder, encoder.transform(new)),
    }
    job.write_json("result.json", result)
    job.write_status(state="finished", job="score", ended=time.time())
    return job


def _spec(frame: pd.DataFrame, seed: int) -> Spec:
    roles = {TARGET: "target", "region": "protected", "sex": "protected"}
    columns = tuple(
        ColumnSpec(
            name,
            roles.get(name, "feature"),
            "numeric" if pd.api.types.is_numeric_dtype(frame[name]) else "category",
        )
        for name in frame.columns
    )
    table = hashlib.sha256(frame.to_csv().encode()).hexdigest()
    return Spec(
        table=table,
        table_name="customers.csv",
        target=TARGET,
        positive="1",
        columns=columns,
        backbone="stand-in",
        freezing_depth=0,
        seed=seed,
        explained_rows=80,
    )


def _predictions(run: RunFolder, row: np.ndarray, y: np.ndarray, found: dict[str, np.ndarray]) -> None:
    frame = pd.DataFrame({"row": row, "target": pd.array(y, dtype="Int8"), "probability": found["model"]})
    for name in found:
        if name != "model":
            frame[name] = found[name]
    frame.to_parquet(run.predictions, index=False)


def _fairness(
    run: RunFolder, test: pd.DataFrame, y: np.ndarray, p: np.ndarray, threshold: float, seed: int
) -> None:
    labels = slice_labels(test, ["region", "sex"])
    result = slice_report(y, p, threshold, labels, draws=200, seed=seed, crossings=None)
    for entry in result["columns"]:
        entry |= {"in_model": False, "numeric": False, "bins": None, "note": None}
    run.write_json("fairness.json", result)


def _metrics(
    spec: Spec, split: Any, y: np.ndarray, measured: dict[str, Any], seconds: float
) -> dict[str, Any]:
    return {
        "task": "binary",
        "positive": spec.positive,
        "rows": {
            "train": len(split.train),
            "validation": len(split.validation),
            "test": len(split.test),
        },
        "positive_rate": float(y.mean()),
        "backbone": spec.backbone,
        "choice": "fine-tuned",
        "fell_back": False,
        "freezing_depth": 0,
        "stages": 1,
        "trainable_parameters": 21,
        "total_parameters": 21,
        "device": "cpu",
        "seconds": {"train": round(seconds, 2)},
        "versions": {"pandas": pd.__version__},
        **measured,
        "choice_reason": "",
        "tried": [],
    }
