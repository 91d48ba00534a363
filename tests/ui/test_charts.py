"""What the charts draw: numbers as given, customer text harmless, never too many points."""

from __future__ import annotations

import colorsys
import json
from itertools import combinations

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from finxfer.ui import charts
from finxfer.ui.charts.theme import COLOURS

HOSTILE = '<img src=x onerror="alert(1)">'
CURVES = {
    name: {
        "roc": {"fpr": [0, 0.2, 1], "tpr": [0, 0.7, 1]},
        "precision_recall": {"recall": [0.1, 0.5, 1], "precision": [1, 0.6, 0.3]},
        "calibration": [
            {"predicted": 0.2, "observed": 0.25, "interval": [0.2, 0.3], "rows": 10},
            {"predicted": 0.6, "observed": 0.5, "interval": [0.4, 0.7], "rows": 12},
        ],
        "lift": [
            {"decile": 1, "rows": 10, "positives": 6, "rate": 0.6, "lift": 2.0, "cumulative_gain": 0.6},
            {"decile": 2, "rows": 10, "positives": 4, "rate": 0.4, "lift": 1.3, "cumulative_gain": 1.0},
        ],
        "ks": {
            "score": [0, 0.5, 1],
            "cdf_positive": [0, 0.2, 1],
            "cdf_negative": [0, 0.7, 1],
            "at": 0.5,
            "value": 0.5,
        },
    }
    for name in ("lightgbm", "model")
}
HISTOGRAM = {"edges": [0, 0.2, 0.4], "positive": [1, 3], "negative": [8, 2]}


def drawn(figure: go.Figure) -> str:
    return json.dumps(figure.to_plotly_json(), default=lambda value: np.asarray(value).tolist())


