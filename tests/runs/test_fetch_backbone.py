"""The job behind the Backbone page's button: an upload becomes a backbone and is dropped whatever happens."""

from __future__ import annotations

from pathlib import Path

import pytest

from finxfer.backbones.catalogue import find_card
from finxfer.records.folder import RunFolder
from finxfer.records.home import uploads_dir
from finxfer.records.spec import JobSpec
from finxfer.runs import worker
from tests.backbones.made_checkpoint import checkpoint_bytes, pin

DATA = checkpoint_bytes()


def job(folder: Path, **arguments: str) -> RunFolder:
    made = RunFolder(folder / "job").create(JobSpec("fetch-backbone", arguments))
    made.checkpoints.mkdir()
    return made


@pytest.fixture
def upload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An upload of the file that the catalogue pins."""
    pin(DATA, tmp_path / "shipped", monkeypatch)
    file = uploads_dir() / "some.upload"
    file.write_bytes(DATA)
    return file


def test_an_upload_becomes_a_backbone(upload: Path, tmp_path: Path) -> None:
    run = job(tmp_path, backbone="tabicl-v2", upload=str(upload))
    assert worker.run_job(run) == 0
    assert run.read_json("result.json") == {"backbone": "tabicl-v2"}
    assert find_card("tabicl-v2").available and not upload.exists()


def test_a_wrong_upload_is_dropped_and_the_status_says_why(upload: Path, tmp_path: Path) -> None:
    upload.write_bytes(DATA[:-1])
    run = job(tmp_path, backbone="tabicl-v2", upload=str(upload))
    assert worker.run_job(run) == 2
    assert "cut short" in (run.stored_status().error or {})["why"]
    assert not upload.exists() and not find_card("tabicl-v2").available


def test_without_an_upload_it_is_a_download_that_needs_leave(upload: Path, tmp_path: Path) -> None:
    run = job(tmp_path, backbone="tabicl-v2")
    assert worker.run_job(run) == 2
    assert "FINXFER_ALLOW_DOWNLOADS" in (run.stored_status().error or {})["why"]
