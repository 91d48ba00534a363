"""A model whose probabilities go through a monotone function that rows kept out of training chose."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from finxfer.backbones.protocol import FittedModel
from finxfer.backbones.weights import checksums
from finxfer.errors import Damaged
from finxfer.evaluation.recalibration import Recalibration
from finxfer.records.files import read_json, write_json

KIND = "recalibrated"
BASE = "base"


class RecalibratedModel:
    """The function of the base's probability."""

    kind = KIND

    def __init__(self, base: FittedModel, function: Recalibration) -> None:
        self.base, self.function = base, function

    @property
    def features(self) -> list[str]:
        """The columns that the base needs."""
        return list(self.base.features)

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return self.function(np.asarray(self.base.predict(frame), dtype=np.float64))

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.base.save(folder / BASE)
        content = {
            "kind": self.kind,
            "features": self.features,
            "base": self.base.kind,
            "function": self.function.to_json(),
            "sha256": checksums(folder, f"{BASE}/model.json"),
        }
        write_json(folder / "model.json", content)


def read_function(folder: Path) -> Recalibration:
    """The function of a stored model. Raises Damaged where model.json is not what `save` wrote."""
    content = read_json(folder / "model.json")
    try:
        function = content["function"]
        x, y = (tuple(float(value) for value in function[key]) for key in ("x", "y"))
        if len(x) != len(y) or not x:
            raise ValueError(f"{len(x)} and {len(y)} numbers")
        return Recalibration(str(function["method"]), x, y)
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged(
            "The recalibrated model is unreadable.", f"{error!r}.", "Start the run again."
        ) from None
