"""How much an in-context network reads at once and how long it trains. Light: the estimate uses it too.

The bounds are counts, not clocks: equal specs make equal steps, and an estimate can be given before.
A step over 1,000 rows x 20 columns of the shipped network takes about 0.45 s on one CPU core.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

EPISODE_ROWS = 1000
"""Rows of the context of a training episode."""
CONTEXT_ROWS = 2000
"""Rows of one context in scoring, where there are more training rows than that."""
CONTEXTS = 2
"""Contexts that are averaged in scoring where the training rows are more than one context."""
LOOKS = 4
"""Looks at a context whose log-odds are averaged."""
LOOK_COLUMNS = 100
"""Columns that one look has at most; of a wider table each look sees a part."""
QUERIED_AT_ONCE = 1024
"""Rows that are rated at once."""
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
    context = max(1, min(EPISODE_ROWS, most - queried))
    epoch_steps = max(1, min(EPOCH_STEPS, rows // queried))
    affordable = TRAINING_CELLS[kind] // ((context + queried) * max(columns, 1))
    return EpisodePlan(
        context, queried, epoch_steps, min(MOST_STEPS, max(LEAST_STEPS, epoch_steps, affordable))
    )


def context_sizes(
    rows: int,
    columns: int,
    device: str = "cpu",
    config: Mapping[str, Any] | None = None,
    free_bytes: int | None = None,
    looks: int = LOOKS,
) -> list[int]:
    """Sizes of the contexts that scoring averages: one of all rows, or several chosen ones.

    columns: of the widest look. config, free_bytes: of the network, and what the device has free; the
    contexts are then made smaller until reading them takes at most half of it.
    """
    sizes = [rows] if rows <= CONTEXT_ROWS * 5 // 4 else [CONTEXT_ROWS] * CONTEXTS
    while (
        config is not None
        and free_bytes is not None
        and sizes[0] > LEAST_ROWS
        and reading_bytes(config, sizes, columns, looks) > free_bytes // 2
    ):
        sizes = [max(LEAST_ROWS, min(sizes[0], rows) * 3 // 4)] * CONTEXTS
    return sizes


ACTIVATIONS = 12
"""Arrays of the size of all embedded cells that are alive at once; 8 to 10 were measured on a CPU."""


def reading_bytes(config: Mapping[str, Any], sizes: list[int], columns: int, looks: int = LOOKS) -> int:
    """Memory for contexts of `sizes` rows and `columns` columns, kept for scoring, beside the network.

    config: arguments of the network. For each context and look the keys and values of its rows in every
    in-context block; and once the activations while the largest context is read, or a batch of rows rated.
    """
    width, tokens = int(config.get("embed_dim", 128)), int(config.get("row_num_cls", 4))
    blocks, size = int(config.get("icl_num_blocks", 12)), int(config.get("col_feature_group_size", 3))
    groups = -(-columns // size) if config.get("col_feature_group") == "valid" else columns
    cache = 2 * 4 * looks * blocks * sum(sizes) * width * tokens
    return (
        cache + ACTIVATIONS * 4 * min(looks, LOOKS) * (groups + tokens) * max(*sizes, QUERIED_AT_ONCE) * width
    )
