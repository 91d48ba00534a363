"""Reweighing, group thresholds, reductions and their price: known formulas, and gaps that are there."""

from __future__ import annotations

import numpy as np
import pytest
from fairlearn.metrics import demographic_parity_difference, equalized_odds_difference
from sklearn.metrics import roc_auc_score

from finxfer.fairness.group_thresholds import EQUAL_SHARE, EQUAL_TPR, group_thresholds
from finxfer.fairness.learners import BASES, learner
from finxfer.fairness.mitigation import (
    REDUCTION,
    REWEIGHING,
    UNMITIGATED,
    Approach,
    Part,
    corrected,
    family,
    own_scores,
)
from finxfer.fairness.mitigation_report import mitigation_entry
from finxfer.fairness.price import Groups, Outcome, measure_outcomes, outcome_json
from finxfer.fairness.weighing import reweighing


def portfolio(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A second feature stands for the group, in which defaults are more frequent."""
    draw = np.random.default_rng(seed)
    group = draw.choice(["a", "b"], rows, p=[0.6, 0.4]).astype(object)
    x = draw.normal(size=(rows, 3))
    x[:, 1] += 2.5 * (group == "b")
    risk = 1 / (1 + np.exp(-(x[:, 0] + 1.6 * (group == "b") - 1)))
    return x, (draw.random(rows) < risk).astype(np.int64), group


def part(rows: int, seed: int) -> Part:
    return Part(*portfolio(rows, seed))


def test_weights_make_group_and_outcome_independent() -> None:
    """The worked example of Kamiran & Calders 2012: ten applicants, weights .75, 2, 1.5 and .67."""
    sex = np.array(["m"] * 5 + ["f"] * 5)
    y = np.array([1, 1, 1, 1, 0, 1, 1, 0, 0, 0])
    weights = reweighing(y, sex)
    assert [weights[i].round(2) for i in (0, 4, 5, 7)] == [0.75, 2.0, 1.5, 0.67]
    shares = [weights[(sex == name) & (y == 1)].sum() / weights[sex == name].sum() for name in "mf"]
    assert shares[0] == pytest.approx(shares[1]) == pytest.approx(0.6)
    assert reweighing(np.array([0, 0, 1]), np.array(["x", "x", "x"])).tolist() == [1, 1, 1]


@pytest.mark.parametrize("rule", [EQUAL_SHARE, EQUAL_TPR])
def test_group_thresholds_do_what_they_say_on_the_rows_they_were_fitted_on(rule: str) -> None:
    x, y, group = portfolio(2000, 0)
    p = 1 / (1 + np.exp(-(x[:, 0] + x[:, 1] - 1)))
    found = group_thresholds(rule, y, p, group, 0.5)
    flagged, counted = found.flagged(p, group), np.ones(2000, dtype=bool) if rule == EQUAL_SHARE else y == 1
    shares = [flagged[counted & (group == name)].mean() for name in "ab"]
    assert shares == pytest.approx([(p[counted] >= 0.5).mean()] * 2, abs=0.002)
    assert found.of["b"] > found.of["a"]
    score = found.score(p, group)
    assert np.array_equal(score >= 0.5, flagged == 1)


def test_a_group_with_few_rows_keeps_the_common_threshold() -> None:
    _, y, group = portfolio(500, 1)
    group[:5] = "tiny"
    found = group_thresholds(EQUAL_SHARE, y, np.random.default_rng(0).random(500), group, 0.4)
    assert "tiny" not in found.of and found.of_rows(np.array(["tiny", "unseen"])).tolist() == [0.4, 0.4]


def test_numbers_are_fairlearns_and_scikit_learns() -> None:
    x, y, group = portfolio(800, 2)
    p = 1 / (1 + np.exp(-(x[:, 0] + x[:, 1] - 1)))
    decided = (p >= 0.5).astype(float)
    groups = Groups.of(y, group)
    ((point, drawn),) = measure_outcomes(y, groups, [Outcome(decided, p)], 60, 0)
    expected = {
        "demographic_parity": demographic_parity_difference(y, decided, sensitive_features=group),
        "equalised_odds": equalized_odds_difference(y, decided, sensitive_features=group),
        "gini": 2 * roc_auc_score(y, p) - 1,
        "selection_rate": decided.mean(),
    }
    for name, value in expected.items():
        assert point[name][0] == pytest.approx(value)
        assert drawn[name].shape == (60,) and drawn[name].std() > 0
    found = outcome_json(point, drawn, groups)
    low, high = found["gaps"]["equalised_odds"]["interval"]
    assert low <= expected["equalised_odds"] <= high


def test_small_groups_are_left_out_of_the_gaps_and_named() -> None:
    _, y, group = portfolio(400, 3)
    group[:12] = "tiny"
    groups = Groups.of(y, group)
    assert groups.names == ("a", "b") and groups.left_out == ("tiny",)
    assert (groups.place[:12] == -1).all()


@pytest.mark.parametrize("base", BASES)
def test_constraints_and_weights_narrow_a_gap_that_is_there(base: str) -> None:
    train, validation, test = part(1200, 4), part(500, 5), part(1500, 6)
    chosen = learner(base, train.matrix, train.y, validation.matrix, validation.y, 0)
    said: list[str] = []
    found = family(base, chosen, train, validation, test.matrix, said.append, ("demographic_parity",))
    assert [one.kind for one in found] == [UNMITIGATED, REWEIGHING, REDUCTION] and len(said) == 3
    groups = Groups.of(test.y, test.groups)
    entry = mitigation_entry("sex", ["sex"], test.y, groups, found, 60, 0)
    plain, weighed, reduced = entry["approaches"]
    assert plain["price"] is None and plain["gaps"]["demographic_parity"]["value"] > 0.3
    for one in (weighed, reduced):
        assert one["bought"]["demographic_parity"]["interval"][0] > 0
        assert one["price"]["gini"]["interval"][0] > -0.02
        assert not one["analysis_only"] and one["reads_protected"] == "training"
    assert reduced["gaps"]["demographic_parity"]["value"] < 0.12
    assert "narrow" in entry["sentence"] and entry["limits"]


def test_thresholds_of_groups_are_marked_as_an_analysis() -> None:
    choosing, test = part(900, 7), part(900, 8)

    def scores(of: Part) -> np.ndarray:
        return np.asarray(1 / (1 + np.exp(-(of.matrix[:, 0] + of.matrix[:, 1] - 1))))

    found = own_scores(scores(test), 0.5, choosing, scores(choosing), test.groups)
    assert [one.analysis_only for one in found] == [False, True, True, True]
    entry = mitigation_entry("sex", ["sex"], test.y, Groups.of(test.y, test.groups), found, 40, 0)
    plain, share, _, odds = entry["approaches"]
    assert share["gaps"]["demographic_parity"]["value"] < 0.3 * plain["gaps"]["demographic_parity"]["value"]
    assert odds["gaps"]["equalised_odds"]["value"] < plain["gaps"]["equalised_odds"]["value"]
    assert odds["price"]["gini"]["value"] is None and "analysis only" in odds["title"]


def test_equalised_odds_thresholds_are_left_out_where_a_group_has_one_outcome() -> None:
    choosing, test = part(300, 9), part(300, 10)
    choosing.y[choosing.groups == "b"] = 0
    p = np.random.default_rng(0).random(300)
    assert [one.constraint for one in own_scores(p, 0.5, choosing, p, test.groups)] == [
        None,
        EQUAL_SHARE,
        EQUAL_TPR,
    ]


def test_a_correction_keeps_the_scores_ranking_where_features_add_nothing() -> None:
    draw = np.random.default_rng(1)
    y, group = (draw.random(600) < 0.3).astype(np.int64), draw.choice(["a", "b"], 600)
    scores = 1 / (1 + np.exp(-(draw.normal(size=600) + 1.5 * y - 1)))
    choosing = Part(draw.normal(size=(600, 3)), y, group)
    found = corrected(scores, choosing.matrix, 0.5, choosing, scores)
    assert [one.kind for one in found] == [UNMITIGATED, REWEIGHING]
    score = found[0].outcome.score
    assert score is not None and np.corrcoef(np.argsort(np.argsort(score)), np.argsort(np.argsort(scores)))[
        0, 1
    ] == pytest.approx(1, abs=0.03)


def test_no_gap_is_no_success() -> None:
    """What chance alone could give is not sold as a narrowing."""
    draw = np.random.default_rng(2)
    y, group = (draw.random(700) < 0.3).astype(np.int64), draw.choice(["a", "b"], 700)
    outcomes = [Outcome((draw.random(700) < 0.4).astype(float), draw.random(700)) for _ in range(2)]
    tried = [
        Approach(UNMITIGATED, "lightgbm", None, "never", outcomes[0], 0.0),
        Approach(REWEIGHING, "lightgbm", None, "training", outcomes[1], 0.0),
    ]
    entry = mitigation_entry("sex", ["sex"], y, Groups.of(y, group), tried, 80, 0)
    assert "none of the 1 approaches narrows the equalised odds" in entry["sentence"]
    assert "chance alone could give" in entry["approaches"][1]["sentence"]
