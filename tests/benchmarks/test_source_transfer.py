"""The report of the source-transfer benchmark: paired, resampled, and nothing from what is not there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.label_cache import Cache, Key
from benchmarks.source_transfer import Task
from benchmarks.transfer_report import BEST_TARGET, differences, gathered, interval, markdown

SEGMENTS = ("here", "there")


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """Two segments, two draws: own is .01 above the source's bag here and .03 there."""
    found = Cache(tmp_path / "figures.jsonl")
    arms = {"logistic": 0.60, "lightgbm": 0.62, "catboost": 0.61, "source-bag": 0.70, "tabm@as-is": 0.69}
    for place, segment in enumerate(SEGMENTS):
        for seed in (0, 1):
            for arm, auc in {**arms, "own": 0.71 + 0.02 * place}.items():
                luck = 0.05 * seed  # shared by all arms of a draw
                found.add(Key(segment, "100", seed, arm, 1, "group"), {"auc": auc + luck})
    return found


def test_differences_are_paired_by_draw(cache: Cache) -> None:
    gains = differences(gathered(cache, ["group"], ["100"], 2), "100", "source-bag", SEGMENTS)
    assert [gain.tolist() for gain in gains] == [pytest.approx([0.01, 0.01]), pytest.approx([0.03, 0.03])]
    low, high = interval(gains)
    assert low == pytest.approx(0.01) and high == pytest.approx(0.03)


def test_the_best_target_only_arm_is_one_arm_for_all_segments(cache: Cache) -> None:
    gains = differences(gathered(cache, ["group"], ["100"], 2), "100", BEST_TARGET, SEGMENTS)
    assert np.mean([gain.mean() for gain in gains]) == pytest.approx(0.72 - 0.62)


def test_an_arm_that_lacks_a_segment_is_left_out(cache: Cache) -> None:
    cache.add(Key("here", "100", 0, "pooled", 1, "group"), {"auc": 0.8})
    found = gathered(cache, ["group"], ["100"], 2)
    assert differences(found, "100", "pooled", SEGMENTS) == []
    text = markdown(cache, ["group"], SEGMENTS, ["100", "300"], 2)
    assert "tabm, as-is | 0.7150 (2)" in text and "− source LightGBM, bag of 5 | +0.0200" in text
    assert "− pooled LightGBM (sees source rows) |  |  |" in text


def test_figures_of_another_group_or_seed_do_not_count(cache: Cache) -> None:
    assert gathered(cache, ["other"], ["100"], 2) == {}
    assert set(gathered(cache, ["group"], ["100"], 1)["100", "own"]["here"]) == {0}


def test_the_families_are_part_of_what_finxfer_chose_from() -> None:
    place = Path("/nowhere")
    few, many = (
        Task(place, place, place, "telco-dsl", "100", 0, f, "own") for f in (("mlp",), ("mlp", "tabm"))
    )
    assert few.key != many.key and few.arm_key("own") != many.arm_key("own")
    assert str(few) == "telco-dsl 100 seed 0 own mlp"
