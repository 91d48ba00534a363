from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from finxfer.data import limits
from finxfer.data.archives import unpacking_folder
from finxfer.data.choices import ReadingChoice
from finxfer.data.reading import read_table, write_table
from finxfer.errors import BadInput
from finxfer.records.home import uploads_dir

CSV = b"a,b\n1,x\n2,y\n"


@pytest.fixture(autouse=True)
def nothing_stays():
    yield
    assert list(uploads_dir().iterdir()) == []


def zipped(**members: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def parquet() -> bytes:
    buffer = io.BytesIO()
    pd.DataFrame({"p": [1, 2], "q": [0.5, 1.5]}).to_parquet(buffer, index=False)
    return buffer.getvalue()


def workbook(folder: Path) -> bytes:
    path = folder / "made.xlsx"
    write_table(pd.DataFrame({"s": [1, 2], "t": ["x", "y"]}), path)
    return path.read_bytes()


def test_gzip_and_a_zip_of_one_table(read_bytes):
    for content, container in ((gzip.compress(CSV), "gzip"), (zipped(**{"t.csv": CSV}), "zip")):
        result = read_bytes(content, "t.bin")
        assert result.frame["a"].tolist() == [1, 2]
        assert (result.report.format, result.report.container, result.report.parts) == ("csv", container, ())


def test_a_zip_of_several_tables_and_what_systems_add(read_bytes, tmp_path: Path):
    content = zipped(
        **{
            "__MACOSX/._first.csv": b"\0\5\x16",
            ".DS_Store": b"\0\0",
            "readme.txt": b"two tables\nand this note\n",
            "in/first.csv": CSV,
            "second.parquet": parquet(),
            "third.xlsx": workbook(tmp_path),
        }
    )
    result = read_bytes(content, "t.zip")
    assert result.report.parts == ("in/first.csv", "second.parquet", "third.xlsx")
    assert (result.report.part, result.report.chosen) == ("in/first.csv", "")
    for part, names in (
        ("first.csv", ["a", "b"]),
        ("second.parquet", ["p", "q"]),
        ("third.xlsx", ["s", "t"]),
    ):
        assert list(read_table(tmp_path / "t.zip", None, ReadingChoice(part)).frame) == names


@pytest.mark.parametrize(
    "content",
    [gzip.compress(gzip.compress(CSV)), gzip.compress(zipped(**{"t.csv": CSV}))],
    ids=["gzip in gzip", "zip in gzip"],
)
def test_an_archive_in_an_archive_is_refused(read_bytes, content):
    for packed in (
        content,
        zipped(**{"inner.gz": content}),
        zipped(**{"inner.zip": zipped(**{"t.csv": CSV})}),
    ):
        with pytest.raises(BadInput, match=r"inside archives are not unpacked"):
            read_bytes(packed, "t.zip")


def test_bombs_are_given_up_while_they_unpack(read_bytes, monkeypatch):
    monkeypatch.setattr(limits, "FREE_BYTES", 1_000_000)
    zeros = b"a,b\n" + b"0,0\n" * 1_000_000
    for content in (gzip.compress(zeros), zipped(**{"t.csv": zeros})):
        with pytest.raises(BadInput, match="250 times its size"):
            read_bytes(content, "bomb.zip")
    monkeypatch.setenv("FINXFER_UNPACKED_GB", "0.001")
    with pytest.raises(BadInput, match=r"more than 0\.001 GB"):
        read_bytes(gzip.compress(b"a,b\n" + b"12,34\n" * 200_000), "large.gz")


def test_a_size_in_a_header_is_not_believed(read_bytes, monkeypatch):
    monkeypatch.setenv("FINXFER_UNPACKED_GB", "0.001")
    content = bytearray(zipped(**{"t.csv": b"a,b\n" + b"12,34\n" * 400_000}))
    place = content.rfind(b"PK\x01\x02")
    content[place + 24 : place + 28] = (100).to_bytes(4, "little")
    with pytest.raises(BadInput):
        read_bytes(bytes(content), "t.zip")


def test_encrypted_and_damaged_archives_and_archives_without_a_table(read_bytes):
    whole = zipped(**{"t.csv": CSV})
    locked = bytearray(whole)
    for mark, flag in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.find(mark) + flag] |= 1
    for content, word in (
        (bytes(locked), "password"),
        (whole[: len(whole) // 2], "cannot be unpacked"),
        (gzip.compress(CSV)[:-9], "cannot be unpacked"),
        (zipped(**{"x.pdf": b"%PDF-1.7"}), "PDF"),
        (zipped(), "no file"),
    ):
        with pytest.raises(BadInput, match=word):
            read_bytes(content, "t.zip")


def test_folders_of_dead_processes_are_swept():
    left = uploads_dir() / "unpacked-999999999-abcd"
    left.mkdir()
    (left / "0").write_bytes(b"customers")
    with pytest.raises(RuntimeError), unpacking_folder() as folder:
        (folder / "0").write_bytes(b"x")
        raise RuntimeError
    assert not left.exists() and not folder.exists()


def test_chinese_names_of_old_zip_tools_are_read(read_bytes):
    content = zipped(**{"kehu1.csv": CSV, "kehu2.csv": CSV}).replace(b"kehu", "客户".encode("gb18030"))
    assert read_bytes(content, "t.zip").report.parts == ("客户1.csv", "客户2.csv")
