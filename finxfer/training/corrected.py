"""A source model corrected by a few numbers that the target's own rows decide.

The source's log-odds s(x) stay as they are: the corrected log-odds are a + b s(x), the source *recalibrated*
(Platt 1999, with a normal prior that keeps b near 1), or a + b s(x) + w.x, where w is a ridge logistic
regression on the target's columns. Learning the difference to a source hypothesis with a penalty on its size
is biased regularisation (Kuzborskij & Orabona 2013, "Stability and hypothesis transfer learning"): with few
labels w stays small and the source decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from finxfer.backbones.protocol import FittedModel, TrainingData
from finxfer.backbones.weights import checksums
from finxfer.data.encoding import TableEncoder
from finxfer.errors import Damaged
from finxfer.records.files import read_json, write_json
from finxfer.training.guard import log_odds_of
from finxfer.training.logistic import LogisticModel, design, location

KIND = "corrected"
BASE, CORRECTION = "base", "correction"
SLOPE_PRECISION = 10.0
"""Of the normal prior of b around 1: a standard deviation of about .3."""
LEAST_ROWS, MOST_CATEGORIES = 2, 30
MOST_STEPS = 200


class CorrectedModel:
    """b times the base's log-odds plus those of the correction, which holds a and w."""

    kind = KIND

    def __init__(self, base: FittedModel, slope: float, correction: LogisticModel) -> None:
        self.base, self.slope, self.correction = base, slope, correction

    @property
    def features(self) -> list[str]:
        """The columns that base or correction need, each once."""
        return list(dict.fromkeys([*self.base.features, *self.correction.features]))

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        log_odds = self.slope * log_odds_of(self.base.predict(frame)) + self.correction.raw(frame)
        return 1.0 / (1.0 + np.exp(-log_odds))

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.base.save(folder / BASE)
        self.correction.save(folder / CORRECTION)
        content = {
            "kind": self.kind,
            "features": self.features,
            "base": self.base.kind,
            "slope": self.slope,
            "sha256": checksums(folder, f"{BASE}/model.json", f"{CORRECTION}/model.json"),
        }
        write_json(folder / "model.json", content)


def read_slope(folder: Path) -> float:
    """b of a stored model. Raises Damaged where model.json is not what `save` wrote."""
    content = read_json(folder / "model.json")
    try:
        return float(content["slope"])
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged("The corrected model cannot be read.", f"{error!r}.", "Start the run again.") from None


@dataclass(frozen=True)
class Correction:
    """a, b and w (columns of the design,)."""

    intercept: float
    slope: float
    weights: np.ndarray

    def __call__(self, log_odds: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        """Corrected log-odds (N,) of the source's (N,) and the design (N, columns)."""
        return np.asarray(self.intercept + self.slope * log_odds + matrix @ self.weights)


def correct(log_odds: np.ndarray, matrix: np.ndarray, y: np.ndarray, penalty: float) -> Correction:
    """The most probable a, b and w.

    Minimises the summed log loss + SLOPE_PRECISION / 2 (b - 1)² + penalty / 2 |w|². log_odds: of the source
    (N,). matrix: (N, columns). y: 0/1 (N,). An infinite penalty keeps w at 0: a mere recalibration.
    """
    from scipy.optimize import minimize

    y = np.asarray(y, dtype=np.float64)
    if np.isinf(penalty):
        found = correct(log_odds, matrix[:, :0], y, 0.0)
        return Correction(found.intercept, found.slope, np.zeros(matrix.shape[1]))

    def cost(numbers: np.ndarray) -> tuple[float, np.ndarray]:
        slope, weights = numbers[1], numbers[2:]
        found = numbers[0] + slope * log_odds + matrix @ weights
        wrong = 1.0 / (1.0 + np.exp(-found)) - y
        loss = np.logaddexp(0.0, found).sum() - y @ found
        loss += SLOPE_PRECISION / 2 * (slope - 1) ** 2 + penalty / 2 * (weights @ weights)
        down = [wrong.sum(), wrong @ log_odds + SLOPE_PRECISION * (slope - 1)]
        return float(loss), np.concatenate((down, matrix.T @ wrong + penalty * weights))

    start = np.concatenate(([0.0, 1.0], np.zeros(matrix.shape[1])))
    best = minimize(cost, start, jac=True, method="L-BFGS-B", options={"maxiter": MOST_STEPS}).x
    return Correction(float(best[0]), float(best[1]), best[2:])


@dataclass(frozen=True)
class Columns:
    """How the correction reads a table: the encoding and the scale of the target's training rows."""

    table: TableEncoder
    centre: np.ndarray
    spread: np.ndarray

    @classmethod
    def of(cls, data: TrainingData) -> Columns:
        table = TableEncoder.fit(
            data.frame_train, data.columns, min_category_rows=LEAST_ROWS, max_categories=MOST_CATEGORIES
        )
        return cls(table, *location(table.transform(data.frame_train).numeric))

    def matrix(self, frame: pd.DataFrame) -> np.ndarray:
        """(N, columns) as `logistic.design` makes it."""
        return design(self.table.transform(frame), self.table, self.centre, self.spread)

    def model(self, base: FittedModel, found: Correction, logit_shift: float) -> CorrectedModel:
        """What scores customers; logit_shift is added to its log-odds."""
        model = LogisticModel(
            self.table, self.centre, self.spread, found.weights, found.intercept + logit_shift
        )
        return CorrectedModel(base, found.slope, model)
