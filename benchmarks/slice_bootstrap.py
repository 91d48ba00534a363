"""The slices' bootstrap against fairlearn's own, in one run: why finxfer does not use the library here.

    python benchmarks/slice_bootstrap.py

9,000 rows, one protected column of four values, the same three rates. fairlearn draws 10 times and is
scaled to 500 draws, since its time is proportional to the number of draws.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from fairlearn.metrics import MetricFrame, false_positive_rate, selection_rate, true_positive_rate

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from finxfer.fairness import slice_report

ROWS, DRAWS, MEASURED_DRAWS = 9000, 500, 10


def main() -> None:
    """Print seconds of both and their ratio."""
    generator = np.random.default_rng(0)
    target = generator.integers(0, 2, ROWS)
    probability = generator.random(ROWS)
    group = generator.integers(0, 4, ROWS)
    rates = {
        "selection_rate": selection_rate,
        "true_positive_rate": true_positive_rate,
        "false_positive_rate": false_positive_rate,
    }
    began = time.perf_counter()
    MetricFrame(
        metrics=rates,
        y_true=target,
        y_pred=(probability > 0.5).astype(int),
        sensitive_features=group,
        n_boot=MEASURED_DRAWS,
        ci_quantiles=[0.025, 0.975],
    )
    library = (time.perf_counter() - began) * DRAWS / MEASURED_DRAWS
    began = time.perf_counter()
    slice_report(target, probability, 0.5, pd.DataFrame({"group": group.astype(str)}), draws=DRAWS)
    ours = time.perf_counter() - began
    print(
        f"fairlearn {library:.0f} s (scaled), finxfer {ours:.1f} s (AUC included), ratio {library / ours:.0f}"
    )


if __name__ == "__main__":
    main()
