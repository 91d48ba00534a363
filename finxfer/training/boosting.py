"""LightGBM with a small search: what most analysts would train instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pandas as pd

from finxfer.backbones.outputs import Output, Shift
from finxfer.backbones.protocol import Report, ShouldStop, TrainingData
from finxfer.backbones.weights import checksums
from finxfer.data.encoding import Encoded, TableEncoder
from finxfer.errors import Cancelled, Damaged
from finxfer.records.files import read_json, write_json, write_text
from finxfer.records.spec import BINARY, MULTICLASS
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.boosting_search import worth_training
from finxfer.training.focal import FocalModel
from finxfer.training.guard import Validation, validate
from finxfer.training.logistic import with_made_up
from finxfer.training.tree_tasks import TaskTreatment, Trees, read_trees, stored_trees, tree_treatment

BOOSTER_FILE = "booster.txt"
MOST_TREES = 600
PATIENCE = 40
TREES = (5, 10, 15, 20, 30, 40, 55, 70, 90, 120, 160, 210, 280, 360, 470, 600)
"""Numbers of trees that cross-validation looks at."""
THREADS = 2
SMALL_CELLS = 100_000
"""Up to this many training cells one thread is as fast as two, and does not wait on a busy machine."""
MOST_CATEGORIES = 255

# From shallow and heavily regularised to deep; each is stopped early on the validation rows.
SEARCH: tuple[dict[str, Any], ...] = (
    {"num_leaves": 4, "learning_rate": 0.05, "min_child_samples": 20, "feature_fraction": 0.8},
    {"num_leaves": 4, "learning_rate": 0.05, "min_child_samples": 5, "lambda_l2": 10.0},
    {"num_leaves": 8, "learning_rate": 0.05, "min_child_samples": 10, "feature_fraction": 0.6},
    {"num_leaves": 8, "learning_rate": 0.05, "min_child_samples": 40, "lambda_l2": 5.0},
    {"num_leaves": 15, "learning_rate": 0.05, "min_child_samples": 20, "feature_fraction": 0.5},
    {"num_leaves": 15, "learning_rate": 0.03, "min_child_samples": 60, "feature_fraction": 0.8},
    {"num_leaves": 31, "learning_rate": 0.05, "min_child_samples": 20},
    {"num_leaves": 31, "learning_rate": 0.05, "min_child_samples": 100, "feature_fraction": 0.6},
    {
        "num_leaves": 63,
        "learning_rate": 0.05,
        "min_child_samples": 50,
        "feature_fraction": 0.6,
        "lambda_l2": 5.0,
    },
)


class LightGBMModel:
    """Boosted trees over numbers and ordinal category codes; one matrix column per feature.

    Codes are plain numbers (ranks by frequency), not categorical splits, so that exact TreeSHAP works.
    """

    kind = "lightgbm"

    def __init__(
        self,
        table: TableEncoder,
        booster: lightgbm.Booster,
        logit_shift: float = 0.0,
        start: float = 0.0,
        trees: Trees | None = None,
    ) -> None:
        """start: log-odds that the trees were grown on; logit_shift: what takes other class shares back, both
        of yes and no. trees: of another task."""
        self.table, self.booster, self.logit_shift, self.start = table, booster, logit_shift, start
        self.trees = trees or Trees(shift=start + logit_shift)

    @property
    def output(self) -> Output:
        return self.trees.output

    @property
    def features(self) -> list[str]:
        return list(self.table.features)

    @property
    def matrix_names(self) -> list[str]:
        """Feature of each matrix column."""
        return [*self.table.numeric_names, *self.table.category_names]

    def matrix(self, frame: pd.DataFrame) -> np.ndarray:
        """float64 (N, features) in the booster's column order, NaN where missing or unseen."""
        return _matrix(self.table, frame)

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        if not len(frame):
            return np.zeros((0, self.output.size) if self.trees.present else 0)
        leaves = self.booster.predict(self.matrix(frame), raw_score=True, num_threads=1)
        return self.output.predict(self.trees.raw(np.asarray(leaves, dtype=np.float64)))

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        write_text(folder / BOOSTER_FILE, self.booster.model_to_string())
        content = {
            "kind": self.kind,
            "features": self.features,
            "table": self.table.to_json(),
            "logit_shift": self.logit_shift,
            "start": self.start,
            "sha256": checksums(folder, BOOSTER_FILE),
            **stored_trees(self.trees),
        }
        write_json(folder / "model.json", content)

    @classmethod
    def load(cls, folder: Path) -> LightGBMModel:
        """Raises Damaged where the files are not what `save` wrote."""
        content = read_json(folder / "model.json")
        try:
            booster = lightgbm.Booster(model_str=(folder / BOOSTER_FILE).read_text(encoding="utf-8"))
            shift, start = float(content["logit_shift"]), float(content.get("start", 0.0))
            table = TableEncoder.from_json(content["table"])
            return cls(table, booster, shift, start, read_trees(content))
        except (OSError, KeyError, TypeError, lightgbm.basic.LightGBMError) as error:
            raise Damaged(
                "The LightGBM model cannot be read.", f"{error!r}.", "Start the run again."
            ) from None


