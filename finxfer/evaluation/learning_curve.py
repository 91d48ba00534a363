"""What learning curves over the number of labels come to: means with intervals, and labels saved.

Every cell is a model at a number of labels, fitted on S draws of the training rows (seeds) and measured on
the same test rows. The AUC of a cell is the mean over its seeds. Its variance has two parts. Test rows: the
AUC is a mean of placements, so the mean over seeds is the mean of the placements averaged over seeds, and
DeLong's formula gives its variance and the covariance of all cells. Training rows: the sample variance over
seeds, divided by S. Where a cell has a single seed the variance over seeds of the next smaller size stands
in, which is rather too large. The interval uses Student's t with Satterthwaite's degrees of freedom (1946,
Biometrics Bulletin 2, 110-114).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtrit

from finxfer.evaluation.metrics import FloatArray, IntArray
from finxfer.evaluation.placements import Placements, covariance

MODEL = "model"
LEVEL = 0.95
DRAWS = 4000
Cell = tuple[str, int]


@dataclass(frozen=True)
class Cells:
    """The measured cells.

    Attributes:
        models: names, sizes: numbers of labels, growing.
        aucs: (model, size) -> AUC of each seed (S,).
        rows: covariance of the cells' mean AUCs by the test rows, in the order of `keys`.
    """

    models: tuple[str, ...]
    sizes: tuple[int, ...]
    aucs: dict[Cell, FloatArray]
    rows: FloatArray

    @classmethod
    def of(cls, y: IntArray, scores: Mapping[Cell, FloatArray]) -> Cells:
        """y: labels (N,), both classes with at least two rows. scores: (model, size) -> (S, N), all cells.

        Raises ValueError where a class has fewer than two rows or a cell is lacking.
        """
        models = tuple(dict.fromkeys(model for model, _ in scores))
        sizes = tuple(sorted({size for _, size in scores}))
        if len(scores) != len(models) * len(sizes):
            raise ValueError("every model needs every size")
        part, averaged, aucs = np.zeros(len(y), dtype=np.int64), [], {}
        for key in [(model, size) for model in models for size in sizes]:
            placed = [Placements.of(one, y, part) for one in scores[key]]
            aucs[key] = np.array([one.auc for one in placed])
            averaged.append(Placements(np.mean([one.values for one in placed], axis=0), y))
        rows = covariance(averaged)
        if rows is None:
            raise ValueError("each class needs two rows")
        return cls(models, sizes, aucs, rows)

    @property
    def keys(self) -> list[Cell]:
        return [(model, size) for model in self.models for size in self.sizes]

    def weights(self, parts: Mapping[Cell, float]) -> FloatArray:
        """A contrast of cells as a vector over `keys`."""
        return np.array([parts.get(key, 0.0) for key in self.keys])

    def spread(self, model: str, size: int, against: str | None = None) -> tuple[float, int]:
        """Variance over seeds of a cell's AUC, or of its lead over another model, and its degrees of freedom.

        Of a single seed: that of the next smaller size which has more; (0, 0) where there is none.
        """
        for smaller in [one for one in reversed(self.sizes) if one <= size]:
            found = self.aucs[model, smaller]
            if len(found) > 1:
                if against is not None:
                    found = found - self.aucs[against, smaller]
                return float(found.var(ddof=1)), len(found) - 1
        return 0.0, 0


def estimate(cells: Cells, weights: FloatArray, seeds: float, degrees: int) -> dict[str, Any]:
    """A contrast of mean AUCs as Gini (twice as large): {"value", "interval"}.

    seeds: variance of the contrast by the draw of training rows, with so many degrees of freedom.
    """
    means = np.array([cells.aucs[key].mean() for key in cells.keys])
    rows = float(weights @ cells.rows @ weights)
    total = rows + seeds
    freedom = total**2 / (seeds**2 / degrees) if seeds > 0 and degrees else np.inf
    reach = float(stdtrit(min(freedom, 1e6), (1 + LEVEL) / 2)) * np.sqrt(max(total, 0.0))
    value = float(weights @ means)
    return {"value": 2 * value, "interval": [2 * (value - reach), 2 * (value + reach)]}


def points(cells: Cells, model: str) -> list[dict[str, Any]]:
    """Mean Gini of a model at every number of labels: labels, seeds, gini, interval, auc."""
    found = []
    for size in cells.sizes:
        aucs = cells.aucs[model, size]
        variance, degrees = cells.spread(model, size)
        weights = cells.weights({(model, size): 1.0})
        one = estimate(cells, weights, variance / len(aucs), degrees)
        # Of the AUC to that of the Gini: 2 AUC - 1.
        low, high = (float(np.clip(end - 1, -1.0, 1.0)) for end in one["interval"])
        auc = float(aucs.mean())
        found.append(
            {"labels": size, "seeds": len(aucs), "gini": 2 * auc - 1, "interval": [low, high], "auc": auc}
        )
    return found


def differences(cells: Cells, over: str) -> list[dict[str, Any]]:
    """The model's Gini minus another's at every number of labels, paired by test rows and seeds."""
    found = []
    for size in cells.sizes:
        variance, degrees = cells.spread(MODEL, size, over)
        weights = cells.weights({(MODEL, size): 1.0, (over, size): -1.0})
        one = estimate(cells, weights, variance / len(cells.aucs[MODEL, size]), degrees)
        found.append({"labels": size, "over": over, **one})
    return found


def last_step(cells: Cells) -> dict[str, Any] | None:
    """What the last step to more labels added to the model's Gini; None with a single size."""
    if len(cells.sizes) < 2:
        return None
    before, after = cells.sizes[-2:]
    parts = [(cells.spread(MODEL, size), len(cells.aucs[MODEL, size])) for size in (before, after)]
    variance = sum(spread / seeds for (spread, _), seeds in parts)
    degrees = min(freedom for (_, freedom), _ in parts)
    weights = cells.weights({(MODEL, after): 1.0, (MODEL, before): -1.0})
    return {"from": before, "to": after, **estimate(cells, weights, variance, degrees)}


