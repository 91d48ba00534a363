"""How long a million rows take to be held to the rules of 700,000: ``python -m benchmarks.validation``."""

from __future__ import annotations

import resource
import time

import numpy as np
import pandas as pd

from finxfer.data.learned_rules import learn_rules
from finxfer.data.validation import validate_frame
from finxfer.records.rules import RuleSet
from finxfer.records.spec import ColumnSpec

NUMBERS, CATEGORIES = 10, 8


def book(rows: int, draw: np.random.Generator) -> pd.DataFrame:
    """Ten numbers, eight categories of 30 levels, a date and an identifier."""
    columns = {f"number {i}": draw.normal(size=rows) for i in range(NUMBERS)}
    levels = pd.Series([f"level {i}" for i in range(30)], dtype="str")
    for i in range(CATEGORIES):
        columns[f"category {i}"] = levels.iloc[draw.integers(0, 30, rows)].reset_index(drop=True)
    columns["opened"] = pd.Timestamp("2020-01-01") + pd.to_timedelta(draw.integers(0, 900, rows), "D")
    return pd.DataFrame(columns | {"id": np.arange(rows)})


def broken(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows with every column spoiled."""
    numbers = {name: frame[name] * 100 for name in frame if name.startswith("number")}
    words = {name: "another" for name in frame if name.startswith("category")}
    return frame.assign(**numbers, **words, id=1, opened=pd.NaT)


def measure(name: str, frame: pd.DataFrame, rules: RuleSet) -> None:
    """Seconds of the clock and of the processor, and what was found."""
    clock, cpu = time.perf_counter(), time.process_time()
    outcome = validate_frame(frame, rules)
    seconds = f"{time.perf_counter() - clock:.2f} s ({time.process_time() - cpu:.2f} s of the processor)"
    print(f"{name}: {seconds}. {outcome.sentence()}")


def main() -> None:
    """Learn, then check a table that keeps the rules and one that breaks all of them."""
    draw = np.random.default_rng(0)
    kinds = {"n": "numeric", "c": "category", "o": "date", "i": "numeric"}
    roles = {"n": "feature", "c": "feature", "o": "time", "i": "id"}
    train = book(700_000, draw)
    columns = [ColumnSpec(name, roles[name[0]], kinds[name[0]]) for name in train]
    features = [column.name for column in columns if column.role == "feature"]
    began = time.perf_counter()
    rules = learn_rules(train, columns, features)
    print(f"{len(rules.rules)} rules learned from {len(train):,} rows: {time.perf_counter() - began:.2f} s")
    frame = book(1_000_000, draw)
    measure("imports and ten rows", frame[:10], rules)
    measure("rows that keep the rules", frame, rules)
    spoiled = broken(frame)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    measure("rows that break them", spoiled, rules)
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"memory beyond the table: {more / 1e3:.0f} MB")


if __name__ == "__main__":
    main()
