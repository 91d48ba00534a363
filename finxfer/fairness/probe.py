"""The proxy probe: how well a representation of customers tells a protected attribute.

A small model is asked to tell the attribute from the representation of rows that it has not seen (Alain &
Bengio 2016, arXiv 1610.01644; of protected attributes e.g. Edwards & Storkey 2016, arXiv 1511.05897). An AUC
of 0.5 is chance. A probe finds what is easy to find: a low AUC does not prove that nothing is there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from finxfer.evaluation.intervals import counts_of_draws, percentile_interval
from finxfer.evaluation.metrics import FloatArray, auc_from_groups, score_groups
from finxfer.fairness.rates import MIN_ROWS

FOLDS = 3
COMPONENTS = 32
"""Most principal components that a linear probe reads."""
MOST_DRAWS = 200
CHANCE = 0.5


@dataclass(frozen=True)
class Probed:
    """How well the attribute is told.

    Attributes:
        value: AUC of one value against the others, the mean over the values, 0 to 1.
        draws: the same in each bootstrap resample of the rows (B,); paired between probes of the same rows.
    """

    value: float
    draws: FloatArray

    @property
    def interval(self) -> list[float] | None:
        """95%, of the rows alone: the probe is not fitted again for each resample."""
        return percentile_interval(self.draws)

    def to_json(self) -> dict[str, Any]:
        return {"auc": self.value, "interval": self.interval}


def change(before: Probed, after: Probed) -> dict[str, Any]:
    """AUC after minus before on the same rows, with its paired 95% interval."""
    return {
        "value": after.value - before.value,
        "interval": percentile_interval(after.draws - before.draws),
    }


class Attribute:
    """One protected attribute of N rows, with what every probe of it shares: folds and resamples.

    labels: the slice of each row, text (N,). Values of fewer than 30 rows are left out, their rows too.
    """

    def __init__(self, labels: np.ndarray, draws: int, seed: int) -> None:
        from sklearn.model_selection import StratifiedKFold

        labels = np.asarray(labels).astype(str)
        names, counts = np.unique(labels, return_counts=True)
        self.values = [str(name) for name, rows in zip(names, counts, strict=True) if rows >= MIN_ROWS]
        self.left_out = [str(name) for name in names if name not in self.values]
        self.rows = np.flatnonzero(np.isin(labels, self.values))
        self._y = np.searchsorted(self.values, labels[self.rows])
        if not self.can_be_probed:
            return
        folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
        self._folds = list(folds.split(self._y, self._y))
        generator = np.random.default_rng([seed, 0x9B0B])
        self._counts = counts_of_draws(len(self.rows), min(draws, MOST_DRAWS), generator)

    @property
    def can_be_probed(self) -> bool:
        """Whether there are two values of enough rows to be told apart."""
        return len(self.values) > 1

    def told_by(self, features: FloatArray) -> Probed:
        """A linear probe: logistic regression on at most 32 principal components of features (N, D)."""
        from sklearn.linear_model import LogisticRegression

        read = principal_components(np.asarray(features, dtype=np.float64)[self.rows])
        return self._cross_validated(read, lambda: LogisticRegression(C=1.0, max_iter=300))

    def told_by_trees(self, columns: FloatArray) -> Probed:
        """A probe of boosted trees on raw columns (N, D), NaN = missing: what a model could make of them."""
        from sklearn.ensemble import HistGradientBoostingClassifier

        def trees() -> Any:
            return HistGradientBoostingClassifier(
                max_iter=60, max_leaf_nodes=8, learning_rate=0.1, random_state=0
            )

        return self._cross_validated(np.asarray(columns, dtype=np.float64)[self.rows], trees)

    def _cross_validated(self, read: FloatArray, make: Any) -> Probed:
        said = np.zeros((len(self._y), len(self.values)))
        for known, asked in self._folds:
            said[asked] = make().fit(read[known], self._y[known]).predict_proba(read[asked])
        # Of two values one against the other is the same number twice.
        told = range(1, 2) if len(self.values) == 2 else range(len(self.values))
        found = [self._auc(said[:, value], self._y == value) for value in told]
        return Probed(
            float(np.mean([value for value, _ in found])), np.mean([draws for _, draws in found], axis=0)
        )

    def _auc(self, score: FloatArray, positive: np.ndarray) -> tuple[float, FloatArray]:
        groups = score_groups(score)

        def auc(counts: FloatArray) -> FloatArray:
            return auc_from_groups(groups.sums(counts * positive), groups.sums(counts * ~positive))

        return float(auc(np.ones(len(score)))), auc(self._counts)


def principal_components(features: FloatArray) -> FloatArray:
    """Standardised columns that vary, turned to at most 32 principal components (N, <= 32), unit variance."""
    from sklearn.decomposition import PCA

    spread = features.std(axis=0)
    varied = features[:, spread > 1e-9]
    if not varied.shape[1]:
        return np.zeros((len(features), 1))
    varied = (varied - varied.mean(axis=0)) / varied.std(axis=0)
    count = min(COMPONENTS, *varied.shape)
    return np.asarray(PCA(count, whiten=True, random_state=0).fit_transform(varied))


def probe_sentence(entry: dict[str, Any]) -> str:
    """One sentence for a column, from its finished entry of proxies.json."""
    name = entry["column"]
    if entry["features"] is None:
        return f"{name}: too little data. Fewer than two values have {MIN_ROWS} test rows."
    features = entry["features"]["trees"]
    if entry["in_model"]:
        opening = f"{name}: the model reads it as a feature."
    elif features["interval"] is not None and features["interval"][0] <= CHANCE:
        opening = f"{name}: this probe cannot tell it from the features: AUC {_auc(features)}."
    else:
        opening = f"{name}: it can be told from the features with an AUC of {_auc(features)} (0.5 is chance)."
    if not entry["stages"]:
        return opening
    last = entry["stages"][-1]
    where = f"After the last stage ({last['title']}) it is {_auc(last['after'])}"
    moved = last["change"]
    if moved is None:
        return f"{opening} {where}."
    if moved["interval"] is None:
        return f"{opening} {where}; how much of that is due to fine-tuning is not known."
    low, high = moved["interval"]
    size = f"{moved['value']:+.3f} [{low:+.3f}, {high:+.3f}]".replace("-", "\u2212")
    if low <= 0 <= high:
        return f"{opening} {where}; fine-tuning made no difference that these rows show ({size})."
    word = "easier" if moved["value"] > 0 else "harder"
    return f"{opening} {where}; fine-tuning made it {word} to tell ({size})."


def _auc(found: dict[str, Any]) -> str:
    between = "" if found["interval"] is None else " [{:.3f}, {:.3f}]".format(*found["interval"])
    return f"{found['auc']:.3f}{between}"
