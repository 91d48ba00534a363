"""Which columns a run is sliced by."""

from __future__ import annotations

import pandas as pd

from finxfer.data.roles import propose_roles
from finxfer.records.spec import Spec


def slice_columns(spec: Spec, table: pd.DataFrame, test: pd.DataFrame) -> list[str]:
    """The protected columns, and the features suspected to be protected, as far as the test rows have them.

    A suspected column that stays in the model is where a gap matters most, so it is reported too; nothing
    else changes for it.
    """
    features = set(spec.features)
    suspected = {
        proposal.column
        for proposal in propose_roles(table, spec.target)
        if proposal.role == "protected" and proposal.column in features
    }
    wanted = set(spec.protected) | suspected
    return [column.name for column in spec.columns if column.name in wanted and column.name in test.columns]
