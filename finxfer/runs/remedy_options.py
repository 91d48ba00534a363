"""The remedies of a run that the command line starts: options and spec file together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from finxfer.data.remedy_choice import columns_after, read_remedy, together
from finxfer.records.remedy_spec import RemedySpec, read_remedies
from finxfer.records.spec import ColumnSpec


def chosen_remedies(
    asked: Sequence[str], given: Any, columns: Sequence[ColumnSpec], frame: pd.DataFrame
) -> tuple[RemedySpec, ...]:
    """Those of ``--remedy`` (``asked``) and of a spec file (``given``); an option counts more.

    Raises:
        BadInput: one of them cannot be read.
    """
    said: tuple[RemedySpec, ...] = ()
    for text in asked:
        # A column that an earlier option parses is of another kind then.
        said = (*said, read_remedy(text, columns_after(columns, said), frame))
    return together(read_remedies(given), said)


def with_remedies(
    columns: Sequence[ColumnSpec],
    notices: Sequence[str],
    remedies: Sequence[RemedySpec],
    drop: Sequence[str],
) -> tuple[list[ColumnSpec], list[str]]:
    """The columns as they are after the remedies, and the notices without those that hold no more."""
    after = columns_after(columns, remedies, drop)
    back = tuple(
        f"Left out: {one.name!r}."
        for one, before in zip(after, columns, strict=True)
        if one.role == "feature" != before.role
    )
    return list(after), [notice for notice in notices if not notice.startswith(back)]
