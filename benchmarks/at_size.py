"""How the app copes with a million rows: ingest, the web process and its reruns, training.

    python benchmarks/big_table.py FILE.csv
    python benchmarks/at_size.py ingest FILE.csv [--repeats 5] [--threads 1]
    python benchmarks/at_size.py web FILE.csv --home HOME [--run RUN_ID] [--upload] [--repeats 20]
    python benchmarks/at_size.py train FILE.csv --out RUN_DIR [-- ARGUMENT...]

`ingest`: seconds from the file to the stored table (hash, sniffing, cells, report, Parquet), in turn with
`pandas.read_csv(engine="pyarrow")` + `to_parquet`, and the ratio of the medians (mark: 1.5).
`web`: the table is brought into HOME beforehand, or given to the upload field with `--upload`; then Data,
its preview, roles, split, Backbone, Run and, with `--run`, Results are opened in a browser. Printed are
the largest resident memory of the server's process at each step (mark: 600 MB) and the 95th percentile of
reruns of Data and Backbone with the table open (mark: 200 ms).
`train`: `finetune` with the given arguments; seconds, and the largest memory of its worker and its command.
"""

from __future__ import annotations

import argparse
import gc
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from pages import FLAGS, ROOT, WATCH, clicked, start

MEGABYTE = 1e6


class Watch:
    """The largest resident memory of a process (and its children, if asked) since the last look."""

    def __init__(self, pid: int, children: bool = False) -> None:
        self.process, self.children, self.largest, self.over = psutil.Process(pid), children, 0.0, False
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def _watch(self) -> None:
        while not self.over:
            try:
                family = [self.process, *(self.process.children(True) if self.children else [])]
                self.largest = max(self.largest, sum(one.memory_info().rss for one in family))
            except psutil.NoSuchProcess:
                self.over = not self.process.is_running()
            time.sleep(0.05)

    def seconds(self) -> float:
        """Processor time so far: tells a busy machine from a busy page."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def take(self) -> float:
        """Megabytes, and begin anew."""
        found, self.largest = self.largest / MEGABYTE, 0.0
        return found


def seconds(work: Callable[[], Any]) -> tuple[float, float]:
    """Wall and processor time of one call."""
    gc.collect()
    began, busy = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - busy


def ingest(file: Path, repeats: int, threads: int | None) -> None:
    """Print the seconds of both ways, in turn, and their ratio."""
    import pandas as pd
    import pyarrow as pa

    from finxfer.runs.intake import read_file

    if threads is not None:
        pa.set_cpu_count(threads)
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        home = Path(folder) / "home"
        os.environ["FINXFER_HOME"] = str(home)

        def plain() -> None:
            pd.read_csv(file, engine="pyarrow").to_parquet(Path(folder) / "plain.parquet")

        def ours() -> None:
            shutil.rmtree(home, ignore_errors=True)
            read_file(file).keep()

        times: dict[str, list[tuple[float, float]]] = {"pandas": [], "finxfer": []}
        for turn in range(repeats + 1):
            for name, work in (("pandas", plain), ("finxfer", ours)):
                took = seconds(work)
                if turn:  # the first brings the file into the system's memory
                    times[name].append(took)
            if turn:
                print(", ".join(f"{name} {took[-1][0]:.2f} s" for name, took in times.items()), flush=True)
    for place, clock in enumerate(("wall", "processor")):
        plain_times, own_times = ([took[place] for took in times[name]] for name in ("pandas", "finxfer"))
        ratios = sorted(b / a for a, b in zip(plain_times, own_times, strict=True))
        middles = statistics.median(plain_times), statistics.median(own_times)
        print(
            f"{clock} time, medians: pandas {middles[0]:.2f} s, finxfer {middles[1]:.2f} s, ratio "
            f"{middles[1] / middles[0]:.2f}; ratios of the pairs {ratios[0]:.2f} to {ratios[-1]:.2f}"
        )
    print(f"threads of arrow {pa.cpu_count()}, load {os.getloadavg()[0]:.1f}")


def store(file: Path, home: Path) -> str:
    """Bring the file into the home by a process of its own; the table's hash."""
    code = (
        "import sys; from pathlib import Path; from finxfer.runs.intake import read_file;"
        "print(read_file(Path(sys.argv[1])).keep().sha256)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file.resolve())],
        env={**os.environ, "FINXFER_HOME": str(home)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip().splitlines()[-1]


def web(file: Path, home: Path, run: str | None, upload: bool, repeats: int) -> None:
    """Walk through the pages and print memory and reruns."""
    from playwright.sync_api import sync_playwright

    home.mkdir(parents=True, exist_ok=True)
    table = None if upload else store(file, home)
    process, url = start(ROOT / "app.py", home)
    watch = Watch(process.pid)
    path = next(p for name in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(name)))
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            walk(page, url, watch, file, table)
            where = page.url.split("table=")[-1].split("&")[0]
            if run is not None:
                opened(page, watch, f"{url}/results?run={run}", "Results")
            for name in ("data", "backbone"):
                opened(page, watch, f"{url}/{name}?table={where}", f"{name} in a new session")
                busy = watch.seconds()
                times = sorted(1000 * took for took in rerun(page, repeats))
                busy = 1000 * (watch.seconds() - busy) / len(times)
                p95 = times[min(len(times) - 1, int(0.95 * len(times)))]
                print(
                    f"rerun of {name}: median {statistics.median(times):.0f} ms, p95 {p95:.0f} ms, "
                    f"of a processor {busy:.0f} ms, memory up to {watch.take():.0f} MB"
                )
            browser.close()
    finally:
        process.terminate()
    print(f"load {os.getloadavg()[0]:.1f}")


def walk(page: Any, url: str, watch: Watch, file: Path, table: str | None) -> None:
    """Home, Data with its preview and roles, Backbone, Run."""
    opened(page, watch, url, "the server and Home")
    if table is None:
        began = time.perf_counter()
        page.goto(f"{url}/data")
        page.locator('input[type="file"]').first.set_input_files(str(file))
        page.get_by_role("heading", name="What each column is for").wait_for(timeout=400_000)
        said(watch, "the upload and its ingest", time.perf_counter() - began)
    else:
        opened(page, watch, f"{url}/data?table={table}", "Data, the first time")
    began = time.perf_counter()
    page.get_by_text("First", exact=False).filter(has_text="rows").first.click()
    page.wait_for_timeout(3000)
    said(watch, "the first rows", time.perf_counter() - began)
    for name in ("Backbone", "Run", "Data"):
        took = clicked(page, page.get_by_role("link", name=name, exact=True))
        page.wait_for_timeout(2000)
        said(watch, name, took)


def rerun(page: Any, repeats: int) -> list[float]:
    """Seconds of each rerun of the page that is open."""
    times = []
    for _ in range(repeats + 2):
        page.evaluate(WATCH, "keydown")
        page.keyboard.press("r")
        times.append(page.evaluate("() => window.rerunTook") / 1000)
        page.wait_for_timeout(200)
    return times[2:]


def opened(page: Any, watch: Watch, url: str, name: str) -> None:
    """Go to a page and wait until its script has ended."""
    began = time.perf_counter()
    page.goto(url)
    page.get_by_role("heading", level=1).first.wait_for(timeout=120_000)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=120_000)
    took = time.perf_counter() - began
    page.wait_for_timeout(1500)
    said(watch, name, took)


