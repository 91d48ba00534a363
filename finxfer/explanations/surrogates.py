"""Two models that a person can read, fitted to a run's model: a scorecard and a tree of four questions.

Both learn the model's predictions on training rows, never the outcomes, and are measured on test rows: how
much of the model they tell, not how well they would lend. They explain the model; they do not replace it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from finxfer.data.encoding import TableEncoder
from finxfer.explanations.sentences import sentence
from finxfer.records.spec import ColumnSpec

BINS, DEPTH = 5, 4
MOST_CATEGORIES = 8
LEAST_SHARE = 0.03
LEAST_ROWS = 20
RIDGE = 1.0
EDGE = 1e-4
POINTS_TO_DOUBLE, ANCHOR_POINTS, ANCHOR_ODDS = 20.0, 600.0, 50.0
"""Of a common scorecard: 600 points are odds of 50 good customers to one bad, 20 points more double them
(Siddiqi 2006, Credit Risk Scorecards)."""
DRAWS, LEVEL = 500, 0.95


def fit_surrogates(
    frame: pd.DataFrame,
    probability: np.ndarray,
    test: pd.DataFrame,
    test_probability: np.ndarray,
    columns: Sequence[ColumnSpec],
    threshold: float | None,
    seed: int,
) -> dict[str, Any]:
    """The content of ``surrogates.json``.

    Args:
        frame, probability: training rows (N, raw columns) and the model's predictions of them.
        test, test_probability: test rows, on which both are measured.
        columns: the features with their kinds.
        threshold: of the run; agreement is the share of test rows that fall on the same side of it. None of a
            regression: there is no scorecard then, and the tree's ``probability`` is the predicted value.
        seed: of the bootstrap.
    """
    encoder = TableEncoder.fit(frame, list(columns), LEAST_ROWS, MOST_CATEGORIES)
    binned = [_Binned.of(name, encoder, frame) for name in encoder.features]
    made = [_tree(encoder, frame, probability, test, seed)]
    if threshold is not None:
        bounded = np.clip(probability, EDGE, 1 - EDGE)
        score = np.log(bounded / (1 - bounded))
        made.append(_scorecard(binned, score, frame, encoder, test))
    for found, says in made:
        found["fidelity"] = fidelity(says, test_probability, threshold, seed)
        found["sentence"] = _sentence(found)
    return {
        "rows": {"train": len(frame), "test": len(test)},
        "threshold": threshold,
        "target": "the model's predictions of training rows",
        "scorecard": made[1][0] if threshold is not None else None,
        "tree": made[0][0],
    }


def fidelity(says: np.ndarray, model: np.ndarray, threshold: float | None, seed: int) -> dict[str, Any]:
    """R², rank correlation and agreement at the threshold of two sets of predictions (N,).

    With 95% bootstrap intervals over the rows; a figure is None where one of the two does not vary.
    """
    draws = np.random.default_rng(seed).integers(0, len(says), (DRAWS, len(says)))
    found: dict[str, Any] = {"rows": len(says), "intervals": {}}
    for name, measure in (("r2", _r2), ("rank_correlation", _rank), ("agreement", _agreement(threshold))):
        found[name] = measure(says, model)
        values = np.array([measure(says[draw], model[draw]) for draw in draws], dtype=float)
        known = values[~np.isnan(values)]
        ends = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2]).tolist() if len(known) else None
        found["intervals"][name] = ends
    return found


def _r2(says: np.ndarray, model: np.ndarray) -> float | None:
    if np.ptp(model) == 0:
        return None
    return 1 - float(((says - model) ** 2).sum() / ((model - model.mean()) ** 2).sum())


def _rank(says: np.ndarray, model: np.ndarray) -> float | None:
    """Spearman's correlation of the ranks."""
    ours, theirs = rankdata(says), rankdata(model)
    if ours.std() == 0 or theirs.std() == 0:
        return None
    return float(np.corrcoef(ours, theirs)[0, 1])


def _agreement(threshold: float | None) -> Any:
    if threshold is None:
        return lambda says, model: None
    return lambda says, model: float(((says >= threshold) == (model >= threshold)).mean())


