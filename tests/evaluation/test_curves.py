from __future__ import annotations

import json

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from finxfer.evaluation.curves import POINTS, curves
from finxfer.evaluation.metrics import binary_metrics, confusion


def scored(rows: int, decimals: int = 12) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(rows)
    y = (generator.random(rows) < 0.2).astype(np.int64)
    return y, (1 / (1 + np.exp(-(generator.normal(size=rows) + 1.2 * y - 1.5)))).round(decimals)


def test_thinned_curves_keep_their_ends_and_areas() -> None:
    y, p = scored(5000)
    drawn = curves(y, p, 0.3)
    roc, pr = drawn["roc"], drawn["precision_recall"]
    assert (roc["fpr"][0], roc["tpr"][0], roc["fpr"][-1], roc["tpr"][-1]) == (0, 0, 1, 1)
    assert np.trapezoid(roc["tpr"], roc["fpr"]) == pytest.approx(roc_auc_score(y, p), abs=1e-3)
    area = np.sum(np.diff(np.r_[0, pr["recall"]]) * pr["precision"])
    assert area == pytest.approx(average_precision_score(y, p), abs=5e-3)
    assert pr["recall"][-1] == 1


@pytest.mark.parametrize("rows", [40, 5000])
def test_no_list_is_longer_than_two_hundred_and_all_is_json(rows: int) -> None:
    drawn = curves(*scored(rows), 0.3)
    text = json.dumps(drawn, allow_nan=False)

    def lengths(value: object) -> list[int]:
        if isinstance(value, dict):
            return [n for part in value.values() for n in lengths(part)]
        return [len(value)] if isinstance(value, list) else []

    assert max(lengths(drawn)) <= POINTS
    assert len(text) < 60_000


def test_ks_is_marked_where_the_distributions_are_farthest_apart() -> None:
    y, p = scored(3000)
    ks = curves(y, p, 0.3)["ks"]
    assert ks["value"] == pytest.approx(binary_metrics(y, p, 0.3)["ks"], abs=1e-9)
    positive, negative = (p[y == 1] <= ks["at"]).mean(), (p[y == 0] <= ks["at"]).mean()
    assert abs(positive - negative) == pytest.approx(ks["value"], abs=1e-9)
    assert round(ks["at"], 9) in ks["score"]


def test_counts_at_thresholds_are_confusion_counts() -> None:
    y, p = scored(3000)
    counts = curves(y, p, 0.31)["thresholds"]
    assert any(value == pytest.approx(0.31) for value in counts["threshold"])
    for place in range(0, len(counts["threshold"]), 17):
        expected = confusion(y, p.round(9), counts["threshold"][place])
        assert [counts[name][place] for name in ("tp", "fp", "tn", "fn")] == [
            expected.tp,
            expected.fp,
            expected.tn,
            expected.fn,
        ]


def test_lift_gains_everything_and_does_not_depend_on_the_order_of_ties() -> None:
    y, p = scored(1003, decimals=1)
    table = curves(y, p, 0.3)["lift"]
    assert len(table) == 10
    assert sum(part["rows"] for part in table) == 1003
    assert table[-1]["cumulative_gain"] == pytest.approx(1)
    assert table[0]["lift"] > 1 > table[-1]["lift"]
    shuffled = np.random.default_rng(0).permutation(1003)
    assert curves(y[shuffled], p[shuffled], 0.3)["lift"] == table


def test_histogram_holds_every_row() -> None:
    y, p = scored(500)
    histogram = curves(y, p, 0.3)["histogram"]
    assert sum(histogram["positive"]) == y.sum()
    assert sum(histogram["negative"]) == (1 - y).sum()
    low = curves(y, p / 50, 0.3)["histogram"]
    assert low["edges"][-1] == 0.05
    assert sum(low["positive"]) == y.sum()


def test_one_class_and_no_rows() -> None:
    p = np.linspace(0, 1, 20)
    negative = curves(np.zeros(20, dtype=np.int64), p, 0.5)
    assert negative["roc"] is negative["precision_recall"] is negative["ks"] is negative["lift"] is None
    assert len(negative["calibration"]) == 10
    empty = curves(np.array([], dtype=np.int64), np.array([]), 0.5)
    assert empty["calibration"] == []
    assert empty["thresholds"]["tp"] == [0, 0]
