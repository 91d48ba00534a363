"""What windows, and the source portfolio, are worth on the sample of card fraud; and its disparity.

    python -m benchmarks.fraud [--seeds 3]

LightGBM with one setting, tested on the last quarter of the target log: average precision with the payment's
own columns, with windows, and with windows when it learned from the source log instead; and, among 1% of the
payments flagged with windows, how many genuine ones of nationals and of others are flagged.
"""

from __future__ import annotations

import argparse

import lightgbm
import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score

from benchmarks.windows import SETTINGS
from finxfer.data.sample_fraud import TARGET, source_transactions, target_transactions
from finxfer.data.windows import windows_of

NUMBERS = ["amount", "latitude", "longitude", "card_months"]
WORDS = ["city", "country", "channel", "merchant_category"]
FLAGGED = 0.01


def features(log: pd.DataFrame, windows: bool) -> pd.DataFrame:
    """What the model reads of a log; protected columns are not among it."""
    found = log[NUMBERS].assign(**{name: log[name].astype("category") for name in WORDS})
    return found.join(windows_of(log, SETTINGS)) if windows else found


def scores(train: pd.DataFrame, y: pd.Series, test: pd.DataFrame) -> np.ndarray:
    model = lightgbm.LGBMClassifier(
        n_estimators=150, num_leaves=15, learning_rate=0.05, subsample=0.8, subsample_freq=1, verbose=-1
    )
    return np.asarray(model.fit(train, y).predict_proba(test)[:, 1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    rows, flagged = [], {"nationals": np.zeros(2), "others": np.zeros(2)}
    for seed in range(parser.parse_args().seeds):
        source, log = source_transactions(seed=seed), target_transactions(seed=seed)
        cut = int(0.75 * len(log))
        y, test = log[TARGET], log.iloc[cut:]
        plain, seen = features(log, False), features(log, True)
        own = scores(seen[:cut], y[:cut], seen[cut:])
        found = {
            "own columns": scores(plain[:cut], y[:cut], plain[cut:]),
            "with windows": own,
            "with windows, learned from the source": scores(
                features(source, True), source[TARGET], seen[cut:]
            ),
        }
        rows.append({name: average_precision_score(test[TARGET], score) for name, score in found.items()})
        alert = own >= np.quantile(own, 1 - FLAGGED)
        national = (test["citizenship"] == "national").to_numpy()
        for name, group in (("nationals", national), ("others", ~national)):
            genuine = group & (test[TARGET] == 0).to_numpy()
            flagged[name] += alert[genuine].sum(), genuine.sum()
    print(pd.DataFrame(rows).round(3).to_string())
    for name, (alerts, genuine) in flagged.items():
        print(f"{name}: {alerts:.0f} of {genuine:,.0f} genuine payments flagged ({alerts / genuine:.2%})")


if __name__ == "__main__":
    main()
