"""What every test shares: its own home folder, the real tables, a modest number of threads."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from finxfer.backbones.card import Card

# Tables of tests are so small that threads only wait for each other, all the more where the cores are busy.
# Before NumPy and PyTorch are imported, which read this once; workers that a test starts inherit it.
for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
# Tests of explainers ask for one; elsewhere fitting them would take a few seconds a run.
os.environ.setdefault("FINXFER_EXPLAINER_EVALUATIONS", "0")
os.environ.setdefault("FINXFER_EXPLAINED_ROWS", "200")

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


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """customers.csv: 240 exported customers with the target `bad`."""
    from tests.customers import exported

    path = tmp_path / "customers.csv"
    exported().to_csv(path, index=False)
    return path


@pytest.fixture
def call(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Calls the command line in this process: exit status, stdout, stderr."""
    from finxfer import __main__ as command_line

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["finxfer", *map(str, arguments)])
        try:
            status = command_line.main()
        except SystemExit as end:
            status = int(end.code or 0)
        seen = capsys.readouterr()
        return status, seen.out, seen.err

    return run


@pytest.fixture
def worker_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers do their job in this process and at once, where that they are processes is not what is tested.

    A fresh interpreter that imports PyTorch costs more than most jobs on a small table.
    """
    from finxfer.runs import launcher, worker

    monkeypatch.setattr(launcher, "_start", lambda run, *_: worker.main([str(run.path)]))


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A small checkpoint in the layout of the official ones, under their name."""
    from tests.backbones.made_checkpoint import FILE, checkpoint_bytes

    file = tmp_path / FILE
    file.write_bytes(checkpoint_bytes())
    return file


@pytest.fixture
def pinned(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Card:
    """The card of tabicl-v2 as if `checkpoint` were the official file."""
    from tests.backbones.made_checkpoint import pin

    return pin(checkpoint.read_bytes(), tmp_path / "shipped", monkeypatch)


@pytest.fixture(scope="session")
def backbones(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Card]:
    """A tiny backbone of every family by its name, made once for all rooms: read them, change copies."""
    from finxfer.backbones.families import FAMILIES
    from tests.training.made import made_backbone

    folder = tmp_path_factory.mktemp("backbones")
    return {family: made_backbone(family, folder) for family in FAMILIES}
