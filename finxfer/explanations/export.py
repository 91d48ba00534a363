"""Explanations of a run as one table; whoever writes it for a spreadsheet makes its cells harmless."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from finxfer.errors import Damaged
from finxfer.explanations.principal import exported
from finxfer.explanations.reason_files import FACTS, TABLE
from finxfer.records.files import read_json


def explanation_table(folder: Path, model: str = "model") -> pd.DataFrame:
    """One row a customer: row, probability, base_value, shap_<feature>…, value_<feature>…, and for the
    fine-tuned model reason_1…4 and lowers_1…4.

    Args:
        folder: a run's ``explanations`` folder.
        model: the model's name in it.

    Raises:
        Damaged: the run has no explanations, or none of this model.
    """
    meta = read_json(folder / "meta.json")
    known = meta.get("models", {})
    if model not in known or not (folder / f"{model}.parquet").exists():
        raise Damaged(
            f"There are no explanations of {model!r} in this run.",
            f"Explained were: {', '.join(known) or 'none'}.",
            "Choose one of these, or run the job again.",
        )
    values = pd.read_parquet(folder / f"{model}.parquet")
    raw = pd.read_parquet(folder / "values.parquet").drop(columns="row")
    parts = [values, raw.rename(columns=lambda name: f"value_{name}")]
    if model == meta.get("reasons_of"):
        parts.append(_reasons(folder, values["row"]))
    return pd.concat(parts, axis=1)


def _reasons(folder: Path, row: pd.Series) -> pd.DataFrame:
    """reason_1…4 of declined customers, by theme, unstable ones held back; lowers_1…4 of everybody.

    A run without principal reasons has those of single features.
    """
    words = pd.read_parquet(folder / "reasons.parquet").drop(columns="row")
    if not (folder / FACTS).is_file():
        return words
    table = pd.read_parquet(folder / TABLE)
    kept = exported(table, float(read_json(folder / FACTS)["stability"]["least"]))
    told = kept.set_index(table["row"]).reindex(row).fillna("").reset_index(drop=True)
    return pd.concat([told, words.drop(columns=list(told.columns))], axis=1)
