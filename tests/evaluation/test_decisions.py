from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_curve

from finxfer.evaluation.decisions import Contest, threshold_report
from finxfer.evaluation.decisions_wording import money_words
from finxfer.evaluation.metrics import FloatArray, IntArray
from finxfer.evaluation.money import Amounts, Customers, Ranked, approval_curve, best_threshold
from finxfer.evaluation.movers import profile

AMOUNTS = Amounts(approved_good=100.0, approved_bad=-900.0)


def made(rows: int = 600, seed: int = 0) -> tuple[IntArray, FloatArray]:
    draw = np.random.default_rng(seed)
    p = draw.beta(1, 6, rows)
    return (draw.random(rows) < p).astype(np.int64), p


def test_break_even_is_where_both_decisions_are_worth_the_same() -> None:
    assert AMOUNTS.break_even == pytest.approx(0.1)
    amounts = Amounts(120.0, -700.0, -30.0, -5.0)
    p = amounts.break_even
    assert p is not None
    approved = (1 - p) * 120 + p * -700
    assert approved == pytest.approx((1 - p) * -30 + p * -5)
    assert Amounts(100.0, 0.0).break_even is None and Amounts(0.0, -900.0).break_even is None


def test_the_best_threshold_is_that_of_trying_all() -> None:
    y, p = made()
    found = best_threshold(Customers(y), p, AMOUNTS)
    tried = [(np.where(p < t, np.where(y == 1, -900, 100), 0).sum(), t) for t in np.r_[0, np.unique(p), 1]]
    assert np.where(p < found, np.where(y == 1, -900, 100), 0).sum() == max(tried)[0]
    assert best_threshold(Customers(y), p, Amounts(-1.0, -1.0)) == 0.0
    assert best_threshold(Customers(y), p, Amounts(1.0, 0.0)) == 1.0
    assert best_threshold(Customers(y), np.full(600, 0.3), AMOUNTS) in (0.0, 1.0)


def test_money_and_losses_of_thresholds_by_hand() -> None:
    y, p = made()
    own = 0.2
    found = threshold_report((Customers(y), p), (Customers(y), p), AMOUNTS, own, 200, 0)["run"]
    approved = p < own
    worth = (approved & (y == 0)).sum() * 100.0 - (approved & (y == 1)).sum() * 900.0
    assert found["money"] == pytest.approx(worth)
    assert found["interval"][0] < worth < found["interval"][1]
    assert found["approval_rate"] == pytest.approx(approved.mean())
    assert found["bad_rate"] == pytest.approx(y[approved].mean())
    assert found["expected_loss"] == pytest.approx(900 * p[approved].sum())
    assert found["observed_loss"] == pytest.approx(900 * y[approved].sum())


def test_the_threshold_is_not_chosen_by_test_rows() -> None:
    y, p = made()
    choosing = (Customers(y), p)
    one = threshold_report(choosing, (Customers(y[::2]), p[::2]), AMOUNTS, 0.2, 0, 0)
    other = threshold_report(choosing, (Customers(1 - y[::2]), p[::2]), AMOUNTS, 0.2, 0, 0)
    assert one["cost"]["threshold"] == other["cost"]["threshold"]
    assert one["cost"]["money"] != other["cost"]["money"]


def test_the_approval_curve_is_the_roc_curve_in_other_words() -> None:
    """Approved bads at a cut are 1 - TPR, approved goods 1 - FPR (scikit-learn's roc_curve)."""
    y, p = made(1000)
    curve = approval_curve(Customers(y), p, AMOUNTS, p)
    fpr, tpr, _ = roc_curve(y, p, drop_intermediate=False)
    bads, goods = (1 - tpr) * y.sum(), (1 - fpr) * (y == 0).sum()
    rates, order = (bads + goods) / len(y), np.argsort(bads + goods)
    money = np.interp(np.linspace(0, 1, 101), rates[order], (goods * 100 - bads * 900)[order])
    assert curve["money"] == pytest.approx(money.tolist(), abs=1e-6)
    assert curve["bad_rate"][0] is None and curve["bad_rate"][-1] == pytest.approx(y.mean())
    assert curve["observed_loss"][-1] == pytest.approx(900 * y.sum())
    assert curve["predicted_loss"][-1] == pytest.approx(900 * p.sum())


def test_a_quota_approves_exactly_its_share_and_ties_share_the_last_places() -> None:
    risk = np.array([0.1, 0.5, 0.5, 0.5, 0.9])
    ranked, weights = Ranked(risk), np.ones(5)
    assert ranked.quota(weights, 0.4).tolist() == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3, 0])
    assert ranked.tied(weights, 0.4) == pytest.approx(0.6) and ranked.tied(weights, 0.2) == 0.0
    draws = np.array([[2.0, 1, 1, 0, 1], [0.0, 0, 5, 0, 0]])
    assert (ranked.quota(draws, 0.4) * draws).sum(axis=1) == pytest.approx([2, 2])


