"""SHAP values of one fitted model against a reference group, by the best method for its family."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from finxfer.errors import Cancelled
from finxfer.explanations.masking import Model, Pool, check_frames, checked
from finxfer.explanations.sampling import Sampled, sampled_values, steps_needed
from finxfer.explanations.trees import tree_values
from finxfer.records.spec import REGRESSION

if TYPE_CHECKING:
    from finxfer.explanations.explainer import Explainer

# Paths for each pair of customer and reference row, by kind of model: as many as its speed allows. Fixed
# and not by the clock, so that equal specs give equal values, whoever else is in the table.
PATHS = {"incontext": 1, "tabm": 2, "ft-transformer": 2, "boosted": 2}
PATHS_OTHERWISE = 4
# Predictions that a whole run's explanations may take of one model: about 20 s of an in-context model,
# 10 s of the others on two busy cores. Beyond it paths are cut first, then customers.
EVALUATIONS = {
    "incontext": 40_000, "tabm": 120_000, "ft-transformer": 120_000, "boosted": 120_000, "lightgbm": 400_000,
}  # fmt: skip
EVALUATIONS_OTHERWISE = 1_200_000

TREES = ("lightgbm", "boosted")
PATHS_METHOD = "permutation paths"
EXACT_METHOD = "TreeSHAP"
TREES_METHOD = "TreeSHAP, rescaled to probability"
NETWORK_METHOD = "permutation paths on a fitted network, made to add up"

Report = Callable[..., Any]


@dataclass(frozen=True)
class Attribution:
    """SHAP values of N customers and M features on the probability scale, or in the target's units.

    Of C classes values are (N, M, C), base_value (C,) and probability (N, C).

    Attributes:
        features: the M names.
        values: float64 (N, M); with ``base_value`` they add up to ``probability`` but for the gap.
        base_value: mean prediction over the reference group.
        probability: float64 (N,), the model's own prediction of each customer.
        method: :data:`PATHS_METHOD`, :data:`TREES_METHOD` or :data:`NETWORK_METHOD`.
        paths: paths for each pair of customer and reference row; 0 with trees.
        evaluations: predictions that were asked for.
        missed: what a network missed of each customer's probability before the values were made to add up,
            float64 (N,); None with the other methods.
        said: texts (N,) of the classes that the values are of; None unless one of several was taken.
    """

    features: tuple[str, ...]
    values: np.ndarray
    base_value: Any
    probability: np.ndarray
    method: str
    paths: int
    evaluations: int
    missed: np.ndarray | None = None
    said: np.ndarray | None = None

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
    explainer: Explainer | None = None,
) -> Attribution:
    """SHAP values of every row of ``frame`` against the rows of ``reference``.

    Args:
        model: any fitted model. Where an explainer is given it is used. Trees (``kind`` in :data:`TREES`)
            for which paths would take more than the family's budget of predictions are explained by
            TreeSHAP (see :mod:`.trees`), of a regression always: there it is exact.
        reference, frame: raw columns; both need every feature.
        features: the columns that the model reads.
        seed: of the orders.
        paths: 1 or an even number, instead of the family's own.
        tick: called with (done, in all) from time to time; may raise to stop.
        explainer: what was fitted for this model; its features are ``features``.

    Raises:
        BadInput: see :func:`finxfer.explanations.masking.check_frames`.
        Fault: the model's predictions are not finite numbers.
    """
    features = list(features)
    check_frames(frame, reference, features)
    tick = tick or (lambda done, total: None)
    if explainer is not None:
        found, missed = explainer.values(model, reference, frame, seed, tick)
        return _attribution(features, found, found.probability, NETWORK_METHOD, explainer.paths, missed)
    pool = Pool(model, frame, reference, features)
    walked = paths or paths_of(model)
    made: Sampled | None = None
    exact = getattr(getattr(model, "output", None), "task", "") == REGRESSION
    dear = exact or steps_needed(pool) * walked > evaluations_of(model)
    if is_trees(model) and paths is None and dear:
        made = tree_values(model, frame, reference, features, tick)
    method = (EXACT_METHOD if exact else TREES_METHOD) if made else PATHS_METHOD
    if made is None:
        made = sampled_values(pool, walked, seed, tick)
    probability = checked(model.predict(frame), len(frame))
    return _attribution(features, made, probability, method, walked if method == PATHS_METHOD else 0)


def _attribution(
    features: list[str],
    made: Sampled,
    probability: np.ndarray,
    method: str,
    paths: int,
    missed: np.ndarray | None = None,
) -> Attribution:
    return Attribution(
        tuple(features), made.values, made.base_value, probability, method, paths, made.evaluations, missed
    )


def is_trees(model: Model) -> bool:
    """Whether TreeSHAP can read the model: boosted trees themselves, not what is built on top of them."""
    return str(getattr(model, "kind", "")) in TREES and hasattr(model, "booster")


def model_kind(model: Model) -> str:
    """The family of a fitted model, or an empty text where it does not say; of a corrected one its base's."""
    return str(getattr(_bottom(model), "kind", ""))


def kinds_of(model: Model) -> list[str]:
    """The family of a model, or those of an ensemble's members, whatever is built on top of it."""
    bottom = _bottom(model)
    members = getattr(bottom, "members", None)
    return (
        [kind for member in members for kind in kinds_of(member.model)] if members else [model_kind(bottom)]
    )


def _bottom(model: Any) -> Any:
    """What a corrected or recalibrated model is built on, however deep."""
    while hasattr(model, "base"):
        model = model.base
    return model


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
