"""How long 10,000 customers take to explain, and how faithful the values are.

    python -m benchmarks.explanation_speed RUN_DIR[:MODEL] ... --table TABLE --cache DIR
                                           [--rows 10000] [--truth-rows 200] [--rounds 50] [--truth-only]

Each RUN_DIR is a finished run; MODEL is "model" (the run's own, the default) or a baseline's name. Timed is
what ``finxfer explain`` does once run and table are open: the model's own predictions, TreeSHAP or paths
on the fitted explainer, and the gap closed. A baseline's explainer is fitted here as a run fits it for its
own model, which needs the run's table in the home folder. The truth is shap's PermutationExplainer with
rounds × (2M + 1) evaluations a row over the same reference group, on the first rows of TABLE; it is kept
in DIR ten rows at a time, so that it can be stopped and taken up again. With --paths N the truth is our
own permutation paths on the model, N for each pair of customer and reference row, which need a tenth of
the predictions for the same precision. Marks: R² at least .90, aim .96; 60 s, aim 15 s; trees 15 s.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from pathlib import Path
from typing import Any

# As the command line does it, before PyTorch reads it.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np
import pandas as pd
import torch

from finxfer.backbones.protocol import FittedModel
from finxfer.explanations.explain import EXPLAINERS
from finxfer.explanations.explainer import Explainer, explainer_in
from finxfer.explanations.fidelity import permutation_shap, r_squared
from finxfer.explanations.fitting import fitted_explainer
from finxfer.explanations.values import Attribution, is_trees, shap_values
from finxfer.records.folder import RunFolder
from finxfer.runs.explaining import explainer_material
from finxfer.runs.reopening import reopen
from finxfer.runs.reporter import Reporter
from finxfer.training.fitted import load_fitted

TRUTH_AT_ONCE = 10


def opened(argument: str) -> tuple[RunFolder, str, FittedModel, pd.DataFrame]:
    """Run, the model's name, the model and the reference group that ``RUN_DIR[:MODEL]`` names."""
    path, _, name = argument.partition(":")
    run, name = RunFolder(Path(path).resolve()), name or "model"
    folder = run.model if name == "model" else run.model / "baselines" / name
    return run, name, load_fitted(folder), pd.read_parquet(run.model / "reference.parquet")


def explainer_of(run: RunFolder, name: str, model: FittedModel, reference: pd.DataFrame) -> Explainer | None:
    """The explainer that the run keeps, or one fitted now; None for trees."""
    if is_trees(model):
        return None
    kept = explainer_in(run.explanations / EXPLAINERS / name)
    if kept is not None:
        return kept
    job = reopen(run, Reporter(run))
    return fitted_explainer(model, reference, explainer_material(job), job.spec.seed, lambda *_: None)[0]


def truth(
    label: str, model: FittedModel, reference: pd.DataFrame, rows: pd.DataFrame, given: argparse.Namespace
) -> np.ndarray:
    """The standard's values of ``rows``, (N, M); parts that lie in the cache are not made again."""
    parts, features = [], list(model.features)
    kind = f"paths{given.paths}" if given.paths else f"{given.rounds}"
    for first in range(0, len(rows), TRUTH_AT_ONCE):
        kept = given.cache / f"{label}-{kind}-{first}.npy"
        if not kept.exists():
            block = rows.iloc[first : first + TRUTH_AT_ONCE].reset_index(drop=True)
            if given.paths:
                made = shap_values(model, reference, block, features, paths=given.paths).values
            else:
                made = permutation_shap(model, reference, block, features, given.rounds, seed=first)
            np.save(kept, made)
        parts.append(np.load(kept))
    return np.concatenate(parts)


def timed(
    model: FittedModel, reference: pd.DataFrame, rows: pd.DataFrame, explainer: Explainer | None
) -> tuple[Attribution, float, float]:
    """The values of all rows, the seconds they took, and the seconds of all processors together."""
    began, worked = time.perf_counter(), time.process_time()
    made = shap_values(model, reference, rows, list(model.features), explainer=explainer)
    return made, time.perf_counter() - began, time.process_time() - worked


def check(argument: str, table: pd.DataFrame, given: argparse.Namespace) -> None:
    """Print the line of one model."""
    run, name, model, reference = opened(argument)
    rows = table[list(model.features)]
    known: dict[str, Any] = {}
    label = f"{run.id}-{name}"
    if not given.truth_only:
        explainer = explainer_of(run, name, model, reference)
        made, seconds, worked = timed(model, reference, rows[: given.rows], explainer)
        known = {
            "seconds": round(seconds, 1),
            "of processors": round(worked, 1),
            "method": made.method,
            "gap": f"{made.gaps.max():.1e}",
        }
        if explainer:
            known |= {"fitted once in": explainer.facts["seconds"], "hybrids": explainer.facts["hybrids"]}
    if given.truth_rows:
        right = truth(label, model, reference, rows[: given.truth_rows], given)
        known["truth rows"] = len(right)
        if not given.truth_only:
            known["R²"] = round(r_squared(made.values[: len(right)], right), 4)
    print(
        f"{label} ({model.kind}): " + ", ".join(f"{key} {value}" for key, value in known.items()), flush=True
    )


def main() -> None:
    """Check the models that were named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="RUN_DIR[:MODEL]")
    parser.add_argument("--table", type=Path, required=True, help="Parquet file with the customers")
    parser.add_argument("--cache", type=Path, required=True, help="folder that keeps the truth")
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--truth-rows", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--paths", type=int, default=0, help="our own paths as the truth, so many a pair")
    parser.add_argument("--truth-only", action="store_true")
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    given.cache.mkdir(parents=True, exist_ok=True)
    table = pd.read_parquet(given.table)
    print(f"{min(given.rows, len(table)):,} customers, {torch.get_num_threads()} threads")
    for argument in given.models:
        check(argument, table, given)


if __name__ == "__main__":
    main()
