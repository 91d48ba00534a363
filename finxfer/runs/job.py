"""What the stages of a fine-tuning share."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from finxfer.backbones.protocol import FittedModel, TrainingData
from finxfer.records.files import write_atomically
from finxfer.records.folder import RunFolder
from finxfer.records.spec import Spec
from finxfer.runs.reporter import Reporter
from finxfer.runs.rows import Rows, training_data
from finxfer.runs.stages import StageBook
from finxfer.training.choosing import BASELINES, chooses
from finxfer.training.fitted import load_fitted


@dataclass
class Job:
    """What the stages of a fine-tuning share."""

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
        return training_data(self.spec, self.rows)

    @functools.cached_property
    def baselines(self) -> dict[str, FittedModel]:
        """The baselines as stored."""
        parent = self.folder.model / "baselines"
        return {
            name: load_fitted(parent / name, self.device) for name in BASELINES if (parent / name).is_dir()
        }

    @functools.cached_property
    def models(self) -> dict[str, FittedModel]:
        """The run's model and the baselines as stored."""
        return {"model": load_fitted(self.folder.model, self.device), **self.baselines}

    @property
    def chooses(self) -> bool:
        """Whether finxfer has a say in backbone or depth."""
        return chooses(self.spec.backbone, self.spec.freezing_depth)

    @property
    def candidates(self) -> Path:
        """Where the parts of the choice are kept: baselines and backbones are judged on the same folds."""
        return self.folder.checkpoints / ("choice" if self.chooses else "baselines")

    @property
    def without_pretrained(self) -> Path:
        """Where the choice among the baselines alone is kept, in a run in which finxfer chose."""
        return self.folder.checkpoints / "without_pretrained"

    def write_parquet(self, name: str, frame: pd.DataFrame) -> None:
        """Write a table into the run's folder."""
        write_atomically(self.folder.path / name, lambda path: frame.to_parquet(path, index=False))
