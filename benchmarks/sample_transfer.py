"""What a shipped TabM brings to its small portfolio: AUC by freezing depth against target-only models.

    python benchmarks/sample_transfer.py [card-default|churn|loan-applications] [--draws 3]

Each draw is a new target portfolio: 300 or 1,000 labelled rows (a fifth of them for validation) and
3,000 test rows. The figures stand on the backbone's card.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from finxfer.backbones.catalogue import find_card
from finxfer.backbones.protocol import FittedModel, TrainingData
from finxfer.data.roles import command_line_columns
from finxfer.data.samples import find_sample
from finxfer.data.splits import binary_target
from finxfer.evaluation.metrics import binary_metrics
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.baselines import fit_baselines
from finxfer.training.finetune import finetune

SIZES, TEST_ROWS = (300, 1000), 3000


def silent(*_: object, **__: object) -> None:
    """Nobody watches."""


def fitted(backbone: str, data: TrainingData) -> dict[str, FittedModel]:
    """The backbone at several depths and the models that know only the target."""
    card = find_card(backbone)
    common = (TrainingSettings(), 0, "cpu", None, silent, lambda: False)
    models = {str(depth): finetune(card, depth, data, *common).model for depth in ("as-is", 4, 2, 0)}
    return {**models, **fit_baselines(data, backbone, 0, *common)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("business", nargs="?", default="card-default")
    parser.add_argument("--draws", type=int, default=3)
    asked = parser.parse_args()
    draws = asked.draws
    torch.set_num_threads(2)
    sample = find_sample(asked.business)
    found: dict[tuple[int, str], list[float]] = defaultdict(list)
    for seed in range(1, draws + 1):
        frame = sample.draw(max(SIZES) + TEST_ROWS, seed)
        dates = [name for name in frame.columns if frame[name].dtype.kind == "M"]
        columns, _ = command_line_columns(frame, sample.target, drop=dates, protected=sample.protected)
        features = [column for column in columns if column.role == "feature"]
        y = binary_target(frame[sample.target], sample.positive)
        test = np.arange(max(SIZES), len(y))
        for size in SIZES:
            cut = size * 4 // 5
            parts = (frame[:cut], y[:cut], frame[cut:size], y[cut:size])
            data = TrainingData(*parts, features, sample.positive, sample.target)
            for name, model in fitted(f"tabm-{asked.business}", data).items():
                scores = model.predict(frame.iloc[test])
                found[size, name].append(binary_metrics(y[test], scores, None)["auc"])
    for (size, name), values in found.items():
        spread = f"({min(values):.4f} to {max(values):.4f})"
        print(f"{size:5d} labels  {name:20s} AUC {np.mean(values):.4f}  {spread}")


if __name__ == "__main__":
    main()