Fitted = LightGBMModel | FocalModel


def _matrix(table: TableEncoder, frame: pd.DataFrame) -> np.ndarray:
    return _cells(table.transform(frame))


def _cells(encoded: Encoded) -> np.ndarray:
    codes = np.where(encoded.codes == 0, np.nan, encoded.codes.astype(np.float64))
    return np.concatenate((encoded.numeric.astype(np.float64), codes), axis=1)


class _Fitting:
    """The training rows, binned once: a search then costs little more than its trees."""

    def __init__(self, data: TrainingData, settings: TrainingSettings, seed: int, stop: ShouldStop) -> None:
        self.table = TableEncoder.fit(
            data.frame_train, data.columns, min_category_rows=2, max_categories=MOST_CATEGORIES
        )
        self.stop = stop
        own, self.asked = np.asarray(data.y_train), _matrix(self.table, data.frame_validation)
        encoded, y = self.table.transform(data.frame_train), own
        if data.task == BINARY:
            encoded, y = with_made_up(encoded, own, settings)
        self.treatment = tree_treatment(data, y, own, settings)
        rows = self.treatment.rows(y, seed)
        matrix, weights = _cells(encoded)[rows], self.treatment.weights(y[rows])
        y = self.treatment.labels(y[rows])
        self.threads = 1 if matrix.size <= SMALL_CELLS else THREADS
        binning = {"min_data_in_bin": 3, "feature_pre_filter": False, "verbosity": -1}
        fixed = {"objective": "binary", "metric": "binary_logloss", "num_threads": self.threads, "seed": seed}
        self.options = {**binning, **fixed, "deterministic": True, "force_row_wise": True}
        self.options |= self.treatment.options(y, weights)
        self.rows = lightgbm.Dataset(
            matrix,
            y,
            weight=weights,
            params=binning,
            free_raw_data=False,
            init_score=self.treatment.starts(len(y)),
        )
        self.checked = lightgbm.Dataset(
            self.asked,
            self.treatment.labels(np.asarray(data.y_validation)),
            reference=self.rows,
            params=binning,
            free_raw_data=False,
            init_score=self.treatment.starts(len(self.asked)),
        )

    def train(self, entry: dict[str, Any], trees: int, early: bool, whole: bool = False) -> lightgbm.Booster:
        """`trees` trees, or fewer where the validation rows stop them early.

        whole: with the trees after the best number, which LightGBM else cuts off.
        """

        def poll(_: lightgbm.callback.CallbackEnv) -> None:
            if self.stop():
                raise Cancelled("The training was cancelled.", "It was asked to stop.", "Resume it to go on.")

        callbacks: list[Callable[..., Any]] = [poll]
        if early:
            callbacks.append(lightgbm.early_stopping(PATIENCE, verbose=False))
        checked = [self.checked] if early else None
        return lightgbm.train(
            {**self.options, **entry},
            self.rows,
            trees,
            checked,
            keep_training_booster=whole,
            callbacks=callbacks,
            feval=self.treatment.judge if early else None,
        )

    def model(self, booster: lightgbm.Booster, logit_shift: Shift = 0.0) -> Fitted:
        """The trees with their class shares and loss taken back; logit_shift is added to their raw output."""
        if isinstance(self.treatment, TaskTreatment):
            return LightGBMModel(self.table, booster, trees=self.treatment.trees)
        assert isinstance(logit_shift, float)
        gamma, shift = self.treatment.known.gamma, self.treatment.known.shift + logit_shift
        start = self.treatment.start
        if not gamma:
            return LightGBMModel(self.table, booster, shift, start)
        return FocalModel(LightGBMModel(self.table, booster, 0.0, start), gamma, shift)

    def leaves(self, booster: lightgbm.Booster, first: int = 0, trees: int | None = None) -> np.ndarray:
        """What `trees` rounds from number `first` on (all up to the best one) say of the validation rows."""
        raw = booster.predict(
            self.asked, start_iteration=first, num_iteration=trees, raw_score=True, num_threads=self.threads
        )
        return np.asarray(raw, dtype=np.float64)


