"""Models that the focal loss trained, their log-odds bent back to probabilities; and the loss for trees."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from finxfer.backbones.imbalance import focal_loss, focal_slopes
from finxfer.backbones.outputs import BINARY_OUTPUT, Output, Shift, read_output, read_shift, stored_output
from finxfer.backbones.protocol import FittedModel, Learner
from finxfer.backbones.weights import checksums
from finxfer.errors import Damaged
from finxfer.records.files import read_json, write_json
from finxfer.training.guard import bent

KIND = "focal"
BASE = "base"
STEPS = 500


class FocalModel:
    """The base's raw output, bent as after the focal loss, and shifted."""

    kind = KIND

    def __init__(
        self, base: FittedModel, gamma: float, logit_shift: Shift = 0.0, output: Output = BINARY_OUTPUT
    ) -> None:
        self.base, self.gamma, self.logit_shift, self.output = base, gamma, logit_shift, output

    @property
    def features(self) -> list[str]:
        """The columns that the base needs."""
        return list(self.base.features)

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return self.output.predict(self.raw(frame))

    def raw(self, frame: pd.DataFrame) -> np.ndarray:
        """Log-odds of the positive class (N,), or log-probabilities (N, C)."""
        found = bent(self.output, self.output.raw_of(self.base.predict(frame)), self.gamma)
        return np.asarray(found + self.logit_shift)

    def shifted(self, shift: Shift) -> FocalModel:
        """The same model with `shift` added to its raw output."""
        total = np.asarray(self.logit_shift) + shift
        return FocalModel(self.base, self.gamma, read_shift(total.tolist()), self.output)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.base.save(folder / BASE)
        content = {
            "kind": self.kind,
            "features": self.features,
            "base": self.base.kind,
            "gamma": self.gamma,
            "logit_shift": self.logit_shift,
            "sha256": checksums(folder, f"{BASE}/model.json"),
            **stored_output(self.output),
        }
        write_json(folder / "model.json", content)


def stored_focal(folder: Path, base: FittedModel) -> FocalModel:
    """The stored model on its base. Raises Damaged where model.json is not what `save` wrote."""
    content = read_json(folder / "model.json")
    try:
        shift = read_shift(content["logit_shift"])
        return FocalModel(base, float(content["gamma"]), shift, read_output(content))
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged("The model cannot be read.", f"{error!r}.", "Start the run again.") from None


def corrected(learner: Learner, logit_shift: Shift, gamma: float = 0.0) -> FittedModel:
    """What a learner is now, its raw output bent (unless gamma is 0) and shifted."""
    if not gamma:
        return learner.model(logit_shift)
    return FocalModel(learner.model(0.0), gamma, logit_shift, learner.output)


def tree_objective(
    y: np.ndarray, weights: np.ndarray, gamma: float
) -> Callable[[np.ndarray, Any], tuple[np.ndarray, np.ndarray]]:
    """The focal loss as LightGBM asks for it: slope and curvature of every row by its raw score.

    Where the curvature is below that of the log loss, weighed as the focal loss weighs it, the latter stands
    in: the loss is not convex, and a leaf needs a curvature above 0.

    y: 0/1 (N,). weights: (N,).
    """
    sign = np.where(np.asarray(y) > 0, 1.0, -1.0)

    def slopes(raw: np.ndarray, _: Any) -> tuple[np.ndarray, np.ndarray]:
        own = sign * np.asarray(raw, dtype=np.float64)
        first, second = focal_slopes(own, gamma)
        q = 1 / (1 + np.exp(-own))
        least = (1 - q) ** (1 + gamma) * q
        return sign * first * weights, np.maximum(second, np.maximum(least, 1e-16)) * weights

    return slopes


def fit_line(
    matrix: np.ndarray, y: np.ndarray, weights: np.ndarray, gamma: float, strength: float, start: np.ndarray
) -> np.ndarray:
    """Coefficients and, last, the intercept of a logistic regression under the focal loss, (columns + 1,).

    Minimises strength x sum of weight x focal loss + |coefficients|² / 2, scikit-learn's cost with another
    loss, by L-BFGS from `start`. The cost is not convex: from the solution of the log loss it goes down to
    the minimum nearest to it. matrix: (N, columns). y: 0/1 (N,).
    """
    from scipy.optimize import minimize

    sign = np.where(np.asarray(y) > 0, 1.0, -1.0)

    def cost(numbers: np.ndarray) -> tuple[float, np.ndarray]:
        own = sign * (matrix @ numbers[:-1] + numbers[-1])
        slope = strength * weights * sign * focal_slopes(own, gamma)[0]
        loss = strength * float(weights @ focal_loss(own, gamma)) + numbers[:-1] @ numbers[:-1] / 2
        return loss, np.concatenate((matrix.T @ slope + numbers[:-1], [slope.sum()]))

    return np.asarray(minimize(cost, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x)
