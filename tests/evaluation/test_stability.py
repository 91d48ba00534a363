"""Figures by period, whether they differ by more than chance, and the PSI of a score."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from finxfer.evaluation.placements import Placements
from finxfer.evaluation.stability import by_period, homogeneity, score_stability
from finxfer.evaluation.stability_wording import stability_sentence, stability_sentences

NAMES = ("2023 Q1", "2023 Q2", "2023 Q3", "2023 Q4")


def made(rows: int = 1600, seed: int = 0, last: float = 1.5) -> tuple[np.ndarray, dict, np.ndarray]:
    draw = np.random.default_rng(seed)
    y = (draw.random(rows) < 0.3).astype(np.int64)
    codes = np.arange(rows) % 4
    strength = np.where(codes == 3, last, 1.5)
    logit = draw.normal(size=rows) + strength * y - 1.4
    rated = {"model": logit, "baseline": logit + draw.normal(size=rows)}
    return y, {name: 1 / (1 + np.exp(-one)) for name, one in rated.items()}, codes


def test_a_period_has_the_figures_of_its_own_rows() -> None:
    y, rated, codes = made()
    found = by_period(y, rated, codes, NAMES, 200, 0)
    assert [one["name"] for one in found] == list(NAMES)
    for code, one in enumerate(found):
        rows = codes == code
        auc = roc_auc_score(y[rows], rated["model"][rows])
        ks = stats.ks_2samp(rated["model"][rows & (y == 1)], rated["model"][rows & (y == 0)]).statistic
        assert one["model"]["auc"] == pytest.approx(auc) and one["model"]["gini"] == pytest.approx(
            2 * auc - 1
        )
        assert one["model"]["ks"] == pytest.approx(ks)
        low, high = one["model"]["gini_interval"]
        assert low < one["model"]["gini"] < high
        assert one["rows"] == 400 and one["positive_rate"] == pytest.approx(y[rows].mean())
        gap = one["model"]["gini"] - one["baseline"]["gini"]
        assert one["difference"]["value"] == pytest.approx(gap) and one["difference"]["interval"][0] > 0


def test_scarce_periods_have_a_reason_instead_of_figures() -> None:
    y, rated, codes = made()
    y[codes == 1] = 0
    y[np.flatnonzero(codes == 2)] = 0
    y[np.flatnonzero(codes == 2)[:4]] = 1
    codes[codes == 3] = -1
    first, second, third = by_period(y, {"model": rated["model"]}, codes, NAMES, 50, 0)
    assert first["reason"] is None and first["baseline"] is None and first["difference"] is None
    assert second["model"] is None and second["reason"] == "No positive row."
    assert third["model"] is None and third["reason"] == "Only 4 positive rows."


def test_cochrans_q_by_hand_and_how_often_it_errs() -> None:
    y, rated, codes = made()
    found = homogeneity(y, rated["model"], codes)
    parts = [
        Placements.of(rated["model"][codes == c], y[codes == c], np.zeros(400, dtype=np.int64))
        for c in range(4)
    ]
    aucs, weights = np.array([one.auc for one in parts]), np.array([(one.error or 1) ** -2 for one in parts])
    q = (weights * (aucs - np.average(aucs, weights=weights)) ** 2).sum()
    assert found is not None and found["q"] == pytest.approx(q) and found["degrees"] == 3
    assert found["p_value"] == pytest.approx(stats.chi2.sf(q, 3))
    tests = [homogeneity(*(lambda a: (a[0], a[1]["model"], a[2]))(made(seed=seed))) for seed in range(200)]
    assert np.mean([one["p_value"] < 0.05 for one in tests if one]) == pytest.approx(0.05, abs=0.04)
    weak = made(last=0.3)
    worse = homogeneity(weak[0], weak[1]["model"], weak[2])
    assert worse is not None and worse["p_value"] < 0.001
    assert homogeneity(y, rated["model"], np.zeros_like(codes)) is None


def test_a_score_is_compared_over_all_and_by_period() -> None:
    draw = np.random.default_rng(3)
    reference, codes = draw.normal(size=2000), np.repeat([0, 1], 500)
    scores = draw.normal(size=1000) + 0.8 * codes
    found = score_stability(reference, scores, codes, ("before", "after"))
    before, after = found["by_period"]
    assert before["reading"] == "alike" and after["reading"] == "different"
    assert before["psi"] < found["psi"] < after["psi"]
    assert score_stability(reference, scores, None, ())["by_period"] == []


def test_equal_scores_everywhere_are_a_gini_of_zero_and_no_shift() -> None:
    y, _, codes = made()
    flat = np.full(len(y), 0.3)
    found = by_period(y, {"model": flat, "baseline": flat}, codes, NAMES, 20, 0)
    assert all(one["model"]["gini"] == 0 and one["model"]["gini_interval"] == [0, 0] for one in found)
    assert homogeneity(y, flat, codes) is None
    assert score_stability(flat, flat, codes, NAMES)["psi"] == 0


def content(**changes: object) -> dict:
    y, rated, codes = made(last=0.3)
    psi = score_stability(rated["model"][:800], rated["model"][800:], codes[800:], NAMES)
    features = [{"column": "income", **psi, "psi": 0.4, "reading": "different"}, {"column": "debt", **psi}]
    found = {
        "split": "out-of-time", "time": {"column": "opened", "unit": "quarter", "train": [], "test": []},
        "periods": by_period(y, rated, codes, NAMES, 50, 0),
        "homogeneity": homogeneity(y, rated["model"], codes), "score": psi,
        "features": features,
    }  # fmt: skip
    return found | changes


def test_sentences_say_what_was_found_and_what_was_not() -> None:
    found = content()
    assert "further apart than chance" in stability_sentence(found) and "2023 Q4" in stability_sentence(found)
    said = " ".join(stability_sentences(found))
    assert (
        "earlier than every test row" in said
        and "1 of 2 features changed" in said
        and "income (0.40)" in said
    )
    y, rated, codes = made()
    calm = content(homogeneity=homogeneity(y, rated["model"], codes), split="random")
    assert "no further apart" in stability_sentence(calm)
    assert "not how the model does on customers to come" in " ".join(stability_sentences(calm))
    none = content(
        time=None, periods=[], homogeneity=None, split="random", features=content()["features"][1:]
    )
    assert "shown about change over time" in stability_sentence(none)
    assert "as a random split makes it" in stability_sentence(none)
    assert "fewer than two periods" in stability_sentence(content(periods=found["periods"][:1]))
