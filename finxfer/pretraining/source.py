"""A TabM trained on a source table: the bank's own large book, or the sample one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from finxfer.backbones.card import Card, write_card
from finxfer.backbones.catalogue import COMMON_CATEGORY_ROWS
from finxfer.backbones.protocol import Report, ShouldStop, TrainingData
from finxfer.backbones.tabm import TabMBackbone
from finxfer.data.roles import command_line_columns
from finxfer.data.samples import TARGET, find_sample, source_portfolio
from finxfer.data.splits import binary_target, stratified_split
from finxfer.errors import BadInput
from finxfer.records.spec import ColumnSpec, TrainingSettings
from finxfer.training.loop import TrainingRun, train

LEAST_CLASS_ROWS = 100
VALIDATION_SHARE = 0.15
MASKED_SHARE = 0.05
"""Share of cells hidden in training, so that a target may lack columns."""
SETTINGS = TrainingSettings(epochs=60, patience=6)


def pretrain_source_tabm(
    frame: pd.DataFrame,
    columns: Sequence[ColumnSpec],
    target: str,
    positive: str,
    out: Path,
    seed: int,
    device: str,
    report: Report,
    should_stop: ShouldStop,
    settings: TrainingSettings = SETTINGS,
    about: dict[str, Any] | None = None,
    config: dict[str, Any] | None = None,
) -> Card:
    """Trains a TabM on `frame` and writes it as a backbone into `out`, whose name becomes its id.

    columns: the features. Rows without a target are left out. about: fields of the card to set
    (name, licence, synthetic, ...). config: sizes of the network where they are not the usual. The
    backbone holds no customer row: rounded quantile edges clipped to 0.1–99.9%, and names of
    categories of at least 50 rows. Raises BadInput where a class has fewer than 100 rows or there
    is no feature, Cancelled on request.
    """
    y = binary_target(frame[target], positive)
    positives, negatives = int((y == 1).sum()), int((y == 0).sum())
    if min(positives, negatives) < LEAST_CLASS_ROWS:
        raise BadInput(
            "The source table is too small to learn a backbone from.",
            f"It has {positives:,} positive and {negatives:,} other rows; each needs {LEAST_CLASS_ROWS}.",
            "Give a larger table, or choose the positive value anew.",
        )
    split = stratified_split(y, 0.0, VALIDATION_SHARE, seed)
    kept, held = split.train, split.validation
    data = TrainingData(frame.iloc[kept], y[kept], frame.iloc[held], y[held], list(columns), positive, target)
    backbone = TabMBackbone.from_scratch(
        data.frame_train, columns, seed, config, min_category_rows=COMMON_CATEGORY_ROWS, keep_counts=False
    )
    learner = backbone.learner(data, settings, seed, device, MASKED_SHARE)
    trained = train(learner, TrainingRun(0, settings, seed, device, None, report, should_stop, "source"))
    sha256, size = backbone.save(out)
    card = replace(
        backbone.card,
        id=out.name,
        name=f"TabM of {out.name}",
        description=f"Learned {target} = {positive} from a source table; for tables with its columns.",
        trained_on=f"{len(kept) + len(held):,} labelled rows of {len(columns)} columns of a source table.",
        licence="As the source table's.",
        made_by=f"python -m finxfer pretrain source … --family tabm --target {target} --seed {seed}",
        created=datetime.now(UTC).strftime("%Y-%m-%d"),
        sha256=sha256,
        bytes=size,
        target=target,
        positive=positive,
        measured={
            "source_validation_auc": round(trained.best.auc, 4),
            "source_positive_rate": round(float(np.mean(y[y >= 0])), 4),
        },
    )
    return write_card(replace(card, **(about or {})), out)


def _quietly(*_: object, **__: object) -> None:
    """A report callback for nobody."""


def pretrain_card_default(out: Path, report: Report = _quietly, rows: int = 20_000, seed: int = 0) -> Card:
    """The shipped backbone: a TabM of the sample source portfolio (synthetic)."""
    frame = source_portfolio(rows, seed)
    sample = find_sample("card-default-source")
    columns, _ = command_line_columns(frame, TARGET, drop=("observed_on",), protected=sample.protected)
    features = [column for column in columns if column.role == "feature"]
    about = {
        "name": "Card default (sample book)",
        "description": "A TabM that learned card defaults from the sample's established book (synthetic).",
        "trained_on": f"{rows:,} rows of the sample source portfolio that finxfer generates, seed {seed}.",
        "licence": "MIT",
        "made_by": 'python -c "from pathlib import Path; from finxfer.pretraining.source import '
        "pretrain_card_default as make; make(Path('assets/backbones/tabm-card-default'))\"",
        "synthetic": True,
    }
    return pretrain_source_tabm(
        frame, features, TARGET, "1", out, seed, "cpu", report, lambda: False, about=about
    )