def test_the_swap_set_of_a_hand_made_book() -> None:
    """Ten customers, six approved; the champion ranks two good customers below two bad ones."""
    y = np.array([0, 0, 0, 0, 0, 0, 1, 1, 1, 0])
    model = np.arange(10) / 10
    champion = np.array([0, 1, 2, 3, 6, 7, 4, 5, 8, 9]) / 10
    contest = Contest(Customers(y), {"model": model, "old": champion}, AMOUNTS, 0.6)
    swap = contest.report("old", 0, 0)["swap"]
    assert (swap["in"]["rows"], swap["in"]["defaults"]) == (2, 0)
    assert (swap["out"]["rows"], swap["out"]["defaults"]) == (2, 2)
    assert swap["both"]["rows"] == 4 and swap["neither"]["rows"] == 2
    assert swap["bad_rate_difference"]["value"] == -1.0
    assert swap["money"]["model"] == 600 and swap["money"]["champion"] == 400 - 1800
    assert swap["money"]["difference"] == 2000 and swap["money"]["per_1000"] == 200_000
    assert swap["money"]["interval"] is None, "too few of a class"
    moves_in, moves_out = contest.movers("old")
    assert np.flatnonzero(moves_in).tolist() == [4, 5] and np.flatnonzero(moves_out).tolist() == [6, 7]


def test_intervals_are_paired_and_of_the_same_model_nothing() -> None:
    y, p = made(2000)
    noisy = p + np.random.default_rng(5).normal(0, 0.1, 2000)
    contest = Contest(Customers(y), {"model": p, "twin": p, "noisy": noisy}, AMOUNTS, 0.7)
    rows = {row["name"]: row for row in contest.report("noisy", 300, 0)["at_rate"]}
    assert rows["twin"]["difference"] == {"value": 0.0, "interval": [0.0, 0.0]}
    low, high = rows["noisy"]["difference"]["interval"]
    assert 0 < low < rows["noisy"]["difference"]["value"] < high
    alone = rows["noisy"]["money_interval"]
    assert high - low < alone[1] - alone[0], "a paired difference is surer than either"


@pytest.mark.slow
def test_the_interval_of_the_difference_holds_the_truth_about_95_times_in_100() -> None:
    """The truth is that of two million customers of the same kind."""

    def drawn(seed: tuple[int, int], rows: int) -> Contest:
        draw = np.random.default_rng(seed)
        x, z = draw.normal(size=rows), draw.normal(size=rows)
        p = 1 / (1 + np.exp(2.2 - 1.2 * x - 0.6 * z))
        risks = {"model": x + 0.5 * z, "old": x + draw.normal(0, 0.4, rows)}
        return Contest(Customers((draw.random(rows) < p).astype(np.int64)), risks, AMOUNTS, 0.7)

    everybody = drawn((0, 0), 2_000_000)
    truth = 600 * (everybody.money("model") - everybody.money("old")) / 2_000_000
    held = 0
    for number in range(300):
        money = drawn((1, number), 600).report("old", 200, 0)["swap"]["money"]
        held += money["interval"][0] <= truth <= money["interval"][1]
    assert 272 <= held <= 296


def test_a_base_rate_weighs_the_classes() -> None:
    """As if goods had been kept one in ten: every good row counted ten times."""
    y, p = made(900, 2)
    good = y == 0
    copies = np.where(good, 10, 1)
    whole_y, whole_p = np.repeat(y, copies), np.repeat(p, copies)
    rate = float(whole_y.mean())
    weighed = Contest(Customers(y, rate), {"model": p, "old": p**2 + 0.1 * (y == 1)}, AMOUNTS, 0.8)
    copied = Contest(
        Customers(whole_y), {"model": whole_p, "old": whole_p**2 + 0.1 * (whole_y == 1)}, AMOUNTS, 0.8
    )
    ours, theirs = weighed.report("old", 0, 0)["swap"], copied.report("old", 0, 0)["swap"]
    scale = len(whole_y) / len(y)
    assert ours["money"]["model"] * scale == pytest.approx(theirs["money"]["model"], rel=1e-6)
    assert ours["out"]["bad_rate"] == pytest.approx(theirs["out"]["bad_rate"], rel=1e-6)
    assert best_threshold(Customers(y, rate), p, AMOUNTS) == best_threshold(
        Customers(whole_y), whole_p, AMOUNTS
    )


def test_one_class_has_money_and_no_interval() -> None:
    _, p = made(100)
    y = np.zeros(100, dtype=np.int64)
    contest = Contest(Customers(y, 0.1), {"model": p, "old": 1 - p}, AMOUNTS, 0.5)
    swap = contest.report("old", 50, 0)["swap"]
    assert swap["money"]["difference"] == 0 and swap["money"]["interval"] is None
    assert swap["in"]["bad_rate"] == 0.0


def test_a_profile_names_what_differs_and_nothing_by_chance() -> None:
    draw = np.random.default_rng(0)
    moves_in, moves_out = np.arange(600) < 150, np.arange(600) >= 450
    income = draw.normal(0, 1, 600) + 1.0 * moves_in
    noise = [(f"n{k}", False, True, draw.normal(size=600)) for k in range(20)]
    rare = np.where(np.arange(600) == 3, "odd", "even").astype(object)
    found = profile(
        [
            ("income", False, True, income),
            ("rare", False, False, rare),
            ("sex", True, True, draw.random(600)),
            *noise,
        ],
        moves_in,
        moves_out,
    )
    assert found is not None
    assert found[0]["column"] == "income" and found[0]["in"] > found[0]["out"]
    assert [entry["column"] for entry in found if entry["clear"]] == ["income"]
    assert "sex" in {entry["column"] for entry in found} and "rare" not in {
        entry["column"] for entry in found
    }
    assert profile([("income", False, True, income)], np.arange(600) < 5, moves_out) is None


def test_money_is_written_with_its_currency() -> None:
    assert money_words(-1234.6, "€") == "−€1,235" and money_words(1000, "EUR") == "EUR 1,000"
    assert money_words(0.2, "") == "0"
