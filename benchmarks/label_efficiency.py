"""How well finxfer rates when labels are few, against what an analyst would otherwise train.

    python -m benchmarks.label_efficiency --cache /tmp/labels.jsonl [--jobs 2] [--labels 100 300 1000 all]
        [--arms own as-is catboost] [--tables german_credit] [--backbone ID_OR_FOLDER] [--seeds 5]
        [--table docs/label_efficiency.md] [--plot docs/images]

The protocol of shared/data/README.md on its five binary tables: 30 % of the rows (at most 3,000) are the test
set, n stratified training rows are drawn from the rest, all arms see the same rows. Where a table has no n
rows left, all of them are taken, and measured once for all such n. No real table enters pretraining and no
test row chooses anything; this only measures. What was measured is kept in the cache: a run can be stopped
and goes on, and with another backbone only the arms that use it are measured anew; what finxfer's choice
learned of its baselines is taken from CACHE.parts then.

It costs, in minutes of one core for 100, 300 and 1,000 labels with five seeds: about 12 for the three rivals,
most of it CatBoost's, 4 for the backbone as-is, and 20 to 40 for each number of labels for finxfer's choice,
which trains a network and fine-tunes the backbone on every fold. Above 1,000 labels, minutes a draw.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet
from sklearn.model_selection import train_test_split

from benchmarks.label_arms import GROUPS, VERSIONS, Draw, figures, groups_for
from benchmarks.label_cache import Cache, Key
from benchmarks.label_plot import write_plots
from benchmarks.label_report import TITLES, Aucs, markdown
from benchmarks.workers import finished
from finxfer.backbones.catalogue import find_card
from finxfer.data.reading import read_table
from finxfer.data.roles import command_line_columns
from finxfer.data.splits import binary_target
from finxfer.records.spec import ColumnSpec

ROOT = Path(__file__).resolve().parents[1]
TABLES = {
    "taiwan_credit_default": ("default_next_month", ["ID"]),
    "german_credit": ("bad", []),
    "telco_churn": ("Churn", ["customerID"]),
    "bank_marketing_full": ("y", ["duration"]),
    "ulb_fraud_casecontrol_1722": ("Class", ["Time"]),
}
ALL = "all"
LABELS = ("100", "300", "1000", "5000", ALL)
TEST_SHARE, TEST_ROWS = 0.3, 3000
BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"


@dataclass(frozen=True)
class Task:
    """One draw and the group of arms to measure on it."""

    data: Path
    table: str
    labels: str
    seed: int
    group: str
    backbone: str
    parts: Path

    def __str__(self) -> str:
        return f"{self.table} {self.labels} seed {self.seed} {self.group}"


@lru_cache(maxsize=2)
def opened(
    path: Path, target: str, drop: tuple[str, ...]
) -> tuple[pd.DataFrame, np.ndarray, list[ColumnSpec]]:
    """The table, its 0/1 target and the features that the command line would use."""
    frame = read_table(path).frame
    columns = command_line_columns(frame, target, list(drop))[0]
    return (
        frame,
        binary_target(frame[target], "1"),
        [column for column in columns if column.role == "feature"],
    )


def held_out(y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the rows that may be learned from, and of the test rows."""
    size = min(round(TEST_SHARE * len(y)), TEST_ROWS)
    rest, test = train_test_split(np.arange(len(y)), test_size=size, stratify=y, random_state=seed)
    return rest, test


def drawn(rest: np.ndarray, y: np.ndarray, labels: str, seed: int) -> np.ndarray:
    """Positions of the training rows: stratified, or all where no more than that many are left."""
    if labels == ALL or len(rest) <= int(labels):
        return rest
    return train_test_split(rest, train_size=int(labels), stratify=y[rest], random_state=seed)[0]


def rows_to_learn_from(rows: int) -> int:
    """Rows of a table that are not tested."""
    return rows - min(round(TEST_SHARE * rows), TEST_ROWS)


def measured(task: Task) -> dict[str, dict[str, float]]:
    """Figures of the group's arms on the task's draw; seconds of CPU are those of the whole group."""
    warnings.filterwarnings("ignore")
    target, drop = TABLES[task.table]
    frame, y, columns = opened(task.data / f"{task.table}.parquet", target, tuple(drop))
    rest, test = held_out(y, task.seed)
    rows = drawn(rest, y, task.labels, task.seed)
    draw = Draw(frame.iloc[rows], y[rows], frame.iloc[test], y[test], columns, task.seed, target)
    began = time.process_time()
    parts = task.parts / f"{task.table}-{task.labels}-{task.seed}-v{VERSIONS['own']}"
    rated = GROUPS[task.group].rate(draw, find_card(task.backbone), parts)
    seconds = round(time.process_time() - began, 1)
    return {
        arm: {**figures(draw, found), "rows": len(rows), "seconds": seconds} for arm, found in rated.items()
    }


