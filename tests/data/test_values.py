"""Rows per value and positions of values, the quick ways against the plain ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from finxfer.data.values import text_values, value_codes, value_counts

COLUMNS = [
    pd.Series(["b", "a", None, "b", "", "c", "c", "b"], dtype="str"),
    pd.Series([1.0, 2.5, np.nan, 1.0, 1e300]),
    pd.Series([1, "1", 1.0, None, True, "x"], dtype=object),
    pd.Series(pd.to_datetime(["2020-01-01", None, "2020-01-01", "2021-05-01 10:00"], format="ISO8601")),
    pd.Series([1, "1", "1", None], dtype=object).astype("category"),
]


def plain(series: pd.Series) -> dict[str, int]:
    texts = [text for text in text_values(series) if text is not None]
    return {text: texts.count(text) for text in sorted(set(texts), key=lambda one: (-texts.count(one), one))}


@pytest.mark.parametrize("series", COLUMNS)
def test_counts_are_those_of_the_texts(series: pd.Series) -> None:
    assert list(value_counts(series).items()) == list(plain(series).items())
    repeated = {text: rows for text, rows in plain(series).items() if rows >= 2}
    assert value_counts(series, least=2) == repeated


def test_only_so_many_of_the_most_frequent_values() -> None:
    series = pd.Series([f"t{number % 700:04d}" for number in range(1_000)], dtype="str")
    assert list(value_counts(series, most=5).items()) == list(plain(series).items())[:5]
    assert value_counts(series, most=800) == plain(series)
    single = value_counts(pd.Series(np.arange(5_000.0)), most=40)
    assert len(single) == 40 and set(single.values()) == {1}


@pytest.mark.parametrize("series", COLUMNS)
def test_codes_are_places_among_the_known_texts(series: pd.Series) -> None:
    known = tuple(text for text in plain(series) if text not in ("b", ""))
    wanted = [known.index(text) + 1 if text in known else 0 for text in text_values(series)]
    assert value_codes(series, known).tolist() == wanted
    assert value_codes(series, ()).tolist() == [0] * len(series)
