"""The principal reasons of a run on disk, and how they are told anew when the bank changes its library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from finxfer.explanations.as_given import given_values
from finxfer.explanations.masking import Model
from finxfer.explanations.principal import (
    Draws,
    draws_of,
    exported,
    principal_table,
    stability_facts,
)
from finxfer.explanations.reasons import typical_values
from finxfer.explanations.themes import Grouping, propose, themes_of
from finxfer.records.files import read_json, write_atomically, write_json
from finxfer.records.reason_library import ReasonLibrary

if TYPE_CHECKING:
    from finxfer.explanations.explainer import Explainer

FACTS, TABLE, DRAWS = "reasons.json", "principal_reasons.parquet", "reason_draws.parquet"
SHAP = "shap_"


@dataclass(frozen=True)
class ReasonPlan:
    """What reasons of declined customers need beside their SHAP values.

    Attributes:
        threshold: probability from which the run declines.
        groups: reference groups, the run's own first.
        proposed: the run's proposal of themes.
        library: the bank's.
    """

    threshold: float
    groups: Sequence[pd.DataFrame]
    proposed: Sequence[Grouping]
    library: ReasonLibrary


def proposal_in(folder: Path, features: list[str]) -> list[Grouping]:
    """The themes that a run proposed; by the columns' names alone where it has none on disk."""
    if not (folder / FACTS).is_file():
        return propose(features, pd.DataFrame({name: [] for name in features}))
    return [_grouping(one) for one in read_json(folder / FACTS)["proposed"]]


def reasons_of_new(
    model: Model,
    plan: ReasonPlan,
    frame: pd.DataFrame,
    features: list[str],
    values: np.ndarray,
    probability: np.ndarray,
    seed: int,
    explainer: Explainer | None,
    given: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """reason_1…4 of every row of a table: empty where it is not declined, unstable ones held back.

    given: the rows as reasons tell of them, where that is not what the model reads.

    Returns:
        The columns, and the facts of ``stability`` in ``reasons.json``.
    """
    declined = probability >= plan.threshold
    rows = frame.loc[declined, features].reset_index(drop=True)
    draws = draws_of(model, plan.groups, rows, features, seed, explainer, lambda done, total: None)
    typical = typical_values(plan.groups[0], features)
    themes = themes_of(features, plan.proposed, plan.library)
    told = rows if given is None else given.loc[declined, features].reset_index(drop=True)
    table = principal_table(values[declined], told, features, typical, themes, draws)
    kept = exported(table, plan.library.least_stable)
    cells = np.full((len(frame), kept.shape[1]), "", dtype=object)
    cells[declined] = kept.to_numpy(dtype=object)
    columns = pd.DataFrame(cells, columns=kept.columns, index=frame.index, dtype="str")
    return columns, stability_facts(table, draws, plan.library.least_stable)


def write_reasons(
    folder: Path,
    model: Model,
    plan: ReasonPlan,
    features: list[str],
    typical: dict[str, str],
    seed: int,
    explainer: Explainer | None,
    tick: Callable[[int, int], None],
) -> None:
    """Write reasons.json, principal_reasons.parquet and reason_draws.parquet of a run just explained.

    The run's values are read from ``model.parquet`` and ``values.parquet`` in ``folder``.
    """
    told, raw = _declined(folder, plan.threshold, features)
    draws = draws_of(model, plan.groups, raw, features, seed, explainer, tick)
    number = np.repeat(np.arange(len(draws.values)), len(raw))
    again = pd.DataFrame(
        draws.values.reshape(-1, len(features)),
        columns=[f"{SHAP}{name}" for name in features],
        dtype=np.float32,
    )
    again.insert(0, "draw", number)
    write_atomically(folder / DRAWS, lambda path: again.to_parquet(path, index=False))
    facts = {
        "threshold": plan.threshold,
        "features": features,
        "proposed": [one.to_json() for one in plan.proposed],
        "drawn": {"groups": draws.groups, "seeds": draws.seeds},
    }
    _tell(folder, facts, told, raw, draws, plan.library, typical)


def tell_again(folder: Path, library: ReasonLibrary) -> None:
    """Put a run's reasons into the words and themes of another library; nothing is computed anew.

    Raises:
        Damaged: the run has no reasons, or their files cannot be read.
    """
    facts = read_json(folder / FACTS)
    features = list(facts["features"])
    told, raw = _declined(folder, facts["threshold"], features)
    again = pd.read_parquet(folder / DRAWS)[[f"{SHAP}{name}" for name in features]].to_numpy(np.float32)
    count = facts["drawn"]["groups"] * facts["drawn"]["seeds"]
    values = again.reshape(count, len(raw), len(features))
    # Cells of reference rows stay out of reasons.json, which may leave the house.
    typical = read_json(folder / "meta.json")["reference_group"]["typical"]
    _tell(folder, facts, told, raw, Draws(values, **facts["drawn"]), library, typical)


def _tell(
    folder: Path,
    facts: dict[str, Any],
    told: pd.DataFrame,
    raw: pd.DataFrame,
    draws: Draws,
    library: ReasonLibrary,
    typical: dict[str, str],
) -> None:
    features = list(facts["features"])
    themes = themes_of(features, [_grouping(one) for one in facts["proposed"]], library)
    values = told[[f"{SHAP}{name}" for name in features]].to_numpy(float)
    given = given_values(folder, raw, told["row"].to_numpy())
    table = principal_table(values, given, features, typical, themes, draws)
    table = pd.concat([told[["row", "probability"]], table], axis=1)
    write_atomically(folder / TABLE, lambda path: table.to_parquet(path, index=False))
    facts = facts | {
        "explained": int(facts.get("explained", 0)) or _rows(folder),
        "declined": len(table),
        "library_version": library.version,
        "themes": [one.to_json() | {"sentence": one.sentence} for one in themes],
        "stability": stability_facts(table, draws, library.least_stable),
    }
    write_json(folder / FACTS, facts)


def _declined(folder: Path, threshold: float, features: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """SHAP values and raw values of the explained customers whom the run declines, in the same order."""
    told, raw = pd.read_parquet(folder / "model.parquet"), pd.read_parquet(folder / "values.parquet")
    raw = raw.drop(columns="row").rename(columns={"row (feature)": "row"})[features]
    declined = told["probability"].to_numpy() >= threshold
    return told[declined].reset_index(drop=True), raw[declined].reset_index(drop=True)


def _rows(folder: Path) -> int:
    return len(pd.read_parquet(folder / "model.parquet", columns=["row"]))


def _grouping(content: dict[str, Any]) -> Grouping:
    return Grouping(str(content["name"]), tuple(content["features"]), str(content["proposed_by"]))
