"""Does the preflight find the backbone that a run gains most from? Its pick against fixed ones.

    python -m benchmarks.preflight_quality --cache /tmp/preflight.jsonl [--backbones FOLDER] [--seeds 3]
        [--labels 100 300 1000] [--segments telco-dsl] [--families mlp tabm] [--jobs 1] [--report-only]
        [--table docs/preflight.md]

Six segments of three tables (benchmarks/segments.py). The catalogue of a segment: backbones of the rest of
its table, one a family; an MLP of a neighbouring segment of the same table; an MLP of another table that
shares a column or two; the shipped in-context network. 30 % of the target's rows (at most 3,000) are the test
rows, n stratified rows of the others are the labelled ones. The preflight sees these alone. What a backbone
*realises* is the test AUC of a run from it whose depth is left open: what finxfer makes of that backbone by
cross-validation on the labelled rows.

Backbones lie in FOLDER/<family>/<segment> and FOLDER/neighbour/<segment> (FOLDER: CACHE.backbones unless
given) and are pretrained where they are lacking: 10 s (MLP) to 6 minutes (FT-Transformer) each. A draw takes
about a minute of one core. What was measured is kept in the cache: it can be stopped and goes on.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sklearn.metrics import roc_auc_score

from benchmarks.label_arms import Draw
from benchmarks.label_cache import Cache, Key
from benchmarks.label_efficiency import ROOT, drawn, held_out, write_table
from benchmarks.preflight_report import Found, markdown
from benchmarks.segments import SEGMENTS, neighbour_rows, pretrained, source_rows, target_rows
from benchmarks.workers import finished, never, unheard
from finxfer.backbones.card import Card, read_card
from finxfer.backbones.catalogue import find_card
from finxfer.data.roles import command_line_columns
from finxfer.data.splits import binary_target
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.choosing import AUTO, choose
from finxfer.training.preflight import preflight

FAMILIES = ("mlp", "tabm", "boosted")
NEIGHBOUR, FOREIGN, IN_CONTEXT = "neighbour", "foreign", "incontext-small"
REALISED, FORETOLD = 3, 4
"""Versions of what is measured, raised by hand when the code behind the figures changes."""
SCORES = ("score", "auc", "probe", "log_me", "h_score", "parameters", "share", "seconds")


@dataclass(frozen=True)
class Task:
    """One draw. role: the backbone to realise, or "" to foretell all of the catalogue."""

    data: Path
    backbones: Path
    segment: str
    labels: str
    seed: int
    families: tuple[str, ...]
    role: str = ""

    def __str__(self) -> str:
        what = f"realised {self.role}" if self.role else "preflight"
        return f"{self.segment} {self.labels} seed {self.seed} {what}"


def catalogue(task: Task) -> dict[str, Card]:
    """The cards by role; a card's id is its role, as a folder's name is the segment's."""
    segment, found = SEGMENTS[task.segment], {}
    for family in task.families:
        folder = task.backbones / family / segment.name
        found[family] = read_card(pretrained(segment, source_rows(segment, task.data), family, folder))
    beside = task.backbones / NEIGHBOUR / segment.name
    found[NEIGHBOUR] = read_card(pretrained(segment, neighbour_rows(segment, task.data), "mlp", beside))
    if segment.foreign is not None:
        other = SEGMENTS[segment.foreign]
        folder = task.backbones / "mlp" / other.name
        found[FOREIGN] = read_card(pretrained(other, source_rows(other, task.data), "mlp", folder))
    found[IN_CONTEXT] = find_card(IN_CONTEXT)
    return {role: replace(card, id=role) for role, card in found.items()}


def draw_of(task: Task) -> Draw:
    """The labelled and the test rows."""
    segment = SEGMENTS[task.segment]
    frame = target_rows(segment, task.data)
    y = binary_target(frame[segment.target], "1")
    columns = [one for one in command_line_columns(frame, segment.target)[0] if one.role == "feature"]
    rest, test = held_out(y, task.seed)
    rows = drawn(rest, y, task.labels, task.seed)
    return Draw(frame.iloc[rows], y[rows], frame.iloc[test], y[test], columns, task.seed, segment.target)


def measured(task: Task) -> dict[str, dict[str, float]]:
    """Figures by role: of the run from the task's backbone, or of the preflight of all of them."""
    warnings.filterwarnings("ignore")
    draw, cards = draw_of(task), catalogue(task)
    if task.role:
        return {task.role: realised(draw, cards[task.role])}
    return foretold(draw, list(cards.values()))


def realised(draw: Draw, card: Card) -> dict[str, float]:
    """Test AUC of what finxfer makes of the backbone where its depth is left open: cross-validated."""
    began, folder = time.process_time(), str(card.weights_path.parent)
    fixed = (draw.data(), TrainingSettings(), draw.seed, "cpu", None, unheard, never)
    model = choose(folder, AUTO, *fixed).model
    auc = roc_auc_score(draw.y_test, model.predict(draw.test))
    return {"auc": float(auc), "seconds": round(time.process_time() - began, 1)}


