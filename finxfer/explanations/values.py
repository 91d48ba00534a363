"""SHAP values of one fitted model against a reference group, by the best method for its family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from finxfer.errors import Cancelled
from finxfer.explanations.masking import Model, Pool, check_frames, checked
from finxfer.explanations.sampling import Sampled, sampled_values, steps_needed
from finxfer.explanations.trees import tree_values

# Paths for each pair of customer and reference row, by kind of model: as many as its speed allows. Fixed
# and not by the clock, so that equal specs give equal values, whoever else is in the table.
PATHS = {"incontext": 1, "tabm": 2, "ft-transformer": 2, "boosted": 2}
PATHS_OTHERWISE = 4
# Predictions that a whole run's explanations may take of one model: about 20 s of an in-context model,
# 10 s of the others on two busy cores. Beyond it paths are cut first, then customers.
EVALUATIONS = {"incontext": 40_000, "tabm": 120_000, "ft-transformer": 120_000, "boosted": 120_000}
EVALUATIONS_OTHERWISE = 400_000

TREES = ("lightgbm", "boosted")
PATHS_METHOD = "permutation paths"
TREES_METHOD = "TreeSHAP, rescaled to probability"

Report = Callable[..., Any]


@dataclass(frozen=True)
class Attribution:
    """SHAP values of N customers and M features on the probability scale.

    Attributes:
        features: the M names.
        values: float64 (N, M); with ``base_value`` they add up to ``probability`` but for the gap.
        base_value: mean prediction over the reference group.
        probability: float64 (N,), the model's own prediction of each customer.
        method: :data:`PATHS_METHOD` or :data:`TREES_METHOD`.
        paths: paths for each pair of customer and reference row; 0 with trees.
        evaluations: predictions that were asked for.
    """

    features: tuple[str, ...]
    values: np.ndarray
    base_value: float
    probability: np.ndarray
    method: str
    paths: int
    evaluations: int

    @property
    def gaps(self) -> np.ndarray:
        """|base value + sum of the values − probability| of each customer, float64 (N,)."""
        return np.abs(self.base_value + self.values.sum(axis=1) - self.probability)


def shap_values(
    model: Model,
    reference: pd.DataFrame,
    frame: pd.DataFrame,
    features: list[str],
    seed: int = 0,
    paths: int | None = None,
    tick: Callable[[int, int], None] | None = None,
) -> Attribution:
    """SHAP values of every row of ``frame`` against the rows of ``reference``.

    Args:
        model: any fitted model. Trees (``kind`` in :data:`TREES`) for which paths would take more than the
            family's budget of predictions are explained by TreeSHAP (see :mod:`.trees`).
        reference, frame: raw columns; both need every feature.
        features: the columns that the model reads.
        seed: of the orders.
        paths: 1 or an even number, instead of the family's own.
        tick: called with (done, in all) from time to time; may raise to stop.

    Raises:
        BadInput: see :func:`finxfer.explanations.masking.check_frames`.
        Fault: the model's predictions are not finite numbers.
    """
    features = list(features)
    check_frames(frame, reference, features)
    tick = tick or (lambda done, total: None)
    pool = Pool(model, frame, reference, features)
    walked = paths or paths_of(model)
    made: Sampled | None = None
    if model_kind(model) in TREES and paths is None and steps_needed(pool) * walked > evaluations_of(model):
        made = tree_values(model, frame, reference, features, tick)
    method = TREES_METHOD if made else PATHS_METHOD
    if made is None:
        made = sampled_values(pool, walked, seed, tick)
    return Attribution(
        features=tuple(features),
        values=made.values,
        base_value=made.base_value,
        probability=checked(model.predict(frame), len(frame)),
        method=method,
        paths=walked if method == PATHS_METHOD else 0,
        evaluations=made.evaluations,
    )


def model_kind(model: Model) -> str:
    """The family of a fitted model, or an empty text where it does not say; of a corrected one its base's."""
    return str(getattr(getattr(model, "base", model), "kind", ""))


def kinds_of(model: Model) -> list[str]:
    """The family of a model, or those of an ensemble's members."""
    members = getattr(model, "members", None)
    return [model_kind(member.model) for member in members] if members else [model_kind(model)]


def paths_of(model: Model) -> int:
    """Paths for each pair of customer and reference row: of an ensemble, those of its slowest member."""
    return min(PATHS.get(kind, PATHS_OTHERWISE) for kind in kinds_of(model))


def evaluations_of(model: Model) -> int:
    """Predictions that a model may be asked for; the times that an ensemble's members take add up."""
    costs = [1 / EVALUATIONS.get(kind, EVALUATIONS_OTHERWISE) for kind in kinds_of(model)]
    return round(1 / sum(costs))


def paths_within(steps: int, evaluations: int, most: int) -> int:
    """Paths when one path for every pair takes ``steps`` predictions: 1, 2, 4, … up to ``most``."""
    affordable = evaluations // max(steps, 1)
    return 1 if affordable < 2 else min(most, affordable - affordable % 2)


def stop_when(should_stop: Callable[[], bool]) -> None:
    """Raise Cancelled if the analyst asked for a stop."""
    if should_stop():
        raise Cancelled(
            "The job was cancelled.", "It stopped while explaining customers.", "Resume it to go on."
        )
