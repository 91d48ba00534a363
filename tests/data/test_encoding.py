from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from finxfer.data.encoding import TableEncoder
from finxfer.errors import BadInput, Damaged
from finxfer.records.spec import ColumnSpec

COLUMNS = (
    ColumnSpec("amount", "feature", "numeric"),
    ColumnSpec("city", "feature", "category"),
    ColumnSpec("opened", "feature", "date"),
    ColumnSpec("flag", "feature", "boolean"),
)


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "amount": [1.5, np.nan, 3.0, 4.0],
            "city": ["b", "a", "b", None],
            "opened": pd.to_datetime(
                ["1970-01-02", None, "1970-01-01 12:00", "2020-01-01"], format="ISO8601"
            ),
            "flag": [True, False, True, True],
        }
    )


def test_numbers_dates_and_truths_become_numbers_and_categories_codes():
    encoder = TableEncoder.fit(table(), COLUMNS)
    encoded = encoder.transform(table())
    assert encoder.numeric_names == ("amount", "opened", "flag")
    assert encoder.category_names == ("city",)
    assert encoder.cardinalities == (3,)
    assert encoded.numeric.dtype == np.float32
    assert encoded.codes.dtype == np.int64
    np.testing.assert_array_equal(encoded.numeric[:, 0], np.float32([1.5, np.nan, 3, 4]))
    np.testing.assert_array_equal(encoded.numeric[:, 1], np.float32([1, np.nan, 0.5, 18262]))
    np.testing.assert_array_equal(encoded.numeric[:, 2], np.float32([1, 0, 1, 1]))
    assert encoded.codes[:, 0].tolist() == [1, 2, 1, 0]


def test_unseen_categories_are_code_zero_and_extra_columns_ignored():
    encoder = TableEncoder.fit(table(), COLUMNS)
    fresh = table().assign(city=["z", "a", "", "B"], extra=1)
    assert encoder.transform(fresh).codes[:, 0].tolist() == [0, 2, 0, 0]


def test_a_category_of_numbers_is_the_same_as_int_float_or_text():
    columns = [ColumnSpec("code", "feature", "category")]
    encoder = TableEncoder.fit(pd.DataFrame({"code": [1, 2, 2]}), columns)
    for values in ([1.0, 2.0, np.nan], ["1", "2", None], [1, 2, 9]):
        assert encoder.transform(pd.DataFrame({"code": values})).codes[:, 0].tolist() == [2, 1, 0]


def test_every_lacking_column_is_named():
    encoder = TableEncoder.fit(table(), COLUMNS)
    with pytest.raises(BadInput) as refused:
        encoder.transform(table().drop(columns=["amount", "flag"]))
    assert "'amount', 'flag'" in refused.value.why
    with pytest.raises(BadInput, match="nothing to learn"):
        TableEncoder.fit(table(), [])


def test_rare_categories_are_not_stored():
    frame = pd.DataFrame({"city": ["a"] * 60 + ["b"] * 50 + ["secret"]})
    columns = [ColumnSpec("city", "feature", "category")]
    encoder = TableEncoder.fit(frame, columns, min_category_rows=50)
    assert "secret" not in json.dumps(encoder.to_json())
    assert encoder.transform(frame).codes[[0, 60, 110], 0].tolist() == [1, 2, 0]
    assert TableEncoder.fit(frame, columns, max_categories=1).cardinalities == (2,)


def test_json_brings_the_same_encoder_back():
    encoder = TableEncoder.fit(table(), COLUMNS)
    again = TableEncoder.from_json(json.loads(json.dumps(encoder.to_json())))
    assert again == encoder
    for damaged in (
        None,
        {},
        {"columns": [{"name": "a"}], "categories": {}},
        {"columns": 3, "categories": {}},
    ):
        with pytest.raises(Damaged):
            TableEncoder.from_json(damaged)
    content = encoder.to_json()
    content["categories"] = {}
    with pytest.raises(Damaged):
        TableEncoder.from_json(content)


def test_numbers_never_come_out_infinite():
    columns = [ColumnSpec("amount", "feature", "numeric")]
    frame = pd.DataFrame({"amount": [np.inf, -np.inf, 1e300, -1e300, 1.0]})
    encoded = TableEncoder.fit(frame, columns).transform(frame).numeric[:, 0]
    assert np.isnan(encoded[:2]).all()
    assert np.isfinite(encoded[2:]).all()


def test_cells_of_another_kind_are_noted_or_refused():
    columns = [ColumnSpec("amount", "feature", "numeric"), ColumnSpec("opened", "feature", "date")]
    encoder = TableEncoder.fit(table(), columns)
    some = table().assign(
        amount=["1", "2", "three", "4"], opened=["2020-01-01", "soon", "2020-01-03", "2020-01-02"]
    )
    encoded = encoder.transform(some)
    np.testing.assert_array_equal(encoded.numeric[:, 0], np.float32([1, 2, np.nan, 4]))
    assert len(encoded.notes) == 2
    assert "three" in encoded.notes[0]
    with pytest.raises(BadInput, match="'amount' cannot be used"):
        encoder.transform(table().assign(amount=["a", "b", "c", "4"]))
    with pytest.raises(BadInput, match="'opened' cannot be used"):
        encoder.transform(table().assign(opened=[1.0, 2.0, 3.0, 4.0]))


def test_words_for_missing_and_written_numbers_are_read_when_scoring_a_few_rows():
    columns = [ColumnSpec("amount", "feature", "numeric")]
    encoder = TableEncoder.fit(table(), columns)
    encoded = encoder.transform(pd.DataFrame({"amount": ["unknown", "-", "1.234,5", "007", " 12 "]}))
    np.testing.assert_array_equal(encoded.numeric[:, 0], np.float32([np.nan, np.nan, 1234.5, 7, 12]))
    assert encoded.notes == ()
    assert encoder.transform(pd.DataFrame({"amount": ["?"]})).notes == ()


def test_take_keeps_numbers_and_codes_together():
    encoded = TableEncoder.fit(table(), COLUMNS).transform(table())
    taken = encoded.take(np.array([2, 0]))
    assert len(taken) == 2
    assert taken.codes.tolist() == encoded.codes[[2, 0]].tolist()
