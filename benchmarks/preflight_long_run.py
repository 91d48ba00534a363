"""Does the preflight find the better source backbone in the long run? Many draws, nothing trained.

    python -m benchmarks.preflight_long_run --backbones FOLDER [--draws 20] [--labels 100 300 1000]
        [--families mlp tabm ft-transformer boosted] [--table docs/preflight.md]

A run's test AUC on a few hundred rows is mostly luck when the backbones are level, so that the best of a
single draw (benchmarks/preflight_quality.py) is hard to name for anyone. Here the truth is surer: the AUC
as-is of each source backbone, and of that of the neighbouring segment, on all rows of the target segment. n
stratified rows are drawn again and again, and each ranking names one backbone by them. The settings of the
ranking are tried one by one, chosen on five segments and used on the sixth.

Backbones as in benchmarks/preflight_quality.py. Half a minute of one core, once they are there.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.label_efficiency import ROOT, write_table
from benchmarks.label_report import grid, interval
from benchmarks.preflight_quality import NEIGHBOUR
from benchmarks.segments import SEGMENTS, neighbour_rows, pretrained, source_rows, target_rows
from finxfer.backbones.card import BOOSTED, Card, read_card
from finxfer.backbones.families import load_backbone, load_boosted
from finxfer.backbones.protocol import TrainingData
from finxfer.data.roles import command_line_columns
from finxfer.data.splits import binary_target
from finxfer.evaluation.placements import Placements, shrunk
from finxfer.training.preflight import EXPECTED, MANY_MEMBERS, PER_TENFOLD, USUAL_ROWS

FAMILIES = ("mlp", "tabm", "ft-transformer", "boosted")
SPREADS, PER_TENFOLDS = (0.0, 0.003, 0.006, 0.01, 0.02, 0.04), (0.0, 0.01, 0.02)
"""Settings that are tried; a spread of 0 stands for the AUC as measured."""
Setting = tuple[float, float]


@dataclass(frozen=True)
class Seen:
    """A segment through its backbones. log_odds: role -> (N,). cards: by role."""

    name: str
    y: np.ndarray
    log_odds: dict[str, np.ndarray]
    cards: dict[str, Card]

    @property
    def truth(self) -> dict[str, float]:
        """AUC as-is on all rows."""
        return {role: float(roc_auc_score(self.y, said)) for role, said in self.log_odds.items()}


def seen(name: str, data: Path, backbones: Path, families: list[str]) -> Seen:
    """The segment's rows through the backbones of its source, and of its neighbour."""
    segment = SEGMENTS[name]
    frame, source = target_rows(segment, data), source_rows(segment, data)
    folders = {family: pretrained(segment, source, family, backbones / family / name) for family in families}
    folders[NEIGHBOUR] = pretrained(
        segment, neighbour_rows(segment, data), "mlp", backbones / NEIGHBOUR / name
    )
    cards = {role: read_card(folder) for role, folder in folders.items()}
    y = binary_target(frame[segment.target], "1")
    columns = [one for one in command_line_columns(frame, segment.target)[0] if one.role == "feature"]
    shown = TrainingData(frame[:1], y[:1], frame[:1], y[:1], columns, "1", segment.target)
    log_odds = {}
    for role, card in cards.items():
        loaded = load_boosted(card) if card.family == BOOSTED else load_backbone(card)
        log_odds[role] = cast(Any, loaded).view(frame, shown)[1]
    return Seen(name, y.astype(np.int64), log_odds, cards)


def scores(one: Seen, rows: np.ndarray, setting: Setting) -> dict[str, float]:
    """What the preflight's ranking makes of these rows, with a spread and a prior by source rows."""
    spread, tenfold = setting
    part = np.zeros(len(rows), dtype=np.int64)
    placed = {role: Placements.of(said[rows], one.y[rows], part) for role, said in one.log_odds.items()}
    if not spread:
        return {role: found.auc for role, found in placed.items()}
    expected = [
        tenfold * math.log10((card.rows or USUAL_ROWS) / USUAL_ROWS) + MANY_MEMBERS.get(card.family, 0.0)
        for card in one.cards.values()
    ]
    found = shrunk(list(placed.values()), expected, [spread] * len(placed))
    return dict(zip(placed, found, strict=True))


