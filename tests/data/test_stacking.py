"""Tables below each other."""

from __future__ import annotations

import pandas as pd
import pytest

from finxfer.data.stacking import stack_tables
from finxfer.errors import BadInput


def test_columns_are_united_and_what_a_table_lacks_is_missing() -> None:
    first = pd.DataFrame({"income": [1, 2], "owner": [True, False]})
    second = pd.DataFrame({"income": [3.5, None], "town": ["Bonn", "Ulm"]})
    stacked = stack_tables([("first", first), ("second", second)])
    assert list(stacked.columns) == ["income", "owner", "town"]
    assert stacked["income"].tolist()[:3] == [1, 2, 3.5]
    assert stacked["owner"].isna().tolist() == [False, False, True, True]
    assert stacked["town"].tolist()[2:] == ["Bonn", "Ulm"]


def test_an_empty_column_fits_any_kind_and_a_different_kind_is_named() -> None:
    words = pd.DataFrame({"rating": ["good", "bad"]})
    empty = pd.DataFrame({"rating": [None, None]})
    assert stack_tables([("empty", empty), ("words", words)])["rating"].tolist()[2:] == ["good", "bad"]
    with pytest.raises(BadInput, match="'rating' is of the kind category in words and numeric in numbers"):
        stack_tables([("words", words), ("numbers", pd.DataFrame({"rating": [1, 2]}))])
