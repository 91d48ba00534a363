"""Tables of uploads, of allowed folders, and of the same file read in another way."""

from __future__ import annotations

import hashlib
import os
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from finxfer.data.choices import ReadingChoice
from finxfer.data.writing import write_table
from finxfer.errors import BadInput
from finxfer.records.folder import RunFolder
from finxfer.records.home import jobs_dir
from finxfer.records.spec import ColumnSpec, JobSpec
from finxfer.records.tables import Roles, TableStore
from finxfer.runs import ingest
from finxfer.runs.intake import read_file
from finxfer.runs.reporter import Reporter
from finxfer.runs.taking_in import can_read_again, read_again, take_in


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path / "home"))
    return tmp_path


def table(rows: int = 60) -> pd.DataFrame:
    return pd.DataFrame({"x": range(rows), "sex": ["f", "m"] * (rows // 2), "bad": [0, 1, 1] * (rows // 3)})


def two_tables(place: Path) -> Path:
    path = place / "two.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("one.csv", table().to_csv(index=False))
        archive.writestr("two.csv", table(30).assign(extra=1.5).to_csv(index=False))
    return path


def ingested(arguments: dict[str, str]) -> str:
    spec = JobSpec("ingest", arguments)
    job = RunFolder(jobs_dir() / f"20261121-120000-{len(list(jobs_dir().iterdir())):04d}").create(spec)
    ingest.run(job, spec, "cpu", Reporter(job, ("ingest",)))
    return str(job.read_json("result.json")["table"])


def test_a_plain_table_keeps_no_second_copy_of_its_file(home: Path) -> None:
    path = home / "t.csv"
    table().to_csv(path, index=False)
    meta = take_in(path, "t.csv")
    assert meta.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert not TableStore().original(meta.sha256).exists() and not can_read_again(meta)


def test_another_member_is_another_table_and_roles_go_along(home: Path) -> None:
    path = two_tables(home)
    meta = take_in(path, "two.zip")
    store = TableStore()
    columns = (ColumnSpec("x", "excluded", "numeric"), ColumnSpec("sex", "feature", "category"))
    store.save_roles(meta.sha256, Roles((*columns, ColumnSpec("bad", "target", "boolean")), "bad", "0"))
    path.unlink()
    other = read_again(meta, ReadingChoice("two.csv"))
    assert other.sha256 != meta.sha256 and (other.rows, other.report["part"]) == (30, "two.csv")
    roles = store.roles(other.sha256)
    assert roles is not None and (roles.target, roles.positive) == ("bad", "0")
    kept = {column.name: column.role for column in roles.columns}
    assert kept == {"x": "excluded", "sex": "feature", "bad": "target", "extra": kept["extra"]}
    assert read_again(other, ReadingChoice("one.csv")).sha256 == meta.sha256
    store.delete(meta.sha256)
    assert can_read_again(other)


def test_another_encoding_is_read_from_the_file_that_was_kept(home: Path) -> None:
    path = home / "t.csv"
    path.write_bytes("wort,x\nné,1\nnó,2\n".encode("cp1252"))
    meta = take_in(path, "t.csv")
    path.unlink()
    other = read_again(meta, ReadingChoice(encoding="windows-1250"))
    assert TableStore().open(other.sha256)["wort"].tolist() == ["né", "nó"]
    with pytest.raises(BadInput, match="not utf-8"):
        read_again(meta, ReadingChoice(encoding="utf-8"))
    TableStore().original(meta.sha256).unlink()
    assert not can_read_again(meta)
    with pytest.raises(BadInput, match="no longer there"):
        read_again(meta, ReadingChoice())


def test_the_worker_checks_the_folder_again(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = home / "data"
    folder.mkdir()
    path = two_tables(folder)
    (home / "secret.csv").write_bytes(b"a,b\n1,2\n")
    monkeypatch.setenv("FINXFER_DATA_FOLDERS", str(folder))
    sha256 = ingested({"file": str(path), "name": "two.zip"})
    meta = TableStore().meta(sha256)
    assert meta.origin == str(path.resolve()) and not TableStore().original(sha256).exists()
    second = TableStore().meta(ingested({"table": sha256, "name": "two.zip", "part": "two.csv"}))
    assert second.rows == 30 and path.is_file()
    os.symlink(home / "secret.csv", folder / "link.csv")
    for given in (folder / "link.csv", home / "secret.csv", folder / ".." / "secret.csv"):
        with pytest.raises(BadInput, match="cannot be opened"):
            ingested({"file": str(given)})
    monkeypatch.setenv("FINXFER_DATA_FOLDERS", "")
    with pytest.raises(BadInput, match="cannot be opened"):
        read_again(meta, ReadingChoice("two.csv"))


def test_a_parquet_folder_is_addressed_by_its_files(home: Path) -> None:
    for year in (2023, 2024):
        place = home / "loans" / f"year={year}"
        place.mkdir(parents=True)
        write_table(table(), place / "part-0.parquet")
    read = read_file(home / "loans")
    assert (read.meta.name, read.meta.rows, len(read.meta.sha256)) == ("loans", 120, 64)
    assert sorted(read.frame["year"].unique()) == [2023, 2024] and read.meta.bytes > 0
