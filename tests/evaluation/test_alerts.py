from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

from finxfer.evaluation.alerts import AlertRows, Measured, alert_report, alone, steps_to


def rows_of(
    seed: int = 0, rows: int = 600, days: int = 7, ties: bool = False
) -> tuple[AlertRows, np.ndarray]:
    draw = np.random.default_rng(seed)
    y = (draw.random(rows) < 0.08).astype(np.int64)
    score = draw.normal(0, 1, rows) + 1.5 * y
    score = np.round(score) if ties else score
    found = AlertRows(y, draw.integers(0, days, rows), np.ones(days), draw.integers(0, 90, rows))
    return found, score


def test_values_are_those_of_a_loop_over_days() -> None:
    rows, score = rows_of()
    frame = pd.DataFrame({"y": rows.y, "day": rows.days, "card": rows.cards, "score": score})
    best = frame.sort_values("score", ascending=False).groupby("day").head(5)
    cards = frame.groupby(["day", "card"]).agg(score=("score", "max"), y=("y", "max")).reset_index()
    best_cards = cards.sort_values("score", ascending=False).groupby("day").head(5)
    found = {name: float(v[0]) for name, v in Measured(rows, score)(np.ones((1, 600)), 5, 100).items()}
    assert found["average_precision"] == pytest.approx(average_precision_score(rows.y, score))
    assert found["precision_top"] == pytest.approx(frame.nlargest(100, "score")["y"].mean())
    assert found["recall_at"] == pytest.approx(best["y"].sum() / rows.y.sum())
    assert found["precision_at"] == pytest.approx(best["y"].mean())
    assert found["card_precision_at"] == pytest.approx(best_cards["y"].mean())


def test_ties_count_as_if_shuffled() -> None:
    rows, score = rows_of(ties=True)
    draw, shuffled = np.random.default_rng(1), []
    for _ in range(400):
        broken = score + draw.random(len(score)) * 1e-6
        shuffled.append(float(Measured(rows, broken)(np.ones((1, 600)), 4, 100)["recall_at"][0]))
    exact = Measured(rows, score)(np.ones((1, 600)), 4, 100)
    assert exact["recall_at"][0] == pytest.approx(np.mean(shuffled), abs=4 * np.std(shuffled) / 20)
    assert exact["average_precision"][0] == pytest.approx(average_precision_score(rows.y, score))


def test_weights_are_copies_of_rows() -> None:
    rows, score = rows_of(2)
    counts = np.random.default_rng(3).integers(0, 3, 90)[rows.cards]
    copies = np.repeat(np.arange(600), counts)
    # A card drawn twice is two cards.
    copy = np.concatenate([np.arange(n) for n in counts])
    again = AlertRows(rows.y[copies], rows.days[copies], rows.scale, rows.cards[copies] * 3 + copy)
    weighed = Measured(rows, score)(counts[None, :].astype(float), 6, 100)
    plain = Measured(again, score[copies])(np.ones((1, len(copies))), 6, 100)
    for name, values in plain.items():
        assert weighed[name][0] == pytest.approx(values[0]), name


def test_a_sample_of_a_day_gets_its_share_of_the_alerts() -> None:
    """Of half of the rows, half as many alerts: about the recall of all rows."""
    rows, score = rows_of(4, rows=40_000)
    half = np.random.default_rng(5).random(40_000) < 0.5
    part = AlertRows(rows.y[half], rows.days[half], np.full(7, 0.5))
    whole = Measured(rows, score)(np.ones((1, 40_000)), 200, 100)["recall_at"][0]
    sampled = Measured(part, score[half])(np.ones((1, int(half.sum()))), 200, 100)["recall_at"][0]
    assert sampled == pytest.approx(whole, abs=0.03)
    # Less than one alert a day is a share of one.
    few = Measured(part, score[half])(np.ones((1, int(half.sum()))), 1.0, 100)["recall_at"][0]
    assert 0 < few <= 3.5 / part.y.sum()


