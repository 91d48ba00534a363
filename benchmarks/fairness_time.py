"""How long the comparison of groups takes on a large test set.

    python benchmarks/fairness_time.py

30,000 rows, six columns of two to six values, with and without their fifteen crossings.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from finxfer.fairness import slice_report

ROWS, VALUES = 30_000, (2, 4, 5, 6, 3, 6)


def main() -> None:
    """Print the seconds of both."""
    generator = np.random.default_rng(0)
    y = (generator.random(ROWS) < 0.22).astype(int)
    p = 1 / (1 + np.exp(-(generator.normal(size=ROWS) + y - 1.5)))
    groups = pd.DataFrame(
        {f"c{place}": generator.choice(list("abcdef")[:count], ROWS) for place, count in enumerate(VALUES)}
    )
    for words, crossings in (("columns", ()), ("columns and crossings", None)):
        began = time.perf_counter()
        found = slice_report(y, p, 0.3, groups, crossings=crossings)
        seconds = time.perf_counter() - began
        print(f"{words}: {len(found['columns'])} + {len(found['crossings'])}, {seconds:.1f} s")


if __name__ == "__main__":
    main()
