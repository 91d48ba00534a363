"""How near our values are to a long run of shap's own permutation explainer over the same reference group."""

from __future__ import annotations

import numpy as np
import pandas as pd

from finxfer.explanations.masking import Model, Pool, check_frames


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
