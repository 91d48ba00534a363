"""``proxies.json``: how well each stage's representation tells the protected attributes, before and after."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import find_card
from finxfer.backbones.families import read_as_is
from finxfer.backbones.incontext import InContextModel
from finxfer.backbones.protocol import FittedModel
from finxfer.data.encoding import TableEncoder
from finxfer.errors import BadInput, Damaged
from finxfer.fairness.probe import COMPONENTS, FOLDS, Attribute, Probed, change, probe_sentence
from finxfer.records.assessment import Assessment
from finxfer.records.home import home
from finxfer.runs.job import Job
from finxfer.runs.slicing import slice_columns
from finxfer.settings import integer
from finxfer.training.representations import StageView, main_network, stage_views, with_weights_of

FILE = "proxies.json"
MOST_ROWS = 2000
SCORE = "score"


def measure_proxies(job: Job, assessment: Assessment) -> None:
    """Probe at most 2,000 test rows: their features, every stage of the backbone in the model, the score."""
    columns = slice_columns(job.spec, job.table, job.rows.test)
    if not columns:
        job.folder.write_json(FILE, {"rows": 0, "columns": []})
        return
    rows = np.arange(len(job.rows.test))
    if len(rows) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(job.spec.seed).choice(rows, MOST_ROWS, replace=False))
    frame = job.rows.test.iloc[rows]
    labels = pd.read_parquet(job.folder.slices, columns=columns).iloc[rows]
    model = job.models["model"]
    network = main_network(model)
    card = _card(network)
    after = stage_views(network, frame) if network is not None else []
    start, note = _as_it_came(job, network, card)
    before = stage_views(start, frame) if start is not None else []
    raw_of = job.data.output.raw_of
    scores = {"after": raw_of(model.predict(frame))}
    if start is not None and not _same(before, after):
        scores["before"] = raw_of(start.predict(frame))
    else:
        # Nothing of the backbone was trained: there is no before.
        before = []
    encoded = TableEncoder.fit(frame, list(job.spec.feature_columns)).transform(frame)
    raw = np.concatenate([encoded.numeric, encoded.codes], axis=1).astype(np.float64)
    found = []
    for number, column in enumerate(columns):
        job.report.check()
        job.report(
            "message", text=f"How well the stages tell a protected column: {number + 1} of {len(columns)}"
        )
        attribute = Attribute(labels[column].to_numpy(), integer("bootstrap_draws"), job.spec.seed)
        entry = {
            "column": column,
            "in_model": column in job.features,
            "values": attribute.values,
            "left_out": attribute.left_out,
            **_probed(attribute, raw, before, after, scores),
        }
        found.append({**entry, "sentence": probe_sentence(entry)})
    job.folder.write_json(
        FILE,
        {
            "rows": len(rows),
            "folds": FOLDS,
            "components": COMPONENTS,
            "backbone": card.id if card is not None else None,
            "trained": bool(before),
            "note": note,
            "columns": found,
        },
    )


def _card(network: FittedModel | None) -> Card | None:
    backbone = getattr(network, "backbone", None)
    return None if backbone is None else backbone.card


def _as_it_came(job: Job, network: FittedModel | None, card: Card | None) -> tuple[FittedModel | None, str]:
    """The backbone as it came, on the table of the run, and why there is none where one is in the model."""
    if network is None or card is None:
        return None, ""
    name = card.id if job.spec.backbone == "auto" else job.spec.backbone
    try:
        known = find_card(name, home())
        if isinstance(network, InContextModel):
            # The same contexts: what differs is what was trained.
            return with_weights_of(network, known), ""
        return read_as_is(known, job.data, job.spec.training, job.spec.seed, job.device).model(0.0), ""
    except (BadInput, Damaged) as error:
        return None, f"Before fine-tuning could not be looked at. {error.what}"


def _same(before: list[StageView], after: list[StageView]) -> bool:
    return all(np.array_equal(then.features, now.features) for then, now in zip(before, after, strict=True))


def _probed(
    attribute: Attribute,
    raw: np.ndarray,
    before: list[StageView],
    after: list[StageView],
    scores: dict[str, np.ndarray],
) -> dict[str, Any]:
    if not attribute.can_be_probed:
        return {"features": None, "stages": [], SCORE: None}
    then = {view.name: attribute.told_by(view.features) for view in before}
    known = {name: attribute.told_by(score.reshape(len(score), -1)) for name, score in scores.items()}
    return {
        "features": {"trees": attribute.told_by_trees(raw).to_json()},
        "stages": [
            {"name": view.name, "title": view.title}
            | _pair(then.get(view.name), attribute.told_by(view.features))
            for view in after
        ],
        SCORE: _pair(known.get("before"), known["after"]),
    }


def _pair(before: Probed | None, after: Probed) -> dict[str, Any]:
    return {
        "before": None if before is None else before.to_json(),
        "after": after.to_json(),
        "change": None if before is None else change(before, after),
    }
