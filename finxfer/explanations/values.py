"""SHAP values of one fitted model against a reference group, by the best method for its family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from finxfer.errors import Cancelled
from finxfer.explanations.masking import Model, check_frames, checked, make_pool
from finxfer.explanations.sampling import Sampled, sampled_values, steps_needed
from finxfer.explanations.trees import tree_values

# Predictions that a model may be asked for, by kind. A count and not a time, so that equal specs give
# equal values; about 20 s of an in-context model and 5 s of the others on two busy cores.
EVALUATIONS = {"incontext": 80_000}
EVALUATIONS_OTHERWISE = 400_000
MOST_PATHS = 8

Report = Callable[..., Any]


@dataclass(frozen=True)
class Attribution:
    """SHAP values of N customers and M features on the probability scale.

    Attributes:
        features: the M names.
        values: float64 (N, M); with ``base_value`` they add up to ``probability`` but for the gap.
        base_value: mean prediction over the reference group.
        probability: float64 (N,), the model's own prediction of each customer.
        method: "exact TreeSHAP" or "permutation paths".
        paths: paths for each pair of customer and reference row; 0 for an exact method.
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
        model: any fitted model; ``kind`` "lightgbm" has a fast exact way (see :mod:`.trees`).
        reference, frame: raw columns; both need every feature.
        features: the columns that the model reads.
        seed: of the sampled orders (not used by exact methods).
        paths: 1 or an even number; by default as many as the family's budget of predictions allows.
        tick: called with (done, in all) from time to time; may raise to stop.

    Raises:
        BadInput: see :func:`finxfer.explanations.masking.check_frames`.
        Fault: the model's predictions are not finite numbers.
    """
    features = list(features)
    check_frames(frame, reference, features)
    tick = tick or (lambda done, total: None)
    made: Sampled | None = None
    if getattr(model, "kind", "") == "lightgbm":
        made = tree_values(model, frame, reference, features, tick)
    method = "exact TreeSHAP"
    if made is None:
        method = "permutation paths"
        pool = make_pool(model, frame, reference, features)
        paths = paths or paths_within(steps_needed(pool), evaluations_of(model))
        made = sampled_values(pool, paths, seed, tick)
    else:
        paths = 0
    probability = checked(model.predict(frame), len(frame))
    return Attribution(
        tuple(features), made.values, made.base_value, probability, method, paths, made.evaluations
    )


def evaluations_of(model: Model) -> int:
    """Predictions that a model of this kind may be asked for."""
    return EVALUATIONS.get(getattr(model, "kind", ""), EVALUATIONS_OTHERWISE)


def paths_within(steps: int, evaluations: int) -> int:
    """Paths a pair when one path for every pair takes ``steps`` predictions: 1 or 2, 4, … 8."""
    affordable = evaluations // max(steps, 1)
    return 1 if affordable < 2 else min(MOST_PATHS, affordable - affordable % 2)


def stop_when(should_stop: Callable[[], bool]) -> None:
    """Raise Cancelled if the analyst asked for a stop."""
    if should_stop():
        raise Cancelled(
            "The job was cancelled.", "It stopped while explaining customers.", "Resume it to go on."
        )
