"""How well a backbone's representation of a table's rows foretells their labels, before any fine-tuning.

Three scores of a representation (N, D) and labels (N,): LogME, the shrinkage H-score and a cross-validated
linear probe. The greater, the better.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from finxfer.evaluation.metrics import FloatArray, IntArray

PENALTIES = (0.01, 0.1, 1.0, 10.0, 100.0)
"""Strengths of the probe's ridge penalty; inner folds choose among them."""
PROBED_DIRECTIONS = 64
"""The probe sees at most so many principal directions of a representation."""
RANKED_BY = "score"
"""Key of a preflight's entries that its ranking goes by; comparisons of another key are out of date."""
CONSTANT = 1e-6
"""Spread, relative to the mean, below which a direction counts as constant (embeddings are float32)."""


def log_me(features: FloatArray, y: IntArray) -> float:
    """Logarithm of the maximum evidence per row, averaged over the classes.

    Evidence of a Bayesian linear model of each class's 0/1 indicator, its two precisions alpha (weights) and
    beta (noise) found by MacKay's fixed-point iteration: You, Liu, Wang and Long 2021, "LogME: practical
    assessment of pre-trained models for transfer learning", arXiv 2102.11005, equation 2 and algorithm 1.
    As there, the model has no intercept, so that only scale and rotation of the features do not matter.

    Args:
        features: (N, D), finite.
        y: 0 or 1 (N,).
    """
    left, singular, _ = np.linalg.svd(np.asarray(features, dtype=np.float64), full_matrices=False)
    kept = singular > 1e-10 * max(float(singular.max(initial=0.0)), 1e-300)
    left, squared = left[:, kept], np.square(singular[kept])
    targets = (np.asarray(y) == value for value in (0, 1))
    return float(np.mean([_evidence(left, squared, target.astype(np.float64)) for target in targets]))


def _evidence(left: FloatArray, squared: FloatArray, target: FloatArray) -> float:
    """Maximum of log p(target | features) / N; `left`, `squared`: singular vectors and values squared."""
    rows, rank = len(target), len(squared)
    projected = np.square(left.T @ target)
    outside = max(float(target @ target - projected.sum()), 0.0)
    alpha = beta = 1.0
    evidence = -np.inf
    for _ in range(100):
        spread = alpha + beta * squared
        weights = float((beta**2 * squared * projected / spread**2).sum())  # m'm
        residual = float((np.square(alpha / spread) * projected).sum()) + outside  # |Fm - y|^2
        found = 0.5 * (
            rows * np.log(beta / (2 * np.pi))
            + rank * np.log(alpha)
            - beta * residual
            - alpha * weights
            - np.log(spread).sum()
        )
        if abs(found - evidence) <= 1e-9 * abs(found):
            break
        evidence = found
        effective = float((beta * squared / spread).sum())
        alpha = float(np.clip(effective / max(weights, 1e-12), 1e-12, 1e12))
        beta = float(np.clip((rows - effective) / max(residual, 1e-12), 1e-12, 1e12))
    return found / rows


def shrinkage_h_score(features: FloatArray, y: IntArray) -> float:
    """Trace of the inverse shrunk covariance of the features times the covariance of the class means.

    H = tr(S_a^-1 (1 - a) S_z), S_a = (1 - a) S + a tr(S)/D I, with S the covariance of the features, S_z that
    of their means given the class, a the shrinkage of Ledoit and Wolf: Ibrahim, Ponomareva and Mazumder 2021,
    "Newer is not always better: rethinking transferability metrics", arXiv 2110.06893, equation 6. For two
    classes it lies in 0..1; a shift, a scale and a rotation of all features do not matter.

    Args: as for `log_me`.
    """
    labels = np.asarray(y)
    centred = np.asarray(features, dtype=np.float64)
    centred = centred - centred.mean(axis=0)
    covariance, shrinkage = ledoit_wolf(centred)
    score = 0.0
    inverse = np.linalg.pinv(covariance, hermitian=True)
    for value in (0, 1):
        rows = centred[labels == value]
        if len(rows):
            mean = rows.mean(axis=0)
            score += len(rows) / len(labels) * float(mean @ inverse @ mean)
    return (1 - shrinkage) * score


def ledoit_wolf(centred: FloatArray) -> tuple[FloatArray, float]:
    """The shrunk covariance (D, D) of rows whose mean is 0, and the shrinkage in 0..1.

    Ledoit and Wolf 2004, "A well-conditioned estimator for large-dimensional covariance matrices",
    Journal of Multivariate Analysis 88, 365-411, section 3.2.
    """
    rows, dimensions = centred.shape
    sample = centred.T @ centred / rows
    level = float(np.trace(sample)) / dimensions
    target = level * np.eye(dimensions)
    distance = float(np.square(sample - target).sum())
    # Sum over the rows of |x x' - S|^2, without the N matrices.
    error = float(np.square(np.square(centred).sum(axis=1)).sum()) / rows - float(np.square(sample).sum())
    shrinkage = min(max(error, 0.0) / rows / distance, 1.0) if distance > 0 else 0.0
    return (1 - shrinkage) * sample + shrinkage * target, shrinkage


