"""Of judged candidates the mixture that is taken, with figures that are not flattered by the choice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from finxfer.backbones.outputs import Output
from finxfer.backbones.protocol import FittedModel
from finxfer.records.spec import AS_IS
from finxfer.training.candidates import BASELINE
from finxfer.training.cross_validation import Scored
from finxfer.training.ensemble import KIND, EnsembleModel, Member, greedy_weights
from finxfer.training.folds import Folds
from finxfer.training.guard import ranking

PRETRAINED_SHARE = 0.8
"""Of the prior, for the pretrained candidates together where labels are few; the baselines share the rest."""
HALF_ROWS = 3000
"""Rows with which half of that is left: pretraining has the less to say, the more the table itself says."""
SOURCE_SHARE, SOURCE_HALF_ROWS = 0.9, 10_000
"""The same of backbones that have learned this very task elsewhere, before all others."""
AS_IS_SHARE = 2 / 3
"""Of what the source has, for its answer as it is; the rest goes to what the target's rows made of it."""
_SOURCE, _ADAPTED, _PRETRAINED = "source", "adapted", "pretrained"


@dataclass(frozen=True)
class Blend:
    """The members with their weights (M,), the greatest first, and how they do together.

    raw: raw output for the judged rows, (J,) or (J, C); losses: of them (J,). The weights for a row were
    chosen by the other parts.
    """

    members: tuple[Scored, ...]
    weights: np.ndarray
    raw: np.ndarray
    losses: np.ndarray
    auc: float | None

    @property
    def name(self) -> str:
        return self.members[0].name if len(self.members) == 1 else KIND

    @property
    def loss(self) -> float:
        return float(self.losses.mean())

    def weight(self, name: str) -> float:
        """Share of a candidate, 0 where it is not used."""
        for member, weight in zip(self.members, self.weights, strict=True):
            if member.name == name:
                return float(weight)
        return 0.0

    @property
    def pretrained(self) -> Scored | None:
        """The pretrained member with the greatest weight."""
        return next((member for member in self.members if member.candidate.kind != BASELINE), None)

    def fit(self, model: Callable[[Scored], FittedModel], output: Output) -> FittedModel:
        """The members fitted for good, alone or as an ensemble."""
        if len(self.members) == 1:
            return model(self.members[0])
        return EnsembleModel(
            [
                Member(member.name, float(weight), model(member))
                for member, weight in zip(self.members, self.weights, strict=True)
            ],
            output,
        )


def blend(pool: Sequence[Scored], folds: Folds) -> Blend:
    """The greedy ensemble of the candidates, or a single one where that is cheapest.

    The weights are chosen by all judged rows; each row's own figure, by weights that the rows of the
    other parts chose.
    """
    y, parts, output = folds.targets, folds.parts, folds.data.output
    raw = np.stack([scored.raw for scored in pool])
    prior = prior_weights(pool, len(folds.y))
    weights = greedy_weights(raw, y, prior, output=output)
    honest = np.empty(raw.shape[1:])
    for number in np.unique(parts):
        here = parts == number
        others = ~here if (~here).any() else here
        chosen = greedy_weights(raw[:, others], y[others], prior, output=output)
        honest[here] = _mixed(chosen, raw[:, here])
    order = [place for place in np.argsort(-weights, kind="stable") if weights[place] > 0]
    members = tuple(pool[place] for place in order)
    losses = output.row_losses(y, honest)
    return Blend(members, weights[order], honest, losses, ranking(output, y, honest))


def _mixed(weights: np.ndarray, raw: np.ndarray) -> np.ndarray:
    """Weights (M,) times raw output (M, J, ...)."""
    return np.asarray(weights @ raw.reshape(len(raw), -1)).reshape(raw.shape[1:])


def prior_weights(pool: Sequence[Scored], rows: int) -> np.ndarray:
    """What the weights are worth before any of the `rows` rows has spoken, (M,), summing up to 1.

    Each group has a share, which its candidates halve, third and so on; shares of groups that are empty go to
    the others in proportion.
    """
    groups = [_group(scored) for scored in pool]
    source = SOURCE_SHARE / (1 + rows / SOURCE_HALF_ROWS) if _SOURCE in groups else 0.0
    # Beside a source an in-context backbone is one more reader of the same few rows, as the baselines are.
    pretrained = (1 - source) / 2 if source else PRETRAINED_SHARE / (1 + rows / HALF_ROWS)
    shares = {
        _SOURCE: source * AS_IS_SHARE,
        _ADAPTED: source * (1 - AS_IS_SHARE),
        _PRETRAINED: pretrained,
        BASELINE: 1 - source - pretrained,
    }
    weights = np.array([shares[group] / groups.count(group) for group in groups])
    return np.asarray(weights / weights.sum())


def _group(scored: Scored) -> str:
    candidate = scored.candidate
    if candidate.from_source:
        return _SOURCE if candidate.kind == AS_IS else _ADAPTED
    return BASELINE if candidate.kind == BASELINE else _PRETRAINED
