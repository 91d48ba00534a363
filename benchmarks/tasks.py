"""How well finxfer predicts amounts and several classes, against what an analyst would otherwise train.

    python -m benchmarks.tasks --cache /tmp/tasks.jsonl [--jobs 2] [--labels 100 300 1000] [--seeds 3]
        [--targets german_amount] [--report-only] [--table docs/tasks.md]

Three amounts and three targets of several classes of the real tables in shared/data. 30 % of the rows, at
most 1,000, are tested; the training rows are drawn from the others, the same for all arms, and 15 % of them
are validation rows. No test row chooses anything. What was measured is kept in the cache: a run can be
stopped and goes on. A draw of finxfer's choice takes minutes of one core; the backbone as-is, the baselines
and CatBoost, with its defaults and stopped early by the validation rows, some seconds.
"""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.model_selection import train_test_split

from benchmarks.label_cache import Cache, Key
from benchmarks.label_efficiency import ROOT, write_table
from benchmarks.label_report import grid, signed
from benchmarks.rivals import for_catboost
from benchmarks.workers import finished, never, unheard
from finxfer.backbones.catalogue import find_card
from finxfer.backbones.families import read_as_is
from finxfer.backbones.outputs import with_absent
from finxfer.backbones.protocol import TrainingData
from finxfer.data.reading import read_table
from finxfer.data.roles import command_line_columns
from finxfer.data.tasks import choose_task, is_known, strata_of, target_values
from finxfer.evaluation.multiclass import multiclass_metrics
from finxfer.evaluation.regression import regression_metrics
from finxfer.records.spec import MULTICLASS, REGRESSION
from finxfer.records.training_settings import TrainingSettings
from finxfer.training.boosting import fit_lightgbm
from finxfer.training.choosing import AUTO, choose
from finxfer.training.logistic import fit_logistic

VERSION = 1
"""Raised by hand when the code behind the figures changes."""
TEST_SHARE, TEST_ROWS, VALIDATION_SHARE = 0.3, 1000, 0.15
PATIENCE = 50
BACKBONE = "incontext-small"
TITLES = {
    "own": "own choice",
    "without": "own choice, none pretrained",
    "as-is": "in-context as-is",
    "lightgbm": "LightGBM",
    "linear": "linear",
    "catboost": "CatBoost",
}


@dataclass(frozen=True)
class Target:
    """A column to predict; drop: columns that identify a row, leak the target or follow from it."""

    table: str
    column: str
    task: str
    drop: tuple[str, ...] = ()


TARGETS = {
    "german_amount": Target("german_credit", "credit_amount", REGRESSION),
    "taiwan_limit": Target("taiwan_credit_default", "LIMIT_BAL", REGRESSION, ("ID",)),
    "telco_charges": Target("telco_churn", "MonthlyCharges", REGRESSION, ("customerID", "TotalCharges")),
    "german_purpose": Target("german_credit", "purpose", MULTICLASS),
    "bank_education": Target("bank_marketing_full", "education", MULTICLASS, ("duration",)),
    "telco_contract": Target("telco_churn", "Contract", MULTICLASS, ("customerID",)),
}
PAIRS = (
    *(("own", other) for other in ("without", "as-is", "lightgbm", "linear", "catboost")),
    *(("as-is", other) for other in ("lightgbm", "linear", "catboost")),
)
GROUPS = {"quick": ("as-is", "lightgbm", "linear"), "catboost": ("catboost",), "choice": ("own", "without")}
"""What is measured together; the choice, which is dear, last."""
METRICS = {REGRESSION: ("r2", "rmse"), MULTICLASS: ("auc", "log_loss")}


@dataclass(frozen=True)
class Work:
    """One draw of one target and the group of arms to measure on it."""

    data: Path
    target: str
    labels: int
    seed: int
    group: str

    def __str__(self) -> str:
        return f"{self.target} {self.labels} seed {self.seed} {self.group}"

    @property
    def arms(self) -> tuple[str, ...]:
        return GROUPS[self.group]

    def key(self, arm: str) -> Key:
        return Key(self.target, str(self.labels), self.seed, arm, VERSION)


@lru_cache(maxsize=2)
def opened(path: Path, target: Target) -> tuple[pd.DataFrame, np.ndarray, TrainingData]:
    """The labelled rows, their target, and what a run would take of the table, still without rows."""
    frame = read_table(path).frame
    columns = [
        c for c in command_line_columns(frame, target.column, list(target.drop))[0] if c.role == "feature"
    ]
    chosen = choose_task(frame[target.column], target.task)
    y = target_values(frame[target.column], chosen.task, chosen.positive, chosen.classes)
    known = is_known(y)
    frame, y = frame[known].reset_index(drop=True), y[known]
    none = frame.iloc[:0]
    empty = TrainingData(
        none, y[:0], none, y[:0], columns, "", target.column, task=chosen.task, classes=chosen.classes
    )
    return frame, y, empty


