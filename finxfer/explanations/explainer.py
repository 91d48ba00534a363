"""A model's explainer: fitted once a run, kept in its folder, quick ever after.

A model whose predictions are dear is asked once about some thousands of *hybrid rows*: cells mixed between a
customer and a reference row, which is what interventional SHAP values are made of. A small network learns its
answers (:mod:`.network`), and permutation paths are walked on the network instead (Lundberg & Lee 2017 for
the values; Covert, Lundberg & Lee 2021 for removing features by mixing). What the network misses of a
customer's own prediction is then shared out in proportion to the values, so that they add up exactly to
what the model says. How near they come to the model's own values is measured, not assumed: :mod:`.fidelity`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from finxfer.backbones.weights import load_weights, save_weights
from finxfer.errors import Damaged
from finxfer.explanations.masking import Model, Pool, checked
from finxfer.explanations.network import Link, Network, NetworkPool, fit_network
from finxfer.explanations.sampling import Sampled, Tick, sampled_values
from finxfer.explanations.surrogate_inputs import Inputs
from finxfer.explanations.trees import closed
from finxfer.records.files import read_json, write_json
from finxfer.records.spec import ColumnSpec

WEIGHTS, FACTS = "weights.safetensors", "explainer.json"
MOST_CUSTOMERS = 5_000
BATCH_HYBRIDS = 8_192
# Numbers of the first layer that are held at a time: 64 MB.
CELLS = 16_000_000
# Share of the hybrids that is kept from the fitting to measure it.
KEPT_BACK = 0.05
SHARE_OF_THE_GROUP = 0.5
PATHS = 2


@dataclass(frozen=True)
class Explainer:
    """A network that stands in for one model while paths are walked.

    Attributes:
        facts: what ``meta.json`` says of it: kind, hybrids, rows, function_r2, seconds.
    """

    inputs: Inputs
    network: Network
    facts: dict[str, Any]
    paths: int = PATHS

    def values(
        self, model: Model, reference: pd.DataFrame, frame: pd.DataFrame, seed: int, tick: Tick
    ) -> tuple[Sampled, np.ndarray]:
        """SHAP values that add up to the model's own predictions, and what the network missed, (N,).

        The model is asked once for each row. A row's values do not depend on the other rows.
        """
        probability = checked(model.predict(frame), len(frame))
        base = checked(model.predict(reference), len(reference)).mean(axis=0)
        drawn = self.drawn(model, reference, frame, seed, tick)
        missed = probability - base - drawn.sum(axis=1)
        made = Sampled(
            closed(drawn, missed),
            probability,
            base if base.ndim else float(base),
            len(frame) + len(reference),
        )
        return made, np.abs(missed)

    def drawn(
        self,
        model: Model,
        reference: pd.DataFrame,
        frame: pd.DataFrame,
        seed: int,
        tick: Tick,
        paths: int | None = None,
    ) -> np.ndarray:
        """The network's own SHAP values, float64 (N, M) or (N, M, C), without asking the model."""
        features = list(self.inputs.features)
        behind = self.inputs.matrix(reference)
        each = max(1, CELLS // (len(features) * self.network.first.out_features))
        found = []
        for first in range(0, len(frame), each):
            block = frame.iloc[first : first + each]
            labels = Pool(model, block, reference, features).labels
            inputs = np.concatenate([self.inputs.matrix(block), behind])
            pool = NetworkPool(self.network, inputs, self.inputs.owner, labels, len(block))

            def step(done: int, total: int, first: int = first, rows: int = len(block)) -> None:
                tick(round(100 * (first + rows * done / max(total, 1))), 100 * len(frame))

            found.append(sampled_values(pool, paths or self.paths, seed, step).values)
        return np.concatenate(found)

    def save(self, folder: Path) -> None:
        """Write explainer.json and weights.safetensors; neither holds a customer's row."""
        folder.mkdir(parents=True, exist_ok=True)
        sha256, _ = save_weights(self.network.state_dict(), folder / WEIGHTS)
        link = self.network.link.to_json()
        content = {"inputs": self.inputs.to_json(), "facts": self.facts, "sha256": sha256, "link": link}
        write_json(folder / FACTS, content)

    @classmethod
    def load(cls, folder: Path) -> Explainer:
        """Read what :meth:`save` wrote.

        Raises:
            Damaged: a file is lacking, malformed, or not the one that was written.
        """
        content = read_json(folder / FACTS)
        try:
            inputs, facts, sha256 = Inputs.from_json(content["inputs"]), content["facts"], content["sha256"]
            network = Network(len(inputs.owner), Link.from_json(content.get("link")))
            network.load_state_dict(load_weights(folder / WEIGHTS, str(sha256)))
        except (KeyError, TypeError, RuntimeError) as error:
            raise Damaged(
                "The explainer cannot be read.", f"{str(error)[:200]}", "Explain the run again."
            ) from None
        return cls(inputs, network.eval().requires_grad_(False), dict(facts))


def explainer_in(folder: Path) -> Explainer | None:
    """The explainer kept in ``folder``; None where there is none. Raises Damaged where it cannot be read."""
    return Explainer.load(folder) if (folder / FACTS).is_file() else None


def fit_explainer(
    model: Model,
    reference: pd.DataFrame,
    further: pd.DataFrame,
    frame: pd.DataFrame,
    columns: Sequence[ColumnSpec],
    evaluations: int,
    seed: int,
    tick: Tick,
    amounts: bool = False,
) -> Explainer:
    """Ask the model about hybrid rows and fit the network to its answers.

    Args:
        reference: the reference group, half of the hybrids.
        further: rows of other reference groups, the other half; may be empty.
        frame: training rows, the customers of the hybrids; of many, a random part.
        columns: kinds of the features.
        evaluations: hybrids that the model is asked about, at least 20.
        seed: of the hybrids and of the network.
        tick: called with (done, in all); may raise to stop.
        amounts: whether the model predicts a number in the target's units, not a probability.
    """
    began = time.perf_counter()
    features = list(model.features)
    generator = np.random.default_rng(seed)
    if len(frame) > MOST_CUSTOMERS:
        frame = frame.iloc[np.sort(generator.choice(len(frame), MOST_CUSTOMERS, replace=False))]
    group = pd.concat([reference[features], further[features]], ignore_index=True)
    pool = Pool(model, frame, group, features)
    source = _hybrids(len(frame), len(reference), len(group), len(features), evaluations, generator)
    first_answers = pool.predict(source[:BATCH_HYBRIDS])
    answers = np.empty((evaluations, *first_answers.shape[1:]))
    answers[:BATCH_HYBRIDS] = first_answers
    tick(min(BATCH_HYBRIDS, evaluations), 2 * evaluations)
    for first in range(BATCH_HYBRIDS, evaluations, BATCH_HYBRIDS):
        answers[first : first + BATCH_HYBRIDS] = pool.predict(source[first : first + BATCH_HYBRIDS])
        tick(min(first + BATCH_HYBRIDS, evaluations), 2 * evaluations)
    inputs = Inputs.fit(frame, columns, features)
    matrix, owner = np.concatenate([inputs.matrix(frame), inputs.matrix(group)]), inputs.owner
    kept = max(1, round(KEPT_BACK * evaluations))

    def step(done: int, of: int) -> None:
        tick(of * evaluations + done * evaluations, 2 * of * evaluations)

    network = fit_network(
        matrix, source[kept:], owner, answers[kept:], seed, step, Link.of(answers[kept:], amounts)
    )
    labels = np.zeros((len(matrix), len(features)), dtype=np.int32)
    told = NetworkPool(network, matrix, owner, labels, len(frame)).predict(source[:kept])
    spread = float(((answers[:kept] - answers[:kept].mean(axis=0)) ** 2).sum())
    missed = float(((told - answers[:kept]) ** 2).sum())
    facts = {
        "kind": "network",
        "hybrids": evaluations - kept,
        "rows": len(frame),
        "function_r2": round(1 - missed / spread, 5) if spread > 0 else None,
        "seconds": round(time.perf_counter() - began, 3),
    }
    return Explainer(inputs, network, facts)


def _hybrids(
    customers: int, first: int, group: int, width: int, count: int, generator: np.random.Generator
) -> np.ndarray:
    """Pool rows of ``count`` hybrids, int (count, width): as many features of the customer as a path has
    steps, each number from none to all equally often."""
    customer = generator.integers(0, customers, count)
    own = generator.random(count) < (SHARE_OF_THE_GROUP if group > first else 1.0)
    other = np.where(
        own, generator.integers(0, first, count), generator.integers(min(first, group - 1), group, count)
    )
    switched = generator.integers(0, width + 1, count)
    rank = np.argsort(np.argsort(generator.random((count, width)), axis=1), axis=1)
    return np.where(rank < switched[:, None], customer[:, None], customers + other[:, None])
