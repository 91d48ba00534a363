"""Explained customers as the bank's table has them, where remedies changed what the model reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from finxfer.records.files import write_atomically

FILE = "as_given.parquet"
"""In ``explanations/``: ``row`` and the changed columns, one row an explained customer."""
_ROW = "row"
_RESERVED = {_ROW: "row (feature)"}


def keep_as_given(folder: Path, given: pd.DataFrame | None, places: np.ndarray, row: np.ndarray) -> None:
    """Keep the changed columns of the explained customers; without any, nothing is kept.

    Args:
        given: the changed columns; None for none.
        places: positions of the explained customers in it.
        row: their numbers, (N,).
    """
    if given is None or given.shape[1] == 0:
        (folder / FILE).unlink(missing_ok=True)
        return
    table = given.iloc[places].reset_index(drop=True).rename(columns=_RESERVED)
    table.insert(0, _ROW, row)
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / FILE, lambda path: table.to_parquet(path, index=False))


def given_values(folder: Path, values: pd.DataFrame, row: np.ndarray) -> pd.DataFrame:
    """``values`` of the customers ``row`` (N,) with the changed columns as the table has them.

    Customers of whom nothing was kept stay as they are.
    """
    path = folder / FILE
    if not path.is_file():
        return values
    kept = pd.read_parquet(path).set_index(_ROW).rename(columns={v: k for k, v in _RESERVED.items()})
    if not np.isin(row, kept.index).all():
        return values
    found = kept.loc[row]
    changed = {name: found[name].array for name in found.columns if name in values.columns}
    return values.assign(**changed)
