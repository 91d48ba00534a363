"""How quickly pages appear, rerun and open their parts, in a real browser, against an empty Streamlit app.

    python benchmarks/pages.py RUN_DIR [--repeats 20]
    python benchmarks/pages.py RUN_DIR --open [--repeats 10]

RUN_DIR is a finished run with 30,000 rows (see benchmarks/jobs.py). First paint: from navigation to
the first heading, median over fresh browser contexts, for an empty app and for finxfer in turn
(mark: at most 0.5 s more). Rerun: from the key press that reruns the page until the script has ended
in the browser, 95th percentile (mark: 200 ms). With ``--open`` instead: from the click in the sidebar, or
on a part of the page, until the script has ended in the browser (mark: 500 ms); the first time, when the
server reads the run's files, and the median and the slowest of the times after it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PAGES = ("results", "fairness", "explain", "run", "data")
OPENED = ("Results", "Fairness", "Explain", "Report")
WATCH = """
(event) => {
  const app = document.querySelector('[data-testid="stApp"]');
  let began = null, ran = false;
  document.addEventListener(event, () => { began = performance.now(); }, { once: true, capture: true });
  window.rerunTook = new Promise((resolve) => {
    const watch = new MutationObserver(() => {
      const state = app.getAttribute('data-test-script-state');
      if (state === 'running' || state === 'rerunRequested') ran = true;
      if (ran && state === 'notRunning') { watch.disconnect(); resolve(performance.now() - began); }
    });
    watch.observe(app, { attributes: true });
    setTimeout(() => { watch.disconnect(); resolve(-1); }, 10000);
  });
}
"""


def start(script: Path, home: Path) -> tuple[subprocess.Popen[bytes], str]:
    """A server on a free port, answering."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    process = subprocess.Popen(
        # The app's own toolbar has no rerun by key; the measuring needs it.
        [*command, "--server.headless", "true", "--client.toolbarMode", "developer"],
        cwd=ROOT,
        env={**os.environ, "FINXFER_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).close()
            return process, f"http://127.0.0.1:{port}"
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise SystemExit(f"{script.name} did not start")


def first_paint(browser: Any, url: str) -> float:
    """Seconds from navigation to the first heading, in a context without any cache."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    began = time.perf_counter()
    page.goto(url, wait_until="commit")
    page.get_by_role("heading", level=1).first.wait_for()
    seconds = time.perf_counter() - began
    context.close()
    return seconds


def reruns(browser: Any, url: str, repeats: int) -> list[float]:
    """Seconds of each rerun of one page, after two that warm the caches."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(url)
    page.get_by_role("heading", level=1).first.wait_for()
    page.wait_for_timeout(3000)
    times = []
    for _ in range(repeats + 2):
        page.evaluate(WATCH, "keydown")
        page.keyboard.press("r")
        times.append(page.evaluate("() => window.rerunTook") / 1000)
        page.wait_for_timeout(200)
    page.close()
    if min(times) < 0:
        raise SystemExit(f"{url} did not rerun")
    return times[2:]


def opens(browser: Any, url: str, run: str, title: str) -> dict[str, float]:
    """Seconds until a page, opened from Home in a new session, and each of its tabs have been drawn."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{url}/?run={run}")
    page.get_by_role("heading", level=1).first.wait_for()
    page.wait_for_timeout(1500)
    found = {title: clicked(page, page.get_by_role("link", name=title, exact=True))}
    page.wait_for_timeout(500)
    tabs = page.get_by_role("tab", selected=False)
    for name in [tabs.nth(number).inner_text() for number in range(tabs.count())]:
        tab = page.get_by_role("tab", name=name, exact=True, selected=False)
        if tab.count() == 1:
            found[f"{title}: {name}"] = clicked(page, tab)
            page.wait_for_timeout(300)
    page.close()
    return found


def clicked(page: Any, target: Any) -> float:
    """Seconds from the click until the script has ended."""
    page.evaluate(WATCH, "pointerdown")
    target.click()
    return float(page.evaluate("() => window.rerunTook")) / 1000


def print_opens(browser: Any, url: str, run: str, repeats: int, titles: list[str]) -> None:
    """One line a page or part: the first time, the median and the slowest of the others."""
    for title in titles:
        times: dict[str, list[float]] = {}
        for _ in range(repeats + 1):
            for name, seconds in opens(browser, url, run, title).items():
                times.setdefault(name, []).append(1000 * seconds)
        for name, (first, *others) in times.items():
            # Below 0: it ended before the watch saw it begin.
            rest = [took for took in others if took > 0]
            again = f"median {statistics.median(rest):.0f} ms, slowest {max(rest):.0f} ms" if rest else ""
            print(f"{name}: first {first:.0f} ms, {again}", flush=True)


def main() -> None:
    """Print first paint of both apps and the reruns per page, or how quickly pages and parts open."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--home", type=Path, default=None, help="home that holds the run's table")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--open", action="store_true", help="pages and their parts, opened by a click")
    parser.add_argument("--pages", nargs="+", default=list(OPENED), help="with --open: which pages")
    chosen = parser.parse_args()
    path = next(p for name in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(name)))
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        home = chosen.home or Path(temporary) / "home"
        if not (home / "runs" / chosen.run.name).exists():
            shutil.copytree(chosen.run, home / "runs" / chosen.run.name)
        empty = Path(temporary) / "empty.py"
        empty.write_text("import streamlit as st\nst.title('Empty')\n")
        servers = [start(empty, home), start(ROOT / "app.py", home)]
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            if chosen.open:
                idle = statistics.median(reruns(browser, servers[0][1], 5))
                print(f"rerun of the empty app: median {1000 * idle:.0f} ms")
                print_opens(browser, servers[1][1], chosen.run.name, chosen.repeats, chosen.pages)
                return
            paints: list[list[float]] = [[], []]
            for _ in range(max(5, chosen.repeats // 2)):
                for times, (_, url) in zip(paints, servers, strict=True):
                    times.append(first_paint(browser, url))
            plain, ours = (statistics.median(times[1:]) for times in paints)
            print(f"first paint: empty app {plain:.2f} s, finxfer {ours:.2f} s, {ours - plain:+.2f} s")
            for name in (None, *PAGES):
                url = f"{servers[1][1]}/{name}?run={chosen.run.name}" if name else servers[0][1]
                times = sorted(reruns(browser, url, chosen.repeats))
                p95 = times[min(len(times) - 1, int(0.95 * len(times)))]
                median = statistics.median(times)
                what = name or "the empty app"
                print(f"rerun of {what}: median {median * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms")
        finally:
            browser.close()
            for process, _ in servers:
                process.terminate()


if __name__ == "__main__":
    main()