def foretold(draw: Draw, cards: list[Card]) -> dict[str, dict[str, float]]:
    """The scores of each card that the preflight ranks, and under "" the seconds of the whole."""
    found = preflight(draw.data(), cards, "", draw.seed, None, unheard, never)
    source = {card.id: card.measured.get("source_validation_auc") for card in cards}
    entries: dict[str, dict[str, float]] = {"": {"seconds": found["seconds"]}}
    for entry in found["backbones"]:
        if entry["rank"] is not None:
            scores = {name: float(entry[name]) for name in SCORES}
            told = source[entry["id"]]
            entries[entry["id"]] = scores | ({} if told is None else {"source": float(told)})
    return entries


def key_of(task: Task, role: str, sha256: str) -> Key:
    """What the cache knows the figures by."""
    if task.role:
        return Key(task.segment, task.labels, task.seed, f"realised {role}", REALISED, sha256)
    return Key(task.segment, task.labels, task.seed, f"foretold {role}", FORETOLD, sha256)


def planned(given: argparse.Namespace) -> list[Task]:
    """Every draw asked for, few labels and early seeds first."""
    return [
        Task(given.data, given.backbones, segment, labels, seed, tuple(given.families))
        for labels in given.labels
        for seed in range(given.seeds)
        for segment in given.segments
    ]


def lacking(draws: list[Task], cache: Cache, shas: dict[str, dict[str, str]]) -> list[Task]:
    """What the cache does not have: the preflight of a draw first, then a run from each backbone."""
    tasks = []
    for draw in draws:
        roles = shas[draw.segment]
        if key_of(draw, "", _all(roles)) not in cache:
            tasks.append(draw)
        runs = [replace(draw, role=role) for role in roles]
        tasks += [run for run in runs if key_of(run, run.role, roles[run.role]) not in cache]
    return tasks


def _all(roles: dict[str, str]) -> str:
    """What stands for the whole catalogue in a key."""
    return " ".join(f"{role}:{sha256[:8]}" for role, sha256 in sorted(roles.items()))


def measure(tasks: list[Task], cache: Cache, shas: dict[str, dict[str, str]], jobs: int) -> int:
    """Measure them; a line for each. Number of those that failed."""
    failed = 0
    for named, task, found in finished(tasks, measured, jobs, Task.__str__):
        if found is None:
            failed += 1
            continue
        roles = shas[task.segment]
        for role, figures in found.items():
            # Written last, the whole says that all of a preflight is there.
            if role:
                cache.add(key_of(task, role, roles[role]), figures)
            print(f"{named} {role} {figures}", flush=True)
        if not task.role:
            cache.add(key_of(task, "", _all(roles)), found[""])
    return failed


def gathered(draws: list[Task], cache: Cache, shas: dict[str, dict[str, str]]) -> list[Found]:
    """The draws of which the cache has everything."""
    found = []
    for draw in draws:
        roles = shas[draw.segment]
        runs = {role: key_of(replace(draw, role=role), role, sha) for role, sha in roles.items()}
        told = {role: key_of(draw, role, sha) for role, sha in roles.items()}
        whole = key_of(draw, "", _all(roles))
        if whole in cache and all(key in cache for key in runs.values()):
            ranked = [role for role, key in told.items() if key in cache]
            aucs = {role: cache[runs[role]]["auc"] for role in ranked}
            scores: dict[str, dict[str, Any]] = {role: cache[told[role]] for role in ranked}
            found.append(Found(draw.segment, draw.labels, draw.seed, aucs, scores, cache[whole]["seconds"]))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cache", type=Path, required=True, help="JSON lines; figures are kept there")
    parser.add_argument("--backbones", type=Path, help="folder of the source backbones; CACHE.backbones")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--segments", nargs="+", choices=list(SEGMENTS), default=list(SEGMENTS))
    parser.add_argument("--families", nargs="+", default=list(FAMILIES))
    parser.add_argument("--labels", nargs="+", default=["100", "300", "1000"])
    parser.add_argument("--seeds", type=int, default=3, help="draws of each segment")
    parser.add_argument("--jobs", type=int, default=1, help="measured side by side, one core each")
    parser.add_argument("--report-only", action="store_true", help="measure nothing")
    parser.add_argument("--table", type=Path, help="Markdown file, or a page with the markers")
    given = parser.parse_args()
    given.backbones = given.backbones or given.cache.with_suffix(".backbones")
    cache, draws = Cache(given.cache), planned(given)
    shas = {
        draw.segment: {role: card.sha256 for role, card in catalogue(draw).items()}
        for draw in {draw.segment: draw for draw in draws}.values()
    }
    failed = 0 if given.report_only else measure(lacking(draws, cache, shas), cache, shas, given.jobs)
    text = markdown(gathered(draws, cache, shas))
    if given.table:
        write_table(given.table, text)
    else:
        print(text)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
