"""Stability by period and a learning curve for a run of :mod:`tests.run_fixture`, by the real functions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from finxfer.data.encoding import TableEncoder
from finxfer.evaluation.learning_curve import Cells, differences, last_step, points, savings
from finxfer.evaluation.learning_curve_wording import curve_sentence, curve_sentences
from finxfer.evaluation.wording import MODEL_TITLES
from finxfer.records.assessment import Assessment
from finxfer.records.folder import RunFolder
from finxfer.records.spec import ColumnSpec, Spec
from finxfer.runs.drift import PROFILE, profile
from finxfer.runs.reporter import Reporter
from finxfer.runs.stability import measure_stability
from tests.run_fixture import portfolio, stand_in_job

TIME = "opened *on*"


def write_stability(run: RunFolder, rows: int, seed: int = 0, dated: bool = True) -> None:
    """stability.json of a run of so many rows, by quarters where its customers are ``dated``."""
    spec = run.spec()
    assert isinstance(spec, Spec)
    frame = portfolio(rows, seed)
    if dated:
        frame[TIME] = pd.date_range("2023-01-01", "2024-06-30", periods=rows).to_numpy()
        spec = replace(spec, columns=(*spec.columns, ColumnSpec(TIME, "time", "date")))
    job = stand_in_job(run, spec, frame, {})
    job.report = Reporter(run)
    encoder = TableEncoder.fit(job.rows.train, list(spec.feature_columns))
    shares = profile(encoder, encoder.transform(job.rows.train))
    run.write_json(PROFILE, {"encoder": encoder.to_json(), "shares": shares})
    measure_stability(job, Assessment())


def write_curve(run: RunFolder) -> None:
    """learning_curve.json from scores that grow stronger with the labels."""
    draw = np.random.default_rng(0)
    y = (draw.random(900) < 0.3).astype(np.int64)
    common = draw.normal(size=900)
    sizes, strengths = (100, 300, 840), {"model": (0.9, 1.1, 1.2), "lightgbm": (0.4, 0.8, 1.1)}
    strengths["logistic_regression"] = (0.6, 0.8, 0.9)
    scores = {
        (name, size): common + 0.4 * draw.normal(size=(3, 900)) + strength * y
        for name, each in strengths.items()
        for size, strength in zip(sizes, each, strict=True)
    }
    cells = Cells.of(y, scores)
    titles = {**MODEL_TITLES, "model": "stand-in, depth 0"}
    curves = {name: [one | {"seconds": 1.0} for one in points(cells, name)] for name in strengths}
    content = {
        "complete": True, "metric": "gini", "pretrained": True, "best_baseline": "lightgbm",
        "sizes": list(sizes), "labelled_rows": 840, "test_rows": len(y), "last_step": last_step(cells),
        "models": [
            {"name": name, "title": titles[name], "points": curve} for name, curve in curves.items()
        ],
        "differences": [one for name in list(strengths)[1:] for one in differences(cells, name)],
        "savings": savings(cells, "lightgbm"),
    }  # fmt: skip
    said = {"sentence": curve_sentence(content, str), "sentences": curve_sentences(content, str)}
    run.write_json("learning_curve.json", content | said)
