"""What every model checks before it scores."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from finxfer.errors import BadInput


def require_columns(frame: pd.DataFrame, names: Sequence[str]) -> None:
    """Raises BadInput that lists every column which the frame lacks."""
    lacking = [name for name in names if name not in frame.columns]
    if lacking:
        raise BadInput(
            "The table lacks columns that the model needs.",
            f"Lacking: {', '.join(repr(name) for name in lacking[:20])}"
            + (f" and {len(lacking) - 20} more." if len(lacking) > 20 else "."),
            "Add these columns under exactly these names; leave cells empty where a value is unknown.",
        )
