"""A real server and a real browser. Chromium is found on PATH; in CI its absence is a failure."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
START_SECONDS = 120


@dataclass
class Server:
    """A running `streamlit run app.py` and its own home folder."""

    url: str
    home: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End the web server alone; workers are in sessions of their own and go on."""
        self.process.terminate()
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(home: Path, log: Path) -> Server:
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    options = ["--server.port", str(port), "--server.headless", "true", "--server.fileWatcherType", "none"]
    with log.open("ab") as stream:
        process = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            env={**os.environ, "FINXFER_HOME": str(home)},
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2):
                return Server(url, home, process)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            assert process.poll() is None, log.read_text(encoding="utf-8")
            time.sleep(0.2)
    process.kill()
    raise AssertionError(f"the server did not answer within {START_SECONDS} s:\n{log.read_text()}")


def end_workers(home: Path) -> None:
    """End workers that a failed test left behind, so that they do not slow the next one."""
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "finxfer.runs.worker" in words and any(str(home) in word for word in words):
            process.kill()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[Path], Server]]:
    """Starts servers on a home folder; all of them and their workers are ended with the test."""
    running: list[Server] = []

    def start_one(home: Path) -> Server:
        running.append(start_server(home, tmp_path / "server.log"))
        return running[-1]

    yield start_one
    for server in running:
        server.stop()
        end_workers(server.home)


@pytest.fixture
def quick_jobs(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that start later explain few customers and draw few resamples; not where pictures are kept."""
    if not request.config.getoption("--screenshots"):
        monkeypatch.setenv("FINXFER_EXPLAINED_ROWS", "16")
        monkeypatch.setenv("FINXFER_BOOTSTRAP_DRAWS", "50")


@pytest.fixture
def server(start: Callable[[Path], Server], tmp_path: Path) -> Server:
    """A fresh server with an empty home folder."""
    return start(tmp_path / "home")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """System Chromium, driven by Playwright."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        reason = f"no browser on PATH (looked for {', '.join(BROWSERS)}); install Chromium to run this test"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of 1440 × 900 in a context of its own."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def screenshots(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Where screenshots go: the folder of `--screenshots`, else a temporary one."""
    chosen = request.config.getoption("--screenshots")
    folder = Path(chosen) if chosen else tmp_path / "screenshots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
