"""A table of customers as large as wanted, written as CSV: what benchmarks/at_size.py measures on.

    python benchmarks/big_table.py FILE.csv [--rows 1000000] [--seed 0] [--quoted] [--mix floats|texts|dates]

Twenty columns as a bank's data warehouse exports them: an identifier, a moment and a date, floats with
all their digits, integers, categories, codes, missing cells, and a target (`default`) that depends on
some of them.
A million rows make about 320 MB. `--mix` makes twenty columns of mostly one kind instead: floats, texts that
differ from row to row, or dates and whole numbers.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

CHUNK_ROWS = 200_000
REGIONS = ("North", "South", "East", "West", "Centre", "Abroad")
PRODUCTS = ("current account", "card", "instalment loan", "mortgage", "overdraft")
FLOATS = ("income", "limit", "balance", "balance_3m", "utilisation", "paid_1m", "paid_3m", "spend", "score")


def chunk(first: int, rows: int, generator: np.random.Generator) -> pa.Table:
    """Rows `first` to `first + rows` of the table."""
    risk = generator.normal(size=rows)
    columns: dict[str, pa.Array] = {"customer_no": texts("CUSTOMER-", first + np.arange(rows), 10)}
    seconds = generator.integers(0, 4 * 365 * 86_400, rows).astype("timedelta64[s]")
    columns["opened"] = pa.array(np.datetime64("2021-01-01T00:00:00") + seconds)
    columns["born"] = pa.array(np.datetime64("1940-01-01") + generator.integers(0, 24_000, rows))
    for place, name in enumerate(FLOATS):
        values = np.exp(generator.normal(size=rows) + (0.5 if place % 3 == 0 else 0.1) * risk + 6)
        columns[name] = pa.array(values, mask=generator.random(rows) < (0.08 if place % 4 == 3 else 0))
    columns["ratio"] = pa.array(generator.random(rows) - 0.2 * risk)
    columns["late_payments"] = pa.array(generator.poisson(np.exp(0.6 * risk - 0.5)))
    columns["months"] = pa.array(generator.integers(0, 400, rows), mask=generator.random(rows) < 0.03)
    columns["region"] = words(REGIONS, generator.integers(0, len(REGIONS), rows))
    columns["product"] = words(PRODUCTS, generator.integers(0, len(PRODUCTS), rows))
    columns["branch"] = texts("BRANCH-", generator.integers(0, 900, rows), 5)
    columns["contract"] = texts("CONTRACT-NO-", generator.integers(0, 600_000, rows), 36)
    chance = 1 / (1 + np.exp(-(1.2 * risk - 2.6)))
    columns["default"] = pa.array((generator.random(rows) < chance).astype(np.int8))
    return pa.table(columns)


def mixed(rows: int, generator: np.random.Generator, mix: str) -> pa.Table:
    """So many rows with nineteen columns of mostly one kind, and the target."""
    columns: dict[str, pa.Array] = {}
    for place in range(19):
        if mix == "floats":
            columns[f"x{place}"] = pa.array(generator.normal(size=rows), mask=generator.random(rows) < 0.02)
        elif mix == "texts":
            numbers = generator.integers(0, 500_000, rows)
            columns[f"code{place}"] = texts(f"C{place}-", numbers, 8 + place % 5)
        elif place % 2:
            columns[f"n{place}"] = pa.array(generator.integers(0, 10 ** (1 + place // 3), rows))
        else:
            days = np.datetime64("1990-01-01") + generator.integers(0, 12_000, rows)
            columns[f"day{place}"] = pa.array(days)
    columns["default"] = pa.array((generator.random(rows) < 0.1).astype(np.int8))
    return pa.table(columns)


def texts(before: str, numbers: np.ndarray, digits: int) -> pa.Array:
    """Codes such as BR-00042."""
    padded = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), digits, "0")
    return pc.binary_join_element_wise(before, padded, "")


def words(choices: tuple[str, ...], codes: np.ndarray) -> pa.Array:
    """One of the words per row."""
    return pa.array(choices).take(pa.array(codes))


def write(path: Path, rows: int, seed: int = 0, quoted: bool = False, mix: str = "") -> None:
    """Write the table as CSV, a part at a time; `quoted` puts every text in quotation marks."""
    options = pacsv.WriteOptions(quoting_style="needed" if quoted else "none")
    generator = np.random.default_rng(seed)
    writer = None
    for first in range(0, rows, CHUNK_ROWS):
        size = min(CHUNK_ROWS, rows - first)
        part = mixed(size, generator, mix) if mix else chunk(first, size, generator)
        if writer is None:
            writer = pacsv.CSVWriter(path, part.schema, write_options=options)
        writer.write_table(part)
    if writer is not None:
        writer.close()


def main() -> None:
    """Write a file and say how large it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quoted", action="store_true", help="every text in quotation marks")
    parser.add_argument("--mix", choices=("floats", "texts", "dates"), default="")
    chosen = parser.parse_args()
    write(chosen.file, chosen.rows, chosen.seed, chosen.quoted, chosen.mix)
    print(f"{chosen.file}: {chosen.rows:,} rows, {chosen.file.stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
