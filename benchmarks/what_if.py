"""How quickly the what-if answers: loading, one changed value, a search for what would have had to differ.

    python benchmarks/what_if.py RUN_DIR [--customers 20]

RUN_DIR is a finished run whose table is in the home folder. The job is started as the Explain page starts it;
round trips are from writing a question to having read its answer. Searched are the customers of highest
probability among the explained ones.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import pandas as pd

from finxfer.records.folder import RunFolder
from finxfer.records.spec import JobSpec
from finxfer.runs import asking, launcher

PATIENCE = 120.0


def timed(job: RunFolder, kind: str, **fields: Any) -> tuple[float, dict[str, Any]]:
    """Seconds of a round trip and the answer."""
    began = time.perf_counter()
    found = asking.ask(job, kind, patience=PATIENCE, **fields)
    if found is None:
        raise SystemExit("no answer")
    return time.perf_counter() - began, found


def main() -> None:
    """Print loading, round trips and searches."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--customers", type=int, default=20)
    chosen = parser.parse_args()
    run = RunFolder(chosen.run.resolve())
    explained = pd.read_parquet(run.explanations / "model.parquet").sort_values(
        "probability", ascending=False
    )
    rows = [int(row) for row in explained["row"].head(chosen.customers)]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        job = launcher.launch(JobSpec(asking.JOB, {"run": str(run.path)}), Path(folder) / "job")
        while not asking.is_ready(job):
            if not job.status().active:
                raise SystemExit(f"the job ended: {job.status().error}")
            time.sleep(0.02)
        print(f"loaded in {time.perf_counter() - began:.1f} s")
        try:
            measure(job, rows)
        finally:
            launcher.delete(job)


def measure(job: RunFolder, rows: list[int]) -> None:
    """Round trips of each customer with one value moved, and their searches."""
    trips, searches = [], []
    for row in rows:
        _, start = timed(job, "customer", row=row)
        name = next(iter(start["values"]))
        trips += [timed(job, "what-if", row=row, values={name: None})[0] for _ in range(5)]
    for row in rows:
        searches.append(timed(job, "counterfactual", row=row))
    trips.sort()
    print(
        f"one changed value: median {1000 * statistics.median(trips):.0f} ms, "
        f"95th percentile {1000 * trips[int(0.95 * len(trips))]:.0f} ms of {len(trips)}"
    )
    seconds = [one for one, _ in searches]
    asked = [found["evaluations"] for _, found in searches]
    answered = [found for _, found in searches if found["answers"]]
    fewest = [len(found["answers"][0]["changes"]) for found in answered]
    print(
        f"search: median {statistics.median(seconds):.1f} s, slowest {max(seconds):.1f} s; "
        f"predictions median {statistics.median(asked):.0f}, most {max(asked)}; "
        f"{len(answered)} of {len(searches)} answered, by 1/2/3 changes: "
        f"{'/'.join(str(fewest.count(number)) for number in (1, 2, 3))}"
    )


if __name__ == "__main__":
    main()
