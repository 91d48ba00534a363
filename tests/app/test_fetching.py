"""Weights that do not ship, on the Backbone page: said, offered with what leaves the machine, followed."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from finxfer.errors import BadInput
from finxfer.records.folder import RunFolder
from finxfer.records.home import jobs_dir, uploads_dir
from finxfer.records.spec import JobSpec, Spec
from finxfer.records.tables import TableMeta, TableStore
from finxfer.runs import launcher
from finxfer.ui import fetch_view
from finxfer.ui.text import backbone as text
from finxfer.ui.walk import ROOT

SHELL = ROOT / "finxfer" / "ui" / "shell.py"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture
def launched(monkeypatch: pytest.MonkeyPatch) -> list[JobSpec]:
    """Jobs that would have been started."""
    started: list[JobSpec] = []

    def launch(spec: Spec | JobSpec, folder: Path | None = None) -> None:
        assert isinstance(spec, JobSpec)
        started.append(spec)

    monkeypatch.setattr(launcher, "launch", launch)
    return started


def backbone_page() -> AppTest:
    frame = pd.DataFrame({"income": np.arange(200.0) % 31, "default": np.arange(200) % 3 == 0})
    frame["default"] = frame["default"].astype(int)
    table = TableStore().add(frame, TableMeta("a" * 64, "book.csv", 200, 2))
    at = AppTest.from_file(str(SHELL), default_timeout=60)
    at.query_params["table"] = table.sha256
    at.run()
    at = at.switch_page("../../pages/backbone.py").run()
    assert not at.exception
    return at


def words(at: AppTest) -> str:
    parts = [*at.markdown, *at.caption, *at.error, *at.warning, *at.success, *at.code]
    return "\n".join(str(part.value) for part in parts).replace("\\", "")


def test_what_is_not_installed_says_so_and_cannot_be_chosen() -> None:
    at = backbone_page()
    assert text.NOT_SHIPPED in words(at)
    keys = [button.key for button in at.button]
    assert "get_tabicl-v2" in keys and "choose_tabicl-v2" not in keys


def test_a_download_is_offered_only_with_leave(launched: list[JobSpec]) -> None:
    at = backbone_page()
    at.button(key="get_tabicl-v2").click().run()
    assert not at.exception
    assert "FINXFER_ALLOW_DOWNLOADS" in words(at) and "backbones fetch tabicl-v2 --file" in words(at)
    assert "fetch_download" not in [button.key for button in at.button]
    assert launched == []


def test_a_download_says_what_leaves_the_machine_and_is_a_job(
    launched: list[JobSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINXFER_ALLOW_DOWNLOADS", "yes")
    at = backbone_page()
    at.button(key="get_tabicl-v2").click().run()
    assert "asks huggingface.co for that file" in words(at) and "no table" in words(at)
    assert launched == []
    # A click in a dialog runs the dialog alone, which AppTest does not know: hence the dialog by itself.
    dialog = AppTest.from_string(
        """
from finxfer.backbones.catalogue import find_card
from finxfer.ui import fetch_view
fetch_view.offer(find_card("tabicl-v2"))
"""
    ).run(timeout=20)
    dialog.button(key="fetch_download").click().run()
    job = launched[0]
    assert (job.job, job.arguments["backbone"]) == ("fetch-backbone", "tabicl-v2")
    assert "upload" not in job.arguments


def test_a_mirror_that_is_no_address_is_told_in_the_dialog(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FINXFER_DOWNLOAD_HOST", "mirror")
    at = backbone_page()
    at.button(key="get_tabicl-v2").click().run()
    assert not at.exception and "FINXFER_DOWNLOAD_HOST" in words(at)


class Upload(io.BytesIO):
    """An uploaded file."""


def test_a_file_of_ones_own_is_put_aside_for_the_job(
    launched: list[JobSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    from finxfer.backbones.catalogue import find_card

    monkeypatch.setattr(fetch_view.st, "rerun", lambda: None)
    fetch_view._start(find_card("tabicl-v2"), Upload(b"weights"))  # type: ignore[arg-type]
    (job,) = launched
    assert Path(job.arguments["upload"]).read_bytes() == b"weights"
    assert Path(job.arguments["upload"]).parent == uploads_dir()


def test_a_job_is_followed_to_its_end() -> None:
    job = RunFolder(jobs_dir() / "20260101-000000-abcd").create(
        JobSpec("fetch-backbone", {"backbone": "tabicl-v2", "name": "TabICLv2"})
    )
    error = BadInput("The weights could not be downloaded.", "No network.", "Give it with --file.")
    job.write_status(state="failed", error=error.to_json())
    at = backbone_page()
    assert "No network." in words(at)
    job.write_status(state="finished", error=None)
    assert text.JOB_DONE["fetch-backbone"].format(name="TabICLv2") in words(at.run())
    at.button(key=f"job_forget_{job.id}").click().run()
    assert not job.exists() and not at.exception