def savings(cells: Cells, over: str, seed: int = 0) -> list[dict[str, Any]]:
    """How many labels the model needs for the Gini that another model has with each number of labels.

    Between two sizes the curve is a straight line over the logarithm of the labels; it never falls. The
    interval is that of 4,000 joint draws of both curves (normal for the test rows, Student's t for the
    seeds), at 95% for all sizes together (Bonferroni). Fewer labels than the smallest size are not told
    from it, more than the largest are None.

    Returns:
        Entries with labels, over, needs, interval, found: whether the whole interval lies below labels.
    """
    sizes = cells.sizes
    if len(sizes) < 2:
        return []
    curves = _draws(cells, (MODEL, over), seed)
    means = {name: np.array([[cells.aucs[name, size].mean() for size in sizes]]) for name in (MODEL, over)}
    tail = (1 - LEVEL) / 2 / (len(sizes) - 1)
    found = []
    for place, size in enumerate(sizes[1:], start=1):
        needs = float(_needed(means[MODEL], means[over][:, place], sizes)[0])
        drawn = _needed(curves[MODEL], curves[over][:, place], sizes)
        low, high = np.quantile(drawn, [tail, 1 - tail], method="inverted_cdf")
        found.append(
            {
                "labels": size,
                "over": over,
                "needs": _labels(needs),
                "interval": [_labels(float(low)), _labels(float(high))],
                "found": bool(high < size),
            }
        )
    return found


def _draws(cells: Cells, models: tuple[str, str], seed: int) -> dict[str, FloatArray]:
    """Joint draws of two curves: model -> (DRAWS, sizes).

    Both models learn from the same rows in every seed, so their luck with these rows is drawn together.
    """
    generator = np.random.default_rng([seed, 0x1EA])
    values, vectors = np.linalg.eigh(cells.rows)
    noise = generator.normal(size=(DRAWS, len(values))) * np.sqrt(np.maximum(values, 0.0))
    by_rows = dict(zip(cells.keys, (noise @ vectors.T).T, strict=True))
    found: dict[str, list[FloatArray]] = {model: [] for model in models}
    for size in cells.sizes:
        own = _seed_noise(cells, models, size, generator)
        for place, model in enumerate(models):
            found[model].append(cells.aucs[model, size].mean() + by_rows[model, size] + own[:, place])
    return {model: np.stack(columns, axis=1) for model, columns in found.items()}


def _seed_noise(
    cells: Cells, models: tuple[str, str], size: int, generator: np.random.Generator
) -> FloatArray:
    """Draws (DRAWS, 2) of the mean AUCs' noise by the draw of training rows: multivariate Student's t."""
    smaller = [one for one in reversed(cells.sizes) if one <= size]
    donor = next((one for one in smaller if _seeds(cells, models[0], one) > 1), None)
    if donor is None:
        return np.zeros((DRAWS, len(models)))
    seeds, degrees = _seeds(cells, models[0], size), _seeds(cells, models[0], donor) - 1
    spread = np.cov(np.stack([cells.aucs[model, donor] for model in models])) / seeds
    values, vectors = np.linalg.eigh(spread)
    normal = generator.normal(size=(DRAWS, len(models))) * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    return np.asarray(normal * np.sqrt(degrees / generator.chisquare(degrees, size=(DRAWS, 1))))


def _seeds(cells: Cells, model: str, size: int) -> int:
    return len(cells.aucs[model, size])


def _needed(curves: FloatArray, wanted: FloatArray, sizes: Sequence[int]) -> FloatArray:
    """Labels at which each curve (D, K) first reaches what is wanted (D,); infinite where it does not."""
    rising, logs = np.maximum.accumulate(curves, axis=1), np.log(np.array(sizes, dtype=np.float64))
    reached = rising >= wanted[:, None] - 1e-12
    place = np.argmax(reached, axis=1)
    rows = np.arange(len(curves))
    after, before = rising[rows, place], rising[rows, np.maximum(place - 1, 0)]
    gap = after - before
    share = np.divide(wanted - before, gap, out=np.ones(len(curves)), where=gap > 0)
    start = logs[np.maximum(place - 1, 0)]
    found = np.exp(start + np.clip(share, 0, 1) * (logs[place] - start))
    return np.where(reached.any(axis=1), np.where(place == 0, sizes[0], found), np.inf)


def _labels(number: float) -> int | None:
    return round(number) if np.isfinite(number) else None
