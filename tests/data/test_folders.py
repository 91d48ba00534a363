from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from finxfer.data.allowed import allowed_path, offered_tables
from finxfer.data.folders import hash_folder
from finxfer.data.reading import read_table
from finxfer.errors import BadInput


def write(path: Path, **columns: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


def test_hive_partitions_become_columns_and_schemas_are_reconciled(tmp_path: Path):
    folder = tmp_path / "loans"
    write(
        folder / "year=2023" / "region=S%C3%BCd" / "part-0.parquet",
        id=pa.array([1, 2], pa.int32()),
        x=[0.5, 1.5],
    )
    write(folder / "year=2024" / "region=Nord" / "part-0.parquet", id=pa.array([3], pa.int64()), late=["yes"])
    write(folder / "_delta_log" / "x.parquet", other=[1])
    (folder / "_SUCCESS").write_bytes(b"")
    result = read_table(folder)
    assert list(result.frame.columns) == ["id", "x", "year", "region", "late"]
    assert result.frame["id"].tolist() == [1, 2, 3] and result.frame["year"].tolist() == [2023, 2023, 2024]
    assert (
        result.frame["region"].tolist() == ["Süd", "Süd", "Nord"] and result.frame["late"].isna().sum() == 2
    )
    said = " ".join(result.report.repairs)
    assert "2 Parquet files" in said and "late: 1 of 2 files" in said and "id: its type differs" in said


def test_types_that_do_not_fit_are_refused_by_name(tmp_path: Path):
    write(tmp_path / "f" / "a.parquet", x=[1])
    write(tmp_path / "f" / "b.parquet", x=[[1, 2]])
    with pytest.raises(BadInput, match="disagree on the column 'x'"):
        read_table(tmp_path / "f")
    (tmp_path / "f" / "b.parquet").write_bytes(b"PAR1 broken")
    with pytest.raises(BadInput, match=r"b\.parquet"):
        read_table(tmp_path / "f")


def test_the_address_is_of_names_and_contents(tmp_path: Path):
    for name in ("one", "two"):
        write(tmp_path / name / "a.parquet", x=[1, 2])
    assert hash_folder(tmp_path / "one") == hash_folder(tmp_path / "two")
    before = hash_folder(tmp_path / "one")
    (tmp_path / "one" / "a.parquet").rename(tmp_path / "one" / "b.parquet")
    assert hash_folder(tmp_path / "one") != before


def test_links_out_of_a_folder_are_not_followed(tmp_path: Path):
    write(tmp_path / "outside" / "a.parquet", x=[1])
    write(tmp_path / "f" / "a.parquet", x=[2])
    os.symlink(tmp_path / "outside" / "a.parquet", tmp_path / "f" / "b.parquet")
    os.symlink(tmp_path / "outside", tmp_path / "f" / "more")
    assert read_table(tmp_path / "f").frame["x"].tolist() == [2]


def test_nested_parquet_is_flattened_and_lists_are_named(tmp_path: Path):
    inner = pa.array([{"city": "Rome", "geo": {"lat": 1.5}}, None, {"city": "Oslo", "geo": None}])
    table = pa.table(
        {
            "home": inner,
            "tags": [["a"], [], None],
            "map": pa.array([[("k", 1)]] * 3, pa.map_(pa.string(), pa.int64())),
        }
    )
    pq.write_table(table.append_column("y", pa.array([0, 1, 0])), tmp_path / "t.parquet")
    result = read_table(tmp_path / "t.parquet")
    assert list(result.frame.columns) == ["home.city", "home.geo.lat", "y"]
    assert result.frame["home.geo.lat"].isna().tolist() == [False, True, True]
    said = " ".join(result.report.repairs)
    assert (
        "home: a structure, read as 2 columns" in said
        and "tags: left out" in said
        and "map: left out" in said
    )


def test_only_tables_in_the_allowed_folders_are_offered_and_opened(tmp_path: Path, monkeypatch):
    folder = tmp_path / "data"
    write(folder / "deep" / "loans" / "year=2024" / "part-0.parquet", x=[1])
    pd.DataFrame({"a": [1]}).to_csv(folder / "t.csv", index=False)
    (folder / "notes.docx").write_bytes(b"x")
    (folder / ".hidden.csv").write_bytes(b"a,b\n1,2\n")
    secret = tmp_path / "secret.csv"
    secret.write_bytes(b"a,b\n1,2\n")
    os.symlink(secret, folder / "link.csv")
    assert offered_tables() == []
    monkeypatch.setenv("FINXFER_DATA_FOLDERS", os.pathsep.join([str(folder), str(tmp_path / "gone")]))
    assert {table.name for table in offered_tables()} == {"t.csv", "deep/loans"}
    assert allowed_path(folder / "t.csv") == (folder / "t.csv").resolve()
    for path in (folder / "link.csv", folder / ".." / "secret.csv", secret, folder / "none.csv", Path("\0")):
        with pytest.raises(BadInput, match="cannot be opened"):
            allowed_path(path)