def drawn(work: Work) -> tuple[TrainingData, pd.DataFrame, np.ndarray]:
    """The training and validation rows, the test rows and their target."""
    target = TARGETS[work.target]
    frame, y, empty = opened(work.data / f"{target.table}.parquet", target)
    strata, size = strata_of(y), min(round(TEST_SHARE * len(y)), TEST_ROWS)
    rest, test = train_test_split(np.arange(len(y)), test_size=size, stratify=strata, random_state=work.seed)
    rows = np.random.default_rng([work.seed, work.labels]).permutation(rest)[: work.labels]
    held, learnt = np.split(rows, [round(VALIDATION_SHARE * len(rows))])
    parts = [(frame.iloc[part].reset_index(drop=True), y[part]) for part in (learnt, held)]
    data = TrainingData(
        *parts[0], *parts[1], empty.columns, "", empty.target, task=empty.task, classes=empty.classes
    )
    return data, frame.iloc[test].reset_index(drop=True), y[test]


def measured(work: Work) -> dict[str, dict[str, float]]:
    """Figures of the arms on one draw; seconds of processor are those of all of them together."""
    warnings.filterwarnings("ignore")
    data, test, y = drawn(work)
    began = time.process_time()
    found = RATE[work.group](data, test, work.seed)
    seconds = round(time.process_time() - began, 1)
    return {
        arm: {
            **figures(data, y, answer),
            "rows": len(data.y_train) + len(data.y_validation),
            "seconds": seconds,
        }
        for arm, answer in found.items()
    }


def figures(data: TrainingData, y: np.ndarray, answer: np.ndarray) -> dict[str, float]:
    """The task's two metrics of answers to the test rows."""
    if data.task == REGRESSION:
        every: dict[str, Any] = regression_metrics(y, answer)
    else:
        every = multiclass_metrics(y, answer)
    return {name: float(every[name]) for name in METRICS[data.task]}


def choice(data: TrainingData, test: pd.DataFrame, seed: int) -> dict[str, np.ndarray]:
    """What a run without any setting brings, and what it would if there were no backbone."""
    chosen = choose(AUTO, AUTO, data, TrainingSettings(), seed, "cpu", None, unheard, never)
    assert chosen.without_pretrained
    models = {"own": chosen.model, "without": chosen.without_pretrained}
    return {arm: model.predict(test) for arm, model in models.items()}


def quick(data: TrainingData, test: pd.DataFrame, seed: int) -> dict[str, np.ndarray]:
    """A backbone as-is, which needs no validation rows, and the baselines, which the validation rows stop."""
    settings = TrainingSettings()
    whole = TrainingData(
        pd.concat([data.frame_train, data.frame_validation], ignore_index=True),
        np.concatenate([data.y_train, data.y_validation]),
        *(data.frame_validation, data.y_validation, data.columns, "", data.target),
        task=data.task,
        classes=data.classes,
    )
    models = {
        "as-is": read_as_is(find_card(BACKBONE), whole, settings, seed, "cpu").model(0.0),
        "lightgbm": fit_lightgbm(data, settings, seed, unheard, never)[0],
        "linear": fit_logistic(data, settings)[0],
    }
    return {arm: model.predict(test) for arm, model in models.items()}


def catboost(data: TrainingData, test: pd.DataFrame, seed: int) -> dict[str, np.ndarray]:
    """CatBoost with its defaults and its own handling of categories, stopped early by the validation rows."""
    import catboost as library

    frames = [for_catboost(frame, data.columns) for frame in (data.frame_train, data.frame_validation, test)]
    texts = [name for name in frames[0] if not pd.api.types.is_float_dtype(frames[0][name])]
    fixed = {"random_seed": seed, "thread_count": 1, "verbose": False, "allow_writing_files": False}
    regression = data.task == REGRESSION
    kind = library.CatBoostRegressor if regression else library.CatBoostClassifier
    model = kind(**fixed, loss_function="RMSE" if regression else "MultiClass")
    seen = np.isin(data.y_validation, data.y_train) | regression  # it refuses a class that it has not learned
    checked = (frames[1][seen], data.y_validation[seen])
    model.fit(frames[0], data.y_train, cat_features=texts, eval_set=checked, early_stopping_rounds=PATIENCE)
    if regression:
        return {"catboost": np.asarray(model.predict(frames[2]))}
    logits = np.log(np.maximum(model.predict_proba(frames[2]), 1e-12))
    present = [int(code) for code in model.classes_]
    return {"catboost": np.exp(with_absent(logits, present, len(data.classes), len(data.y_train)))}


RATE = {"quick": quick, "catboost": catboost, "choice": choice}


