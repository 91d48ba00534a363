"""Rows that belong together."""

from __future__ import annotations

import numpy as np
import pandas as pd

from finxfer.data.groups import group_labels, group_units


def test_rows_with_the_same_values_in_every_column_have_one_label() -> None:
    frame = pd.DataFrame({"a": ["x", "x", "y", "x", None], "b": [1.0, 1.0, 1.0, 2.0, 1.0]})
    labels = group_labels(frame, ["a", "b"])
    assert labels[0] == labels[1]
    assert len(set(labels[:4])) == 3
    assert np.isnan(labels[4])


def test_rows_without_a_group_stand_alone() -> None:
    units = group_units(pd.DataFrame({"a": [None, "x", None, "x", "y"]}), ["a"])
    assert units[1] == units[3]
    assert len(set(units.tolist())) == 4


def test_labels_agree_with_a_group_by() -> None:
    generator = np.random.default_rng(3)
    frame = pd.DataFrame({"a": generator.integers(0, 7, 500), "b": generator.integers(0, 9, 500).astype(str)})
    known = frame.groupby(["a", "b"]).ngroup().to_numpy()
    pairs = set(zip(known.tolist(), group_units(frame, ["a", "b"]).tolist(), strict=True))
    assert len(pairs) == len(set(known.tolist()))
