from __future__ import annotations

import json
import time
from typing import Any

import numpy as np
import pandas as pd
import pytest
from fairlearn.metrics import (
    MetricFrame,
    demographic_parity_ratio,
    equalized_odds_difference,
    false_positive_rate,
    selection_rate,
    true_positive_rate,
)
from sklearn.metrics import precision_score, roc_auc_score

from finxfer.errors import BadInput
from finxfer.fairness import slice_report

THRESHOLD = 0.3


def population(
    rows: int, seed: int, shift: float = 0.0, groups: tuple[str, ...] = ("a", "b"), shares: Any = None
) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """Scores that are `shift` higher (in logits) in the last group than the risk there warrants."""
    generator = np.random.default_rng(seed)
    group = generator.choice(groups, rows, p=shares)
    y = (generator.random(rows) < 0.3).astype(int)
    p = 1 / (1 + np.exp(-(generator.normal(size=rows) + y - 1.2 + shift * (group == groups[-1]))))
    return y, p, pd.DataFrame({"group": group})


def column(report: dict[str, Any], place: int = 0) -> dict[str, Any]:
    return report["columns"][place]


def by_value(entry: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {part["value"]: part for part in entry["slices"]}


def test_values_agree_with_fairlearn() -> None:
    y, p, slices = population(900, 0, shift=0.4, groups=("a", "b", "c"), shares=(0.5, 0.3, 0.2))
    decided = (p >= THRESHOLD).astype(int)
    frame = MetricFrame(
        metrics={
            "selection_rate": selection_rate,
            "tpr": true_positive_rate,
            "fpr": false_positive_rate,
            "precision": lambda y_true, y_pred: precision_score(y_true, y_pred),
        },
        y_true=y,
        y_pred=decided,
        sensitive_features=slices["group"],
    )
    auc = MetricFrame(metrics=roc_auc_score, y_true=y, y_pred=p, sensitive_features=slices["group"])
    entry = column(slice_report(y, p, THRESHOLD, slices, draws=20))
    assert entry["reference"] == "a"
    for value, part in by_value(entry).items():
        expected = frame.by_group.loc[value]
        for name in ("selection_rate", "tpr", "fpr", "precision"):
            assert part["metrics"][name]["value"] == pytest.approx(expected[name], abs=1e-9)
            if value != "a":
                difference = expected[name] - frame.by_group.loc["a", name]
                assert part["differences"][name]["value"] == pytest.approx(difference, abs=1e-9)
        assert part["metrics"]["auc"]["value"] == pytest.approx(auc.by_group[value], abs=1e-9)
        ratio = expected["selection_rate"] / frame.by_group.loc["a", "selection_rate"]
        assert part["ratio"]["value"] == pytest.approx(ratio, abs=1e-9)
        assert part["rows"] == (slices["group"] == value).sum()
        assert part["positives"] == y[slices["group"] == value].sum()


def test_two_groups_agree_with_fairlearns_summaries() -> None:
    y, p, slices = population(600, 1, shift=0.8)
    decided = (p >= THRESHOLD).astype(int)
    part = next(
        s for s in column(slice_report(y, p, THRESHOLD, slices, draws=20))["slices"] if not s["reference"]
    )
    ratio = part["ratio"]["value"]
    assert min(ratio, 1 / ratio) == pytest.approx(
        demographic_parity_ratio(y, decided, sensitive_features=slices["group"]), abs=1e-9
    )
    widest = max(abs(part["differences"][name]["value"]) for name in ("tpr", "fpr"))
    assert widest == pytest.approx(
        equalized_odds_difference(y, decided, sensitive_features=slices["group"]), abs=1e-9
    )


def test_a_true_gap_is_found_and_described() -> None:
    y, p, slices = population(1500, 2, shift=1.0)
    entry = column(slice_report(y, p, THRESHOLD, slices))
    assert entry["verdict"] == "gap"
    part = next(s for s in entry["slices"] if not s["reference"])
    assert part["verdict"] == "gap"
    finding = entry["finding"]
    assert finding["value"] == part["value"]
    assert finding["difference"] == part["differences"][finding["metric"]]["value"]
    assert finding["difference"] == pytest.approx(finding["slice"] - finding["reference"])
    low, high = finding["joint_interval"]
    assert low < finding["difference"] < high
    assert low > 0 or high < 0
    assert entry["sentence"].startswith(f"group: gap. {part['value']} differs from {entry['reference']}")
    assert "share flagged" in part["reason"]


def test_few_false_gaps_where_there_is_none() -> None:
    """Five groups, four metrics each: one in twenty columns may show a gap by chance, not one in two."""
    found = [
        column(slice_report(*population(1000, seed, groups=tuple("abcde"))[:2], THRESHOLD, sliced, 150, seed))
        for seed in range(60)
        for sliced in [population(1000, seed, groups=tuple("abcde"))[2]]
    ]
    gaps = sum(entry["verdict"] == "gap" for entry in found)
    assert gaps <= 9
    assert all(
        (part["verdict"] == "gap")
        == any(
            d["joint_interval"] is not None and (d["joint_interval"][0] > 0 or d["joint_interval"][1] < 0)
            for d in part["differences"].values()
        )
        for entry in found
        for part in entry["slices"]
        if not part["reference"]
    )


def test_pointwise_intervals_hold_the_true_difference() -> None:
    shift, held, repeats = 0.7, 0, 100
    y, p, slices = population(400_000, 77, shift=shift)
    flagged = p >= THRESHOLD
    truth = flagged[slices["group"] == "b"].mean() - flagged[slices["group"] == "a"].mean()
    for seed in range(repeats):
        y, p, slices = population(300, seed, shift=shift)
        entry = column(slice_report(y, p, THRESHOLD, slices, draws=200, seed=seed))
        part = next(s for s in entry["slices"] if not s["reference"])
        sign = 1 if part["value"] == "b" else -1
        low, high = sorted(sign * end for end in part["differences"]["selection_rate"]["interval"])
        held += low <= truth <= high
    assert 0.88 <= held / repeats <= 1


def test_smallest_detectable_gap_is_found_four_times_in_five() -> None:
    y, p, slices = population(800, 5)
    part = next(s for s in column(slice_report(y, p, THRESHOLD, slices))["slices"] if not s["reference"])
    size = part["smallest_detectable"]["selection_rate"]
    assert 0.05 < size < 0.25
    found = 0
    for seed in range(60):
        generator = np.random.default_rng(seed)
        group = np.repeat(["a", "b"], 400)
        rate = np.where(group == "a", 0.35, 0.35 + size)
        flagged = generator.random(800) < rate
        report = slice_report(
            np.full(800, -1), np.where(flagged, 0.9, 0.1), 0.5, pd.DataFrame({"g": group}), 150
        )
        found += column(report)["verdict"] == "gap"
    assert found >= 40


@pytest.mark.parametrize("rows", [1, 3, 29])
def test_small_slice_says_so_instead_of_a_verdict(rows: int) -> None:
    y, p, slices = population(500, 3)
    slices.loc[: rows - 1, "group"] = "tiny"
    part = by_value(column(slice_report(y, p, THRESHOLD, slices, draws=50)))["tiny"]
    assert part["verdict"] == "too little data"
    assert part["rows"] == rows
    assert part["reason"].startswith(f"Only {rows} rows (30 needed).")
    assert {m["value"] for m in part["metrics"].values()} == {None}
    assert part["ratio"] == {"value": None, "interval": None}


def test_slice_without_positives_is_judged_on_what_it_has() -> None:
    y, p, slices = population(600, 4, groups=("a", "b"), shares=(0.8, 0.2))
    y[slices["group"] == "b"] = 0
    part = by_value(column(slice_report(y, p, THRESHOLD, slices, draws=100)))["b"]
    assert part["metrics"]["tpr"]["value"] is part["metrics"]["auc"]["value"] is None
    assert part["metrics"]["fpr"]["value"] is not None
    assert part["verdict"] in ("too little data", "gap")
    assert part["verdict"] == "gap" or "only 0 positive rows (10 needed)" in part["reason"].lower()


def test_gap_counts_even_where_some_metric_lacks_rows() -> None:
    y, p, slices = population(600, 4, groups=("a", "b"), shares=(0.8, 0.2))
    inside = (slices["group"] == "b").to_numpy()
    y[inside] = 0
    p[inside] = 0.9
    assert by_value(column(slice_report(y, p, THRESHOLD, slices, draws=100)))["b"]["verdict"] == "gap"


def test_reference_group_of_three_rows() -> None:
    y, p, slices = population(500, 6)
    slices.loc[:2, "group"] = "few"
    entry = column(slice_report(y, p, THRESHOLD, slices, draws=50, references={"group": "few"}))
    assert entry["reference"] == "few"
    assert entry["verdict"] == "too little data"
    for value in ("a", "b"):
        part = by_value(entry)[value]
        assert part["verdict"] == "too little data"
        assert "reference group few has only 3 rows" in part["reason"]
        assert part["ratio"]["value"] is None
        assert part["metrics"]["auc"]["value"] is not None


def test_unknown_reference_group_is_bad_input() -> None:
    y, p, slices = population(100, 6)
    with pytest.raises(BadInput, match="'nobody'"):
        slice_report(y, p, THRESHOLD, slices, references={"group": "nobody"})


def test_largest_named_slice_is_the_reference() -> None:
    y, p, slices = population(600, 7, groups=("a", "other", "missing"), shares=(0.2, 0.5, 0.3))
    assert column(slice_report(y, p, THRESHOLD, slices, draws=20))["reference"] == "a"
    slices.loc[20:, "group"] = "other"
    assert column(slice_report(y, p, THRESHOLD, slices, draws=20))["reference"] == "other"


def test_one_slice_leaves_nothing_to_compare() -> None:
    y, p, slices = population(100, 8, groups=("only",))
    entry = column(slice_report(y, p, THRESHOLD, slices, draws=20))
    assert entry["verdict"] == "too little data"
    assert "nothing to compare" in entry["sentence"]
    assert entry["slices"][0]["verdict"] is None


def test_unlabelled_rows_count_in_the_selection_rate_only() -> None:
    _, p, slices = population(800, 9, shift=2.0)
    entry = column(slice_report(np.full(800, np.nan), p, THRESHOLD, slices, draws=100))
    assert entry["verdict"] == "gap"
    part = by_value(entry)["b"]
    assert (part["positives"], part["negatives"]) == (0, 0)
    assert part["metrics"]["tpr"]["value"] is part["metrics"]["auc"]["value"] is None
    level = column(slice_report(np.full(800, np.nan), np.tile([0.1, 0.9], 400), THRESHOLD, slices, draws=100))
    assert level["verdict"] == "too little data"


@pytest.mark.parametrize("p_everyone", [0.0, 1.0])
def test_nobody_or_everybody_flagged_is_no_certainty(p_everyone: float) -> None:
    y, _, slices = population(200, 10)
    entry = column(slice_report(y, np.full(200, p_everyone), THRESHOLD, slices, draws=100))
    assert entry["verdict"] == "no gap found"
    for part in entry["slices"]:
        low, high = part["metrics"]["selection_rate"]["interval"]
        assert high - low > 0.01
        assert part["metrics"]["auc"]["value"] == 0.5
        assert (part["ratio"]["value"] is None) == (p_everyone == 0.0)
    json.dumps(entry, allow_nan=False)


def test_a_column_does_not_depend_on_the_others_and_seeds_repeat() -> None:
    y, p, slices = population(400, 11)
    slices["second"] = np.random.default_rng(0).choice(["x", "y"], 400)
    both = slice_report(y, p, THRESHOLD, slices, draws=60, seed=2)
    alone = slice_report(y, p, THRESHOLD, slices[["group"]], draws=60, seed=2)
    alike = ("value", "rows", "metrics", "ratios")
    for one, other in zip(column(both)["slices"], column(alone)["slices"], strict=True):
        assert {name: one[name] for name in alike} == {name: other[name] for name in alike}
        assert one["differences"]["tpr"]["interval"] == other["differences"]["tpr"]["interval"]
    wider = both["multiplicity"]["columns"]
    assert wider["comparisons"] == 2 * alone["multiplicity"]["columns"]["comparisons"]
    assert wider["critical"] > alone["multiplicity"]["columns"]["critical"]
    assert slice_report(y, p, THRESHOLD, slices, draws=60, seed=3) != both
    assert json.loads(json.dumps(both, allow_nan=False)) == both


def test_no_draws_give_values_without_intervals() -> None:
    y, p, slices = population(400, 12)
    part = column(slice_report(y, p, THRESHOLD, slices, draws=0))["slices"][0]
    assert part["metrics"]["tpr"]["value"] is not None
    assert part["metrics"]["tpr"]["interval"] is None


def test_column_sentence_counts_short_slices() -> None:
    y, p, slices = population(700, 13)
    slices.loc[:9, "group"] = "tiny"
    assert column(slice_report(y, p, THRESHOLD, slices, draws=60))["sentence"].endswith(
        "Too little data about tiny."
    )


def test_no_protected_column() -> None:
    y, p, slices = population(50, 14)
    assert slice_report(y, p, THRESHOLD, slices[[]])["columns"] == []


def test_lengths_must_agree() -> None:
    y, p, slices = population(50, 14)
    with pytest.raises(ValueError, match="40 rows"):
        slice_report(y, p, THRESHOLD, slices.iloc[:40])


@pytest.mark.slow
def test_four_columns_of_nine_thousand_rows_take_seconds() -> None:
    y, p, slices = population(9000, 15, groups=tuple("abcdef"))
    wide = pd.DataFrame({str(number): slices["group"] for number in range(4)})
    began = time.process_time()
    slice_report(y, p, THRESHOLD, wide)
    assert time.process_time() - began < 15
