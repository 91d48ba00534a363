"""Exact Shapley values by enumeration, and models of eight features to hold against them."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import lightgbm
import numpy as np
import pandas as pd

from finxfer.records.spec import ColumnSpec

EIGHT = ["a", "b", "c", "d", "e", "region", "owner", "arrears"]
COLUMNS = [
    ColumnSpec(name, "feature", "category" if name == "region" else "numeric") for name in EIGHT
]  # fmt: skip


def enumerated(
    answer: Callable[[pd.DataFrame], np.ndarray],
    reference: pd.DataFrame,
    customer: pd.DataFrame,
    features: Sequence[str],
) -> np.ndarray:
    """Shapley values (M,) of one customer by every coalition against every reference row."""
    width = len(features)
    coalitions = list(itertools.product([False, True], repeat=width))
    taken = np.repeat(np.array(coalitions), len(reference), axis=0)
    columns = {
        name: np.where(taken[:, at], customer[name].iloc[0], np.tile(reference[name].array, len(coalitions)))
        for at, name in enumerate(features)
    }
    said = answer(pd.DataFrame(columns).astype(reference[list(features)].dtypes))
    worth = dict(zip(coalitions, said.reshape(len(coalitions), -1).mean(axis=1), strict=True))
    values = np.zeros(width)
    for bits, value in worth.items():
        inside = sum(bits)
        for at in (place for place in range(width) if not bits[place]):
            more = (*bits[:at], True, *bits[at + 1 :])
            weight = math.factorial(inside) * math.factorial(width - inside - 1) / math.factorial(width)
            values[at] += weight * (worth[more] - value)
    return values


def eight(rows: int, seed: int) -> pd.DataFrame:
    """Eight features, one a category, one with missing values."""
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame({name: draw.normal(size=rows) for name in "abcde"})
    frame["region"] = pd.Series(draw.choice(["north", "south", "west"], rows), dtype="str")
    frame["owner"] = (draw.random(rows) < 0.5).astype(float)
    frame["arrears"] = draw.poisson(0.7, rows).astype(float)
    frame.loc[draw.random(rows) < 0.1, "b"] = np.nan
    return frame


def numbers(frame: pd.DataFrame) -> np.ndarray:
    """The features as numbers (N, 8), the category as its place in the alphabet."""
    codes = frame["region"].map({"north": 0.0, "south": 1.0, "west": 2.0}).to_numpy(float)
    return np.column_stack([frame[name] if name != "region" else codes for name in EIGHT]).astype(float)


class Formula:
    """A smooth model with interactions of two and three features."""

    kind = "tabm"
    features = EIGHT

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        x = np.nan_to_num(numbers(frame), nan=0.3)
        score = x[:, 0] + x[:, 1] * x[:, 2] - 0.8 * x[:, 3] * (x[:, 5] > 0) * (1 - x[:, 6])
        score += 0.6 * x[:, 7] - 0.5 * np.abs(x[:, 4]) - 1.2
        return np.asarray(1 / (1 + np.exp(-score)))


class Trees:
    """Boosted trees of the same target, with a shift of the log-odds as class weights leave it."""

    kind = "lightgbm"
    features = EIGHT
    matrix_names = EIGHT
    logit_shift = -0.4

    def __init__(self) -> None:
        frame = eight(1500, 1)
        target = np.random.default_rng(2).random(1500) < Formula().predict(frame)
        options = {"objective": "binary", "num_leaves": 15, "verbose": -1, "num_threads": 1, "seed": 1}
        self.booster = lightgbm.train(options, lightgbm.Dataset(numbers(frame), target), 40)

    def matrix(self, frame: pd.DataFrame) -> np.ndarray:
        return numbers(frame)

    def log_odds(self, frame: pd.DataFrame) -> np.ndarray:
        raw = self.booster.predict(numbers(frame), raw_score=True, num_threads=1)
        return np.asarray(raw) + self.logit_shift

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return np.asarray(1 / (1 + np.exp(-self.log_odds(frame))))
