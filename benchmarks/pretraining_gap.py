"""AUC of in-context backbones as-is on held-out synthetic tables, beside LightGBM on the same rows.

    python -m benchmarks.pretraining_gap [BACKBONE ...]

BACKBONE: catalogue ids or folders, `incontext-small` unless given. The tables are drawn from the prior with a
seed that neither training nor the learning curve uses. A network that knows the prior should do better than
boosting, which does not; by how much it does not is what more pretraining or a larger network can still buy.
"""

from __future__ import annotations

import argparse

import lightgbm
import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from finxfer.backbones.catalogue import find_card
from finxfer.backbones.incontext import InContextBackbone
from finxfer.backbones.incontext_network import forward_episode
from finxfer.pretraining.loop import VALIDATION_SEED, episode_input
from finxfer.pretraining.prior import Shape, Tables, sample_tables

SEED = VALIDATION_SEED + 123
SHAPES = (
    (Shape(16, 100, 200, 10), 3),
    (Shape(8, 300, 250, 18), 6),
    (Shape(2, 1000, 400, 14), 10),
    (Shape(2, 1000, 400, 30), 8),
    (Shape(2, 1000, 400, 36, 2, 2, 8), 6),
)
"""Batches of tables, and how many of them; the last has two columns that are spelled out."""


def boosted(x: np.ndarray, y: np.ndarray, context: int) -> float:
    """AUC of LightGBM with 4 or 15 leaves; leaves and trees by three-fold log loss on the context rows."""
    found = []
    for leaves in (4, 15):
        settings = {
            "objective": "binary",
            "num_leaves": leaves,
            "learning_rate": 0.05,
            "min_data_in_leaf": max(3, context // 50),
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "feature_fraction": 0.7,
            "num_threads": 1,
            "verbose": -1,
        }
        stop = lightgbm.early_stopping(30, verbose=False)
        rows = lightgbm.Dataset(x[:context], y[:context])
        tried = lightgbm.cv(settings, rows, 300, nfold=3, callbacks=[stop])
        losses = list(tried["valid binary_logloss-mean"])  # type: ignore[arg-type]
        found.append((losses[-1], leaves, settings, len(losses)))
    _, _, settings, trees = min(found, key=lambda one: one[:2])
    booster = lightgbm.train(settings, lightgbm.Dataset(x[:context], y[:context]), trees)
    return float(roc_auc_score(y[context:], booster.predict(x[context:])))


def measure(tables: Tables, networks: list[torch.nn.Module]) -> list[list[float]]:
    """For every usable table: AUC of LightGBM, then of each network (numbers and codes, one look)."""
    shown = tables.y[:, : tables.context]
    with torch.no_grad():
        logits = [forward_episode(network, episode_input(tables, False), shown) for network in networks]
    lines = []
    for table in range(len(tables.y)):
        truth = tables.y[table, tables.context :].numpy()
        if tables.usable[table] and 0 < truth.mean() < 1:
            odds = [(one[table, :, 1] - one[table, :, 0]).numpy() for one in logits]
            rival = boosted(tables.x[table].numpy(), tables.y[table].numpy(), tables.context)
            lines.append([rival, *(float(roc_auc_score(truth, one)) for one in odds)])
    return lines


def main() -> None:
    """Print a Markdown table: mean AUC by shape."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("backbones", nargs="*", default=["incontext-small"])
    names = parser.parse_args().backbones
    torch.set_num_threads(1)
    networks = [InContextBackbone.load(find_card(name)).network.eval() for name in names]
    print(
        "| context rows | columns | spelled out | tables | LightGBM |"
        + "".join(f" {name} |" for name in names)
    )
    print("|---" * (5 + len(names)) + "|")
    for shape, batches in SHAPES:
        generator = torch.Generator().manual_seed(SEED)
        lines = [line for _ in range(batches) for line in measure(sample_tables(shape, generator), networks)]
        means = " | ".join(f"{value:.3f}" for value in np.mean(lines, axis=0))
        print(
            f"| {shape.context:,} | {shape.columns} | {shape.spelled} | {len(lines)} | {means} |", flush=True
        )


if __name__ == "__main__":
    main()
