"""Whole jobs from the command line, ingest to explanations, in seconds of wall clock.

    python benchmarks/jobs.py [--data ../shared/data] [--only german_credit]

Three jobs: german_credit (mark: 60 s on two cores), taiwan_credit_default with its 30,000 rows
(mark: 300 s), and a default ``finetune`` of 1,000 rows with a separate 3,000-row test (mark: 120 s).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd
from sklearn.model_selection import train_test_split

ROOT = Path(__file__).resolve().parents[1]


def finetune(arguments: list[str], out: Path) -> tuple[float, dict[str, object]]:
    """Run one job; seconds it took and its metrics."""
    command = [sys.executable, "-m", "finxfer", "finetune", *arguments, "--out", str(out)]
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began, json.loads((out / "metrics.json").read_text())


def jobs(data: Path, folder: Path) -> dict[str, tuple[float, list[str]]]:
    """Name of each job -> its mark in seconds and its arguments."""
    taiwan = pd.read_parquet(data / "taiwan_credit_default.parquet")
    train, rest = train_test_split(
        taiwan, train_size=1000, stratify=taiwan["default_next_month"], random_state=0
    )
    test = rest.sample(3000, random_state=0)
    train.to_csv(folder / "train.csv", index=False)
    test.to_csv(folder / "test.csv", index=False)
    protected = [word for name in ("SEX", "EDUCATION", "MARRIAGE", "AGE") for word in ("--protected", name)]
    credit = ["--target", "default_next_month", "--drop", "ID", *protected]
    german = [
        word
        for name in ("sex", "age", "foreign_worker", "personal_status_sex")
        for word in ("--protected", name)
    ]
    return {
        "german_credit": (60.0, [str(data / "german_credit.parquet"), "--target", "bad", *german]),
        "1,000 + 3,000 rows": (
            120.0,
            [str(folder / "train.csv"), "--test", str(folder / "test.csv"), *credit],
        ),
        "taiwan_credit_default": (300.0, [str(data / "taiwan_credit_default.parquet"), *credit]),
    }


def main() -> None:
    """Print one line per job: seconds, mark, backbone, choice, AUC."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--only", default=None)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        print("| job | seconds | mark | backbone | choice | AUC | best baseline |")
        print("|---|---|---|---|---|---|---|")
        for number, (name, (mark, arguments)) in enumerate(jobs(chosen.data, folder).items()):
            if chosen.only not in (None, name):
                continue
            seconds, metrics = finetune(arguments, folder / f"run-{number}")
            best = max(entry["auc"] for entry in metrics["baselines"].values())
            print(
                f"| {name} | {seconds:.1f} | {mark:.0f} | {metrics['backbone']} | {metrics['choice']} "
                f"| {metrics['model']['auc']:.3f} | {best:.3f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
