"""How long windows over a transaction log take, and how much memory.

    python -m benchmarks.windows [--rows 1000000]

Prints seconds and peak memory for the default windows (1, 7, 30 days) over the sample log with every column,
in a process of its own that also holds the log.
"""

from __future__ import annotations

import argparse
import resource
import time

from finxfer.data.sample_fraud import source_transactions
from finxfer.data.windows import windows_of
from finxfer.records.window_settings import WindowSettings

SETTINGS = WindowSettings("customer_id", "time", "terminal_id", "amount", "latitude", "longitude", "fraud")


def peak_mb() -> float:
    """Most memory that this process has held, MB (Linux)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    began = time.perf_counter()
    log = source_transactions(rows, 0)
    drawn, before = time.perf_counter() - began, peak_mb()
    began = time.perf_counter()
    made = windows_of(log, SETTINGS)
    seconds = time.perf_counter() - began
    print(f"{rows:,} transactions drawn in {drawn:.1f} s, {before:,.0f} MB")
    print(f"{made.shape[1]} window columns in {seconds:.1f} s, {peak_mb():,.0f} MB at most")


if __name__ == "__main__":
    main()
