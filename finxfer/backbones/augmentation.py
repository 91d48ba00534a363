"""Augmentation of tables: cells swapped between rows, rows mixed, made-up rows of the rarer class.

Training rows only: what validates, tests or serves as a context is never touched.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

SMOTE_NEIGHBOURS = 5
"""Of the same class between which a made-up row lies, as in Chawla et al. 2002."""


def swap_cells(cells: Tensor, pool: Tensor, share: float, generator: torch.Generator | None) -> Tensor:
    """Cells (B, H) of which about `share` come from the same column of other rows, drawn from `pool` (N, H).

    The corruption of SCARF (Bahri et al. 2021, arXiv 2106.15147) with a draw for every cell; the label of
    the row stays.
    """
    hit = (torch.rand(cells.shape, generator=generator) < share).to(cells.device)
    donors = torch.randint(len(pool), cells.shape, generator=generator).to(cells.device)
    return torch.where(hit, pool.gather(0, donors), cells)


@dataclass(frozen=True)
class Pairs:
    """Who is mixed with whom: partner, positions (B,), and share, what stays of the row itself (B,)."""

    partner: Tensor
    share: Tensor

    @classmethod
    def draw(cls, rows: int, alpha: float, device: str) -> Pairs:
        """Shares from Beta(alpha, alpha), one for each row, by torch's own random numbers."""
        share = torch.distributions.Beta(alpha, alpha).sample((rows,))
        return cls(torch.randperm(rows).to(device), share.to(device))

    def mix(self, values: Tensor) -> Tensor:
        """values: (B, ...), one entry for each row."""
        share = self.share.view(-1, *[1] * (values.ndim - 1))
        return share * values + (1 - share) * values[self.partner]


@dataclass(frozen=True)
class EncodedRows:
    """numbers: float32 (N, Hn), NaN for missing. codes: int64 (N, Hc). y: 0/1 float32 (N,)."""

    numbers: np.ndarray
    codes: np.ndarray
    y: np.ndarray


def add_smote(rows: EncodedRows, share: float, seed: int) -> tuple[EncodedRows, str]:
    """The rows and made-up ones of the rarer class, after them, until it has `share` of all; what was done.

    SMOTE-NC of imbalanced-learn (Chawla et al. 2002): a made-up row lies between a row and one of its
    neighbours of the same class; categories, and whether a number is missing, are the neighbours' majority.
    share: up to 0.5. Where the class has that share already, or has a single row, nothing is added.
    """
    rarer = float(rows.y.mean() <= 0.5)
    count = int((rows.y == rarer).sum())
    others = len(rows.y) - count
    wanted = int(share / (1 - share) * others)
    if wanted <= count:
        return rows, f"SMOTE added no rows: the rarer class has {count / len(rows.y):.1%} of them already."
    if count < 2:
        return rows, "SMOTE added no rows: it needs at least two rows of the rarer class."
    made = _made_up(rows, {int(rarer): wanted}, min(SMOTE_NEIGHBOURS, count - 1), seed)
    joined = EncodedRows(
        np.concatenate([rows.numbers, made.numbers]),
        np.concatenate([rows.codes, made.codes]),
        np.concatenate([rows.y, made.y]),
    )
    return joined, (
        f"SMOTE added {len(made.y):,} made-up rows of the rarer class to {len(rows.y):,} training rows; "
        "validation and test rows are as they were."
    )


def _made_up(rows: EncodedRows, wanted: dict[int, int], neighbours: int, seed: int) -> EncodedRows:
    from imblearn.over_sampling import SMOTE, SMOTEN, SMOTENC

    missing = np.isnan(rows.numbers)
    partly = np.flatnonzero(missing.any(axis=0))
    kinds = np.concatenate([rows.codes, missing[:, partly]], axis=1)
    table = np.concatenate([np.where(missing, 0.0, rows.numbers), kinds], axis=1).astype(np.float64)
    width = rows.numbers.shape[1]
    common = {"sampling_strategy": wanted, "random_state": seed, "k_neighbors": neighbours}
    if not kinds.shape[1]:
        sampler = SMOTE(**common)
    elif not width:
        sampler = SMOTEN(**common)
    else:
        sampler = SMOTENC(list(range(width, table.shape[1])), **common)
    found, y = sampler.fit_resample(table, rows.y.astype(np.int64))
    found, y = found[len(rows.y) :], y[len(rows.y) :]
    numbers = found[:, :width].astype(np.float32)
    codes = found[:, width : width + rows.codes.shape[1]].astype(np.int64)
    numbers[:, partly] = np.where(found[:, width + codes.shape[1] :] > 0, np.nan, numbers[:, partly])
    return EncodedRows(numbers, codes, y.astype(np.float32))