class _Binned:
    """One feature cut into a few bins, the missing ones apart."""

    def __init__(self, name: str, edges: np.ndarray | None, labels: list[str]) -> None:
        self.name, self.edges, self.labels = name, edges, labels

    @classmethod
    def of(cls, name: str, encoder: TableEncoder, frame: pd.DataFrame) -> _Binned:
        if name in encoder.category_names:
            return cls(name, None, [*encoder.categories[name], sentence("other")])
        values = _numeric(encoder, frame, name)
        known = values[~np.isnan(values)]
        wanted = np.quantile(known, np.linspace(0, 1, BINS + 1)[1:-1]) if len(known) else np.zeros(0)
        edges: list[float] = []
        for edge in np.unique([float(f"{value:.3g}") for value in wanted]):
            past = edges[-1] if edges else -np.inf
            here, above = ((known > past) & (known <= edge)).sum(), (known > edge).sum()
            if min(here, above) >= max(LEAST_ROWS, LEAST_SHARE * len(known)):
                edges.append(float(edge))
        return cls(name, np.asarray(edges), [*_ranges(edges), sentence("missing")])

    def bins(self, encoder: TableEncoder, frame: pd.DataFrame) -> np.ndarray:
        """Bin of each row, int (N,); the last bin is for missing values, or categories that are rare."""
        if self.edges is None:
            at = encoder.category_names.index(self.name)
            codes = encoder.transform(frame).codes[:, at]
            return np.where(codes == 0, len(self.labels) - 1, codes - 1)
        values = _numeric(encoder, frame, self.name)
        found = np.searchsorted(self.edges, values, side="left")
        return np.where(np.isnan(values), len(self.labels) - 1, found)


def _numeric(encoder: TableEncoder, frame: pd.DataFrame, name: str) -> np.ndarray:
    at = encoder.numeric_names.index(name)
    return encoder.transform(frame).numeric[:, at].astype(np.float64)


def _ranges(edges: list[float]) -> list[str]:
    if not edges:
        return [sentence("any")]
    shown = [f"{edge:,.6g}" for edge in edges]
    between = [sentence("between", low=low, high=high) for low, high in pairwise(shown)]
    return [sentence("up_to", high=shown[0]), *between, sentence("above", low=shown[-1])]


def _scorecard(
    binned: list[_Binned], score: np.ndarray, frame: pd.DataFrame, encoder: TableEncoder, test: pd.DataFrame
) -> tuple[dict[str, Any], np.ndarray]:
    """A linear regression of the model's log-odds on bins, as points; what it says of the test rows."""
    train_bins = [one.bins(encoder, frame) for one in binned]
    test_bins = [one.bins(encoder, test) for one in binned]
    design = np.concatenate(
        [np.eye(len(one.labels))[places] for one, places in zip(binned, train_bins, strict=True)], axis=1
    )
    # A little ridge: bins of all features add up to the same column, and empty bins stay at zero.
    centre = score.mean()
    weights = np.linalg.solve(
        design.T @ design + RIDGE * np.eye(design.shape[1]), design.T @ (score - centre)
    )
    ends = np.cumsum([len(one.labels) for one in binned])
    parts = np.split(weights, ends[:-1])
    factor = POINTS_TO_DOUBLE / math.log(2)
    features: list[dict[str, Any]] = []
    intercept, says = centre, np.full(len(test), centre)
    for one, part, places, asked in zip(binned, parts, train_bins, test_bins, strict=True):
        counts = np.bincount(places, minlength=len(one.labels))
        # Each feature's points are told against its most harmful bin, which has none.
        worst = float(part[counts > 0].max())
        says += part[asked]
        intercept += worst
        rows = [
            {
                "label": label,
                "rows": int(count),
                "share": count / len(score),
                "points": round(factor * (worst - weight)),
            }
            for label, weight, count in zip(one.labels, part, counts, strict=True)
            if count
        ]
        features.append({"feature": one.name, "bins": rows})
    base = ANCHOR_POINTS - factor * (math.log(ANCHOR_ODDS) + intercept)
    features.sort(key=lambda entry: -max(row["points"] for row in entry["bins"]))
    card = {
        "base_points": round(base),
        "points_to_double_odds": POINTS_TO_DOUBLE,
        "anchor": {"points": ANCHOR_POINTS, "odds": ANCHOR_ODDS},
        "features": features,
        "note": sentence("scorecard", base=str(round(base))),
    }
    return card, 1 / (1 + np.exp(-says))


