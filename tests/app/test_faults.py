"""A machine that fails under the app: said in words on the page, never a traceback."""

from __future__ import annotations

import errno
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from streamlit.testing.v1 import AppTest

from finxfer.records.tables import TableStore
from finxfer.ui.walk import ROOT


@pytest.mark.parametrize(
    ("problem", "word"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "The disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "/books"), "cannot be written"),
        (FileNotFoundError(errno.ENOENT, "No such file", "/books/a"), "not there any more"),
    ],
)
def test_an_upload_that_cannot_be_stored_is_said_and_nothing_is_kept(
    problem: OSError, word: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path))

    def full(*_: object, **__: object) -> None:
        raise problem

    at = AppTest.from_file(str(ROOT / "finxfer" / "ui" / "shell.py"), default_timeout=60).run()
    at.switch_page("../../pages/data.py").run()
    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    at.file_uploader[0].upload("book.csv", b"a,b,bad\n1,2,0\n3,4,1\n5,6,0\n").run()
    assert not at.exception
    assert word in at.error[0].value
    assert not TableStore().list()
