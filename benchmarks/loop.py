"""Rows per second of the fine-tuning loop against a bare PyTorch loop of the same network, in one run.

    python benchmarks/loop.py [--rounds 5]

Both train everything of a TabM on the sample source portfolio for two epochs with AdamW and look at the
validation rows after each. The bare loop has nothing else; finxfer's has the guard, checkpoints, events
and the poll for a cancel. Mark: a ratio of at least 0.9.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from finxfer.backbones.protocol import TrainingData
from finxfer.backbones.tabm import TabMBackbone
from finxfer.backbones.tabular import TabularLearner
from finxfer.data.roles import propose_roles
from finxfer.data.samples import find_sample
from finxfer.records.events import append_event
from finxfer.records.spec import ColumnSpec
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.loop import TrainingRun, train

EPOCHS, ROWS, BATCH = 2, 6_000, 256


def learner() -> TabularLearner:
    """A new network and its data, the same each time."""
    sample = find_sample("card-default-source")
    frame = sample.draw(rows=ROWS + 2000, seed=0)
    columns = [
        ColumnSpec(proposal.column, "feature", proposal.kind)
        for proposal in propose_roles(frame, sample.target)
        if proposal.role == "feature"
    ]
    y = frame[sample.target].to_numpy(dtype=np.int8)
    data = TrainingData(frame[:ROWS], y[:ROWS], frame[ROWS:], y[ROWS:], columns, sample.target, "1")
    backbone = TabMBackbone.from_scratch(data.frame_train, columns, seed=0)
    return backbone.learner(data, TrainingSettings(epochs=EPOCHS, batch_size=BATCH), 0, "cpu")


def bare(own: TabularLearner) -> float:
    """Rows per second of a loop with nothing but the training and a look at the validation rows."""
    numbers, codes = own.train
    optimiser = torch.optim.AdamW(own.network.parameters(), lr=2e-3, weight_decay=0.01)
    steps = ROWS // BATCH
    began = time.perf_counter()
    for _ in range(EPOCHS):
        own.network.train()
        order = torch.randperm(ROWS)
        for step in range(steps):
            rows = order[step * BATCH : (step + 1) * BATCH]
            logits = own.network(numbers[rows], codes[rows])
            target = own.targets[rows].unsqueeze(1).expand_as(logits)
            loss = binary_cross_entropy_with_logits(logits, target)
            loss.backward()
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        own.network.eval()
        with torch.no_grad():
            own.network(*own.validation)
    return EPOCHS * steps * BATCH / (time.perf_counter() - began)


def ours(own: TabularLearner, folder: Path) -> float:
    """Rows per second of finxfer's loop, with checkpoints and events written to disk."""
    run = TrainingRun(
        depth=0,
        settings=TrainingSettings(epochs=EPOCHS, patience=EPOCHS, batch_size=BATCH),
        seed=0,
        device="cpu",
        folder=folder / "checkpoint",
        report=lambda kind, **fields: append_event(folder, kind, **fields),
        should_stop=lambda: False,
    )
    began = time.perf_counter()
    trained = train(own, run)
    return trained.steps * BATCH / (time.perf_counter() - began)


def main() -> None:
    """Print the rows per second of both, in turn, and the median of the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    ratios = []
    for number in range(parser.parse_args().rounds + 1):
        with tempfile.TemporaryDirectory() as folder:
            plain, full = bare(learner()), ours(learner(), Path(folder))
        if number:  # the first round warms up
            ratios.append(full / plain)
            print(
                f"bare {plain:,.0f} rows/s, finxfer {full:,.0f} rows/s, ratio {full / plain:.2f}", flush=True
            )
    print(f"median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