def _tree(
    encoder: TableEncoder, frame: pd.DataFrame, probability: np.ndarray, test: pd.DataFrame, seed: int
) -> tuple[dict[str, Any], np.ndarray]:
    """A regression tree of the model's probability; what it says of the test rows."""
    from sklearn.tree import DecisionTreeRegressor

    names, values, words = _questions(encoder, frame)
    _, asked, _ = _questions(encoder, test)
    middle = np.array([np.nanmedian(column) if not np.isnan(column).all() else 0.0 for column in values.T])
    least = max(LEAST_ROWS, round(LEAST_SHARE * len(frame)))
    grown = DecisionTreeRegressor(
        max_depth=DEPTH, min_samples_leaf=min(least, max(1, len(frame) // 4)), random_state=seed
    )
    grown.fit(np.where(np.isnan(values), middle, values), probability)
    found = {
        "depth": int(grown.get_depth()),
        "leaves": int(grown.get_n_leaves()),
        "nodes": _nodes(grown.tree_, names, words),
        "note": sentence("tree", depth=str(DEPTH)),
    }
    return found, grown.predict(np.where(np.isnan(asked), middle, asked))


def _nodes(tree: Any, names: list[str], words: list[str | None]) -> list[dict[str, Any]]:
    """The nodes of a scikit-learn tree from the top down, "yes" before "no"."""
    nodes: list[dict[str, Any]] = []

    def visit(at: int, parent: int | None, answer: str | None, depth: int) -> None:
        number = len(nodes)
        node: dict[str, Any] = {"id": number, "parent": parent, "answer": answer, "depth": depth}
        node |= {"rows": int(tree.n_node_samples[at]), "probability": float(tree.value[at].ravel()[0])}
        nodes.append(node | {"feature": None, "question": None})
        if tree.children_left[at] == -1:
            return
        column, cut = int(tree.feature[at]), float(tree.threshold[at])
        word, yes, no = words[column], int(tree.children_left[at]), int(tree.children_right[at])
        asks = "asks_number" if word is None else "asks_word"
        asked = sentence(asks, feature=names[column], value=f"{cut:,.6g}" if word is None else word)
        nodes[number] |= {"feature": names[column], "question": asked}
        # A category's column is 1 where the customer has it: above the cut is yes.
        for answer_of, child in (("yes", yes), ("no", no)) if word is None else (("yes", no), ("no", yes)):
            visit(child, number, answer_of, depth + 1)

    visit(0, None, None, 0)
    return nodes


def _questions(encoder: TableEncoder, frame: pd.DataFrame) -> tuple[list[str], np.ndarray, list[str | None]]:
    """Columns that the tree may ask about: numbers as they are, each category yes or no."""
    encoded = encoder.transform(frame)
    names: list[str] = list(encoder.numeric_names)
    words: list[str | None] = [None] * len(names)
    blocks = [encoded.numeric.astype(np.float64)]
    for at, name in enumerate(encoder.category_names):
        for code, word in enumerate(encoder.categories[name], start=1):
            names.append(name)
            words.append(word)
            blocks.append((encoded.codes[:, [at]] == code).astype(np.float64))
    return names, np.concatenate(blocks, axis=1), words


def _sentence(found: dict[str, Any]) -> str:
    measured = found["fidelity"]
    if measured["r2"] is None:
        return sentence("surrogate_flat")
    low, high = measured["intervals"]["r2"]
    if measured["agreement"] is None:
        return sentence(
            "surrogate_amount",
            r2=f"{measured['r2']:.2f}",
            low=f"{low:.2f}",
            high=f"{high:.2f}",
            rows=f"{measured['rows']:,}",
        )
    return sentence(
        "surrogate",
        r2=f"{measured['r2']:.2f}",
        low=f"{low:.2f}",
        high=f"{high:.2f}",
        rows=f"{measured['rows']:,}",
        agreement=f"{measured['agreement']:.1%}",
    )
