"""Finxfer's own choice in words: what won, what could be chance, what pretraining brings."""

from __future__ import annotations

from typing import Any

import pytest

from finxfer.ui import results_words, runs_list
from finxfer.ui import selection_words as words
from finxfer.ui.text import home as home_text
from finxfer.ui.text import selection as text
from tests.selection_example import baseline_choice, ensemble_choice, tried

METRICS: dict[str, Any] = {
    "rows": {"train": 680, "validation": 120, "test": 450},
    "model": {"auc": 0.79, "gini": 0.58, "log_loss": 0.5},
    "baselines": {"logistic_regression": {}, "lightgbm": {}, "from_scratch": None},
    "stages": 7,
    "device": "cpu",
    "seconds": {"train": 10.0},
}


def with_winner(**changes: Any) -> dict[str, Any]:
    selection = ensemble_choice(METRICS)["selection"]
    return {**selection, "winner": {**selection["winner"], **changes}}


def with_difference(*difference: float) -> dict[str, Any]:
    return ensemble_choice(METRICS, list(difference))["selection"]


def test_a_mean_names_its_members_with_their_shares_and_its_lead() -> None:
    sentence = words.won_sentence(ensemble_choice(METRICS)["selection"])
    assert sentence == (
        "**A mean of incontext\\-small as it is (60%) and LightGBM (40%)** was chosen: cross-validated over "
        "5 parts of 800 training rows, its log loss is 0.506, against 0.513 for incontext\\-small as it is, "
        "the best on its own: 0.007 ± 0.003 lower."
    )


@pytest.mark.parametrize(
    ("margin", "said"), [(0.007, "lower."), (0.005, "could be chance"), (-0.002, "too little")]
)
def test_a_lead_within_two_standard_errors_could_be_chance(margin: float, said: str) -> None:
    assert said in words.won_sentence(with_winner(margin=margin))


def test_a_single_winner_is_the_best_other_and_a_backbone_keeps_its_letters() -> None:
    kept = words.won_sentence(baseline_choice(METRICS)["selection"])
    assert kept.startswith("**Logistic regression** was chosen") and "LightGBM had 0.520" in kept
    alone = {
        "rows": 90,
        "folds": 1,
        "tried": [tried("incontext-small, as-is", 0.5, weight=1.0)],
        "winner": {"name": "incontext-small, as-is", "log_loss": 0.5, "over": None, "margin": None},
    }
    sentence = words.won_sentence(alone)
    assert sentence.startswith("**incontext\\-small as it is** was chosen: on 90 rows kept out of training,")
    assert sentence.endswith("its log loss is 0.500.")


def test_a_tiny_standard_error_earns_a_fourth_decimal() -> None:
    assert "0.0004 ± 0.0001" in words.won_sentence(with_winner(margin=0.0004, margin_error=0.0001))


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        ((0.02, 0.005, 0.035), "Gini is **0.04 \\[0.01, 0.07\\] higher**: that is the gain from pretraining"),
        ((0.01, -0.01, 0.03), "**No gain from pretraining found**"),
        ((-0.02, -0.03, -0.01), "Gini is **0.04 \\[0.02, 0.06\\] lower**: here pretraining **did harm**"),
    ],
)
def test_what_pretraining_brings_has_an_honest_verdict(difference: tuple[float, ...], said: str) -> None:
    sentence = words.without_sentence(with_difference(*difference), 450)
    assert sentence.startswith(
        "finxfer would have chosen a mean of LightGBM (70%) and logistic regression (30%)."
    )
    assert said in sentence


def test_without_a_pretrained_member_there_is_nothing_to_compare() -> None:
    sentence = words.without_sentence(baseline_choice(METRICS)["selection"], 450)
    assert sentence == f"finxfer would have chosen logistic regression. {text.NOT_IN_THE_MODEL}"


def test_test_rows_without_outcomes_leave_the_gain_unmeasured() -> None:
    selection = ensemble_choice(METRICS)["selection"]
    selection["without_pretrained"]["difference"] = {"metric": "auc", "value": None, "interval": None}
    assert "not measured" in words.without_sentence(selection, 450)
    selection["without_pretrained"]["difference"] = None
    assert words.without_difference(selection) is None
    assert "not measured" in words.without_sentence(selection, 450)


def test_the_picture_shows_the_choice_by_shape_and_word_and_the_best_first() -> None:
    dots = words.dots(ensemble_choice(METRICS)["selection"])
    assert [dot.value for dot in dots] == sorted(dot.value for dot in dots if dot.value is not None)
    assert [dot.meaning for dot in dots] == ["trained", *["baseline"] * 4]
    assert "chosen" in dots[0].words and "60% of the model" in dots[1].words
    assert dots[1].interval == pytest.approx((0.502, 0.524))
    assert all(dot.name in words.chart_words(dots) for dot in dots)


def test_the_table_holds_everything_tried_and_the_download_its_full_numbers() -> None:
    selection = ensemble_choice(METRICS)["selection"]
    table = words.tried_table(selection)
    assert list(table.columns) == list(text.COLUMNS.values()) and len(table) == 5
    assert (
        table.iloc[0][text.COLUMNS["name"]] == text.MEAN and table.iloc[0][text.COLUMNS["seconds"]] == "6.2 s"
    )
    assert "no better" in table.iloc[3][text.COLUMNS["kind"]]
    assert set(words.tried_data(selection)["log_loss"]) == {0.506, 0.513, 0.521, 0.524, 0.531}