def linear_probe(features: FloatArray, y: IntArray, part: IntArray) -> FloatArray:
    """Log-odds (N,) by logistic regression on the representation, each row's by the other folds.

    Linear probes: Alain and Bengio 2016, arXiv 1610.01644. The features are rotated to their principal
    directions (at most 64, no label looked at), all divided by the spread of the widest; a ridge penalty is
    chosen by the log loss on inner folds, which never see the outer fold. Directions are not standardised one
    by one: in the narrow ones an in-context network tells of the labels around a row, which a fit would take
    for the row's own (AUC 0.57 instead of 0.72 on a sample book).

    Args:
        features: (N, D), finite.
        y: 0 or 1 (N,).
        part: fold of each row (N,), 0 .. K - 1, K >= 2.

    Raises:
        ValueError: the learning rows of a fold lack a class.
    """
    x, labels = principal(features), np.asarray(y, dtype=np.int64)
    losses, log_odds = _inner_losses(x, labels, part), np.zeros(len(labels))
    for fold in range(int(part.max()) + 1):
        asked, penalty = part == fold, PENALTIES[int(np.argmin(losses[fold]))]
        if not 0 < labels[~asked].mean() < 1:
            raise ValueError("the learning rows of a fold lack a class")
        log_odds[asked] = _rated(x, labels, ~asked, asked, penalty)
    return log_odds


def _inner_losses(x: FloatArray, y: IntArray, part: IntArray) -> FloatArray:
    """Log loss of each penalty (K, penalties), for outer fold k summed over the other folds' rows.

    A fit without two folds judges either for the other, so each pair is fitted once.
    """
    folds = int(part.max()) + 1
    losses = np.zeros((folds, len(PENALTIES)))
    for first in range(folds):
        for second in range(first):
            learnt = (part != first) & (part != second)
            if not learnt.any() or not 0 < y[learnt].mean() < 1:
                continue
            for index, penalty in enumerate(PENALTIES):
                for outer, inner in ((first, second), (second, first)):
                    asked = part == inner
                    log_odds = _rated(x, y, learnt, asked, penalty)
                    losses[outer, index] += np.logaddexp(0, np.where(y[asked] > 0, -log_odds, log_odds)).sum()
    return losses


def principal(features: FloatArray) -> FloatArray:
    """The features in their principal directions, the widest first, at most `PROBED_DIRECTIONS`: (N, d)."""
    x = np.asarray(features, dtype=np.float64)
    mean = x.mean(axis=0)
    spread = x.std(axis=0)
    varied = spread > CONSTANT * (1e-30 + np.abs(mean))
    x = (x - mean)[:, varied]
    if not x.shape[1]:
        return np.zeros((len(x), 1))
    left, singular, _ = np.linalg.svd(x, full_matrices=False)
    kept = (singular > CONSTANT * singular[0])[:PROBED_DIRECTIONS]
    return (left[:, :PROBED_DIRECTIONS] * singular[:PROBED_DIRECTIONS])[:, kept]


def _rated(x: FloatArray, y: IntArray, learnt: IntArray, asked: IntArray, penalty: float) -> FloatArray:
    """Log-odds of the `asked` rows by a fit on the `learnt` ones."""
    seen = x[learnt]
    mean, spread = seen.mean(axis=0), float(seen.std(axis=0).max()) or 1.0
    weights, intercept = fit_ridge_logistic((seen - mean) / spread, y[learnt], penalty)
    return np.asarray((x[asked] - mean) / spread @ weights + intercept)


def fit_ridge_logistic(x: FloatArray, y: IntArray, penalty: float) -> tuple[FloatArray, float]:
    """Weights (D,) and intercept that minimise the summed log loss + penalty / 2 * |weights|^2.

    Newton's method with the step halved while the loss rises; the intercept is not penalised.
    """
    design = np.column_stack([x, np.ones(len(x))])
    ridge = np.full(design.shape[1], penalty)
    ridge[-1] = 1e-8
    weights = np.zeros(design.shape[1])
    rate = float(np.clip(np.mean(y), 1e-6, 1 - 1e-6))
    weights[-1] = np.log(rate / (1 - rate))
    loss = _ridge_loss(design, y, weights, ridge)
    for _ in range(50):
        probability = 1 / (1 + np.exp(-np.clip(design @ weights, -500, 500)))
        gradient = design.T @ (probability - y) + ridge * weights
        curvature = (design.T * (probability * (1 - probability))) @ design + np.diag(ridge)
        step = np.linalg.solve(curvature, gradient)
        size = 1.0
        while size > 1e-4 and (new := _ridge_loss(design, y, weights - size * step, ridge)) > loss:
            size /= 2
        if size <= 1e-4 or loss - new < 1e-9 * (1 + abs(loss)):
            break
        weights, loss = weights - size * step, new
    return weights[:-1], float(weights[-1])