def fit_lightgbm(
    data: TrainingData, settings: TrainingSettings, seed: int, report: Report, should_stop: ShouldStop
) -> tuple[Fitted, Validation]:
    """The best of nine configurations by validation loss. Raises Cancelled on request.

    Of a large table a sample tells which of them are trained on all rows; see `boosting_search`.
    """
    numbers = _worth_training(data, settings, seed, should_stop)
    fitting = _Fitting(data, settings, seed, should_stop)
    best: tuple[Fitted, Validation] | None = None
    for done, number in enumerate(numbers, start=1):
        booster = fitting.train(SEARCH[number], MOST_TREES, early=True)
        raw = fitting.treatment.corrected(fitting.leaves(booster))
        found = validate(data.y_validation, raw, output=data.output)
        if best is None or found.better_than(best[1]):
            kept = lightgbm.Booster(model_str=booster.model_to_string(num_iteration=booster.best_iteration))
            best = fitting.model(kept), found
        report("progress", stage="baselines", done=done, of=len(numbers), eta_seconds=None)
    assert best is not None
    return best


def _worth_training(
    data: TrainingData, settings: TrainingSettings, seed: int, should_stop: ShouldStop
) -> list[int]:
    fittings: list[_Fitting] = []

    def loss_of(sample: TrainingData, number: int) -> float:
        if not fittings:
            fittings.append(_Fitting(sample, settings, seed, should_stop))
        fitting = fittings[0]
        booster = fitting.train(SEARCH[number], MOST_TREES, early=True)
        raw = fitting.treatment.corrected(fitting.leaves(booster))
        return validate(sample.y_validation, raw, output=sample.output).loss

    return worth_training(data, SEARCH, seed, loss_of)


def staged_raw(
    data: TrainingData, settings: TrainingSettings, seed: int, should_stop: ShouldStop
) -> np.ndarray:
    """Raw output (configurations, len(TREES), V) of the validation rows after ever more trees; of several
    classes (..., V, C).

    A configuration ends 40 trees after its best; of more trees nothing is known (NaN). To take its last word
    for them would make large numbers of trees look as good as small ones. Nor is anything known of
    configurations that a large table is not trained with.
    """
    numbers = _worth_training(data, settings, seed, should_stop)
    fitting = _Fitting(data, settings, seed, should_stop)
    rows, output = len(data.y_validation), data.output
    shape = (rows, output.size) if output.task == MULTICLASS else (rows,)
    found = np.full((len(SEARCH), len(TREES), *shape), np.nan)
    for number in numbers:
        booster = fitting.train(SEARCH[number], MOST_TREES, early=True, whole=True)
        total, reached = np.zeros(1), 0
        for place, trees in enumerate(TREES):
            if trees > booster.current_iteration():
                break
            total = total + fitting.leaves(booster, reached, trees - reached)
            reached, found[number, place] = trees, fitting.treatment.corrected(total)
    return found


def fit_trees(
    data: TrainingData,
    settings: TrainingSettings,
    seed: int,
    should_stop: ShouldStop,
    entry: dict[str, Any],
    trees: int,
    logit_shift: Shift = 0.0,
) -> Fitted:
    """So many trees of one configuration on the training rows; the validation rows have no say."""
    fitting = _Fitting(data, settings, seed, should_stop)
    return fitting.model(fitting.train(entry, max(trees, 1), early=False), logit_shift)
