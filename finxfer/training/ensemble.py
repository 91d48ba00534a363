"""A greedy ensemble: members weighed by how their mean raw output (log-odds, log-probabilities of classes or
values) does on rows that none has learned from.

Caruana, Niculescu-Mizil, Crew & Ksikes 2004, "Ensemble selection from libraries of models".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from finxfer.backbones.outputs import BINARY_OUTPUT, Output, read_output, stored_output
from finxfer.backbones.protocol import FittedModel
from finxfer.backbones.weights import checksums
from finxfer.errors import Damaged
from finxfer.records.files import read_json, write_json

KIND = "ensemble"
MEMBERS = "members"
ROUNDS = 20
STRENGTH = 10.0
"""How many nats of log loss it costs to move the weights one nat away from the prior."""


@dataclass(frozen=True)
class Member:
    """A fitted model with its share of the ensemble's raw output; the shares sum up to 1."""

    name: str
    weight: float
    model: FittedModel


class EnsembleModel:
    """The weighted mean of the members' raw output."""

    kind = KIND

    def __init__(self, members: Sequence[Member], output: Output = BINARY_OUTPUT) -> None:
        self.members, self.output = tuple(members), output

    @property
    def features(self) -> list[str]:
        """The columns that any member needs, each once."""
        return list(dict.fromkeys(name for member in self.members for name in member.model.features))

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        raw = np.zeros(1)
        for member in self.members:
            raw = raw + member.weight * self.output.raw_of(member.model.predict(frame))
        return self.output.predict(raw)

    def save(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for number, member in enumerate(self.members):
            member.model.save(folder / MEMBERS / str(number))
        content = {
            "kind": self.kind,
            "features": self.features,
            "members": [
                {"name": member.name, "weight": member.weight, "kind": member.model.kind}
                for member in self.members
            ],
            "sha256": checksums(folder, *(_file(number) for number in range(len(self.members)))),
            **stored_output(self.output),
        }
        write_json(folder / "model.json", content)


def _file(number: int) -> str:
    return f"{MEMBERS}/{number}/model.json"


def read_members(folder: Path) -> list[dict[str, Any]]:
    """Name, weight and kind of a stored ensemble's members, in the order of their folders.

    Raises Damaged where model.json is not what `save` wrote.
    """
    content = read_json(folder / "model.json")
    try:
        return [
            {"name": str(entry["name"]), "weight": float(entry["weight"]), "kind": str(entry["kind"])}
            for entry in content["members"]
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise Damaged("The ensemble cannot be read.", f"{error!r}.", "Start the run again.") from None


def stored_ensemble(folder: Path, members: Sequence[FittedModel]) -> EnsembleModel:
    """The ensemble of the stored members, in the order of their folders. Raises Damaged as `read_members`."""
    told = zip(read_members(folder), members, strict=True)
    output = read_output(read_json(folder / "model.json"))
    return EnsembleModel([Member(entry["name"], entry["weight"], model) for entry, model in told], output)


def greedy_weights(
    raw: np.ndarray,
    y: np.ndarray,
    prior: np.ndarray,
    strength: float = STRENGTH,
    output: Output = BINARY_OUTPUT,
) -> np.ndarray:
    """Weights (M,) in steps of a twentieth or coarser, summing up to 1.

    From the best single member on, the one that lowers the cost most is added, again and again, with
    replacement; of all rounds the cheapest counts, the earlier one in a tie. The cost is the summed loss of
    the mean raw output, and `strength` times the divergence of the weights from `prior`: with few rows, where
    losses tell members apart by chance alone, the weights stay near it.

    raw: (M, J) or (M, J, C). y: targets (J,). prior: (M,), above 0, sums up to 1. strength: nats, 0 for none.
    """
    counts = np.zeros(len(raw))
    summed = np.zeros(raw.shape[1:])
    strength *= output.nats(float(output.row_losses(y, raw).mean(axis=1).min()))
    lowest, best = np.inf, counts
    for size in range(1, ROUNDS + 1):
        grown = (counts + np.eye(len(counts))) / size
        share = np.where(grown > 0, grown, 1.0)
        divergence = (grown * (np.log(share) - np.log(prior))).sum(axis=1)
        costs = output.row_losses(y, (summed + raw) / size).sum(axis=1) + strength * divergence
        chosen = int(np.argmin(costs))
        counts[chosen] += 1
        summed = summed + raw[chosen]
        if costs[chosen] < lowest:
            lowest, best = costs[chosen], counts / size
    return best