def _ridge_loss(design: FloatArray, y: IntArray, weights: FloatArray, ridge: FloatArray) -> float:
    log_odds = design @ weights
    return float(np.logaddexp(0, np.where(y > 0, -log_odds, log_odds)).sum() + 0.5 * ridge @ weights**2)


def kendall_tau(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Kendall's tau-b of two scores of the same things, -1..1; None where one of them is all ties.

    Kendall 1945, "The treatment of ties in ranking problems", Biometrika 33, 239-251.
    """
    a, b = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    pairs = np.triu_indices(len(a), 1)
    left, right = np.sign(a[:, None] - a)[pairs], np.sign(b[:, None] - b)[pairs]
    scale = np.sqrt(float(np.square(left).sum()) * float(np.square(right).sum()))
    return float((left * right).sum() / scale) if scale > 0 else None


def ranks(scores: Mapping[str, float]) -> dict[str, int]:
    """Rank of each name from 1, the greatest score first; equal scores share the better rank."""
    return {name: 1 + sum(other > score for other in scores.values()) for name, score in scores.items()}


def beside_realised(
    entries: Sequence[Mapping[str, Any]], realised: Mapping[str, Sequence[Realised]]
) -> dict[str, Any] | None:
    """What was foretold beside what came of it; None where fewer than two backbones have both.

    The fixed ranking, which knows nothing of the table, puts the backbone of more parameters first.

    Args:
        entries: backbones of a preflight, {"id", "name", "parameters", "score", "log_me", "h_score"}; those
            without a score do not count.
        realised: id -> what each run from that backbone came to; their mean counts.

    Returns:
        {"runs", "backbones": [{"id", "name", "runs", "foretold", "foretold_rank", "realised", "interval",
        "realised_rank", "fixed_rank"}] by realised rank, "tau", "tau_log_me", "tau_h_score", "tau_fixed":
        Kendall's tau of the foretold, the other scores' and the fixed ranking with the realised one,
        "behind", "behind_fixed": by how much AUC the first of either ranking is behind the realised best,
        "first", "first_fixed": their names,
        "apart": whether the interval of the best lies above all others' means}
    """
    both = [entry for entry in entries if entry["score"] is not None and realised.get(entry["id"])]
    if len(both) < 2:
        return None
    came = {entry["id"]: _mean_of(realised[entry["id"]]) for entry in both}
    aucs = {name: one.auc for name, one in came.items()}
    scores = {
        name: {entry["id"]: float(entry[name]) for entry in both}
        for name in ("score", "log_me", "h_score", "parameters")
    }
    told, fixed = scores["score"], scores["parameters"]
    places = {
        "foretold_rank": ranks(told),
        "realised_rank": ranks(aucs),
        "fixed_rank": ranks(fixed),
    }
    rows = [_beside(entry, realised, told, came, places) for entry in both]
    rows.sort(key=lambda row: (row["realised_rank"], row["id"]))
    tau = {name: kendall_tau(list(score.values()), list(aucs.values())) for name, score in scores.items()}
    firsts = [max(score, key=score.__getitem__) for score in (told, fixed)]
    titles = {row["id"]: row["name"] for row in rows}
    lowest = (rows[0]["interval"] or (0.0,))[0]
    return {
        "runs": sum(row["runs"] for row in rows),
        "backbones": rows,
        "tau": tau["score"],
        "tau_log_me": tau["log_me"],
        "tau_h_score": tau["h_score"],
        "tau_fixed": tau["parameters"],
        "behind": rows[0]["realised"] - aucs[firsts[0]],
        "behind_fixed": rows[0]["realised"] - aucs[firsts[1]],
        "first": titles[firsts[0]],
        "first_fixed": titles[firsts[1]],
        "apart": all(row["realised"] < lowest for row in rows[1:]),
    }


def _beside(
    entry: Mapping[str, Any],
    realised: Mapping[str, Sequence[Realised]],
    told: Mapping[str, float],
    came: Mapping[str, Realised],
    places: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """One backbone of `beside_realised`."""
    name = entry["id"]
    return {
        "id": name,
        "name": entry["name"],
        "runs": len(realised[name]),
        "foretold": told[name],
        "realised": came[name].auc,
        "interval": came[name].interval,
        **{title: place[name] for title, place in places.items()},
    }


@dataclass(frozen=True)
class Realised:
    """Test AUC of a finished run, and its 95% interval where it is known."""

    auc: float
    interval: tuple[float, float] | None = None


def _mean_of(runs: Sequence[Realised]) -> Realised:
    """Of several runs on the same test rows. Their intervals share the rows: the ends are averaged too."""
    auc = float(np.mean([run.auc for run in runs]))
    intervals = [run.interval for run in runs if run.interval is not None]
    if len(intervals) < len(runs):
        return Realised(auc)
    low, high = np.mean(intervals, axis=0)
    return Realised(auc, (float(low), float(high)))
