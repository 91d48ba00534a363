"""Which task a target is, and what learners read of it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from finxfer.data.splits import stratified_split
from finxfer.data.tasks import choose_task, is_known, strata_of, target_values
from finxfer.errors import BadInput


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        ([0, 1, 1, 0], "binary", ()),
        (["no", "yes", None, "no"], "binary", ()),
        (["B", "a", "C", "a", "B", "C"], "multiclass", ("a", "B", "C")),
        ([10, 2, 9, 10, 2, 9], "multiclass", ("2", "9", "10")),
        (list(range(21)), "regression", ()),
        ([number / 4 for number in range(14)], "regression", ()),
        ([0.5, 1.5, 2.5] * 4, "multiclass", ("0.5", "1.5", "2.5")),
    ],
)
def test_the_values_decide(values, task, classes):
    found = choose_task(pd.Series(values, name="y"))
    assert (found.task, found.classes) == (task, classes)
    assert (found.positive != "") == (task == "binary")


def test_a_named_positive_class_makes_it_binary():
    found = choose_task(pd.Series(["a", "b", "c"], name="y"), positive="c")
    assert (found.task, found.positive) == ("binary", "c")


@pytest.mark.parametrize(
    ("values", "task", "positive", "words"),
    [
        (["1.5", "2", "soon"] + [str(number) for number in range(20)], "regression", None, "soon"),
        ([1.0] * 30, "regression", None, "different"),
        ([f"c{number % 60}" for number in range(200)], None, None, "60 different values"),
        (["a", "b", "b", "c", "c"], "multiclass", None, "single row"),
        (["a"] * 4, "multiclass", None, "nothing to tell apart"),
        ([1, 2, 3], "regression", "1", "positive class"),
        ([1, 2, 3], "ranking", None, "no task"),
        ([None, None], None, None, "empty"),
    ],
)
def test_what_cannot_be_predicted_is_refused(values, task, positive, words):
    with pytest.raises(BadInput) as caught:
        choose_task(pd.Series(values, name="y"), task, positive)
    assert words in str(caught.value)


def test_values_of_each_task():
    column = pd.Series(["b", None, "a"], name="y")
    assert target_values(column, "multiclass", "", ("a", "b")).tolist() == [1, -1, 0]
    assert target_values(column, "binary", "a", ()).tolist() == [0, -1, 1]
    numbers = target_values(pd.Series(["1,5", "2,25", None], name="y"), "regression", "", ())
    assert numbers[:2].tolist() == [1.5, 2.25] and np.isnan(numbers[2])
    assert is_known(numbers).tolist() == [True, True, False]
    with pytest.raises(BadInput, match="none of its classes"):
        target_values(column, "multiclass", "", ("a", "c"))


def test_a_split_of_numbers_keeps_their_tenths():
    y = np.random.default_rng(0).lognormal(size=1000)
    y[:10] = np.nan
    split = stratified_split(strata_of(y), 0.3, 0.2, seed=1, names=())
    assert sorted(np.concatenate([split.train, split.validation, split.test])) == list(range(10, 1000))
    medians = [np.median(y[rows]) for rows in (split.train, split.validation, split.test)]
    assert max(medians) - min(medians) < 0.05


def test_every_class_is_in_every_part():
    y = np.repeat([0, 1, 2, 3], [500, 100, 20, 3])
    split = stratified_split(y, 0.3, 0.2, seed=1, names=("a", "b", "c", "d"))
    assert all(set(y[rows]) == {0, 1, 2, 3} for rows in (split.train, split.validation, split.test))
    with pytest.raises(BadInput, match="1 d row"):
        stratified_split(y[:-2], 0.3, 0.2, seed=1, names=("a", "b", "c", "d"))
