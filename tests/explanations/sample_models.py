"""Small models in the shape that explanations need, without any training but a few trees."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

FEATURES = ["income", "limit", "region", "employed", "age", "since"]
REGIONS = {"north": -1.0, "south": 0.5, "west": 1.5}


def customers(rows: int, seed: int) -> pd.DataFrame:
    """Six features of four kinds, missing values among them."""
    generator = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "income": generator.normal(size=rows),
            "limit": generator.lognormal(size=rows),
            "region": pd.Series(generator.choice([*REGIONS, None], rows), dtype="str"),
            "employed": generator.random(rows) < 0.6,
            "age": generator.integers(20, 70, rows),
            "since": pd.Timestamp("2020-01-01") + pd.to_timedelta(generator.integers(0, 900, rows), unit="D"),
        }
    )
    frame.loc[generator.random(rows) < 0.1, "income"] = np.nan
    return frame


def readable(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """The features as numbers a … f of about unit size; a missing value is 0."""
    days = (frame["since"] - pd.Timestamp("2020-01-01")).dt.days.to_numpy()
    return {
        "a": np.nan_to_num(frame["income"].to_numpy(dtype=float)),
        "b": np.log(frame["limit"].to_numpy()),
        "c": frame["region"].map(REGIONS).fillna(0.0).to_numpy(dtype=float),
        "d": frame["employed"].to_numpy(dtype=float),
        "e": (frame["age"].to_numpy() - 45) / 20,
        "f": days / 900 - 0.5,
    }


class FormulaModel:
    """A model given by a formula over `readable` columns, or over the raw frame."""

    features = FEATURES

    def __init__(
        self,
        formula: Callable[[dict[str, np.ndarray]], np.ndarray] | None,
        predict: Callable[[pd.DataFrame], np.ndarray] | None = None,
        kind: str = "",
    ) -> None:
        self._formula, self._predict, self.kind = formula, predict, kind

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return self._predict(frame) if self._formula is None else self._formula(readable(frame))


class TreeModel:
    """A few LightGBM trees over ordinal codes, or with category splits."""

    features = FEATURES
    kind = "lightgbm"
    matrix_names = FEATURES

    def __init__(self, frame: pd.DataFrame, categorical: bool) -> None:
        import lightgbm

        data = readable(frame)
        noise = np.random.default_rng(0).normal(size=len(frame))
        target = data["a"] * data["b"] + data["c"] + data["d"] * data["e"] + noise > 0
        training = lightgbm.Dataset(
            self.matrix(frame), target, categorical_feature=[2] if categorical else [], params={"verbose": -1}
        )
        settings = {"objective": "binary", "num_leaves": 8, "verbose": -1, "num_threads": 1, "seed": 1}
        settings |= {"min_data_per_group": 10, "cat_smooth": 1.0, "max_cat_to_onehot": 1}
        self.booster = lightgbm.train(settings, training, 60)

    def matrix(self, frame: pd.DataFrame) -> np.ndarray:
        words = {word: at for at, word in enumerate(["west", "north", "south"])}
        columns = [
            frame["income"],
            frame["limit"],
            frame["region"].map(words),
            frame["employed"],
            frame["age"],
        ]
        columns.append((frame["since"] - pd.Timestamp("2020-01-01")).dt.days)
        return np.column_stack([np.asarray(column, dtype=np.float64) for column in columns])

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        return np.asarray(self.booster.predict(self.matrix(frame), num_threads=1))