def test_the_report_has_intervals_and_paired_differences() -> None:
    rows, score = rows_of(6, rows=2000)
    noisy = score + np.random.default_rng(7).normal(0, 2, 2000)
    found = alert_report(rows, {"model": score, "lightgbm": noisy, "twin": score}, 10, 100, 200, 0)
    assert found == alert_report(rows, {"model": score, "lightgbm": noisy, "twin": score}, 10, 100, 200, 0)
    for metric, entry in found["models"]["model"].items():
        low, high = entry["interval"]
        assert 0 <= low <= entry["value"] <= high <= 1, metric
        assert found["differences"]["twin"][metric] == {"value": 0.0, "interval": [0.0, 0.0]}
    better = found["differences"]["lightgbm"]["average_precision"]
    assert better["interval"][0] > 0
    curve = found["curve"]["models"]["model"]
    assert found["curve"]["alerts"] == [1, 2, 5, 10, 20, 50, 100]
    assert curve["recall"] == sorted(curve["recall"])
    at_ten = found["models"]["model"]["recall_at"]
    assert curve["recall"][3] == at_ten["value"] and curve["interval"][3] == at_ten["interval"]


def test_customers_make_the_intervals_wider_than_rows_would() -> None:
    draw = np.random.default_rng(8)
    # Forty customers with an event have it ten times, all found or all missed.
    cards = np.repeat(np.arange(400), 10)
    y = (cards < 40).astype(np.int64)
    score = np.where(y == 1, draw.choice([-2.0, 2.0], 400)[cards], draw.normal(0, 0.5, 4000))
    by_card = AlertRows(y, np.zeros(4000, dtype=np.int64), np.ones(1), cards)
    by_row = AlertRows(y, np.zeros(4000, dtype=np.int64), np.ones(1))
    widths = []
    for rows in (by_card, by_row):
        low, high = alert_report(rows, {"model": score}, 400, 400, 200, 0)["models"]["model"]["recall_at"][
            "interval"
        ]
        widths.append(high - low)
    assert widths[0] > 2 * widths[1]
    assert "card_precision_at" in Measured(by_card, score)(np.ones((1, 4000)), 1, 1)
    assert alert_report(by_row, {"model": score}, 1, 1, 0, 0)["models"]["model"]["card_precision_at"] is None


def test_few_events_have_no_interval_and_none_has_no_recall() -> None:
    rows = AlertRows(np.array([1, 0, 0, 0]), np.zeros(4, dtype=np.int64), np.ones(1))
    found = alert_report(rows, {"model": np.array([0.9, 0.1, 0.2, 0.3])}, 1, 4, 50, 0)
    assert found["models"]["model"]["recall_at"] == {"value": 1.0, "interval": None}
    assert found["top"] == 4
    none = AlertRows(np.zeros(4, dtype=np.int64), np.zeros(4, dtype=np.int64), np.ones(1))
    assert alert_report(none, {"model": np.arange(4.0)}, 1, 4, 50, 0)["models"]["model"]["recall_at"] is None


def test_what_only_one_score_finds() -> None:
    rows = AlertRows(np.array([1, 1, 1, 0, 0, 0]), np.zeros(6, dtype=np.int64), np.ones(1))
    one, other = np.array([9.0, 8, 1, 2, 3, 4]), np.array([9.0, 1, 8, 2, 3, 4])
    shares = alone(rows, one, other, 2)
    assert shares == {
        "one": pytest.approx(1 / 3),
        "other": pytest.approx(1 / 3),
        "both": pytest.approx(1 / 3),
    }


@pytest.mark.parametrize(
    ("most", "steps"), [(1, (1,)), (2, (1, 2)), (7, (1, 2, 5, 7)), (100, (1, 2, 5, 10, 20, 50, 100))]
)
def test_steps(most: float, steps: tuple[float, ...]) -> None:
    assert steps_to(most) == steps


def test_whole_days_are_drawn_with_their_alerts() -> None:
    """Each day's alerts come along with it: where every day is the same, nothing varies."""
    y = np.tile([1, 1, 0, 0, 0], 12)
    rows = AlertRows(y, np.repeat(np.arange(12), 5), np.ones(12), np.arange(60))
    score = np.tile([0.9, 0.1, 0.8, 0.2, 0.3], 12)
    found = alert_report(rows, {"model": score}, 2, 5, 100, 0)
    assert found["unit"] == "day"
    assert found["models"]["model"]["recall_at"] == {"value": 0.5, "interval": [0.5, 0.5]}
    weights = np.random.default_rng(0).integers(0, 4, (1, 12)).astype(float)
    doubled = Measured(rows, score)(weights[:, rows.days], 2, 10, weights)
    assert doubled["recall_at"][0] == pytest.approx(0.5)
    assert doubled["card_precision_at"][0] == pytest.approx(0.5)