def test_the_model_and_the_choice_without_pretraining_stand_beside_each_other() -> None:
    table = words.without_table(ensemble_choice(METRICS, [0.02, 0.005, 0.035])).set_index("Metric")
    assert table.loc["Gini"].tolist() == ["0.580", "0.540", "+0.040 [+0.010, +0.070]"]
    assert table.loc["AUC", text.WITHOUT_COLUMNS["difference"]] == "+0.020 [+0.005, +0.035]"


def test_every_page_says_what_an_ensemble_or_a_kept_baseline_is() -> None:
    mean, kept = ensemble_choice(METRICS), baseline_choice(METRICS)
    line = results_words.backbone_line(mean)
    assert line == "A mean of incontext\\-small as it is (60%) and LightGBM (40%) · CPU · 10 s of work"
    assert results_words.backbone_line(kept).startswith("Logistic regression; no backbone is in the model")
    assert runs_list._depth(mean, "auto") == "60% of a mean of 2 models"
    assert runs_list._depth(kept, "auto") == home_text.BASELINE_KEPT.format(baseline="logistic regression")
    for one in mean["selection"]["tried"]:
        one["pretrained"] = False
    assert "kept instead" in runs_list._depth(mean, "auto")


@pytest.mark.parametrize(
    ("name", "depth", "title"),
    [
        ("incontext-small, fine-tuned", 0, "incontext-small, depth 0"),
        ("incontext-small, fine-tuned", "as-is", "incontext-small, fine-tuned"),
        ("incontext-small, as-is", "as-is", "incontext-small, as it is"),
        ("lightgbm", None, "LightGBM"),
    ],
)
def test_a_candidate_is_named_by_its_depth_if_it_has_one(name: str, depth: Any, title: str) -> None:
    backbone = name.split(",")[0] if depth is not None else None
    assert words.title_of({"name": name, "backbone": backbone, "depth": depth}) == title


def test_names_from_the_catalogue_are_escaped() -> None:
    hostile = tried("<img src=x>[a](b), as-is", 0.5, weight=1.0)
    selection = {
        "rows": 9,
        "folds": 5,
        "tried": [hostile],
        "winner": {"name": hostile["name"], "log_loss": 0.5},
    }
    assert "\\<img" in words.won_sentence(selection) and "\\[a\\]" in words.won_sentence(selection)


def test_of_a_large_mean_only_the_greatest_are_named() -> None:
    parts = [(name, 0.2) for name in "abcde"]
    assert words.mean_of(parts) == "a mean of a (20%), b (20%), c (20%) and 2 more (40%)"
    metrics = ensemble_choice(METRICS)
    for one in metrics["selection"]["tried"]:
        one["weight"] = 0.25
    assert results_words.backbone_line(metrics).startswith("A mean of 4 models, 50% of it pretrained · CPU")


@pytest.mark.parametrize(("tuned", "offered"), [(0.0, False), (0.3, True)])
def test_a_mean_is_offered_to_the_catalogue_only_with_one_fine_tuned_member(
    tuned: float, offered: bool
) -> None:
    metrics = ensemble_choice(METRICS)
    metrics["selection"]["tried"][2]["weight"] = tuned
    assert words.can_be_promoted(metrics) is offered
    assert not words.can_be_promoted(baseline_choice(METRICS))
    assert words.can_be_promoted({"choice": "fine-tuned"})


def test_a_mean_of_several_backbones_is_not_named_after_one() -> None:
    mean = ensemble_choice(METRICS)
    assert runs_list._several(mean) == ""
    mean["selection"]["tried"].append(tried("book, corrected", 0.52, weight=0.2, kind="corrected"))
    assert runs_list._several(mean) == "2 backbones"
    assert words.title_of(mean["selection"]["tried"][-1]) == "book, corrected by your rows"
    assert "corrected by a small" in words.spoken(mean["selection"]["tried"][-1])


def test_a_choice_for_an_amount_is_told_in_squared_error_and_in_the_error_itself() -> None:
    linear = {"name": "logistic_regression", "kind": "baseline", "backbone": None, "pretrained": False}
    tuned = {"name": "small, as-is", "kind": "as-is", "backbone": "small", "depth": None, "pretrained": True}
    selection = {
        "rows": 280,
        "folds": 5,
        "metric": "squared_error",
        "winner": {"name": "small, as-is", "squared_error": 0.38, "over": "logistic_regression",
                   "margin": 0.04, "margin_error": 0.01},
        "tried": [
            {**tuned, "squared_error": 0.38, "squared_error_error": 0.02, "weight": 1.0},
            {**linear, "squared_error": 0.42, "squared_error_error": 0.02, "weight": None},
        ],
        "without_pretrained": {
            "name": "logistic_regression",
            "test": {"rmse": 2200.0},
            "difference": {"metric": "rmse", "value": 150.0, "interval": [50.0, 250.0]},
        },
    }  # fmt: skip
    said = words.won_sentence(selection)
    assert "squared error is 0.38" in said and "linear regression" in said and "log" not in said
    without = words.without_sentence(selection, 120)
    assert "error (RMSE) is **150 \\[50, 250\\] lower**" in without and "Gini" not in without
    table = words.tried_table(selection)
    assert list(table["Squared error"]) == ["0.380 ± 0.020", "0.420 ± 0.020"]
    selection["without_pretrained"]["difference"] = {
        "metric": "rmse",
        "value": -20.0,
        "interval": [-90.0, 60.0],
    }
    # The model's error is the larger one.
    assert "differs by +20 \\[−60, +90\\]" in words.without_sentence(selection, 120)
