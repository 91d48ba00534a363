"""The tables of the source-transfer benchmark, with intervals bootstrapped over segments and draws."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import numpy as np

from benchmarks.label_cache import Cache
from benchmarks.label_report import grid, signed

TITLES = {
    "own": "finxfer's transfer",
    "without": "finxfer, nothing pretrained",
    "logistic": "logistic regression",
    "lightgbm": "tuned LightGBM",
    "catboost": "CatBoost",
    "source": "source LightGBM",
    "source-bag": "source LightGBM, bag of 5",
    "pooled": "pooled LightGBM (sees source rows)",
    "pooled-bag": "pooled LightGBM, bag of 5 (sees source rows)",
    "in-context": "in-context as-is",
    "in-context-source": "in-context, source rows in context",
}
TARGET_ONLY = ("logistic", "lightgbm", "catboost")
BEST_TARGET = "the best target-only arm"
RIVALS = (BEST_TARGET, "source", "source-bag", "pooled", "pooled-bag", "without")
BOOTSTRAPS = 10_000

Aucs = dict[tuple[str, str], dict[str, dict[int, float]]]
"""(labels, arm) -> segment -> seed -> AUC."""


def gathered(cache: Cache, groups: Collection[str], labels: Sequence[str], seeds: int) -> Aucs:
    """What the cache has of the groups' arms."""
    found: Aucs = {}
    for key, figures in cache.found.items():
        if key.backbone in groups and key.labels in labels and key.seed < seeds and "auc" in figures:
            found.setdefault((key.labels, key.arm), {}).setdefault(key.table, {})[key.seed] = figures["auc"]
    return found


def markdown(
    cache: Cache, groups: Collection[str], segments: Sequence[str], labels: Sequence[str], seeds: int
) -> str:
    """Means, paired differences, figures by segment and by depth, as Markdown."""
    found = gathered(cache, groups, labels, seeds)
    arms = [arm for arm in TITLES if any((number, arm) in found for number in labels)]
    parts = [
        "Mean AUC over the segments of the means over draws.",
        _means(found, arms, segments, labels),
        "finxfer's transfer minus a rival: mean over segments, 95 % interval (draws resampled within each of"
        " the resampled segments), the worst segment's mean, and draws.",
        _differences(found, segments, labels),
        "By segment: mean AUC over draws.",
        _by_segment(found, arms, segments, labels),
    ]
    depths = sorted({arm for _, arm in found if "@" in arm or arm.startswith("own:")}, key=_order)
    if depths:
        parts += ["One backbone of the source alone: mean AUC over the segments."]
        parts += [_means(found, depths, segments, labels, _depth_title)]
    return "\n\n".join(parts) + "\n"


def common(found: Aucs, number: str, arms: Sequence[str], segments: Sequence[str]) -> dict[str, list[int]]:
    """Seeds by segment that every one of the arms has; empty where a segment has none."""
    seeds = {
        segment: sorted(
            set.intersection(*(set(found.get((number, arm), {}).get(segment, {})) for arm in arms))
        )
        for segment in segments
    }
    return seeds if all(seeds.values()) else {}


def differences(found: Aucs, number: str, rival: str, segments: Sequence[str]) -> list[np.ndarray]:
    """finxfer's transfer minus the rival, paired: for each segment (draws,); empty where not measured."""
    arms = TARGET_ONLY if rival == BEST_TARGET else (rival,)
    seeds = common(found, number, ("own", *arms), segments)
    if not seeds:
        return []
    if rival == BEST_TARGET:
        # The arm with the best mean of all: one that an analyst could have settled on beforehand.
        means = {
            arm: np.mean([np.mean([found[number, arm][s][k] for k in seeds[s]]) for s in segments])
            for arm in arms
        }
        rival = max(means, key=lambda arm: means[arm])
    own, other = found[number, "own"], found[number, rival]
    return [np.array([own[s][seed] - other[s][seed] for seed in seeds[s]]) for s in segments]


def interval(gains: Sequence[np.ndarray]) -> tuple[float, float]:
    """95 % interval of the mean over segments of the means over draws, both resampled."""
    rng = np.random.default_rng(0)
    means = np.empty(BOOTSTRAPS)
    for place in range(BOOTSTRAPS):
        chosen = rng.integers(0, len(gains), len(gains))
        means[place] = np.mean([rng.choice(gains[one], len(gains[one])).mean() for one in chosen])
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def _mean(found: Aucs, number: str, arm: str, seeds: dict[str, list[int]]) -> float:
    return float(np.mean([np.mean([found[number, arm][s][k] for k in seeds[s]]) for s in seeds]))


def _means(
    found: Aucs,
    arms: Sequence[str],
    segments: Sequence[str],
    labels: Sequence[str],
    title: Callable[[str], str] = TITLES.__getitem__,
) -> str:
    """A row for each arm: the mean over segments of the means over draws, and how many draws."""
    lines = []
    for arm in arms:
        cells = []
        for number in labels:
            seeds = common(found, number, [arm], segments)
            draws = min((len(one) for one in seeds.values()), default=0)
            cells.append(f"{_mean(found, number, arm, seeds):.4f} ({draws})" if seeds else "")
        if any(cells):
            lines.append([title(arm), *cells])
    return grid(["arm", *(f"{number} labels (draws)" for number in labels)], lines)


def _differences(found: Aucs, segments: Sequence[str], labels: Sequence[str]) -> str:
    lines = []
    for rival in RIVALS:
        cells = []
        for number in labels:
            gains = differences(found, number, rival, segments)
            if not gains:
                cells.append("")
                continue
            means = [gain.mean() for gain in gains]
            low, high = interval(gains)
            worst = segments[int(np.argmin(means))]
            cells.append(
                f"{signed(float(np.mean(means)))} ({signed(low)} to {signed(high)}); worst"
                f" {signed(float(min(means)))} ({worst}); {min(map(len, gains))}"
            )
        lines.append([f"− {TITLES.get(rival, rival)}", *cells])
    return grid(["difference", *(f"{number} labels" for number in labels)], lines)


def _by_segment(found: Aucs, arms: Sequence[str], segments: Sequence[str], labels: Sequence[str]) -> str:
    lines = []
    for segment in segments:
        for number in labels:
            cells = []
            for arm in arms:
                values = list(found.get((number, arm), {}).get(segment, {}).values())
                cells.append(f"{np.mean(values):.3f}" if values else "")
            lines.append([segment, number, *cells])
    return grid(["segment", "labels", *(TITLES[arm] for arm in arms)], lines)


def _depth_title(arm: str) -> str:
    if arm.startswith("own:"):
        return f"{arm[4:]}, depth and method chosen"
    family, depth = arm.split("@")
    return f"{family}, {'as-is' if depth == 'as-is' else f'depth {depth}'}"


def _order(arm: str) -> tuple[str, float]:
    """By family: chosen, as-is, then the head alone down to everything."""
    if arm.startswith("own:"):
        return arm[4:], -1e9
    family, depth = arm.split("@")
    return family, -1e8 if depth == "as-is" else -float(depth)