def drawn(y: np.ndarray, labels: int, draw: int) -> np.ndarray:
    """Positions of stratified rows."""
    generator = np.random.default_rng([draw, labels])
    positives = max(2, round(labels * float(y.mean())))
    counts = {1: positives, 0: labels - positives}
    return np.concatenate(
        [
            generator.choice(np.flatnonzero(y == value), count, replace=False)
            for value, count in counts.items()
        ]
    )


def behind(one: Seen, labels: int, draws: int, settings: list[Setting]) -> dict[Setting, float]:
    """Mean over the draws of how far each setting's first is behind the best backbone."""
    truth = one.truth
    lost: dict[Setting, list[float]] = {setting: [] for setting in settings}
    for draw in range(draws):
        rows = drawn(one.y, labels, draw)
        for setting in settings:
            told = scores(one, rows, setting)
            lost[setting].append(max(truth.values()) - truth[max(told, key=told.__getitem__)])
    return {setting: float(np.mean(values)) for setting, values in lost.items()}


def markdown(segments: list[Seen], labels: list[int], draws: int) -> str:
    """How far the first of each ranking is behind the best backbone, by number of labels, and the truth."""
    settings = [(spread, tenfold) for spread in SPREADS for tenfold in PER_TENFOLDS if spread or not tenfold]
    shipped = (EXPECTED["source"][1], PER_TENFOLD)
    lost = {(one.name, count): behind(one, count, draws, settings) for one in segments for count in labels}

    def over(one: Seen, setting: Setting) -> float:
        return float(np.mean([lost[one.name, count][setting] for count in labels]))

    def elsewhere(one: Seen) -> Setting:
        others = [other for other in segments if other is not one] or [one]
        return min(settings, key=lambda setting: float(np.mean([over(other, setting) for other in others])))

    lines = [
        ["preflight, as shipped", *_cells([[lost[s.name, n][shipped] for s in segments] for n in labels])]
    ]
    chosen = [[lost[s.name, n][elsewhere(s)] for s in segments] for n in labels]
    lines.append(["preflight, settings of the other segments", *_cells(chosen)])
    raw = [[lost[s.name, n][(0.0, 0.0)] for s in segments] for n in labels]
    lines.append(["AUC as measured", *_cells(raw)])
    for role in segments[0].log_odds:
        always = [max(one.truth.values()) - one.truth[role] for one in segments]
        lines.append([f"fixed: always {role}", *_cells([always for _ in labels])])
    spread = [
        np.mean([over(one, setting) for one in segments]) for setting in settings if setting[0] and setting[1]
    ]
    truth = [[one.name, *(f"{auc:.3f}" for auc in one.truth.values())] for one in segments]
    return (
        "\n\n".join(
            [
                f"{draws} draws of each of {len(segments)} segments; AUC behind the best backbone in the long"
                " run (mean, with the 95 % interval bootstrapped over segments).",
                grid(["ranking", *(f"{count:,} labels" for count in labels), "all"], lines),
                f"Over all settings with a spread and a prior by rows the mean is {min(spread):.4f} to"
                f" {max(spread):.4f}. AUC as-is on all rows of the segment:",
                grid(["segment", *segments[0].log_odds], truth),
            ]
        )
        + "\n"
    )


def _cells(values: list[list[float]]) -> list[str]:
    """Of one ranking: by number of labels a value for each segment; the last cell is over all."""
    every = [np.array(one) for one in values] + [np.mean(values, axis=0)]
    return ["{:.4f} ({:.4f} to {:.4f})".format(one.mean(), *interval(one)) for one in every]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--backbones", type=Path, required=True, help="folder; lacking ones are made there")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--families", nargs="+", default=list(FAMILIES))
    parser.add_argument("--labels", nargs="+", type=int, default=[100, 300, 1000])
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--table", type=Path, help="Markdown file, or a page with the markers")
    given = parser.parse_args()
    segments = [seen(name, given.data, given.backbones, given.families) for name in SEGMENTS]
    text = markdown(segments, given.labels, given.draws)
    if given.table:
        write_table(given.table, text)
    else:
        print(text)


if __name__ == "__main__":
    main()
