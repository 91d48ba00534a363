"""Small promises of the screens: words that are plain and true, pictures that stay readable."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from finxfer.backbones.card import Card
from finxfer.backbones.catalogue import list_backbones
from finxfer.records.folder import RunFolder
from finxfer.records.spec import ColumnSpec
from finxfer.records.tables import Roles
from finxfer.ui import (
    backbone_cards,
    backbone_jobs,
    charts,
    quality_view,
    results_words,
    roles_view,
    runs_list,
    score_view,
)
from finxfer.ui.tables import rough_duration
from finxfer.ui.text import backbone as backbone_text
from finxfer.ui.text import data as data_text
from finxfer.ui.text import home as home_text
from finxfer.ui.text import results as results_text
from finxfer.ui.walk import ROOT


def shipped_card(**measured: object) -> Card:
    return replace(list_backbones()[0], measured=measured)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("background", ["#F3F5F8", "#0D1218"])
def test_the_logo_stands_out_on_both_backgrounds(background: str) -> None:
    colours = set(re.findall(r'fill="(#[0-9A-F]{6})"', (ROOT / "assets" / "logo.svg").read_text("utf-8")))
    assert colours
    for colour in colours:
        darker, lighter = sorted((luminance(colour), luminance(background)))
        assert (lighter + 0.05) / (darker + 0.05) >= 3, colour


def test_a_card_words_what_was_measured_and_shows_no_raw_key() -> None:
    words = backbone_cards._measured(
        shipped_card(source_validation_auc=0.8262, source_positive_rate=0.13, run="abc", other_thing=3)
    )
    assert words == "AUC 0.826 at its source"
    assert backbone_cards._measured(shipped_card(other_thing=3)) == ""
    assert "0.790" in backbone_cards._measured(shipped_card(test_auc=0.79))


def test_a_run_that_kept_the_backbone_as_it_is_does_not_claim_a_trained_head() -> None:
    metrics = {
        "backbone": "incontext-small",
        "choice": "as-is",
        "fell_back": True,
        "freezing_depth": 7,
        "stages": 7,
        "trainable_parameters": 0,
        "total_parameters": 979_794,
        "device": "cpu",
        "seconds": {"train": 10.0},
    }
    line = results_words.backbone_line(metrics)
    assert results_text.AS_IS in line and "CPU" in line and "head" not in line
    assert runs_list._depth(metrics, 7) == home_text.AS_IS


@pytest.mark.parametrize(("unknown", "whole"), [(0, data_text.ALL_ROWS), (40, data_text.KNOWN_ROWS)])
def test_the_share_of_positives_names_the_rows_that_it_is_of(unknown: int, whole: str) -> None:
    roles = Roles(target="y", positive="1", columns=())
    assert quality_view.verdict(roles, [], (94, 366, unknown)).startswith(f"20.4% of the {whole} are")


@pytest.mark.parametrize("highest", [0.013, 0.09, 0.19, 0.3, 0.55, 1.0])
def test_ticks_of_the_score_distribution_are_round_and_their_labels_true(highest: float) -> None:
    rest = [round((1 - highest) * 1000 / 99)] * 99
    histogram = {
        "edges": [index / 100 for index in range(101)],
        "positive": [round(1000 * highest), *rest],
        "negative": [1] * 100,
    }
    axis = charts.score_distribution(histogram, 0.5, ("bad", "good")).layout.yaxis
    assert 5 <= len(axis.tickvals) <= 9 and 0 in axis.tickvals
    for value, label in zip(axis.tickvals, axis.ticktext, strict=True):
        assert float(label.rstrip("%")) == pytest.approx(abs(100 * value))
    steps = {round(b - a, 9) for a, b in pairwise(axis.tickvals)}
    assert len(steps) == 1 and str(min(steps)).strip("0.").rstrip("0") in {"1", "2", "5"}


@pytest.mark.parametrize(("best", "anchor"), [(1, "left"), (8, "right")])
def test_the_best_epoch_is_named_beside_its_line_and_not_over_the_axis(best: int, anchor: str) -> None:
    epochs = [
        {"epoch": number, "train_loss": 0.5, "validation_loss": abs(number - best), "validation_auc": 0.7}
        for number in range(1, 9)
    ]
    figure = charts.training_curves(epochs)
    assert [one.xanchor for one in figure.layout.annotations] == [anchor]
    assert figure.layout.xaxis.title.standoff == figure.layout.xaxis2.title.standoff


def test_a_rough_time_has_no_decimals() -> None:
    assert [rough_duration(seconds) for seconds in (0.4, 7.2, 58, 131, 4000)] == [
        "5 s",
        "5 s",
        "1 min",
        "2 min",
        "1 h 5 min",
    ]


def test_few_new_customers_are_not_called_different_by_chance() -> None:
    columns = [
        {"column": "income", "psi": 0.29, "chance": 0.6},
        {"column": "age", "psi": 0.05, "chance": 0.6},
    ]
    assert "chance" in score_view.drift_line({"columns": columns})
    columns[0]["chance"] = 0.02
    assert "income" in score_view.drift_line({"columns": columns})


def test_a_backbone_that_knows_the_table_says_so() -> None:
    page = AppTest.from_string(
        """
from finxfer.ui import backbone_cards
from finxfer.backbones.catalogue import list_backbones
from dataclasses import replace
backbone_cards._card(replace(list_backbones()[0], tables=["a" * 64]), "", False, True, "a" * 64)
"""
    ).run(timeout=20)
    assert not page.exception
    assert backbone_text.SEEN_NOTE in " ".join(one.value for one in page.markdown)


def test_the_count_of_columns_says_when_protected_ones_are_used() -> None:
    columns = (ColumnSpec("age", "protected", "numeric"), ColumnSpec("income", "feature", "numeric"))
    roles = Roles(target="", positive="", columns=columns)
    assert "used by the model" not in roles_view.counts_line(roles)
    assert "used by the model" in roles_view.counts_line(replace(roles, use_protected=True))


def test_a_backbone_deleted_since_is_not_announced_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINXFER_HOME", str(tmp_path))
    job = RunFolder(tmp_path / "job")
    job.path.mkdir()
    assert not backbone_jobs._deleted_since(job)
    job.write_json("result.json", {"backbone": list_backbones()[0].id})
    assert not backbone_jobs._deleted_since(job)
    job.write_json("result.json", {"backbone": "gone"})
    assert backbone_jobs._deleted_since(job)
