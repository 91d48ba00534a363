"""Which models of a run get an explainer, and whether it is faithful enough to be used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from finxfer.explanations.fidelity import AIM, LEAST, measure_fidelity
from finxfer.explanations.masking import Model
from finxfer.explanations.sampling import Tick
from finxfer.explanations.values import evaluations_of, is_trees, paths_of
from finxfer.records.spec import ColumnSpec

if TYPE_CHECKING:
    from finxfer.explanations.explainer import Explainer

FEWEST_EVALUATIONS = 100
HELD_OUT_ROWS = 32


@dataclass(frozen=True)
class Material:
    """What explainers are fitted and judged on.

    Attributes:
        frame: rows whose hybrids the model is asked about.
        held_out: other rows, on which the explainer is judged; at most 32.
        further: raw rows of further reference groups, may be empty.
        columns: kinds of the features.
        evaluations: predictions that fitting one explainer may ask for; 0 fits none.
    """

    frame: pd.DataFrame
    held_out: pd.DataFrame
    further: pd.DataFrame
    columns: Sequence[ColumnSpec]
    evaluations: int


def material(
    rows: pd.DataFrame, further: pd.DataFrame, columns: Sequence[ColumnSpec], evaluations: int, seed: int
) -> Material:
    """Split labelled rows of the run into those that explainers learn from and those that judge them."""
    order = np.random.default_rng(seed).permutation(len(rows))
    kept = max(1, min(HELD_OUT_ROWS, len(rows) // 4))
    frame, held_out = rows.iloc[np.sort(order[kept:])], rows.iloc[np.sort(order[:kept])]
    return Material(frame, held_out, further, columns, evaluations)


def wants_explainer(model: Model, steps: int, own: bool, given: Material) -> bool:
    """Whether a model is to be fitted an explainer: never trees, which have TreeSHAP.

    Args:
        steps: predictions that one path for every pair of row and reference row takes.
        own: whether it is the run's own model: it gets one however few rows the run explains, since a
            table of any size may follow. The others get one where paths would cost more than their budget.
    """
    if given.evaluations < FEWEST_EVALUATIONS or len(given.frame) < 2 or is_trees(model):
        return False
    return own or steps * min(2, paths_of(model)) > evaluations_of(model)


def fitted_explainer(
    model: Model, reference: pd.DataFrame, given: Material, seed: int, tick: Tick, amounts: bool = False
) -> tuple[Explainer | None, dict[str, Any]]:
    """Fit an explainer and judge it on rows it has not learned from.

    amounts: whether the model predicts a number in the target's units.

    Returns:
        The explainer, or None where its R² is under :data:`.fidelity.LEAST`; the facts of ``fidelity`` in
        ``meta.json``.
    """
    from finxfer.explanations.explainer import fit_explainer

    features = list(model.features)

    def fitting(done: int, total: int) -> None:
        tick(2 * done, 3 * total)

    def judging(done: int, total: int) -> None:
        tick(2 * total + done, 3 * total)

    explainer = fit_explainer(
        model, reference, given.further, given.frame, given.columns, given.evaluations, seed, fitting, amounts
    )
    held_out = given.held_out[features]
    found, _ = explainer.values(model, reference, held_out, seed, lambda done, total: None)
    judged = measure_fidelity(
        model, reference, held_out, features, found.values, given.evaluations, seed, judging
    )
    judged |= {"least": LEAST, "aim": AIM, "met": judged["r2"] >= LEAST, "aim_met": judged["r2"] >= AIM}
    return (explainer if judged["met"] else None), judged