def planned(given: argparse.Namespace) -> list[Work]:
    """Every draw; what is quick first, then early seeds and few labels."""
    return [
        Work(given.data, target, labels, seed, group)
        for groups in (("quick", "catboost"), ("choice",))
        for seed in range(given.seeds)
        for labels in given.labels
        for target in given.targets
        for group in groups
    ]


def measure(works: Sequence[Work], cache: Cache, jobs: int) -> int:
    """Measure what the cache lacks; a line for each. Number of draws that failed."""
    missing = [work for work in works if any(work.key(arm) not in cache for arm in work.arms)]
    failed = 0
    for named, work, found in finished(missing, measured, jobs, Work.__str__):
        failed += found is None
        for arm, figure in (found or {}).items():
            cache.add(work.key(arm), figure)
            print(f"{named} {arm} {figure}", flush=True)
    return failed


Found = dict[tuple[str, int], dict[int, dict[str, dict[str, float]]]]
"""(target, labels) -> seed -> arm -> figures."""


def gathered(works: Iterable[Work], cache: Cache) -> Found:
    found: Found = {}
    for work in works:
        for arm in work.arms:
            if work.key(arm) in cache:
                draws = found.setdefault((work.target, work.labels), {})
                draws.setdefault(work.seed, {})[arm] = cache[work.key(arm)]
    return found


def markdown(found: Found) -> str:
    """Means of each target, then the paired differences of each task."""
    parts = []
    for task, names in METRICS.items():
        of_task = {key: draws for key, draws in found.items() if TARGETS[key[0]].task == task}
        if of_task:
            parts += [_means(of_task, names[0], task), _differences(of_task, names, task)]
    return "\n\n".join(parts) + "\n"


def _means(found: Found, metric: str, task: str) -> str:
    title = "R²" if task == REGRESSION else "AUC, one against the rest, mean of the classes"
    lines = []
    for (target, labels), draws in found.items():
        cells = []
        for arm in TITLES:
            values = [draw[arm][metric] for draw in draws.values() if arm in draw]
            fewer = f" ({len(values)})" if len(values) < len(draws) else ""
            cells.append(f"{np.mean(values):.3f}{fewer}" if values else "")
        lines.append([target, f"{labels:,}", str(len(draws)), *cells])
    return f"{title}:\n\n{grid(['target', 'labels', 'draws', *TITLES.values()], lines)}"


def _differences(found: Found, metrics: tuple[str, ...], task: str) -> str:
    sizes = sorted({labels for _, labels in found})
    lines = []
    for first, second in PAIRS:
        for metric in metrics:
            cells = []
            for labels in sizes:
                draws = [
                    draw for (_, size), seeds in found.items() if size == labels for draw in seeds.values()
                ]
                both = [draw for draw in draws if first in draw and second in draw]
                cells.append(_cell(np.array([_gap(draw[first], draw[second], metric) for draw in both])))
            name = "log RMSE" if metric == "rmse" else {"r2": "R²", "auc": "AUC"}.get(metric, "log loss")
            if not any(cells):
                continue
            lines.append([f"{TITLES[first]} − {TITLES[second]}", name, *cells])
    head = ["difference", "of", *(f"{labels:,} labels" for labels in sizes)]
    of = "amounts" if task == REGRESSION else "several classes"
    return (
        f"Paired differences, {of}: mean over targets and draws, 95 % interval of Student's t over them "
        f"(of logarithms and losses less is better):\n\n{grid(head, lines)}"
    )


def _gap(first: dict[str, float], second: dict[str, float], metric: str) -> float:
    if metric == "rmse":  # amounts of different units
        return float(np.log(first[metric]) - np.log(second[metric]))
    return first[metric] - second[metric]


def _cell(gaps: np.ndarray) -> str:
    if len(gaps) < 2:
        return signed(gaps.mean()) if len(gaps) else ""
    half = stats.t.ppf(0.975, len(gaps) - 1) * gaps.std(ddof=1) / np.sqrt(len(gaps))
    return f"{signed(gaps.mean())} ({signed(gaps.mean() - half)} to {signed(gaps.mean() + half)})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--cache", type=Path, required=True, help="JSON lines; measured figures are kept there"
    )
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument(
        "--targets", nargs="+", choices=list(TARGETS), default=list(TARGETS), metavar="TARGET"
    )
    parser.add_argument("--labels", nargs="+", type=int, default=[100, 300, 1000])
    parser.add_argument("--seeds", type=int, default=2, help="draws of each target")
    parser.add_argument("--jobs", type=int, default=1, help="draws measured side by side, one core each")
    parser.add_argument("--report-only", action="store_true", help="measure nothing, report the cache")
    parser.add_argument("--table", type=Path, help="Markdown file, or a page with the markers")
    given = parser.parse_args()
    cache, works = Cache(given.cache), planned(given)
    failed = 0 if given.report_only else measure(works, cache, given.jobs)
    text = markdown(gathered(works, cache))
    if given.table:
        write_table(given.table, text)
    else:
        print(text)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
