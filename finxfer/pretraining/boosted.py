"""Boosted trees from a source table: a bag of boosters, grown on bins, as one forest in ten blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from finxfer.backbones.boosted import BLOCKS, BoostedBackbone
from finxfer.backbones.card import BOOSTED, Card
from finxfer.backbones.forest import Forest, interleaved
from finxfer.backbones.protocol import Report, ShouldStop, TrainingData
from finxfer.backbones.tabular_encoder import TabularEncoder
from finxfer.errors import Cancelled
from finxfer.evaluation.metrics import as_labels, ranking_metrics
from finxfer.training.boosted_transfer import HEAD, NEW_TREES
from finxfer.training.guard import rate_shift

CONFIG: dict[str, Any] = {
    "members": 5,
    "bins": 128,
    "trees": 1000,
    "patience": 50,
    "masked_share": 0.05,
    "leaves": 15,
    "learning_rate": 0.05,
    "rows_in_leaf": 50,
}
"""members: boosters in the bag. bins: of a number. trees: most of a booster. masked_share: of the cells that
each of them reads as missing, so that a target may lack columns. rows_in_leaf: fewest rows of a leaf."""
HEAD_LEAVES = NEW_TREES[-1] * int(HEAD["num_leaves"])
"""What a card says of trees that are not there yet: the most leaves that a target adds."""


@dataclass(frozen=True)
class Growing:
    """Arguments that the parts of `grow` share.

    least_category_rows: names of rarer categories are withheld. config: what differs from `CONFIG`.
    """

    seed: int
    least_category_rows: int
    report: Report
    should_stop: ShouldStop
    config: dict[str, Any]


def grow(data: TrainingData, growing: Growing) -> tuple[BoostedBackbone, dict[str, Any]]:
    """Trains on the training rows, each booster stopped early by the validation rows; with what was measured.

    Equal arguments give equal trees. Raises BadInput where there is no feature, Cancelled on request.
    """
    config = {**CONFIG, **growing.config}
    encoder = TabularEncoder.fit(
        data.frame_train, data.columns, int(config["bins"]), growing.least_category_rows, keep_counts=False
    )
    rows, checked = encoder.bins(data.frame_train), encoder.bins(data.frame_validation)
    intercept = rate_shift(np.zeros(1), float(np.mean(data.y_train)))
    members, gains = [], np.zeros(rows.shape[1])
    for number in range(int(config["members"])):
        booster, trees = _booster(rows, checked, data, intercept, growing, config, number)
        members.append(Forest.of(booster, trees))
        gains += booster.feature_importance("gain", iteration=trees)
    blocks = tuple(interleaved([member.scaled(1 / len(members)) for member in members], BLOCKS))
    card = Card(
        id=BOOSTED,
        name="Boosted trees",
        family=BOOSTED,
        stages=[],
        head={"name": "new_trees", "title": "New trees", "parameters": HEAD_LEAVES},
        parameters=0,
        columns=[{"name": column.name, "kind": column.kind} for column in data.columns],
        importance=_shares(encoder.bin_names(), gains),
        config={"members": len(members), "bins": int(config["bins"])},
    )
    backbone = BoostedBackbone(card, encoder, blocks, Forest(), intercept).described()
    auc = ranking_metrics(as_labels(data.y_validation), backbone.forest.log_odds(checked))["auc"]
    return backbone, {} if auc is None else {"source_validation_auc": round(auc, 4)}


def _shares(names: Sequence[str], gains: np.ndarray) -> dict[str, float]:
    """Share of each column in the loss that all splits took away."""
    total = gains.sum()
    return (
        {name: round(float(gain / total), 4) for name, gain in zip(names, gains, strict=True)}
        if total
        else {}
    )


def _booster(
    rows: np.ndarray,
    checked: np.ndarray,
    data: TrainingData,
    intercept: float,
    growing: Growing,
    config: dict[str, Any],
    number: int,
) -> tuple[lightgbm.Booster, int]:
    """One member of the bag, and how many of its trees count: at least one for every block."""
    generator = np.random.default_rng([growing.seed, number])
    masked = np.where(generator.random(rows.shape) < float(config["masked_share"]), np.nan, rows)
    options = {
        "objective": "binary",
        "metric": "binary_logloss",
        "boost_from_average": False,
        "learning_rate": config["learning_rate"],
        "num_leaves": config["leaves"],
        "min_data_in_leaf": config["rows_in_leaf"],
        "feature_fraction": 0.6,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "lambda_l2": 1.0,
        "max_bin": 255,
        "min_data_in_bin": 1,
        "seed": int(generator.integers(2**31)),
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    train = lightgbm.Dataset(masked, data.y_train, init_score=np.full(len(rows), intercept), params=options)
    judge = lightgbm.Dataset(
        checked,
        data.y_validation,
        init_score=np.full(len(checked), intercept),
        reference=train,
        params=options,
    )
    most = int(config["trees"])

    def poll(environment: lightgbm.callback.CallbackEnv) -> None:
        if growing.should_stop():
            raise Cancelled("The training was cancelled.", "It was asked to stop.", "Start it again.")
        done = number * most + environment.iteration
        if environment.iteration % 20 == 0:
            growing.report(
                "progress", stage="source", done=done, of=int(config["members"]) * most, eta_seconds=None
            )

    booster = lightgbm.train(
        options,
        train,
        most,
        [judge],
        keep_training_booster=True,
        callbacks=[poll, lightgbm.early_stopping(int(config["patience"]), verbose=False)],
    )
    return booster, min(max(booster.best_iteration, BLOCKS), booster.current_iteration())
