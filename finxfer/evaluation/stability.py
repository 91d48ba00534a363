"""How a model does period by period, and whether what differs between periods is more than chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from finxfer.evaluation.delong import placements_of
from finxfer.evaluation.intervals import Draws, bootstrap, percentile_interval, reflected_interval
from finxfer.evaluation.metrics import FloatArray, IntArray, ranking_metrics
from finxfer.evaluation.psi import compare_shares, number_shares, quantile_edges

ROWS_OF_A_CLASS = 10
"""Rows of either class without which a period's figures say nothing."""
MODEL, BASELINE = "model", "baseline"
_OF_A_PERIOD = ("psi", "chance_95", "limit", "rows", "reading")


def by_period(
    y: IntArray,
    probabilities: Mapping[str, FloatArray],
    codes: IntArray,
    names: Sequence[str],
    draws: int,
    seed: int,
) -> list[dict[str, Any]]:
    """Gini, KS and AUC with intervals of the model and its baseline, for each period that has rows.

    Args:
        y: labels (N,) of 0 and 1.
        probabilities: "model", and "baseline" where there is one -> (N,).
        codes: period of each row (N,), a position in `names`; -1 = unknown.
        draws, seed: of the bootstrap, which resamples within a period.

    Returns:
        Entries with name, rows, positives, positive_rate, mean_probability, reason, model, baseline,
        difference. Under `ROWS_OF_A_CLASS` rows of a class the last three are None and reason says why.
    """
    return [
        _period(y[codes == code], {n: p[codes == code] for n, p in probabilities.items()}, name, draws, seed)
        for code, name in enumerate(names)
        if (codes == code).any()
    ]


def _period(
    y: IntArray, probabilities: dict[str, FloatArray], name: str, draws: int, seed: int
) -> dict[str, Any]:
    positives = int((y == 1).sum())
    entry: dict[str, Any] = {
        "name": name,
        "rows": len(y),
        "positives": positives,
        "positive_rate": positives / len(y),
        "mean_probability": float(probabilities[MODEL].mean()),
        "reason": _reason(positives, len(y) - positives),
        "model": None,
        "baseline": None,
        "difference": None,
    }
    if entry["reason"] is not None:
        return entry
    drawn = bootstrap(y, probabilities, dict.fromkeys(probabilities, 0.5), draws, seed)
    for model, p in probabilities.items():
        entry[model] = _figures(y, p, drawn.get(model, {}))
    if BASELINE in probabilities:
        entry["difference"] = _difference(entry, drawn)
    return entry


def _reason(positives: int, negatives: int) -> str | None:
    for rows, word in ((positives, "positive"), (negatives, "negative")):
        if rows < ROWS_OF_A_CLASS:
            return f"Only {rows} {word} row{'' if rows == 1 else 's'}." if rows else f"No {word} row."
    return None


def _figures(y: IntArray, p: FloatArray, drawn: Mapping[str, FloatArray]) -> dict[str, Any]:
    values = ranking_metrics(y, p)
    found: dict[str, Any] = {}
    for metric in ("gini", "ks", "auc"):
        value, interval = values[metric], None
        if value is not None and metric in drawn:
            reflect = metric == "ks"
            interval = (
                reflected_interval(value, drawn[metric]) if reflect else percentile_interval(drawn[metric])
            )
        found |= {metric: value, f"{metric}_interval": interval}
    return found


def _difference(entry: dict[str, Any], drawn: Draws) -> dict[str, Any]:
    value = entry[MODEL]["gini"] - entry[BASELINE]["gini"]
    paired = drawn[MODEL]["gini"] - drawn[BASELINE]["gini"] if drawn else None
    return {"value": value, "interval": None if paired is None else percentile_interval(paired)}


def homogeneity(y: IntArray, p: FloatArray, codes: IntArray) -> dict[str, Any] | None:
    """Whether the model ranks equally well in all periods: Cochran's Q of the periods' AUCs.

    Q = sum of (AUC - weighted mean)^2 / variance over periods, weighted by 1 / variance with DeLong's
    variances; about chi-squared with periods - 1 degrees of freedom where all true AUCs are one (Cochran
    1954, "The combination of estimates from different experiments", Biometrics 10, 101-129).

    Returns:
        q, degrees, p_value; None with fewer than two periods that hold enough rows of both classes.
    """
    aucs, variances = [], []
    for code in np.unique(codes[codes >= 0]):
        rows = codes == code
        positives = int((y[rows] == 1).sum())
        if _reason(positives, int(rows.sum()) - positives) is not None:
            continue
        placed = placements_of(y[rows], {MODEL: p[rows]})[MODEL]
        if placed.error:
            aucs.append(placed.auc)
            variances.append(placed.error**2)
    if len(aucs) < 2:
        return None
    weights = 1 / np.array(variances)
    mean = float(weights @ np.array(aucs) / weights.sum())
    q, degrees = float(weights @ (np.array(aucs) - mean) ** 2), len(aucs) - 1
    return {"q": q, "degrees": degrees, "p_value": float(chdtrc(degrees, q))}


def score_stability(
    reference: FloatArray, scores: FloatArray, codes: IntArray | None, names: Sequence[str]
) -> dict[str, Any]:
    """PSI of the scores against tenths of the reference scores, over all and by period.

    Args:
        reference: scores (R,) of rows that the model has not learned from.
        scores: of the test rows (N,). codes: period of each, or None.
    """
    edges = quantile_edges(reference)
    return shares_by_period(
        number_shares(reference, edges),
        lambda rows: number_shares(scores[rows], edges),
        len(reference),
        len(scores),
        codes,
        names,
    )


def shares_by_period(
    old: FloatArray,
    shares: Callable[[NDArray[np.bool_]], FloatArray],
    reference_rows: int,
    rows: int,
    codes: IntArray | None,
    names: Sequence[str],
    comparisons: int = 1,
) -> dict[str, Any]:
    """A PSI over all rows with ``by_period``, a list of those of each period that has rows.

    Args:
        old: shares of the reference (B,).
        shares: function of a boolean mask (N,) -> shares of those rows in the same bins (B,).
        comparisons: features that are looked at together; those of the periods count as well.
    """
    whole = compare_shares(old, shares(np.ones(rows, dtype=bool)), reference_rows, rows, comparisons)
    parts = []
    if codes is not None:
        there = [(code, name) for code, name in enumerate(names) if (codes == code).any()]
        for code, name in there:
            mask = codes == code
            found = compare_shares(
                old, shares(mask), reference_rows, int(mask.sum()), comparisons * len(there)
            )
            parts.append({"name": name} | {key: found[key] for key in _OF_A_PERIOD})
    return whole | {"by_period": parts}
