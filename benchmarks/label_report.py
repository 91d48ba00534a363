"""The tables of the label-efficiency benchmark, with intervals bootstrapped over tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

Aucs = dict[tuple[str, str, str], dict[int, float]]
"""(labels, table, arm) -> seed -> AUC."""

TITLES = {
    "own": "own choice",
    "without": "own choice, none pretrained",
    "as-is": "in-context as-is",
    "fine-tuned": "in-context fine-tuned",
    "catboost": "CatBoost",
    "lightgbm": "LightGBM",
    "logistic": "logistic regression",
}
PAIRS = (
    ("own", "catboost"),
    ("own", "without"),
    ("own", "lightgbm"),
    ("as-is", "catboost"),
    ("as-is", "logistic"),
    ("fine-tuned", "as-is"),
)
BOOTSTRAPS = 10_000


def interval(differences: np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean of differences (T,), one per table, by 10,000 bootstrap draws over tables."""
    rng = np.random.default_rng(0)
    means = differences[rng.integers(0, len(differences), (BOOTSTRAPS, len(differences)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def tables_of(found: Aucs) -> list[str]:
    """Names of the tables, in the order of measuring."""
    return list(dict.fromkeys(table for _, table, _ in found))


def labels_of(found: Aucs) -> list[str]:
    """Numbers of labels, ascending, "all" last."""
    names = {labels for labels, _, _ in found}
    return sorted(names, key=lambda name: float("inf") if name == "all" else int(name))


def common_seeds(found: Aucs, labels: str, arms: Iterable[str]) -> list[int]:
    """Seeds that every one of the arms has on every table."""
    sets = [set(found.get((labels, table, arm), {})) for table in tables_of(found) for arm in arms]
    return sorted(set.intersection(*sets)) if sets else []


def measured_arms(found: Aucs, labels: str, arms: Sequence[str]) -> tuple[list[str], list[int]]:
    """The arms that were measured on every table with so many labels, and the seeds that all of them have."""
    there = [arm for arm in arms if common_seeds(found, labels, [arm])]
    return there, common_seeds(found, labels, there)


def means(found: Aucs, labels: str, arm: str, seeds: Sequence[int]) -> np.ndarray:
    """Mean AUC over the seeds, one per table (T,)."""
    return np.array(
        [np.mean([found[labels, table, arm][seed] for seed in seeds]) for table in tables_of(found)]
    )


def differences(found: Aucs, labels: str, arm: str, other: str) -> tuple[np.ndarray, int]:
    """AUC of an arm minus that of another, per table (T,), and how many seeds both have; empty where none."""
    seeds = common_seeds(found, labels, (arm, other))
    if not seeds:
        return np.empty(0), 0
    return means(found, labels, arm, seeds) - means(found, labels, other, seeds), len(seeds)


def markdown(found: Aucs, arms: Sequence[str]) -> str:
    """Mean AUC, paired differences with intervals, fine-tuning and AUC by table, as Markdown tables."""
    parts = [
        f"Mean AUC over {len(tables_of(found))} tables, the same draws for all arms.",
        _mean_table(found, arms),
        "Paired differences of AUC: mean over tables of the means over draws, with its 95 % interval"
        " (bootstrapped over tables).",
        _difference_table(found),
    ]
    gains = _gain_table(found)
    if gains:
        parts += ["Fine-tuned − as-is, by table.", gains]
    parts += ["Each table: mean AUC over the same draws.", _per_table(found, arms)]
    return "\n\n".join(parts) + "\n"


def _mean_table(found: Aucs, arms: Sequence[str]) -> str:
    lines = []
    for labels in labels_of(found):
        there, seeds = measured_arms(found, labels, arms)
        if seeds:
            cells = [f"{means(found, labels, arm, seeds).mean():.4f}" if arm in there else "" for arm in arms]
            lines.append([_number(labels), str(len(seeds)), *cells])
    return grid(["labels", "draws", *(TITLES[arm] for arm in arms)], lines)


def _difference_table(found: Aucs) -> str:
    names = labels_of(found)
    most = max((len(seeds) for seeds in found.values()), default=0)
    lines = []
    for arm, other in PAIRS:
        cells = []
        for labels in names:
            gains, draws = differences(found, labels, arm, other)
            if draws:
                low, high = interval(gains)
                fewer = f", {draws} draw{'' if draws == 1 else 's'}" if draws < most else ""
                cells.append(f"{signed(gains.mean())} ({signed(low)} to {signed(high)}{fewer})")
            else:
                cells.append("")
        if any(cells):
            lines.append([f"{TITLES[arm]} − {TITLES[other]}", *cells])
    return grid(["difference", *map(_number, names)], lines)


def _per_table(found: Aucs, arms: Sequence[str]) -> str:
    lines = []
    for place, table in enumerate(tables_of(found)):
        for labels in labels_of(found):
            there, seeds = measured_arms(found, labels, arms)
            if seeds:
                cells = [
                    f"{means(found, labels, arm, seeds)[place]:.4f}" if arm in there else "" for arm in arms
                ]
                lines.append([table, _number(labels), *cells])
    return grid(["table", "labels", *(TITLES[arm] for arm in arms)], lines)


def _gain_table(found: Aucs) -> str:
    names = [labels for labels in labels_of(found) if differences(found, labels, "fine-tuned", "as-is")[1]]
    if not names:
        return ""
    gains = [differences(found, labels, "fine-tuned", "as-is")[0] for labels in names]
    lines = [
        [table, *(signed(gain[place]) for gain in gains)] for place, table in enumerate(tables_of(found))
    ]
    return grid(["table", *map(_number, names)], lines)


def signed(value: float) -> str:
    """A difference with four decimals, a true minus sign, and no sign on zero."""
    rounded = round(value, 4) + 0.0
    return f"{rounded:+.4f}".replace("-", "−") if rounded else "0.0000"


def _number(labels: str) -> str:
    return labels if labels == "all" else f"{int(labels):,}"


def grid(head: list[str], lines: list[list[str]]) -> str:
    """A Markdown table."""
    rows = [head, ["---"] * len(head), *lines]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)
