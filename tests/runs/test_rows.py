"""Which rows train, validate and test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from finxfer.errors import BadInput
from finxfer.records.spec import ColumnSpec, Spec
from finxfer.records.tables import TableStore
from finxfer.runs.rows import split_rows


@pytest.fixture
def table(stored: str) -> pd.DataFrame:
    return TableStore().open(stored)


def test_without_a_test_table_a_part_is_held_out_and_every_row_is_used_once(
    spec: Spec, table: pd.DataFrame
) -> None:
    rows = split_rows(spec, table, None)
    assert len(rows.train) + len(rows.validation) + len(rows.test) == len(table)
    assert len(rows.test) == pytest.approx(0.3 * len(table), abs=1)
    assert (np.diff(rows.test_ids) > 0).all()
    pd.testing.assert_frame_equal(rows.test, table.iloc[rows.test_ids].reset_index(drop=True))
    np.testing.assert_array_equal(rows.y_test, table["bad"].to_numpy()[rows.test_ids])
    assert rows.positive_rate == pytest.approx(table["bad"].mean())


def test_with_a_test_table_all_of_the_table_is_for_training(spec: Spec, table: pd.DataFrame) -> None:
    test = table.iloc[[5, 3, 4]].assign(extra=1)
    rows = split_rows(spec, table, test)
    assert len(rows.train) + len(rows.validation) == len(table)
    assert rows.test_ids.tolist() == [0, 1, 2]
    assert rows.test["income"].tolist() == table["income"].iloc[[5, 3, 4]].tolist()


def test_test_rows_without_a_target_are_kept_and_unknown(spec: Spec, table: pd.DataFrame) -> None:
    test = table.iloc[:4].copy()
    test["bad"] = [1.0, np.nan, 0.0, np.nan]
    assert split_rows(spec, table, test).y_test.tolist() == [1, -1, 0, -1]
    assert split_rows(spec, table, test.drop(columns="bad")).y_test.tolist() == [-1] * 4


def test_test_rows_of_one_class_are_accepted(spec: Spec, table: pd.DataFrame) -> None:
    test = table[table["bad"] == 0]
    assert set(split_rows(spec, table, test).y_test) == {0}


def test_a_test_target_in_another_spelling_is_refused(spec: Spec, table: pd.DataFrame) -> None:
    test = table.assign(bad=table["bad"].map({0: "no", 1: "yes"}))
    with pytest.raises(BadInput, match=r"'no', 'yes' there, but only '0', '1'"):
        split_rows(spec, table, test)


def test_rows_without_a_target_are_dropped_and_counted(spec: Spec, table: pd.DataFrame) -> None:
    table["bad"] = table["bad"].astype("float64")
    table.loc[:9, "bad"] = np.nan
    rows = split_rows(spec, table, None)
    assert rows.dropped == 10
    assert len(rows.train) + len(rows.validation) + len(rows.test) == len(table) - 10
    assert not set(rows.test_ids) & set(range(10))
    assert "10 rows without a target" in rows.warnings()[0]


def test_a_scarce_class_is_a_warning_and_a_missing_one_is_refused(spec: Spec, table: pd.DataFrame) -> None:
    few = table.sort_values("bad", ascending=False).iloc[-130:].copy()
    few["bad"] = 0
    few.iloc[:6, few.columns.get_loc("bad")] = 1
    assert any("positive rows" in line for line in split_rows(spec, few, None).warnings())
    few.iloc[1:6, few.columns.get_loc("bad")] = 0
    with pytest.raises(BadInput, match="1 positive row"):
        split_rows(spec, few, None)


def test_rows_of_one_group_stay_in_one_part(spec: Spec, table: pd.DataFrame) -> None:
    table["customer"] = np.arange(len(table)) // 3
    grouped = replace(spec, columns=(*spec.columns, ColumnSpec("customer", "group", "numeric")))
    rows = split_rows(grouped, table, None)
    parts = [set(part["customer"]) for part in (rows.train, rows.validation, rows.test)]
    assert not parts[0] & parts[1] and not parts[0] & parts[2] and not parts[1] & parts[2]


def test_a_spec_that_does_not_fit_its_table_names_the_column(spec: Spec, table: pd.DataFrame) -> None:
    with pytest.raises(BadInput, match="'debt'"):
        split_rows(spec, table.drop(columns="debt"), None)


def test_no_feature_at_all_is_refused(spec: Spec, table: pd.DataFrame) -> None:
    bare = replace(
        spec,
        columns=tuple(
            ColumnSpec(c.name, "excluded" if c.role == "feature" else c.role, c.kind) for c in spec.columns
        ),
    )
    with pytest.raises(BadInput, match="feature"):
        split_rows(bare, table, None)


def timed(spec: Spec, split: str = "out-of-time") -> Spec:
    return replace(spec, split=split, columns=(*spec.columns, ColumnSpec("opened", "time", "date")))


def test_an_out_of_time_split_says_from_when_on_and_what_it_left_out(spec: Spec, table: pd.DataFrame) -> None:
    table["opened"] = pd.date_range("2022-01-01", periods=len(table))
    rows = split_rows(timed(spec), table, None)
    assert rows.train["opened"].max() < rows.test["opened"].min() > rows.validation["opened"].max()
    assert str(rows.test["opened"].min().date()) in rows.warnings()[0]
    table["customer"] = np.arange(len(table)) % (len(table) // 2)
    grouped = timed(replace(spec, columns=(*spec.columns, ColumnSpec("customer", "group", "numeric"))))
    rows = split_rows(grouped, table, None)
    assert not set(rows.train["customer"]) & set(rows.test["customer"])
    assert any("also in the test period" in line for line in rows.warnings())


def test_rows_without_a_group_are_groups_of_their_own(spec: Spec, table: pd.DataFrame) -> None:
    table["customer"] = np.nan
    grouped = replace(spec, columns=(*spec.columns, ColumnSpec("customer", "group", "numeric")))
    rows = split_rows(grouped, table, None)
    assert len(rows.test) == pytest.approx(0.3 * len(table), abs=2)


def test_out_of_time_needs_one_time_column_and_no_test_table(spec: Spec, table: pd.DataFrame) -> None:
    with pytest.raises(BadInput, match="role time"):
        split_rows(replace(spec, split="out-of-time"), table, None)
    table["opened"], table["closed"] = "2022-01-01", "soon"
    two = timed(replace(spec, columns=(*spec.columns, ColumnSpec("closed", "time", "text"))))
    with pytest.raises(BadInput, match="2 columns"):
        split_rows(two, table, None)
    words = replace(spec, split="out-of-time", columns=(*spec.columns, ColumnSpec("closed", "time", "text")))
    with pytest.raises(BadInput, match="holds text such as 'soon'"):
        split_rows(words, table, None)
    with pytest.raises(BadInput, match="same time"):
        split_rows(timed(spec), table, None)
    with pytest.raises(BadInput, match="test table"):
        replace(spec, split="out-of-time", test_table="b" * 64)
    with pytest.raises(BadInput, match="split"):
        replace(spec, split="by time")
