"""The guard: training never returns weights that validate worse than where it started."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from finxfer.backbones.imbalance import focal_bend, focal_bend_classes
from finxfer.backbones.outputs import (
    BINARY_OUTPUT,
    TINY,
    Output,
    Shift,
    log_odds_of,
    rate_shift,
    read_shift,
    row_losses,
)
from finxfer.evaluation.metrics import as_labels, ranking_metrics
from finxfer.records.spec import BINARY, REGRESSION

__all__ = ["TINY", "Validation", "bent", "log_odds_of", "ranking", "rate_shift", "row_losses", "validate"]


@dataclass(frozen=True)
class Validation:
    """How a model does on the validation rows.

    loss decides: the log loss (it judges ranking and calibration at once and is steadier on few rows than
    AUC), of a regression the squared error with the target's variance as its unit. auc is noted beside it,
    NaN where only one class is there. focal_gamma, logit_shift: the log-odds were bent back as after a focal
    loss of that gamma (0: they were not), then this was added to them (class weighting inflates them).
    """

    loss: float
    auc: float
    logit_shift: Shift = 0.0
    focal_gamma: float = 0.0

    def better_than(self, other: Validation) -> bool:
        """Whether the loss is smaller; one that is not finite never is."""
        return bool(np.isfinite(self.loss) and not self.loss >= other.loss)

    def to_json(self) -> dict[str, Any]:
        """An AUC that means nothing is null: JSON has no NaN."""
        return asdict(self) | {"auc": self.auc if np.isfinite(self.auc) else None}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Validation:
        """What `to_json` gave, after JSON has made a list of a tuple."""
        auc = np.nan if content["auc"] is None else content["auc"]
        return cls(**{**content, "auc": auc, "logit_shift": read_shift(content["logit_shift"])})


def validate(
    y: np.ndarray,
    logits: np.ndarray,
    restore_rate: bool = False,
    focal_gamma: float = 0.0,
    output: Output = BINARY_OUTPUT,
) -> Validation:
    """Loss and AUC of raw output.

    y: targets (N,). logits: raw output, float64 (N,) or (N, C). restore_rate: after training with class
    weights, shift the log-odds by what brings their mean probability to the shares of these rows.
    focal_gamma: after training with the focal loss, bend them back first where that is better: a training
    that ends early is not yet where the focal loss leads.
    """
    if focal_gamma:
        plain = validate(y, logits, True, output=output)
        straight = validate(y, bent(output, logits, focal_gamma), True, output=output)
        return replace(straight, focal_gamma=focal_gamma) if straight.better_than(plain) else plain
    if not np.isfinite(logits).all():
        return Validation(float("inf"), float("nan"))
    shift = output.rate_shift(y, logits) if restore_rate else 0.0
    loss = float(np.mean(output.row_losses(y, logits + shift)))
    auc = ranking(output, y, logits)
    return Validation(loss, float("nan") if auc is None else float(auc), shift)


def bent(output: Output, raw: np.ndarray, gamma: float) -> np.ndarray:
    """Raw output as it is, of what the focal loss of this gamma has taught; a regression has none."""
    if not gamma:
        return raw
    return focal_bend(raw, gamma) if output.task == BINARY else focal_bend_classes(raw, gamma)


def ranking(output: Output, y: np.ndarray, raw: np.ndarray) -> float | None:
    """AUC of raw output; of several classes the mean of one against the rest, over those that occur.

    None of a regression, and where one class alone occurs. y: (N,). raw: (N,) or (N, C).
    """
    if output.task == REGRESSION:
        return None
    if output.task == BINARY:
        return ranking_metrics(as_labels(y), raw)["auc"]
    probability, y = output.predict(raw), np.asarray(y)
    found = [
        ranking_metrics(as_labels((y == code).astype(np.int64)), probability[:, code])["auc"]
        for code in np.unique(y)
    ]
    known = [auc for auc in found if auc is not None]
    return float(np.mean(known)) if known else None
