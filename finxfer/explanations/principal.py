"""Principal reasons of declined customers: at most four themes each, and whether they would be given
again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from finxfer.explanations.masking import Model, Pool
from finxfer.explanations.reasons import (
    LONGEST_NAME,
    MOST_REASONS,
    SMALLEST_SHARE,
    one_line,
    points_text,
    value_text,
)
from finxfer.explanations.sampling import steps_needed
from finxfer.explanations.sentences import sentence
from finxfer.explanations.themes import Grouping, summed
from finxfer.explanations.values import evaluations_of, is_trees, shap_values

if TYPE_CHECKING:
    from finxfer.explanations.explainer import Explainer

SEEDS = 2
_NOTHING = 1e-9


@dataclass(frozen=True)
class Draws:
    """The same customers explained again and again: against other reference groups, with other orders.

    Attributes:
        values: float32 (draws, N, M); no draw where it was not affordable.
        groups, seeds: reference groups and orders for each; trees know no orders.
    """

    values: np.ndarray
    groups: int
    seeds: int


def draws_of(
    model: Model,
    groups: Sequence[pd.DataFrame],
    frame: pd.DataFrame,
    features: list[str],
    seed: int,
    explainer: Explainer | None,
    tick: Callable[[int, int], None],
) -> Draws:
    """Explain N customers against each reference group, with :data:`SEEDS` orders each.

    Not affordable without an explainer: more predictions than the model's budget. Then there is no draw.
    """
    none = Draws(np.zeros((0, len(frame), len(features)), np.float32), 0, 0)
    if not groups or not len(frame):
        return none
    trees = is_trees(model)
    seeds = 1 if trees else SEEDS
    if explainer is None and not trees:
        steps = steps_needed(Pool(model, frame, groups[0], features)) * len(groups) * seeds
        if steps > evaluations_of(model):
            return none
    found = []
    for number, group in enumerate(groups):
        for turn in range(seeds):
            again = seed + 104_729 * (1 + turn + seeds * number)
            if explainer is not None:
                found.append(explainer.drawn(model, group, frame, again, _ignore, paths=1))
            else:
                made = shap_values(model, group, frame, features, again, None if trees else 1)
                found.append(made.values)
            tick(len(found), len(groups) * seeds)
    return Draws(np.asarray(found, dtype=np.float32), len(groups), seeds)


def chosen_themes(values: np.ndarray) -> np.ndarray:
    """The at most four themes that raise the probability most, int (N, 4), largest first, −1 where there
    is none.

    ``values`` (N, T) are summed by theme. What is below 2% of a customer's largest one is no reason.
    """
    floor = np.maximum(np.abs(values).max(axis=1, keepdims=True) * SMALLEST_SHARE, _NOTHING)
    order = np.argsort(-values, axis=1, kind="stable")[:, :MOST_REASONS]
    kept = np.where(np.take_along_axis(values, order, axis=1) > floor, order, -1)
    return np.pad(kept, ((0, 0), (0, MOST_REASONS - kept.shape[1])), constant_values=-1)


def stability(chosen: np.ndarray, drawn: np.ndarray) -> np.ndarray:
    """Share of draws in which each chosen theme is among the customer's four again, float (N, 4).

    Args:
        chosen: (N, 4) of :func:`chosen_themes`.
        drawn: values summed by theme, (draws, N, T).

    Returns:
        NaN where there is no reason, or no draw.
    """
    if not len(drawn):
        return np.full(chosen.shape, np.nan)
    again = np.stack([chosen_themes(one) for one in drawn])
    share = (again[:, :, None, :] == chosen[None, :, :, None]).any(axis=3).mean(axis=0)
    return np.where(chosen >= 0, share, np.nan)


def principal_table(
    values: np.ndarray,
    frame: pd.DataFrame,
    features: list[str],
    typical: dict[str, Any],
    themes: Sequence[Grouping],
    draws: Draws,
) -> pd.DataFrame:
    """theme_1…4, reason_1…4 and stability_1…4 of N declined customers.

    Args:
        values: SHAP values (N, M) on the probability scale.
        frame: raw values of the same customers.
        typical: see :func:`.reasons.typical_values`.
    """
    by_theme = summed(values, features, themes)
    chosen = chosen_themes(by_theme)
    stable = stability(chosen, summed(draws.values, features, themes))
    columns = {name: frame[name].tolist() for name in features}
    place = {name: at for at, name in enumerate(features)}
    told = np.full((len(values), 2, MOST_REASONS), "", dtype=object)
    for row, picks in enumerate(chosen):
        for rank, at in enumerate(picks[picks >= 0]):
            theme = themes[at]
            first = max(theme.features, key=lambda name: values[row, place[name]])
            told[row, 0, rank] = one_line(theme.name, LONGEST_NAME)
            told[row, 1, rank] = _told(theme, first, columns[first][row], typical[first], by_theme[row, at])
    table = {f"theme_{rank + 1}": told[:, 0, rank] for rank in range(MOST_REASONS)}
    table |= {f"reason_{rank + 1}": told[:, 1, rank] for rank in range(MOST_REASONS)}
    found = pd.DataFrame(table, index=frame.index, dtype="str")
    for rank in range(MOST_REASONS):
        found[f"stability_{rank + 1}"] = stable[:, rank]
    return found


def held_back(table: pd.DataFrame, least: float) -> np.ndarray:
    """Which reasons of a :func:`principal_table` are not stable enough to leave the house: bool (N, 4)."""
    return np.column_stack([table[f"stability_{rank}"].to_numpy(float) < least for rank in range(1, 5)])


def exported(table: pd.DataFrame, least: float) -> pd.DataFrame:
    """reason_1…4 with the unstable ones left out and the others moved up."""
    out = held_back(table, least)
    said = table[[f"reason_{rank}" for rank in range(1, MOST_REASONS + 1)]].to_numpy(dtype=object)
    rows = []
    for reasons, hidden in zip(said, out, strict=True):
        kept = [reason for reason, gone in zip(reasons, hidden, strict=True) if reason and not gone]
        rows.append(kept + [""] * (MOST_REASONS - len(kept)))
    names = [f"reason_{rank}" for rank in range(1, MOST_REASONS + 1)]
    return pd.DataFrame(rows, columns=names, index=table.index, dtype="str")


def stability_facts(table: pd.DataFrame, draws: Draws, least: float) -> dict[str, Any]:
    """What ``reasons.json`` says of all reasons together."""
    shares = table[[f"stability_{rank}" for rank in range(1, MOST_REASONS + 1)]].to_numpy(float)
    given = int((table[[f"theme_{rank}" for rank in range(1, MOST_REASONS + 1)]] != "").to_numpy().sum())
    out = held_back(table, least)
    facts = {
        "draws": len(draws.values),
        "reference_groups": draws.groups,
        "seeds": draws.seeds,
        "least": least,
        "given": given,
        "held_back": int(out.sum()),
        "customers_affected": int(out.any(axis=1).sum()),
        "share_stable": None if not len(draws.values) or not given else float(1 - out.sum() / given),
        "mean_stability": None if np.isnan(shares).all() else float(np.nanmean(shares)),
    }
    key = "stable" if len(draws.values) else "not_measured"
    said = sentence(
        key, given=f"{given:,}", customers=f"{len(table):,}", draws=str(len(draws.values)),
        groups=str(draws.groups), seeds=str(draws.seeds), least=f"{least:.0%}",
        held=f"{facts['held_back']:,}", affected=f"{facts['customers_affected']:,}",
    )  # fmt: skip
    return facts | {"sentence": said}


def _told(theme: Grouping, first: str, value: Any, usual: Any, contribution: float) -> str:
    """One theme in words: the bank's sentence, or ours."""
    shown, typical = value_text(value), value_text(usual)
    compared = sentence("is_typical" if shown == typical else "typical", typical=typical)
    feature, points = one_line(first, LONGEST_NAME), points_text(contribution)
    if theme.sentence:
        detail = sentence("detail", feature=feature, value=shown, usual=compared)
        text = theme.sentence.format(theme=theme.name, points=points, detail=detail)
        return one_line(text, 400)
    if len(theme.features) == 1:
        return sentence("raises", feature=feature, value=shown, points=points, usual=compared)
    name = one_line(theme.name, LONGEST_NAME)
    return sentence("theme", theme=name, feature=feature, value=shown, points=points, usual=compared)


def _ignore(done: int, total: int) -> None:
    """Progress that nobody watches."""
