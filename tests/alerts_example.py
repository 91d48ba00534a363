"""An alerts.json that was measured for real, on made-up scores of rare events."""

from __future__ import annotations

from typing import Any

import numpy as np

from finxfer.evaluation.alerts import AlertRows, alert_report, alone
from finxfer.evaluation.alerts_wording import alerts_sentence, alerts_sentences


def alerts_example(anomaly: bool = False, time: bool = True) -> dict[str, Any]:
    """Of 2,000 rows on ten days; without a time, of one."""
    draw, days = np.random.default_rng(0), 10 if time else 1
    y = (draw.random(2000) < 0.02).astype(np.int64)
    rows = AlertRows(y, draw.integers(0, days, 2000), np.ones(days), draw.integers(0, 300, 2000))
    scores = {name: draw.normal(0, 1, 2000) + up * y for name, up in (("model", 2.0), ("lightgbm", 1.5))}
    if anomaly:
        scores |= {name: draw.normal(0, 1, 2000) + y for name in ("anomaly", "isolation_forest")}
    found: dict[str, Any] = {
        "rare": True,
        "rows": 2000,
        "positives": int(y.sum()),
        "positive_rate": float(y.mean()),
        "time": {"column": "<b>time</b>", "days": 10, "rows_a_day": 200.0, "share": 1.0, "unknown": 0},
        "card": "customer_id",
        "per_day": 5.0,
        "default": True,
        "level": 0.95,
        "best_baseline": "lightgbm",
        **alert_report(rows, scores, 5.0, 40.0, 100, 0),
    }
    found["time"] = found["time"] if time else None
    found["alone"] = alone(rows, scores["model"], scores["anomaly"], 5.0) if anomaly else None
    return found | {"sentence": alerts_sentence(found), "sentences": alerts_sentences(found)}
