"""Learning curves: intervals hold about as often as they say, and savings are those of the curves."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from finxfer.evaluation.learning_curve import Cells, differences, last_step, points, savings
from finxfer.evaluation.learning_curve_wording import curve_sentence, curve_sentences, needed_words

SIZES = (100, 300, 1000)
GOOD = {100: 0.9, 300: 1.1, 1000: 1.3}
POOR = {100: 0.4, 300: 0.7, 1000: 1.0}


def cells(
    seed: int = 0, rows: int = 1500, seeds: int = 4, wobble: float = 0.05, single: bool = False,
    rival: dict[int, float] = POOR,
) -> tuple[np.ndarray, dict, Cells]:  # fmt: skip
    """Scores whose strength grows with the labels and varies from draw to draw."""
    draw = np.random.default_rng(seed)
    y = (draw.random(rows) < 0.3).astype(np.int64)
    common = draw.normal(size=rows)
    scores = {}
    for name, strengths in (("model", GOOD), ("lightgbm", rival)):
        for size, strength in strengths.items():
            count = 1 if single and size == SIZES[-1] else seeds
            each = strength + wobble * draw.normal(size=count)
            scores[name, size] = common + 0.3 * draw.normal(size=(count, rows)) + each[:, None] * y
    return y, scores, Cells.of(y, scores)


def test_a_point_is_the_mean_over_seeds() -> None:
    y, scores, found = cells()
    for point in points(found, "model"):
        aucs = [roc_auc_score(y, one) for one in scores["model", point["labels"]]]
        assert point["auc"] == pytest.approx(np.mean(aucs))
        assert point["gini"] == pytest.approx(2 * np.mean(aucs) - 1) and point["seeds"] == 4
        assert point["interval"][0] < point["gini"] < point["interval"][1]


def test_intervals_hold_the_mean_over_test_rows_and_seeds() -> None:
    made = [cells(seed, rows=400, wobble=0.1, rival=GOOD)[2] for seed in range(120)]
    curves = [points(one, "model") for one in made]
    truth = np.mean([[point["gini"] for point in curve] for curve in curves], axis=0)
    inside = [
        [p["interval"][0] < t < p["interval"][1] for p, t in zip(curve, truth, strict=True)]
        for curve in curves
    ]
    ahead = [differences(one, "lightgbm")[0]["interval"] for one in made]
    assert np.mean(inside) == pytest.approx(0.95, abs=0.05)
    assert np.mean([low < 0 < high for low, high in ahead]) == pytest.approx(0.95, abs=0.05)


def test_a_single_seed_borrows_the_spread_of_the_next_smaller_size() -> None:
    _, _, one = cells(single=True, wobble=0.3)
    assert one.aucs["model", 1000].shape == (1,)
    assert one.spread("model", 1000) == one.spread("model", 300)
    alone = Cells.of(*(lambda y, s: (y, {key: part[:1] for key, part in s.items()}))(*cells()[:2]))
    assert alone.spread("model", 1000) == (0.0, 0)
    low, high = points(alone, "model")[-1]["interval"]
    assert 0 < high - low < 0.2


def test_labels_are_saved_where_the_model_is_far_ahead_and_only_there() -> None:
    found = savings(cells(rows=6000, wobble=0.0)[2], "lightgbm")
    assert [one["labels"] for one in found] == [300, 1000]
    last = found[-1]
    # The rival's 1.0 with 1,000 labels is half-way between the model's 0.9 at 100 and 1.1 at 300.
    assert last["needs"] == pytest.approx(np.sqrt(100 * 300), rel=0.25) and last["found"]
    assert last["interval"][0] <= last["needs"] <= last["interval"][1] < 1000
    alike = savings(cells(rows=6000, rival=GOOD)[2], "lightgbm")
    assert not any(one["found"] for one in alike)
    better = savings(cells(rival={size: 2.0 for size in SIZES})[2], "lightgbm")
    assert better[-1]["needs"] is None and better[-1]["interval"][1] is None and not better[-1]["found"]


def test_the_last_step_and_curves_of_one_size() -> None:
    step = last_step(cells(rows=6000)[2])
    assert step is not None and (step["from"], step["to"]) == (300, 1000) and step["interval"][0] > 0
    y, scores, _ = cells()
    small = Cells.of(y, {key: one for key, one in scores.items() if key[1] == 100})
    assert last_step(small) is None and savings(small, "lightgbm") == []


def test_cells_that_do_not_fit_are_refused() -> None:
    y, scores, _ = cells()
    with pytest.raises(ValueError, match="every size"):
        Cells.of(y, {key: one for key, one in scores.items() if key != ("model", 100)})
    with pytest.raises(ValueError):
        Cells.of(np.zeros_like(y), scores)


def content(found: Cells, pretrained: bool = True) -> dict:
    return {
        "pretrained": pretrained, "sizes": list(SIZES), "labelled_rows": 1000, "test_rows": 6000,
        "models": [{"name": "model", "title": "a backbone", "points": points(found, "model")}],
        "differences": differences(found, "lightgbm"),
        "savings": savings(found, "lightgbm") if pretrained else [], "last_step": last_step(found),
    }  # fmt: skip


def test_sentences_say_only_what_the_curve_supports() -> None:
    good = content(cells(rows=6000)[2])
    assert "With all 1,000 labels a backbone" in curve_sentence(good, str)
    assert "With 1,000 labels a backbone" in curve_sentence(good | {"labelled_rows": 5000}, str)
    assert "with 1,000 labels it needs" in curve_sentence(good, str)
    said = " ".join(curve_sentences(good, str))
    assert "may add more" in said and "Clearly above lightgbm with 100, 300, 1,000 labels" in said
    same = content(cells(seed=1, rows=200, wobble=0.4, rival=GOOD)[2])
    assert "No saving of labels against lightgbm was found" in curve_sentence(same, str)
    said = " ".join(curve_sentences(same, str))
    assert "cannot be seen" in said and "Not clearly above or below" in said
    own = content(cells(single=True)[2], pretrained=False)
    assert "no labels that it could save" in curve_sentence(own, str)
    assert "one draw" in curve_sentences(own, str)[-1]


def test_labels_beyond_the_curve_are_said_in_words() -> None:
    sizes = [100, 1000]
    assert needed_words({"needs": 100, "interval": [100, 100]}, sizes) == "100 or fewer"
    assert (
        needed_words({"needs": 250, "interval": [100, None]}, sizes) == "250 [100 or fewer, more than 1,000]"
    )
    assert (
        needed_words({"needs": None, "interval": [900, None]}, sizes)
        == "more than 1,000 [900, more than 1,000]"
    )
