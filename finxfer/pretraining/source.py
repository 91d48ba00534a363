"""A backbone from source tables: the bank's own large book, or the sample one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from finxfer.backbones.boosted import BoostedBackbone
from finxfer.backbones.card import BOOSTED, Card, write_card
from finxfer.backbones.catalogue import COMMON_CATEGORY_ROWS
from finxfer.backbones.families import (
    KEPT_CATEGORY_ROWS,
    LEAST_CLASS_ROWS,
    SELF_SUPERVISED,
    tabular_family,
)
from finxfer.backbones.protocol import Report, ShouldStop, TrainingData
from finxfer.backbones.tabular import TabularBackbone
from finxfer.data.splits import binary_target, stratified_split
from finxfer.errors import BadInput
from finxfer.pretraining.boosted import Growing, grow
from finxfer.pretraining.denoising import denoise
from finxfer.pretraining.importance import column_importance
from finxfer.records.spec import ColumnSpec
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.loop import TrainingRun, train

VALIDATION_SHARE = 0.15
MOST_VALIDATION = 20_000
"""Rows that decide when a training ends: more would take longer than the steps between two looks at them."""
MASKED_SHARE = 0.05
"""Share of cells hidden in training, so that a target may lack columns."""
SETTINGS = TrainingSettings(epochs=60, patience=6)


@dataclass(frozen=True)
class Source:
    """What a backbone is to learn from.

    frame: the rows; those without a target serve the self-supervised part alone. columns: the features.
    target, positive: None where there are no labels (family autoencoder only). unlabelled: more rows without
    labels, of any of the columns, for the self-supervised part.
    """

    frame: pd.DataFrame
    columns: Sequence[ColumnSpec]
    target: str | None = None
    positive: str | None = None
    unlabelled: pd.DataFrame | None = None


@dataclass(frozen=True)
class Making:
    """How it is made: arguments of `pretrain_source` that its helpers share.

    config: sizes of the network where they are not the usual. keep_rare: names of categories of 5 to 49 rows
    are kept too.
    """

    family: str
    seed: int
    device: str
    report: Report
    should_stop: ShouldStop
    settings: TrainingSettings = SETTINGS
    config: dict[str, Any] | None = None
    keep_rare: bool = False

    @property
    def least_category_rows(self) -> int:
        """Names of categories of fewer rows are withheld."""
        return KEPT_CATEGORY_ROWS if self.keep_rare else COMMON_CATEGORY_ROWS


def pretrain_source(source: Source, making: Making, out: Path, about: dict[str, Any] | None = None) -> Card:
    """Trains a network or trees on the source and writes a backbone into `out`, whose name becomes its id.

    The family autoencoder learns from all rows without labels first, and then, where there is a target, from
    the labels; the other families learn from the labels. about: fields of the card to set (name, licence,
    period, ...). The backbone holds no customer row: rounded quantile edges clipped to 0.1–99.9%, and names
    of categories of at least 50 rows. Raises BadInput where a class has fewer than 100 rows, there is no
    feature or the family needs a target; Cancelled on request.
    """
    making.report("message", text=f"Learning from {len(source.frame):,} rows.")
    self_supervised = making.family == SELF_SUPERVISED
    if not self_supervised and source.target is None:
        raise BadInput(
            f"The family {making.family} needs a target to learn.",
            "No target is given; only the family autoencoder learns without.",
            "Add --target COLUMN, or choose --family autoencoder.",
        )
    data = None if source.target is None else _labelled(source, making.seed)
    backbone: TabularBackbone | BoostedBackbone
    learned: list[str] = []
    count = 0
    if making.family == BOOSTED and data is not None:
        backbone, measured = grow(data, _growing(making))
    else:
        backbone, measured, learned, count = _network(source, data, making)
    if data is not None:
        y = np.concatenate([data.y_train, data.y_validation])
        measured["source_positive_rate"] = round(float(y.mean()), 4)
        count = max(count, len(y))
        learned.append(f"{len(y):,} labelled rows")
    card = _card(backbone, source, making, out, " and then ".join(learned), about or {})
    return write_card(replace(card, rows=count, measured=measured), out)


def _growing(making: Making) -> Growing:
    return Growing(
        making.seed, making.least_category_rows, making.report, making.should_stop, making.config or {}
    )


def _network(
    source: Source, data: TrainingData | None, making: Making
) -> tuple[TabularBackbone, dict[str, Any], list[str], int]:
    """The network trained, what was measured, what it learned from without labels, and how many such rows."""
    self_supervised = making.family == SELF_SUPERVISED
    rows = _all_rows(source) if self_supervised or data is None else data.frame_train
    backbone = tabular_family(making.family).from_scratch(
        rows, source.columns, making.seed, making.config, making.least_category_rows, keep_counts=False
    )
    measured: dict[str, Any] = {}
    learned, count = [], 0
    if self_supervised:
        report, stop = making.report, making.should_stop
        found = denoise(backbone, rows, making.settings, making.seed, making.device, report, stop)
        measured["hidden_cells_explained"] = round(found.explained, 4)
        count = found.rows
        learned.append(f"{count:,} rows without their labels")
        backbone.fresh = False
    if data is not None:
        measured |= _supervised(backbone, data, making)
        importance = column_importance(backbone, data.frame_validation, data.y_validation)
        backbone.card = replace(backbone.card, importance=importance)
    return backbone, measured, learned, count


def _labelled(source: Source, seed: int) -> TrainingData:
    assert source.target is not None and source.positive is not None
    frame, target, positive = source.frame, source.target, source.positive
    y = binary_target(frame[target], positive)
    positives, negatives = int((y == 1).sum()), int((y == 0).sum())
    if min(positives, negatives) < LEAST_CLASS_ROWS:
        raise BadInput(
            "The source table is too small to learn a backbone from.",
            f"It has {positives:,} positive and {negatives:,} other rows; each needs {LEAST_CLASS_ROWS}.",
            "Give a larger table, or choose the positive value anew.",
        )
    share = min(VALIDATION_SHARE, MOST_VALIDATION / max(positives + negatives, 1))
    split = stratified_split(y, 0.0, share, seed)
    kept, held = split.train, split.validation
    return TrainingData(
        frame.iloc[kept], y[kept], frame.iloc[held], y[held], list(source.columns), positive, target
    )


def _all_rows(source: Source) -> pd.DataFrame:
    names = [column.name for column in source.columns]
    frames = [source.frame[names]]
    if source.unlabelled is not None:
        frames.append(source.unlabelled.reindex(columns=names))
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


def _supervised(backbone: TabularBackbone, data: TrainingData, making: Making) -> dict[str, Any]:
    learner = backbone.learner(data, making.settings, making.seed, making.device, MASKED_SHARE)
    run = TrainingRun(
        0, making.settings, making.seed, making.device, None, making.report, making.should_stop, "source"
    )
    trained = train(learner, run)
    return {"source_validation_auc": round(trained.best.auc, 4)}


def _card(
    backbone: TabularBackbone | BoostedBackbone,
    source: Source,
    making: Making,
    out: Path,
    learned: str,
    about: dict[str, Any],
) -> Card:
    """Writes the weights and describes them."""
    sha256, size = backbone.save(out)
    task = f"{source.target} = {source.positive}"
    period = about.get("period")
    dates = f", {period[0]} to {period[1]}" if period else ""
    command = f"python -m finxfer pretrain source … --family {making.family} --seed {making.seed}"
    card = replace(
        backbone.card,
        id=out.name,
        name=f"{backbone.title} of {out.name}",
        description=(
            f"Learned {task} from a source table; for tables with its columns."
            if source.target
            else "Learned what rows of a source table look like, without labels; for tables with its columns."
        ),
        trained_on=f"{learned} of {len(source.columns)} columns of a source table{dates}.",
        licence="As the source table's.",
        made_by=command + (f" --target {source.target}" if source.target else ""),
        created=datetime.now(UTC).strftime("%Y-%m-%d"),
        sha256=sha256,
        bytes=size,
        target=source.target,
        positive=source.positive,
    )
    return replace(card, **about)
