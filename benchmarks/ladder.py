"""How long a freezing ladder takes: every family at every depth on 1,000 rows, in this process.

python -m benchmarks.ladder --data FOLDER [--out FOLDER] [--families incontext tabm ...]

The in-context backbone climbs on german_credit (1,000 rows x 20 columns); for the others a backbone is
trained on the rows of telco_churn that have fibre optic, for a ladder on 1,000 of those with DSL. Printed are
seconds by the clock and of the processor: on a machine that does other work beside this the clock tells
nothing, and the processor's seconds on one thread bound it from above.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import pandas as pd
import torch

from finxfer.backbones.catalogue import find_card
from finxfer.backbones.families import SOURCE_FAMILIES
from finxfer.records.folder import RunFolder, stages_of
from finxfer.records.spec import LADDER
from finxfer.runs.ladder import run
from finxfer.runs.preparing import Options, prepare
from finxfer.runs.pretrain_source import SourceOptions, pretrain_from_files
from finxfer.runs.reporter import Reporter

ROWS, SEED = 1000, 0
SHIPPED = "incontext-small"


def telco(data: Path, folder: Path) -> tuple[Path, Path]:
    """The source table and 1,000 rows of the target's."""
    table = pd.read_parquet(data / "telco_churn.parquet")
    source, target = folder / "source.parquet", folder / "target.parquet"
    table[table["InternetService"] == "Fiber optic"].to_parquet(source)
    table[table["InternetService"] == "DSL"].sample(ROWS, random_state=SEED).to_parquet(target)
    return source, target


def climb(table: Path, target: str, positive: str | None, backbone: str, folder: Path) -> dict[str, object]:
    """One ladder. Returns what it took and what it recommends."""
    prepared = prepare(Options(table, target, positive, backbone=backbone, freeze_depth="auto", seed=SEED))
    prepared.keep_tables()
    content = prepared.spec.to_json() | {"job": LADDER, "device": "cpu"}
    made = RunFolder(folder).create(type(prepared.spec).from_json(content))
    made.checkpoints.mkdir()
    spec = made.spec()
    clock, processor = time.monotonic(), time.process_time()
    run(made, spec, "cpu", Reporter(made, stages_of(LADDER)))
    found = made.read_json("ladder.json")
    card = find_card(backbone)
    return {
        "family": card.family,
        "columns": len(prepared.spec.features),
        "stages": card.depth_count,
        "parameters": card.parameters,
        "trainings": len(found["rungs"]) * (found["folds"] + 1),
        "seconds": round(time.monotonic() - clock, 1),
        "processor_seconds": round(time.process_time() - processor, 1),
        "threads": torch.get_num_threads(),
        "recommended": found["recommended"],
        "depth_matters": found["depth_matters"],
        "sentence": found["sentence"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the two Parquet files")
    parser.add_argument("--out", type=Path, help="keep backbones and ladders here")
    parser.add_argument("--families", nargs="+", default=["incontext", *SOURCE_FAMILIES])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = (asked.out or Path(scratch)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        os.environ["FINXFER_HOME"] = str(folder / "home")
        source, target = telco(asked.data, folder)
        for family in asked.families:
            if family == "incontext":
                table, column, backbone = asked.data / "german_credit.parquet", "bad", SHIPPED
            else:
                table, column, backbone = target, "Churn", str(folder / family)
                if not (folder / family / "card.json").is_file():
                    options = SourceOptions((source,), folder / family, family, "Churn", positive="1")
                    pretrain_from_files(options, lambda kind, **fields: None, lambda line: None)
            made = climb(table, column, "1", backbone, folder / f"ladder-{family}-{time.time_ns()}")
            print(json.dumps(made), flush=True)


if __name__ == "__main__":
    main()
