"""Finished runs for the tests of pages: written once, copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from finxfer.records.folder import RunFolder
from tests.app.opened import RUN_ID
from tests.run_fixture import write_run


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plain run and one whose column names are HTML, markdown and a formula at once."""
    runs = tmp_path_factory.mktemp("written")
    write_run(runs, RUN_ID, rows=1500)
    write_run(runs, "20261121-130000-bbbb", rows=600, seed=3, hostile=True)
    return runs


@pytest.fixture(scope="module")
def stored(written: Path) -> Path:
    """The runs that a test finds; a module that adds to them has a fixture of its own."""
    return written


@pytest.fixture()
def home(tmp_path: Path, stored: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path))
    shutil.copytree(stored, tmp_path / "runs")
    return tmp_path


@pytest.fixture()
def run(home: Path) -> RunFolder:
    return RunFolder(home / "runs" / RUN_ID)
