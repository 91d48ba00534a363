"""Several tables below each other: the union of their columns."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from finxfer.data.roles import column_kind
from finxfer.errors import BadInput

_LIKE = {"boolean": "numeric", "text": "category"}


def stack_tables(tables: Sequence[tuple[str, pd.DataFrame]]) -> pd.DataFrame:
    """The rows of all tables in order; a column that a table lacks is missing in its rows.

    tables: (name for people, table). Columns are the same where their names are.

    Raises:
        BadInput: a column holds numbers in one table and texts or dates in another.
    """
    kinds: dict[str, tuple[str, str]] = {}
    for title, frame in tables:
        for name in frame.columns:
            if frame[name].notna().any():
                kind = column_kind(frame[name])
                first, known = kinds.setdefault(name, (title, kind))
                if _LIKE.get(kind, kind) != _LIKE.get(known, known):
                    raise BadInput(
                        "The source tables do not go together.",
                        f"The column {name!r} is of the kind {known} in {first} and {kind} in {title}.",
                        f"Spell it alike in all tables, or take the column {name!r} out of them.",
                    )
    frames = [frame for _, frame in tables]
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
