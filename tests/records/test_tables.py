from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from finxfer.errors import BadInput, Damaged
from finxfer.records.spec import ColumnSpec
from finxfer.records.tables import Roles, TableMeta, TableStore

SHA = "ab" * 32


@pytest.fixture
def store(tmp_path: Path) -> TableStore:
    return TableStore(tmp_path)


def frame() -> pd.DataFrame:
    return pd.DataFrame({"a": range(10), "../../evil": list("abcdefghij")})


def add(store: TableStore) -> TableMeta:
    return store.add(frame(), TableMeta(sha256=SHA, name="../../x.csv", rows=10, columns=2))


def test_a_table_comes_back_as_it_was_stored(store: TableStore, tmp_path: Path) -> None:
    add(store)
    pd.testing.assert_frame_equal(store.open(SHA), frame(), check_dtype=False)
    assert list(store.preview(SHA, 3)["a"]) == [0, 1, 2]
    assert store.open(SHA, ["a"]).columns.tolist() == ["a"]
    assert [meta.name for meta in store.list()] == ["../../x.csv"]
    assert [path.name for path in tmp_path.iterdir()] == [SHA]


def test_the_same_upload_twice_keeps_roles_and_name(store: TableStore) -> None:
    add(store)
    roles = Roles((ColumnSpec("a", "target", "numeric"),), "a", "1", True)
    store.save_roles(SHA, roles)
    store.add(frame(), TableMeta(sha256=SHA, name="other.csv", rows=10, columns=2))
    assert store.meta(SHA).name == "../../x.csv"
    assert store.roles(SHA) == roles


def test_a_failed_write_leaves_no_table(store: TableStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with pytest.raises(OSError, match="space"):
        add(store)
    assert not store.has(SHA)
    assert store.list() == []


def test_unknown_damaged_and_unsafe_tables_are_told_apart(store: TableStore, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="not stored"):
        store.open(SHA)
    with pytest.raises(BadInput, match="SHA-256"):
        store.open("../../../etc/passwd")
    add(store)
    (tmp_path / SHA / "data.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(Damaged, match="upload it again"):
        store.open(SHA)
    (tmp_path / SHA / "roles.json").write_text('{"columns": 3}')
    with pytest.raises(Damaged, match=r"roles\.json"):
        store.roles(SHA)
    (tmp_path / SHA / "meta.json").write_text("{}")
    with pytest.raises(Damaged):
        store.meta(SHA)
    assert store.list() == []
    store.delete(SHA)
    assert not store.has(SHA)


def test_corrections_are_kept_for_each_backbone_and_go_with_the_table(tmp_path: Path) -> None:
    store = TableStore(tmp_path)
    meta = store.add(pd.DataFrame({"a": [1, 2]}), TableMeta("c0" * 32, "t.csv", 2, 1))
    store.save_corrections(meta.sha256, "one", {"age": "years", "sex": ""})
    store.save_corrections(meta.sha256, "two", {"age": "a"})
    assert store.corrections(meta.sha256, "one") == {"age": "years", "sex": ""}
    store.save_corrections(meta.sha256, "one", {})
    assert store.corrections(meta.sha256, "one") == {} and store.corrections(meta.sha256, "two") == {
        "age": "a"
    }
    # What a hand or a full disk spoilt is as if it had never been said.
    for spoilt in ("{", "[]", '{"two": 7}'):
        (tmp_path / meta.sha256 / "corrections.json").write_text(spoilt)
        assert store.corrections(meta.sha256, "two") == {}
    store.delete(meta.sha256)
    assert store.corrections(meta.sha256, "two") == {}
