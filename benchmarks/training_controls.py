"""What each training control brings to a transfer: test AUC and log loss against the defaults.

    python benchmarks/training_controls.py --backbones DIR --data DIR [--family mlp] [--labels 300]
        [--draws 3] [--out FILE]

DIR of --backbones holds, in a folder per family, one per segment of benchmarks/segments.py with a backbone of
the source rows, as `segments.pretrained` makes them; --data is the folder of the tables. Each draw takes
labelled rows of the target segment at random (a fifth of them for validation) and up to 4,000 others as test
rows; every arm trains everything on the same rows with the same seed, so that differences are paired. Prints
the table of docs/training_controls.md.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from scipy.stats import t as student

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.segments import SEGMENTS, Segment, target_rows
from finxfer.backbones.card import Card, read_card
from finxfer.backbones.protocol import TrainingData
from finxfer.data.roles import command_line_columns
from finxfer.data.splits import binary_target
from finxfer.evaluation.metrics import ranking_metrics
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.finetune import finetune
from finxfer.training.guard import TINY, log_odds_of, row_losses

TEST_ROWS = 4000
DEFAULTS = TrainingSettings()
ARMS: dict[str, TrainingSettings] = {
    "defaults": DEFAULTS,
    "layer_decay 0.7": replace(DEFAULTS, layer_decay=0.7),
    "unfreeze_every 1": replace(DEFAULTS, unfreeze_every=1),
    "l2_sp 30": replace(DEFAULTS, l2_sp=30.0),
    "l2_sp 100": replace(DEFAULTS, l2_sp=100.0),
    "corruption 0.2": replace(DEFAULTS, corruption=0.2),
    "mixup 0.2": replace(DEFAULTS, mixup=0.2),
    "smote 0.5": replace(DEFAULTS, smote=0.5),
    "balanced weights": replace(DEFAULTS, class_weighting="balanced"),
    "layer_decay, l2_sp, corruption": replace(DEFAULTS, layer_decay=0.7, l2_sp=30.0, corruption=0.2),
}


@dataclass
class Found:
    """Of one arm, a figure for each draw, in order."""

    auc: list[float] = field(default_factory=list)
    loss: list[float] = field(default_factory=list)
    kept_start: list[bool] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def drawn(segment: Segment, data: Path, labels: int, seed: int) -> tuple[TrainingData, TrainingData]:
    """Labelled rows, and test rows in the place of the validation rows."""
    frame = target_rows(segment, data)
    columns, _ = command_line_columns(frame, segment.target, [], [])
    features = [column for column in columns if column.role == "feature"]
    y = binary_target(frame[segment.target], "1")
    order = np.random.default_rng(seed).permutation(len(y))
    ends = labels * 4 // 5, labels, labels + TEST_ROWS
    train, validation, test = order[: ends[0]], order[ends[0] : ends[1]], order[ends[1] : ends[2]]

    def made(asked: np.ndarray) -> TrainingData:
        return TrainingData(
            frame.iloc[train].reset_index(drop=True), y[train],
            frame.iloc[asked].reset_index(drop=True), y[asked], features, "1", segment.target,
        )  # fmt: skip

    return made(validation), made(test)


def measure(card: Card, learn: TrainingData, test: TrainingData, seed: int, found: dict[str, Found]) -> None:
    """Adds a draw to every arm."""
    for name, settings in ARMS.items():
        began = time.perf_counter()
        tuned = finetune(card, 0, learn, settings, seed, "cpu", None, lambda *_, **__: None, lambda: False)
        probability = np.clip(tuned.model.predict(test.frame_validation), TINY, 1 - TINY)
        y = test.y_validation
        arm = found[name]
        arm.auc.append(float(ranking_metrics(y.astype(bool), probability)["auc"] or np.nan))
        arm.loss.append(float(row_losses(y, log_odds_of(probability)).mean()))
        arm.kept_start.append(tuned.fell_back)
        arm.seconds.append(time.perf_counter() - began)


def interval(differences: np.ndarray) -> str:
    """Mean and 95% t-interval over draws."""
    half = student.ppf(0.975, len(differences) - 1) * differences.std(ddof=1) / np.sqrt(len(differences))
    return f"{differences.mean():+.4f} [{differences.mean() - half:+.4f}, {differences.mean() + half:+.4f}]"


def report(found: dict[str, Found], draws: int) -> None:
    base = found["defaults"]
    print(
        f"\ndefaults: AUC {np.mean(base.auc):.4f}, log loss {np.mean(base.loss):.4f}, {len(base.auc)} draws"
    )
    print("| control | AUC against the defaults | log loss against the defaults | segments with more AUC "
          "| start kept | seconds |\n|---|---|---|---|---|---|")  # fmt: skip
    for name, arm in found.items():
        auc, loss = np.subtract(arm.auc, base.auc), np.subtract(arm.loss, base.loss)
        better = int((auc.reshape(-1, draws).mean(axis=1) > 0).sum())
        told = (
            ("", "", "")
            if arm is base
            else (interval(auc), interval(loss), f"{better} of {len(auc) // draws}")
        )
        print(f"| {name} | {told[0]} | {told[1]} | {told[2]} "
              f"| {np.mean(arm.kept_start):.0%} | {np.mean(arm.seconds):.1f} |")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backbones", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--family", default="mlp")
    parser.add_argument("--labels", type=int, default=300)
    parser.add_argument("--draws", type=int, default=3)
    parser.add_argument("--out", type=Path, help="A JSON file of the figures of every draw.")
    said = parser.parse_args()
    torch.set_num_threads(1)
    found = {name: Found() for name in ARMS}
    for segment in SEGMENTS.values():
        card = read_card(said.backbones / said.family / segment.name)
        for seed in range(1, said.draws + 1):
            measure(card, *drawn(segment, said.data, said.labels, seed), seed, found)
            print(f"{segment.name}, draw {seed}", file=sys.stderr)
    report(found, said.draws)
    if said.out:
        said.out.write_text(json.dumps({name: vars(arm) for name, arm in found.items()}, indent=1))


if __name__ == "__main__":
    main()