def said(watch: Watch, name: str, took: float) -> None:
    """One line."""
    print(f"{name}: {took:.1f} s, memory up to {watch.take():.0f} MB", flush=True)


def train(file: Path, out: Path, arguments: list[str]) -> None:
    """Run `finetune` and print its time and memory."""
    command = [
        sys.executable,
        "-m",
        "finxfer",
        "finetune",
        str(file),
        "--target",
        "default",
        "--out",
        str(out),
    ]
    began = time.perf_counter()
    process = subprocess.Popen([*command, *arguments], cwd=ROOT)
    watch = Watch(process.pid, children=True)
    code = process.wait()
    took = time.perf_counter() - began
    print(f"exit {code}, {took:.0f} s, memory of all its processes up to {watch.take() / 1000:.1f} GB")


def main() -> None:
    """One of the three parts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=("ingest", "web", "train"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--repeats", type=int, default=None)
    parser.add_argument("--threads", type=int, default=None, help="of arrow, for both ways of `ingest`")
    parser.add_argument("--home", type=Path, default=None)
    parser.add_argument("--run", default=None, help="id of a finished run in HOME")
    parser.add_argument("--upload", action="store_true", help="through the upload field")
    parser.add_argument("--out", type=Path, default=None)
    chosen, rest = parser.parse_known_args()
    if chosen.part == "ingest":
        ingest(chosen.file, chosen.repeats or 5, chosen.threads)
    elif chosen.part == "web":
        with tempfile.TemporaryDirectory() as temporary:
            home = (chosen.home or Path(temporary)).resolve()
            web(chosen.file, home, chosen.run, chosen.upload, chosen.repeats or 20)
    else:
        train(chosen.file, chosen.out, [argument for argument in rest if argument != "--"])


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
