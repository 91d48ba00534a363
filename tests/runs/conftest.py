"""The small portfolio in the store, and specs of runs on it."""

from __future__ import annotations

import pytest

from finxfer.records.spec import ColumnSpec, Spec
from finxfer.records.tables import TableMeta, TableStore
from finxfer.records.training_settings import TrainingSettings
from tests.customers import customers

COLUMNS = (
    ColumnSpec("income", "feature", "numeric"),
    ColumnSpec("debt", "feature", "numeric"),
    ColumnSpec("region", "feature", "category"),
    ColumnSpec("sex", "protected", "category"),
    ColumnSpec("bad", "target", "numeric"),
)


def spec_for(table: str, **changes: object) -> Spec:
    settings: dict = {
        "table": table, "table_name": "customers.csv", "target": "bad", "positive": "1", "columns": COLUMNS,
        "device": "cpu", "training": TrainingSettings(epochs=4, patience=4), "explained_rows": 20,
    }  # fmt: skip
    return Spec(**(settings | changes))


@pytest.fixture
def stored() -> str:
    """The hash of the small table, put into this test's own store."""
    frame = customers()
    TableStore().add(frame, TableMeta("a" * 64, "customers.csv", len(frame), frame.shape[1]))
    return "a" * 64


@pytest.fixture
def spec(stored: str) -> Spec:
    return spec_for(stored)
