"""Findings on targets that are numbers or one of several classes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from finxfer.data.quality_tasks import assess_task, explained, halves, rank_correlation
from finxfer.data.tasks import choose_task, target_values
from finxfer.records.spec import ColumnSpec


def _table(rows: int = 800, seed: int = 0) -> tuple[pd.DataFrame, list[ColumnSpec]]:
    draw = np.random.default_rng(seed)
    income = draw.normal(30, 8, rows).round(2)
    frame = pd.DataFrame(
        {
            "income": income,
            "copy of loss": 3 * (100 - income + draw.normal(0, 15, rows)),
            "job": draw.choice(["a", "b", "c"], rows),
        }
    )
    frame["loss"] = frame["copy of loss"] / 3
    frame["grade"] = pd.cut(frame["loss"], [-np.inf, 58, 70, 82, np.inf], labels=["A", "B", "C", "D"]).astype(
        str
    )
    kinds = {"income": "numeric", "copy of loss": "numeric", "job": "category"}
    return frame, [ColumnSpec(name, "feature", kind) for name, kind in kinds.items()]


def test_a_column_that_gives_a_number_away_is_named_and_others_are_not() -> None:
    frame, columns = _table()
    found = assess_task(frame, columns, "loss", frame["loss"].to_numpy())
    leaks = [one for one in found if one.kind == "leak"]
    assert [one.column for one in leaks] == ["copy of loss"] and leaks[0].severity == "problem"
    assert leaks[0].remedy == "exclude"


def test_a_column_that_gives_classes_away_is_named() -> None:
    frame, columns = _table()
    choice = choose_task(frame["grade"])
    y = target_values(frame["grade"], choice.task, "", choice.classes)
    found = assess_task(frame, columns, "grade", y, choice.classes)
    assert {one.column for one in found if one.kind == "leak"} == {"copy of loss"}


def test_rare_classes_skew_and_spikes_are_said() -> None:
    frame, columns = _table(500)
    frame["grade"] = ["x"] * 300 + ["y"] * 190 + ["z"] * 10
    y = target_values(frame["grade"], "multiclass", "", ("x", "y", "z"))
    few = next(
        one for one in assess_task(frame, columns, "grade", y, ("x", "y", "z")) if one.kind == "few_rows"
    )
    assert "'z' (10)" in few.sentence
    draw = np.random.default_rng(1)
    skewed = np.exp(draw.normal(0, 2, 500))
    assert any(one.kind == "target_skew" for one in assess_task(frame, columns, "loss", skewed))
    half = np.where(draw.random(500) < 0.5, 0.0, skewed)
    assert any(one.kind == "target_spike" for one in assess_task(frame, columns, "loss", half))
    half[:50] = np.nan
    assert any(one.kind == "target_missing" for one in assess_task(frame, columns, "loss", half))


def test_strengths_are_spearmans_and_what_bins_explain() -> None:
    draw = np.random.default_rng(2)
    x, y = draw.normal(size=400), draw.normal(size=400)
    x[:20] = np.nan
    y += np.nan_to_num(x)
    expected = stats.spearmanr(x[20:], y[20:]).statistic
    assert rank_correlation(pd.Series(x), y) == pytest.approx(expected)
    word = pd.Series(np.where(y > 0, "up", "down"))
    group = (word == "up").to_numpy()
    between = sum(part.sum() * (y[part].mean() - y.mean()) ** 2 for part in (group, ~group))
    assert explained(word, "category", y) == pytest.approx(between / ((y - y.mean()) ** 2).sum(), abs=0.03)
    assert explained(pd.Series(draw.choice(list("abcdefgh"), 400)), "category", y) < 0.05


def test_halves_mark_what_is_unknown() -> None:
    assert halves(np.array([1.0, 5.0, np.nan, 9.0])).tolist() == [0, 0, -1, 1]
    assert halves(np.array([2, 2, -1, 0], dtype=np.int16)).tolist() == [1, 1, -1, 0]
