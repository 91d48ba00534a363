"""A large stored table by columns and by a sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from finxfer.data.quality_whole import count_copies
from finxfer.data.roles import judge_columns, proposals, propose_roles
from finxfer.data.targets import target_candidates
from finxfer.records import stored_columns
from finxfer.records.table_file import ROW_GROUP
from finxfer.records.tables import TableMeta, TableStore

SHA = "ab" * 32
ROWS = 3_000


@pytest.fixture
def frame() -> pd.DataFrame:
    generator = np.random.default_rng(1)
    amount = generator.normal(size=ROWS)
    amount[::7] = np.nan
    return pd.DataFrame(
        {
            "customer_id": [f"C{number:06d}" for number in range(ROWS)],
            "amount": amount,
            "region": generator.choice(["north", "south"], ROWS),
            "set": "train",
            "default": generator.integers(0, 2, ROWS),
        }
    )


@pytest.fixture
def store(tmp_path: Path, frame: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> TableStore:
    monkeypatch.setattr(stored_columns, "SAMPLE_ROWS", 500)
    monkeypatch.setattr(stored_columns, "WHOLE_CELLS", 5_000)
    store = TableStore(tmp_path)
    store.add(frame, TableMeta(sha256=SHA, name="x.csv", rows=ROWS, columns=5))
    return store


def test_columns_are_those_of_the_frame(store: TableStore, frame: pd.DataFrame) -> None:
    columns = store.columns(SHA)
    assert len(columns) == ROWS
    assert list(columns) == list(columns.columns) == list(frame.columns)
    assert "amount" in columns
    for name in columns:
        pd.testing.assert_series_equal(columns[name], frame[name])
    np.testing.assert_allclose(columns.missing(), frame.isna().mean())


def test_roles_and_copies_are_those_of_the_whole_frame(store: TableStore, frame: pd.DataFrame) -> None:
    columns = store.columns(SHA)
    for target in (None, "region"):
        found = target_candidates(columns) if target is None else ()
        assert proposals(judge_columns(columns), found, target) == propose_roles(frame, target)
    names = ["amount", "region", "default"]
    expected = int(frame[names].duplicated().sum())
    assert expected > 0
    assert count_copies(columns, names) == count_copies(frame, names) == expected
    assert count_copies(frame, list(frame.columns)) == 0
    assert count_copies(frame, ["region"]) == ROWS - 2


def test_the_sample_is_the_same_every_time_and_in_order(store: TableStore, frame: pd.DataFrame) -> None:
    first, again = store.looked_at(SHA), store.looked_at(SHA)
    pd.testing.assert_frame_equal(first, again)
    assert len(first) == 500
    assert first["customer_id"].is_monotonic_increasing
    rows = frame.set_index("customer_id").loc[first["customer_id"]].reset_index()
    pd.testing.assert_frame_equal(first, rows)
    assert (store.derived(SHA) / "sample.parquet").is_file()
    store.delete(SHA)
    assert not (store.derived(SHA) / "sample.parquet").exists()


def test_a_table_of_usual_size_is_looked_at_whole(tmp_path: Path, frame: pd.DataFrame) -> None:
    store = TableStore(tmp_path)
    store.add(frame, TableMeta(sha256=SHA, name="x.csv", rows=ROWS, columns=5))
    pd.testing.assert_frame_equal(store.looked_at(SHA), frame)
    assert not store.derived(SHA).exists()


def test_frames_tables_and_batches_are_stored_alike(tmp_path: Path, frame: pd.DataFrame) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    shapes = {"a": frame, "b": table, "c": iter(table.to_batches(max_chunksize=700))}
    for letter, rows in shapes.items():
        store = TableStore(tmp_path / letter)
        store.add(rows, TableMeta(sha256=SHA, name="x", rows=ROWS, columns=5))
        pd.testing.assert_frame_equal(store.open(SHA), frame)
    assert ROW_GROUP >= ROWS
