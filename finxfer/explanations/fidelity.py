"""How near explanations are to what they stand for: Shapley values of the model over the same reference
group.

Inside a run the standard is a long run of our own permutation paths on a few held-out rows, made twice so
that its own noise is known; benchmarks take shap's permutation explainer, which is slower and other
people's code.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from finxfer.explanations.masking import Model, Pool, check_frames
from finxfer.explanations.sampling import Tick, sampled_values, steps_needed
from finxfer.explanations.sentences import sentence

LEAST, AIM = 0.90, 0.96
"""R² under which an explainer is not used, and the R² that is aimed at."""
FEWEST_ROWS = 6
DRAWS = 500
LEVEL = 0.95


def measure_fidelity(
    model: Model,
    reference: pd.DataFrame,
    frame: pd.DataFrame,
    features: list[str],
    found: np.ndarray,
    evaluations: int,
    seed: int,
    tick: Tick,
) -> dict[str, Any]:
    """R² of SHAP values ``found`` (N, M) of the rows of ``frame``, with a 95% interval over the rows.

    The standard walks permutation paths on the model itself, in two halves of different orders: 2 paths a
        half
    for each pair of row and reference row where ``evaluations`` predictions allow it for six rows, else 1;
    then for as many of the rows as they allow. Their mean is compared with, and R² of one half against the
    other is told, since nothing can be shown to be nearer than that.

    Returns:
        r2, interval, rows, standard {method, evaluations_per_row, own_r2} and sentence.
    """
    each = max(1, steps_needed(Pool(model, frame, reference, features)) / len(frame))
    paths = 2 if evaluations >= 4 * each * FEWEST_ROWS else 1
    rows = int(np.clip(evaluations / (2 * paths * each), min(FEWEST_ROWS, len(frame)), len(frame)))
    pool = Pool(model, frame.iloc[:rows], reference, features)
    halves = []
    for half in range(2):

        def step(done: int, total: int, half: int = half) -> None:
            tick(half * total + done, 2 * total)

        halves.append(sampled_values(pool, paths, seed + 7919 * (half + 1), step))
    truth = (halves[0].values + halves[1].values) / 2
    r2, own = r_squared(found[:rows], truth), r_squared(halves[0].values, halves[1].values)
    asked = round(2 * paths * each)
    low, high = _interval(found[:rows], truth, seed)
    said = sentence(
        "fidelity", r2=f"{r2:.3f}", low=f"{low:.3f}", high=f"{high:.3f}", rows=str(rows),
        evaluations=f"{asked:,}", own=f"{own:.3f}",
    )  # fmt: skip
    standard = {"method": "permutation paths", "evaluations_per_row": asked, "own_r2": own}
    return {"r2": r2, "interval": [low, high], "rows": rows, "standard": standard, "sentence": said}


def _interval(found: np.ndarray, truth: np.ndarray, seed: int) -> tuple[float, float]:
    """Percentile bootstrap over the rows (Efron & Tibshirani 1993)."""
    draws = np.random.default_rng(seed).integers(0, len(found), (DRAWS, len(found)))
    values = [r_squared(found[draw], truth[draw]) for draw in draws]
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def permutation_shap(
    model: Model,
    reference: pd.DataFrame,
    frame: pd.DataFrame,
    features: list[str],
    rounds: int = 50,
    seed: int = 0,
) -> np.ndarray:
    """SHAP values (N, M) by ``shap.PermutationExplainer`` with ``rounds`` × (2M + 1) evaluations a row.

    Each evaluation is a mean over the B reference rows, so the model is asked for
    N × ``rounds`` × (2M + 1) × B predictions: for checking, not for working. shap masks numbers only;
    it is given row numbers of a pool, which are turned back into raw values before the model is asked.
    """
    import shap

    check_frames(frame, reference, features)
    pool = Pool(model, frame, reference, features)
    rows = np.repeat(np.arange(pool.customers + pool.references)[:, None], len(features), axis=1)
    background = shap.maskers.Independent(
        rows[pool.customers :].astype(np.float64), max_samples=pool.references
    )
    explainer = shap.PermutationExplainer(
        lambda mixed: pool.predict(np.asarray(mixed).astype(np.int64)), background, seed=seed
    )
    evaluations = rounds * (2 * len(features) + 1)
    made = explainer(
        rows[: pool.customers].astype(np.float64),
        max_evals=evaluations,
        batch_size=max(1, 16_384 // pool.references),
        silent=True,
    )
    return np.asarray(made.values, dtype=np.float64)


def r_squared(found: np.ndarray, truth: np.ndarray) -> float:
    """R² of SHAP values (N, M) over all cells, against each feature's mean value as the starting point.

    1 is perfect; 0 is no better than giving every customer the average value of each feature. The
    starting point is the stricter one: against one common mean the figure would be higher.
    """
    error = float(((found - truth) ** 2).sum())
    spread = float(((truth - truth.mean(axis=0)) ** 2).sum())
    if spread == 0:
        return 1.0 if error == 0 else 0.0
    return 1 - error / spread
