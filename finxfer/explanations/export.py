"""Explanations of a run as one table, and as CSV that no spreadsheet can be made to execute."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from finxfer.data.writing import write_csv
from finxfer.errors import Damaged
from finxfer.records.files import read_json, write_atomically


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
        parts.append(pd.read_parquet(folder / "reasons.parquet").drop(columns="row"))
    return pd.concat(parts, axis=1)


def export_csv(folder: Path, out: Path, model: str = "model") -> None:
    """Write :func:`explanation_table` as UTF-8 CSV with cells and headers made harmless."""
    table = explanation_table(folder, model)
    write_atomically(out, lambda temporary: write_csv(table, temporary))
