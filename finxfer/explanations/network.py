"""A small network that answers as a model does on hybrid rows, and answers millions of them a minute.

Knowledge distillation (Hinton, Vinyals & Dean 2015) on just the rows that interventional SHAP values ask
about. Two hidden layers and a linear path; squared error on the prediction, the scale of the explanations.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import torch

WIDTH = 64
EPOCHS = 40
BATCH = 256
LEARNING_RATE = 5e-3
WEIGHT_DECAY = 1e-4
WARM_UP = 0.1
EDGE = 1e-4


@dataclass(frozen=True)
class Link:
    """From what the network adds up to the model's predictions.

    kind: sigmoid (a probability), softmax (of ``size`` classes) or linear (centre + spread × output).
    """

    kind: str = "sigmoid"
    size: int = 1
    centre: float = 0.0
    spread: float = 1.0

    @classmethod
    def of(cls, answers: np.ndarray, amounts: bool) -> Link:
        """The link for a model with these answers, (H,) or (H, C)."""
        if answers.ndim == 2:
            return cls("softmax", answers.shape[1])
        if not amounts:
            return cls()
        return cls("linear", 1, float(answers.mean()), float(answers.std()) or 1.0)

    @classmethod
    def from_json(cls, content: Any) -> Link:
        """What :meth:`to_json` gave; explainers of earlier versions have none."""
        return cls() if content is None else cls(**content)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def predict(self, raw: torch.Tensor) -> torch.Tensor:
        """Predictions (T,) or (T, C) of raw output."""
        if self.kind == "softmax":
            return torch.softmax(raw, dim=-1)
        return torch.sigmoid(raw) if self.kind == "sigmoid" else self.centre + self.spread * raw

    def start(self, answers: np.ndarray) -> np.ndarray:
        """The raw output (size,) of the mean answer."""
        mean = answers.mean(axis=0)
        if self.kind == "linear":
            return np.zeros(1)
        mean = np.clip(np.atleast_1d(mean), EDGE, 1 - EDGE)
        return np.log(mean) if self.kind == "softmax" else np.log(mean / (1 - mean))


class Network(torch.nn.Module):
    """Inputs (N, D) to the raw output of its link: (N,), or (N, C) of C classes.

    The first layer holds WIDTH + outputs units; the last of them are the linear path, added to the output. As
    it is linear in the inputs, what each feature adds to it is worked out once for each row
    (:meth:`shares`) and hybrids are mere sums of such shares (:meth:`from_shares`).
    """

    def __init__(self, inputs: int, link: Link = Link()) -> None:
        super().__init__()
        self.link = link
        self.first = torch.nn.Linear(inputs, WIDTH + link.size)
        self.second = torch.nn.Linear(WIDTH, WIDTH)
        self.last = torch.nn.Linear(WIDTH, link.size)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        return self._upper(self.first(inputs))

    def _upper(self, summed: torch.Tensor) -> torch.Tensor:
        act = torch.nn.functional.silu
        hidden = act(self.second(act(summed[:, :WIDTH])))
        raw = self.last(hidden) + summed[:, WIDTH:]
        return raw if self.link.kind == "softmax" else raw.squeeze(-1)

    def shares(self, inputs: torch.Tensor, owner: np.ndarray) -> torch.Tensor:
        """What each feature's inputs add to the first layer: (N, D) to (N, M, units)."""
        starts = [0, *(np.flatnonzero(np.diff(owner)) + 1), len(owner)]
        parts = [inputs[:, low:high] @ self.first.weight[:, low:high].T for low, high in pairwise(starts)]
        return torch.stack(parts, dim=1)

    def from_shares(self, table: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        """Raw output of T hybrids; ``places`` (T, M) are rows of ``table`` (any, units)."""
        summed = torch.nn.functional.embedding_bag(places, table, mode="sum")
        return self._upper(summed + self.first.bias)


def fit_network(
    inputs: np.ndarray,
    source: np.ndarray,
    owner: np.ndarray,
    probability: np.ndarray,
    seed: int,
    tick: Callable[[int, int], None],
    link: Link = Link(),
) -> Network:
    """Fit the network to the model's answers.

    Args:
        inputs: float32 (P, D) of the pool's rows.
        source: int (H, M), the pool row that each hybrid has each feature from.
        owner: int (D,), the feature of each input.
        probability: float (H,) or (H, C), the model's answers.
        seed: of first weights and order.
        tick: called with (epochs done, epochs); may raise to stop.
        link: what makes answers of the network's output.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = Network(inputs.shape[1], link)
        table, target = torch.from_numpy(inputs), torch.from_numpy(probability.astype(np.float32))
        places, columns = torch.from_numpy(source.astype(np.int64)), torch.from_numpy(owner)
        spread = float(target.var(dim=0).sum().clamp(min=(EDGE * link.spread) ** 2))
        with torch.no_grad():
            network.last.bias.copy_(torch.from_numpy(link.start(probability)))
        steps = EPOCHS * -(-len(target) // BATCH)
        optimiser = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, LEARNING_RATE, total_steps=steps, pct_start=WARM_UP
        )
        for epoch in range(EPOCHS):
            for batch in torch.randperm(len(target)).split(BATCH):
                mixed = table.gather(0, places[batch][:, columns])
                missed = link.predict(network(mixed)) - target[batch]
                optimiser.zero_grad()
                (missed.square().mean() / spread).backward()
                optimiser.step()
                schedule.step()
            tick(epoch + 1, EPOCHS)
    return network.eval().requires_grad_(False)


class NetworkPool:
    """A pool of customers and reference rows (see :class:`.masking.Pool`) that the network answers for."""

    def __init__(
        self, network: Network, inputs: np.ndarray, owner: np.ndarray, labels: np.ndarray, customers: int
    ) -> None:
        self._network, self.labels = network, labels
        rows, width = labels.shape
        self.customers, self.references = customers, rows - customers
        shares = network.shares(torch.from_numpy(inputs), owner)
        self._table = shares.reshape(rows * width, -1).contiguous()
        self._places = torch.arange(width)

    def predict(self, source: np.ndarray) -> np.ndarray:
        """Predictions of T hybrids; ``source`` int (T, M) holds a pool row for each feature."""
        places = torch.from_numpy(source) * self.labels.shape[1] + self._places
        return self._network.link.predict(self._network.from_shares(self._table, places)).double().numpy()
