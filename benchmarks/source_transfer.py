"""Does a model of the bank's own source help a segment with few labels, and how deeply is it to be frozen?

    python -m benchmarks.source_transfer --cache /tmp/transfer.jsonl [--backbones FOLDER] [--seeds 5]
        [--labels 100 300 1000] [--segments telco-dsl] [--groups own target source pooled in-context]
        [--families boosted tabm] [--jobs 2] [--report-only] [--table docs/source_transfer.md]

Six segments of three tables (benchmarks/segments.py): the segment is the target, the rest of its table the
source. 30 % of the target's rows (at most 3,000) are the test rows, n stratified rows of the others carry
labels; all arms see the same rows. Backbones lie in FOLDER/<family>/<segment> (CACHE.backbones unless given)
and are pretrained on the source where they are lacking, once for all draws: the intervals are over draws and
segments, not over pretrainings. No source row is in sight of what follows, but for the arms that are named
after them. What was measured is kept in the cache: a run can be stopped and goes on.

It costs, in minutes of one core a draw: own 0.7, target 0.3, source 0.5, pooled 0.5, in-context 0.1, depths
0.1 (boosted, MLP) to 3 (FT-Transformer); and the pretraining, 10 s (MLP) to 7 minutes (FT-Transformer).
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

from benchmarks.label_arms import Draw, figures
from benchmarks.label_cache import Cache, Key
from benchmarks.label_efficiency import ROOT, drawn, held_out, write_table
from benchmarks.segments import SEGMENTS, pretrained, source_rows, target_rows
from benchmarks.transfer_arms import (
    Place,
    Rate,
    depths_of,
    in_context,
    own_of,
    pooled,
    source_only,
    target_only,
)
from benchmarks.transfer_report import markdown
from benchmarks.workers import finished
from finxfer.backbones.card import Card, read_card
from finxfer.data.roles import command_line_columns
from finxfer.data.splits import binary_target

FAMILIES = ("boosted", "tabm", "mlp", "ft-transformer", "autoencoder")
GROUPS = ("own", "target", "source", "pooled", "in-context", "depths", "single")
"""depths: every family at every depth; single: finxfer's choice with one family alone."""
VERSIONS = {group: 1 for group in GROUPS}
"""Raised by hand when the code behind a group's figures changes, so that the cache is not asked."""


@dataclass(frozen=True)
class Task:
    """One draw and the group of arms to measure on it; family: of depths and single, "" else."""

    data: Path
    backbones: Path
    parts: Path
    segment: str
    labels: str
    seed: int
    families: tuple[str, ...]
    group: str
    family: str = ""

    def __str__(self) -> str:
        return f"{self.segment} {self.labels} seed {self.seed} {self.key.arm}"

    @property
    def key(self) -> Key:
        """What the cache knows that the task is done by; the families matter to finxfer's choice alone."""
        arm = f"{self.group} {self.family or ('+'.join(self.families) if self.group == 'own' else '')}"
        return Key(self.segment, self.labels, self.seed, arm.strip(), VERSIONS[self.group])

    def arm_key(self, arm: str) -> Key:
        """What the cache knows an arm's figures by."""
        return Key(self.segment, self.labels, self.seed, arm, VERSIONS[self.group], self.key.arm)


def rate_of(task: Task) -> Rate:
    """The code of a group."""
    if task.group == "depths":
        return depths_of(task.family)
    if task.group == "single":
        return own_of([task.family])
    known: dict[str, Rate] = {
        "own": own_of(None),
        "target": target_only,
        "source": source_only,
        "pooled": pooled,
        "in-context": in_context,
    }
    return known[task.group]


def cards_of(task: Task) -> dict[str, Card]:
    """The backbones of the segment's source that the group needs, pretrained where they are lacking."""
    segment = SEGMENTS[task.segment]
    wanted = (task.family,) if task.family else task.families if task.group == "own" else ()
    folders = {family: task.backbones / family / segment.name for family in wanted}
    rows = source_rows(segment, task.data)
    return {family: read_card(pretrained(segment, rows, family, out)) for family, out in folders.items()}


def measured(task: Task) -> dict[str, dict[str, float]]:
    """Figures of the group's arms; seconds of CPU are those of the whole group."""
    warnings.filterwarnings("ignore")
    segment = SEGMENTS[task.segment]
    frame = target_rows(segment, task.data)
    y = binary_target(frame[segment.target], "1")
    columns = [one for one in command_line_columns(frame, segment.target)[0] if one.role == "feature"]
    rest, test = held_out(y, task.seed)
    rows = drawn(rest, y, task.labels, task.seed)
    draw = Draw(frame.iloc[rows], y[rows], frame.iloc[test], y[test], columns, task.seed, segment.target)
    parts = task.parts / f"{task.segment}-{task.labels}-{task.seed}-v{VERSIONS['own']}"
    place = Place(draw, source_rows(segment, task.data), cards_of(task), parts)
    began = time.process_time()
    rated = rate_of(task)(place)
    seconds = round(time.process_time() - began, 1)
    return {arm: {**figures(draw, found), "seconds": seconds} for arm, found in rated.items()}


def planned(given: argparse.Namespace) -> list[Task]:
    """Every draw and group asked for, few labels and early seeds first."""
    backbones = given.backbones or given.cache.with_suffix(".backbones")
    parts, families = given.cache.with_suffix(".parts"), tuple(given.families)
    tasks = []
    for labels in given.labels:
        for seed in range(given.seeds):
            for group in given.groups:
                each = families if group in ("depths", "single") else ("",)
                for segment in given.segments:
                    fixed = (given.data, backbones, parts, segment, labels, seed, families, group)
                    tasks += [Task(*fixed, family) for family in each]
    return tasks


def measure(tasks: list[Task], cache: Cache, jobs: int) -> int:
    """Measure what the cache lacks; a line for each. Number of tasks that failed."""
    missing = [task for task in tasks if task.key not in cache]
    failed = 0
    for named, task, found in finished(missing, measured, jobs, Task.__str__):
        if found is None:
            failed += 1
            continue
        for arm, figure in found.items():
            cache.add(task.arm_key(arm), figure)
        cache.add(task.key, {"seconds": next(iter(found.values()))["seconds"]})
        told = ", ".join(f"{arm} {figure['auc']:.4f}" for arm, figure in found.items())
        print(f"{named}: {told}; {cache[task.key]['seconds']:.0f} s", flush=True)
    return failed


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cache", type=Path, required=True, help="JSON lines; figures are kept there")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--backbones", type=Path, help="folder of the source backbones")
    parser.add_argument("--segments", nargs="+", choices=list(SEGMENTS), default=list(SEGMENTS))
    parser.add_argument("--labels", nargs="+", default=["100", "300", "1000"])
    parser.add_argument("--groups", nargs="+", choices=GROUPS, default=list(GROUPS))
    parser.add_argument("--families", nargs="+", choices=FAMILIES, default=list(FAMILIES))
    parser.add_argument("--seeds", type=int, default=5, help="draws of each segment")
    parser.add_argument("--jobs", type=int, default=1, help="draws measured side by side, one core each")
    parser.add_argument("--report-only", action="store_true", help="measure nothing, report the cache")
    parser.add_argument("--table", type=Path, help="page with the markers, or a new Markdown file")
    given = parser.parse_args()
    cache, tasks = Cache(given.cache), planned(given)
    failed = 0 if given.report_only else measure(tasks, cache, given.jobs)
    text = markdown(cache, {task.key.arm for task in tasks}, given.segments, given.labels, given.seeds)
    if given.table:
        write_table(given.table, text)
    else:
        print(text)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
