"""How much an in-context network reads at once and how long it trains. Light: the estimate uses it too.

The bounds are counts, not clocks: equal specs make equal steps, and an estimate can be given before.
A step over 1,000 rows x 20 columns of the shipped network takes about 0.45 s on one CPU core.
"""

from __future__ import annotations

from dataclasses import dataclass

CONTEXT_ROWS = 1000
"""Rows of one context, in episodes and in scoring."""
CONTEXTS = 3
"""Contexts that are averaged in scoring where the training rows are more than one context."""
QUERY_ROWS = 256
EPISODE_CELLS = {"cpu": 200_000, "cuda": 2_000_000}
"""Rows x columns read at once, which bounds memory."""
TRAINING_CELLS = {"cpu": 1_200_000, "cuda": 60_000_000}
"""Rows x columns of all steps of one training."""
EPOCH_STEPS = 8
LEAST_STEPS = 6
MOST_STEPS = 400
LEAST_ROWS = 64


@dataclass(frozen=True)
class EpisodePlan:
    """Sizes of the training episodes: rows of context, rows of query, steps an epoch, steps at most."""

    context: int
    query: int
    epoch_steps: int
    most_steps: int

    @property
    def rows_per_step(self) -> int:
        return self.context + self.query

    def epochs(self, wanted: int) -> int:
        """Epochs within the bound, at least 1."""
        return max(1, min(wanted, self.most_steps // self.epoch_steps))

    def steps(self, epochs: int) -> int:
        return self.epochs(epochs) * self.epoch_steps


def episode_plan(rows: int, columns: int, device: str = "cpu", query: int | None = None) -> EpisodePlan:
    """The plan for `rows` training rows of `columns` columns; every row is queried about once an epoch.

    query: rows of a query where the analyst set the batch size.
    """
    kind = "cuda" if device.startswith("cuda") else "cpu"
    most = min(rows, max(LEAST_ROWS, EPISODE_CELLS[kind] // max(columns, 1)))
    queried = max(1, min(query or min(QUERY_ROWS, rows // 5), most // 2))
    context = max(1, min(CONTEXT_ROWS, most - queried))
    epoch_steps = max(1, min(EPOCH_STEPS, rows // queried))
    affordable = TRAINING_CELLS[kind] // ((context + queried) * max(columns, 1))
    return EpisodePlan(
        context, queried, epoch_steps, min(MOST_STEPS, max(LEAST_STEPS, epoch_steps, affordable))
    )


def context_sizes(rows: int, columns: int, device: str = "cpu") -> list[int]:
    """Sizes of the contexts that scoring averages: one of all rows, or up to three disjoint ones."""
    kind = "cuda" if device.startswith("cuda") else "cpu"
    most = min(CONTEXT_ROWS, max(LEAST_ROWS, EPISODE_CELLS[kind] // max(columns, 1)))
    if rows <= most * 5 // 4:
        return [rows]
    return [min(most, rows // min(CONTEXTS, rows // most + 1))] * min(CONTEXTS, rows // most + 1)