def key_of(task: Task, arm: str, sha256: str) -> Key:
    """What the cache knows the arm's figures by."""
    backbone = sha256 if GROUPS[task.group].pretrained else ""
    return Key(task.table, task.labels, task.seed, arm, VERSIONS[arm], backbone)


def planned(given: argparse.Namespace, rows: dict[str, int]) -> list[Task]:
    """Every draw and group asked for, few labels and early seeds first; equal draws once."""
    parts = given.cache.with_suffix(".parts")
    tasks = [
        Task(given.data, table, effective(labels, rows[table]), seed, group, given.backbone, parts)
        for labels in given.labels
        for seed in range(given.seeds)
        for table in given.tables
        for group in groups_for(given.arms)
    ]
    return list(dict.fromkeys(tasks))


def effective(labels: str, rows: int) -> str:
    """ "all" where the table has no more than that many rows to learn from."""
    return ALL if labels == ALL or rows_to_learn_from(rows) <= int(labels) else labels


def measure(tasks: list[Task], cache: Cache, sha256: str, jobs: int) -> int:
    """Measure what the cache lacks; a line for each. Number of tasks that failed."""
    missing = [
        task
        for task in tasks
        if any(key_of(task, arm, sha256) not in cache for arm in GROUPS[task.group].arms)
    ]
    failed = 0
    for named, task, found in finished(missing, measured, jobs, Task.__str__):
        if found is None:
            failed += 1
            continue
        for arm, figure in found.items():
            cache.add(key_of(task, arm, sha256), figure)
            print(f"{named} {arm} {figure['auc']:.4f} {figure['seconds']:.0f} s", flush=True)
    return failed


def gathered(
    tasks: list[Task], given: argparse.Namespace, rows: dict[str, int], cache: Cache, sha256: str
) -> Aucs:
    """AUC by labels asked for, table, arm and seed, as far as the cache has them."""
    found: Aucs = {}
    for labels in given.labels:
        for task in tasks:
            if effective(labels, rows[task.table]) == task.labels:
                for arm in GROUPS[task.group].arms:
                    key = key_of(task, arm, sha256)
                    if key in cache and arm in given.arms:
                        seeds = found.setdefault((labels, task.table, arm), {})
                        seeds[task.seed] = cache[key]["auc"]
    return found


def write_table(path: Path, text: str) -> None:
    """The tables as a file of their own, or between the two markers of a page that has them."""
    page = path.read_text(encoding="utf-8") if path.is_file() else ""
    if BEGIN in page and END in page:
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        text = f"{before}{BEGIN}\n\n{text}\n{END}{after}"
    path.write_text(text, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    arms = list(TITLES)
    parser.add_argument(
        "--cache", type=Path, required=True, help="JSON lines; measured figures are kept there"
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--backbone", default="incontext-small", help="catalogue id or folder")
    parser.add_argument("--arms", nargs="+", choices=arms, default=arms, metavar="ARM", help=", ".join(arms))
    parser.add_argument("--tables", nargs="+", choices=list(TABLES), default=list(TABLES), metavar="TABLE")
    parser.add_argument("--labels", nargs="+", default=list(LABELS), help='numbers or "all"')
    parser.add_argument("--seeds", type=int, default=5, help="draws of each table")
    parser.add_argument("--jobs", type=int, default=1, help="draws measured side by side, one core each")
    parser.add_argument(
        "--report-only", action="store_true", help="measure nothing, report what the cache has"
    )
    parser.add_argument("--table", type=Path, help="Markdown file, or a page with the markers")
    parser.add_argument("--plot", type=Path, help="folder for label-efficiency-light.svg and -dark.svg")
    given = parser.parse_args()
    rows = {
        table: pyarrow.parquet.read_metadata(given.data / f"{table}.parquet").num_rows
        for table in given.tables
    }
    card, cache, tasks = find_card(given.backbone), Cache(given.cache), planned(given, rows)
    sha256 = card.sha256
    failed = 0 if given.report_only else measure(tasks, cache, sha256, given.jobs)
    found = gathered(tasks, given, rows, cache, sha256)
    text = f"Backbone: {card.id}, SHA-256 {sha256[:12]}….\n\n{markdown(found, given.arms)}"
    if given.table:
        write_table(given.table, text)
    else:
        print(text)
    if given.plot:
        write_plots(found, given.arms, given.plot)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
