"""The preflight benchmark's own parts: segments, rankings, how far a pick is behind; no model is fitted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks.preflight_long_run import Seen, behind, drawn
from benchmarks.preflight_report import RANKINGS, Found, agreement, behind_in_the_mean, by_segment, markdown
from benchmarks.preflight_report import behind as behind_of
from benchmarks.segments import SEGMENTS, neighbour_rows, source_rows, target_rows
from finxfer.backbones.card import Card


def found(segment: str, seed: int, tabm: float, context: float, score: float) -> Found:
    """TabM is told by `score`, the in-context network by 0.7."""
    told = {"tabm": score, "incontext-small": 0.7}
    scores = {
        role: {"score": told[role], "auc": 0.5, "parameters": 10 if role == "tabm" else 90} for role in told
    }
    return Found(segment, "300", seed, {"tabm": tabm, "incontext-small": context}, scores, 2.0)


EVERY = [found("a", 0, 0.8, 0.7, 0.75), found("a", 1, 0.7, 0.72, 0.8), found("b", 0, 0.6, 0.65, 0.6)]


def test_how_far_a_pick_is_behind_and_equal_firsts_count_their_mean() -> None:
    pick, ties = RANKINGS["preflight (what ranks)"], RANKINGS["AUC before training, chance left in"]
    assert [behind_of(one, pick(one, EVERY)) for one in EVERY] == pytest.approx([0.0, 0.02, 0.0])
    assert behind_of(EVERY[0], ties(EVERY[0], EVERY)) == pytest.approx(0.05)
    assert [agreement(one, pick(one, EVERY)) for one in EVERY] == [1.0, -1.0, 1.0]
    assert agreement(EVERY[0], ties(EVERY[0], EVERY)) == 0.0
    assert by_segment(EVERY, "300", "preflight (what ranks)", behind_of) == pytest.approx([0.01, 0.0])


def test_in_the_mean_a_ranking_can_beat_any_one_backbone() -> None:
    switching = [found("a", 0, 0.8, 0.7, 0.8), found("a", 1, 0.7, 0.8, 0.6)]
    assert behind_in_the_mean(switching, None, "preflight (what ranks)") == pytest.approx([-0.05])
    assert behind_in_the_mean(switching, None, "fixed: always TabM") == pytest.approx([0.0])


def test_the_order_of_other_segments_does_not_look_at_its_own() -> None:
    order = RANKINGS["fixed: order of the other segments"]
    told = order(EVERY[2], EVERY)
    assert told == pytest.approx({"tabm": -0.01, "incontext-small": -0.05})
    assert order(EVERY[0], EVERY)["incontext-small"] == 0.0, "by segment b alone"


def test_the_tables_name_every_ranking_and_backbone() -> None:
    text = markdown(EVERY)
    assert "3 draws of 2 segments" in text and all(text.count(name) == 4 for name in RANKINGS)
    assert "| a | 300 | 0.710 | 0.750 |" in text
    assert markdown([]).startswith("Nothing")


def test_segments_share_no_row_and_a_neighbour_has_none_of_the_target(tmp_path: Path) -> None:
    rows = 60
    frame = pd.DataFrame(
        {
            "ID": range(rows), "EDUCATION": [1, 2, 3] * 20, "LIMIT_BAL": [100_000, 400_000] * 30,
            "default_next_month": [0, 1] * 30,
        }
    )  # fmt: skip
    frame.to_parquet(tmp_path / "taiwan_credit_default.parquet")
    segment = SEGMENTS["taiwan-edu3"]
    target, source, beside = (read(segment, tmp_path) for read in (target_rows, source_rows, neighbour_rows))
    assert len(target) == 20 and len(source) == 40 and "ID" not in target
    assert (target["EDUCATION"] == 3).all() and (source["EDUCATION"] != 3).all()
    assert len(beside) == 20 and (beside["LIMIT_BAL"] >= 300_000).all() and (beside["EDUCATION"] != 3).all()


def test_in_the_long_run_chance_taken_off_leaves_the_larger_source_in_front() -> None:
    draw = np.random.default_rng(0)
    y = (draw.random(2000) < 0.3).astype(np.int64)
    large = draw.normal(size=2000) + y
    said = {"large": large, "small": large + draw.normal(size=2000)}
    cards = {
        role: Card(role, role, "mlp", [], {}, 1, rows=rows)
        for role, rows in (("large", 40_000), ("small", 2000))
    }
    one = Seen("made", y, said, cards)
    rows = drawn(y, 40, 3)
    assert len(set(rows)) == 40 and y[rows].mean() == pytest.approx(0.3, abs=0.02)
    lost = behind(one, 40, 30, [(0.0, 0.0), (0.01, 0.02)])
    assert lost[0.01, 0.02] < lost[0.0, 0.0]