def luminance(colour: str) -> float:
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("background", ["#FFFFFF", "#12181F"])
@pytest.mark.parametrize("meaning", sorted(COLOURS))
def test_every_meaning_can_be_seen_on_light_and_on_dark(meaning: str, background: str) -> None:
    light, dark = sorted((luminance(COLOURS[meaning]), luminance(background)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3.0


def test_better_worse_and_trained_differ_in_hue() -> None:
    hues = [
        colorsys.rgb_to_hls(*(int(COLOURS[name][index : index + 2], 16) / 255 for index in (1, 3, 5)))[0]
        for name in ("better", "worse", "trained")
    ]
    assert all(min(abs(a - b), 1 - abs(a - b)) > 0.08 for a, b in combinations(hues, 2))


def test_the_model_comes_first_in_the_accent_and_baselines_are_grey_and_dashed() -> None:
    figure = charts.roc(CURVES)
    named = [trace for trace in figure.data if trace.showlegend is not False]
    assert [trace.name for trace in named] == ["This model", "LightGBM"]
    assert named[0].line.color == COLOURS["trained"] and named[0].line.dash == "solid"
    assert named[1].line.color == COLOURS["baseline"] and named[1].line.dash != "solid"
    assert list(named[0].x) == CURVES["model"]["roc"]["fpr"]


def test_calibration_bars_reach_to_the_ends_of_the_intervals() -> None:
    trace = next(trace for trace in charts.calibration(CURVES).data if trace.error_y.array is not None)
    assert np.allclose(np.add(trace.y, trace.error_y.array), [0.3, 0.7])
    assert np.allclose(np.subtract(trace.y, trace.error_y.arrayminus), [0.2, 0.4])


def test_gain_runs_from_nothing_to_everything() -> None:
    line = next(trace for trace in charts.gain(CURVES).data if trace.name == "This model")
    assert list(line.x) == [0, 0.5, 1] and list(line.y) == [0, 0.6, 1]


def test_scores_are_shares_of_their_class_and_the_other_class_hangs_down() -> None:
    figure = charts.score_distribution(HISTOGRAM, 0.3, ("bad = 1", "bad ≠ 1"), 0.2)
    positive, negative = figure.data
    assert np.allclose(positive.y, [0.25, 0.75]) and np.allclose(negative.y, [-0.8, -0.2])
    texts = [note.text for note in figure.layout.annotations]
    assert any("30.0%" in text for text in texts) and "the run's own threshold" in texts
    assert negative.marker.pattern.shape, "the classes differ by pattern, not by colour alone"


def test_a_row_with_too_little_data_draws_no_dot() -> None:
    dots = [charts.Dot("a", 0.1, (0.0, 0.2), "better", "0.10"), charts.Dot("b", None, None, "too_little")]
    figure = charts.dot_interval(dots, reference=0.0)
    assert [trace.mode for trace in figure.data] == ["lines", "markers"]
    assert "too little data" in [note.text for note in figure.layout.annotations]


def test_words_beside_an_edge_stay_inside_the_picture() -> None:
    dots = [
        charts.Dot(str(value), value, None, "baseline", "0.000 [0.000, 0.000]") for value in (0.0, 0.5, 1.0)
    ]
    notes = charts.dot_interval(dots, reference=None).layout.annotations
    assert [note.xanchor for note in notes] == ["left", "center", "right"]


def test_gap_triangles_point_away_from_the_reference_in_their_panel() -> None:
    dots = [charts.Dot("a", 0.3, (0.2, 0.4), "frozen"), charts.Dot("b", 0.1, (0.0, 0.2), "worse")]
    figure = charts.dot_panels(["a", "b"], [("Share", dots, 0.3, ".0%"), ("AUC", dots[::-1], 0.05, ".2f")])
    symbols = [trace.marker.symbol for trace in figure.data if trace.mode == "markers"]
    assert symbols == ["diamond", "triangle-left", "triangle-right", "diamond"]
    assert len(figure.layout.shapes) == 2


def test_a_swarm_never_draws_more_points_than_allowed() -> None:
    rows = 3000
    shap = pd.DataFrame(np.random.default_rng(0).normal(size=(rows, 8)), columns=list("abcdefgh"))
    figure = charts.beeswarm(shap, shap, list("abcdefgh"))
    assert 0 < sum(len(trace.x) for trace in figure.data) <= charts.MAX_POINTS
    offsets = np.concatenate([np.asarray(trace.y) - np.round(trace.y) for trace in figure.data])
    assert np.abs(offsets).max() <= 0.4


def test_text_and_missing_values_are_grey_in_a_swarm() -> None:
    shap = pd.DataFrame({"a": [0.1, 0.2, -0.1], "b": [0.0, 0.1, 0.2]})
    values = pd.DataFrame({"a": [1.0, np.nan, 3.0], "b": ["x", "y", "z"]})
    grey, coloured = charts.beeswarm(shap, values, ["a", "b"]).data
    assert len(grey.x) == 4 and len(coloured.x) == 2


def test_dependence_gives_each_category_its_place() -> None:
    values, shap = pd.Series(["x", "y", None, "x"]), pd.Series([0.1, -0.2, 0.0, 0.2])
    figure = charts.dependence(values, shap, "job")
    assert list(figure.layout.xaxis.ticktext) == ["y", "missing", "x"]
    numbers = charts.dependence(pd.Series([1.0, np.nan, 3.0]), pd.Series([0.1, 0.0, 0.2]), "age")
    assert "missing" in [note.text for note in numbers.layout.annotations]


def test_dates_lie_on_a_date_axis_and_missing_ones_beside_it() -> None:
    days = pd.Series(pd.to_datetime(["2024-01-01", None, "2024-01-03"]))
    figure = charts.dependence(days, pd.Series([0.1, 0.0, 0.2]), "since")
    assert figure.layout.xaxis.type == "date"
    assert list(figure.data[0].x[[0, 2]]) == [1_704_067_200_000, 1_704_240_000_000]
    grey, coloured = charts.beeswarm(
        pd.DataFrame({"since": [0.1, 0.0, 0.2]}), pd.DataFrame({"since": days}), ["since"]
    ).data
    assert len(grey.x) == 1 and len(coloured.x) == 2


def test_dots_are_coloured_by_a_number_with_grey_for_missing_or_by_the_commonest_categories() -> None:
    values, shap = pd.Series(range(40), dtype=float), pd.Series(range(40), dtype=float) / 100
    number = pd.Series([np.nan, *range(39)], name="income")
    coloured, grey = charts.dependence(values, shap, "age", number).data
    assert len(coloured.x) == 39 and list(grey.x) == [0.0] and "missing" in grey.name
    words = pd.Series([f"w{index % 8}" for index in range(40)], name="job")
    traces = charts.dependence(values, shap, "age", words).data
    assert [len(trace.x) for trace in traces] == [5, 5, 5, 5, 5, 15]
    assert traces[-1].name == "all other values"
    assert len({trace.marker.symbol for trace in traces}) == 6, "never colour alone"
    assert "job = w" in traces[0].hovertext[0]


def test_many_customers_are_thinned_out_before_they_are_drawn() -> None:
    many = pd.Series(np.arange(25_000, dtype=float), name="a")
    for other in (None, many, pd.Series(np.arange(25_000) % 3, name="b").astype("str")):
        assert sum(len(trace.x) for trace in charts.dependence(many, many / 1e6, "a", other).data) <= 10_000


def test_two_groups_share_a_scale_and_a_clear_difference_has_its_own_sign_and_colour() -> None:
    figure = charts.cohort_panels(
        ["a", "b", "c"],
        ([0.1, 0.0, -0.1], [0.0, 0.1, -0.1]),
        [(0.1, 0.05, 0.15), (-0.1, -0.2, -0.01), (0.0, -0.1, 0.1)],
        ("first", "second", "difference"),
    )
    first, second = (trace for trace in figure.data if trace.name in ("first", "second"))
    assert list(first.x) == [0.1, 0.0, -0.1] and first.xaxis == second.xaxis
    marks = [trace.marker for trace in figure.data if trace.xaxis == "x2" and trace.mode == "markers"]
    assert [mark.symbol for mark in marks] == ["triangle-right", "triangle-left", "square"]
    assert [mark.color for mark in marks] == [COLOURS[name] for name in ("worse", "better", "baseline")]


def test_a_waterfall_sums_what_it_leaves_out() -> None:
    parts = [(f"f{index}", "1", 0.01 * (index + 1)) for index in range(12)]
    bars = charts.waterfall(0.1, parts, 0.88, top=9).data[0]
    assert len(bars.x) == 1 + 9 + 1 + 1
    assert sum(bars.x[:-1]) == pytest.approx(0.1 + sum(amount for *_, amount in parts))
    assert bars.measure[0] == "absolute" and bars.measure[-1] == "total"


def test_equal_looking_names_stay_apart() -> None:
    importance = [{"feature": "x" * 60 + end, "mean_abs": 0.1, "interval": [0.1, 0.1]} for end in "ab"]
    assert list(charts.shap_bar(importance).data[0].y) == [0, 1]


@pytest.mark.parametrize(
    "figure",
    [
        charts.ks(CURVES["model"]["ks"], (HOSTILE, HOSTILE)),
        charts.score_distribution(HISTOGRAM, 0.3, (HOSTILE, HOSTILE)),
        charts.dot_interval([charts.Dot(HOSTILE, 0.1, (0, 0.2), "worse", HOSTILE)], reference=0),
        charts.dot_panels([HOSTILE], [(HOSTILE, [charts.Dot(HOSTILE, 0.1, None)], 0.1, ".0%")]),
        charts.shap_bar([{"feature": HOSTILE, "mean_abs": 0.1, "interval": None}]),
        charts.beeswarm(pd.DataFrame({HOSTILE: [0.1]}), pd.DataFrame({HOSTILE: [HOSTILE]}), [HOSTILE]),
        charts.dependence(pd.Series([HOSTILE, "b"]), pd.Series([0.1, 0.2]), HOSTILE),
        charts.dependence(
            pd.Series([1.0, 2.0]), pd.Series([0.1, 0.2]), HOSTILE, pd.Series([HOSTILE, "b"], name=HOSTILE)
        ),
        charts.cohort_panels([HOSTILE], ([0.1], [0.2]), [(-0.1, -0.2, 0.0)], (HOSTILE, HOSTILE, HOSTILE)),
        charts.waterfall(0.1, [(HOSTILE, HOSTILE, 0.1)], 0.2),
        charts.bars([(HOSTILE, 3, HOSTILE)]),
    ],
)
def test_customer_text_is_never_a_tag_in_a_figure(figure: go.Figure) -> None:
    text = drawn(figure)
    assert "<img" not in text and "&lt;img" in text


def test_training_curves_mark_the_best_epoch_and_bear_an_empty_start() -> None:
    epochs = [
        {"epoch": 1, "train_loss": 0.6, "validation_loss": 0.5, "validation_auc": 0.7},
        {"epoch": 2, "train_loss": 0.5, "validation_loss": 0.52, "validation_auc": None},
    ]
    figure = charts.training_curves(epochs)
    assert {shape.x0 for shape in figure.layout.shapes} == {1}
    assert [len(trace.x) for trace in figure.data] == [2, 2, 1]
    assert charts.training_curves([]).layout.height == figure.layout.height


def test_a_single_epoch_has_whole_ticks_and_an_auc_axis_around_it() -> None:
    epoch = {"epoch": 1, "train_loss": 0.6, "validation_loss": 0.5, "validation_auc": 0.7}
    layout = charts.training_curves([epoch]).layout
    assert layout.xaxis.dtick == 1 and layout.yaxis2.range == pytest.approx((0.65, 0.75))
    assert (
        charts.training_curves([epoch, {**epoch, "epoch": 2, "validation_auc": 0.8}]).layout.yaxis2.range
        is None
    )


def test_downloads_cannot_be_executed_by_a_spreadsheet() -> None:
    content = charts.csv_bytes(pd.DataFrame({"=cmd()": ["=1+1", "-5", "é"]})).decode("utf-8-sig")
    assert "'=cmd()" in content and "'=1+1" in content and "é" in content
    assert "'-5" not in content


def test_ranks_are_drawn_in_their_places_and_shared_ones_apart() -> None:
    figure = charts.rank_lines(
        ["First", HOSTILE, "Third"],
        [
            ("Foretold", [1, 2, 2], "trained"),
            ("Realised", [2, 1, 3], "baseline"),
            ("Fixed", [1, 2, 3], "baseline"),
        ],
    )
    dots = [trace for trace in figure.data if trace.mode == "markers+text"]
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert len(dots) == 9 and len(lines) == 6
    assert [dot.text[0] for dot in dots[:3]] == ["1", "2", "1"]
    assert dots[3].y[0] == 2 and 2 < dots[6].y[0] < 3, "of two second places the later stands lower"
    assert lines[0].y == (1, 2) and lines[0].line.color == COLOURS["trained"]
    assert HOSTILE not in drawn(figure) and "<img" not in drawn(figure)
