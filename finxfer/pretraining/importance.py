"""What each column counts for in what a network has learned at its source."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch

from finxfer.backbones.outputs import BINARY_OUTPUT
from finxfer.backbones.tabular import TabularBackbone, member_raw
from finxfer.evaluation.metrics import row_log_loss

MOST_ROWS = 2_000


def column_importance(backbone: TabularBackbone, frame: pd.DataFrame, y: np.ndarray) -> dict[str, float]:
    """Column -> share of the sum (0..1): how much the log loss rises where that column alone is hidden.

    frame, y: rows that it has not learned from, at most 2,000 are looked at; y 0/1. Columns that say the same
    stand in for each other, so that both look small. Empty where hiding a column hurts nowhere.
    """
    step = -(-len(frame) // MOST_ROWS)
    frame, y = frame.iloc[::step], y[::step]
    names = [entry["name"] for entry in backbone.card.columns or []]
    device = next(backbone.network.parameters()).device

    def loss(read: list[str]) -> float:
        numbers, codes = backbone.encoder.transform(frame, {name: name for name in read})
        tensors = torch.from_numpy(numbers).to(device), torch.from_numpy(codes).to(device)
        probability = 1 / (1 + np.exp(-member_raw(backbone.network, *tensors, BINARY_OUTPUT)))
        return float(row_log_loss(y.astype(np.int64), probability).mean())

    whole = loss(names)
    rises = {name: max(0.0, loss([other for other in names if other != name]) - whole) for name in names}
    total = sum(rises.values())
    return {name: round(rise / total, 4) for name, rise in rises.items()} if total > 0 else {}
