"""What every test shares: its own home folder, the real tables, a modest number of threads."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
REAL_TABLES = ROOT.parent / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--screenshots", default=None, help="folder for the README's screenshots")


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the analyst's own home folder."""
    if "FINXFER_HOME" not in os.environ or not os.environ["FINXFER_HOME"].startswith(str(tmp_path)):
        monkeypatch.setenv("FINXFER_HOME", str(tmp_path / "finxfer-home"))


@pytest.fixture(scope="session")
def real_tables() -> Path:
    """The folder of real tables; a test that needs it is skipped, with the reason, where it is absent."""
    if not (REAL_TABLES / "german_credit.parquet").is_file():
        pytest.skip(f"the real tables are not at {REAL_TABLES}")
    return REAL_TABLES
