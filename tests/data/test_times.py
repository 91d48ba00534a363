"""When rows were: dates however they are written, and the periods that test rows fall into."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from finxfer.data.times import periods, read_times
from finxfer.errors import BadInput

DAYS = pd.to_datetime(["2023-01-31 23:59", "2023-02-01 00:01", None, "2024-06-15 00:00"])


@pytest.mark.parametrize(
    "written",
    [
        pd.Series(DAYS),
        pd.Series(DAYS.tz_localize("UTC")),
        pd.Series([20230131, 20230201, None, 20240615]),
        pd.Series(["31.01.2023", "01.02.2023", None, "15.06.2024"]),
        pd.Series(["2023-01-31T23:59:00", "2023-02-01T00:01:00", None, "2024-06-15T00:00:00"]),
    ],
    ids=["datetime", "zone", "number", "text", "clock"],
)
def test_a_date_is_a_day_however_it_is_written(written: pd.Series) -> None:
    times = read_times(written.rename("opened"))
    assert times.dates
    assert [times.text(value) for value in times.values[[0, 1, 3]]] == [
        "2023-01-31",
        "2023-02-01",
        "2024-06-15",
    ]
    assert np.isnan(times.values[2])


def test_months_and_years_are_dates_and_other_numbers_an_order() -> None:
    assert read_times(pd.Series([202301, 202312], name="m")).text(19358) == "2023-01-01"
    months = read_times(pd.Series([202301, 202312], name="m"))
    assert [months.text(value) for value in months.values] == ["2023-01-01", "2023-12-01"]
    assert read_times(pd.Series([2019, 2020], name="y")).span(np.array([0, 1])) == [
        "2019-01-01",
        "2020-01-01",
    ]
    seconds = read_times(pd.Series([0.0, 40_000.5, np.inf], name="Time"))
    assert not seconds.dates and seconds.text(seconds.values[1]) == "40,000.5" and np.isnan(seconds.values[2])


@pytest.mark.parametrize(
    ("series", "why"),
    [
        (pd.Series(["early", "late"], name="when"), "'early'"),
        (pd.Series(["2020-01-01", "2020-01-02", "soon"], name="when"), "'soon'"),
        (pd.Series([True, False], name="when"), "yes and no"),
        (pd.Series([np.nan, np.nan], name="when"), "no row"),
        (pd.Series([None, None], name="when", dtype="str"), "no row"),
    ],
)
def test_a_time_column_with_words_is_refused_and_named(series: pd.Series, why: str) -> None:
    with pytest.raises(BadInput, match="'when'") as caught:
        read_times(series)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("first", "last", "unit", "count"),
    [
        ("2023-01-01", "2023-12-31", "month", 12),
        ("2022-01-01", "2023-12-31", "quarter", 8),
        ("2015-01-01", "2022-12-31", "year", 8),
        ("2023-05-01", "2023-06-10", "week", 6),
        ("2023-05-01", "2023-05-06", "day", 6),
        ("1990-01-01", "2019-12-31", "3 years", 11),
        ("2023-05-01", "2023-05-02", "day", 2),
    ],
)
def test_the_unit_gives_three_to_twelve_periods_where_one_does(
    first: str, last: str, unit: str, count: int
) -> None:
    times = read_times(pd.Series(pd.date_range(first, last), name="opened"))
    found = periods(times, np.arange(len(times.values)))
    assert (found.unit, len(found.names)) == (unit, count)
    assert (np.diff(found.codes) >= 0).all() and set(found.codes) == set(range(count))


def test_periods_are_named_as_people_name_them() -> None:
    times = read_times(pd.Series(pd.date_range("2022-11-01", "2024-01-31"), name="opened"))
    assert periods(times, np.arange(len(times.values))).names[0] == "2022 Q4"
    weeks = read_times(pd.Series(pd.date_range("2023-05-03", "2023-06-10"), name="opened"))
    assert periods(weeks, np.arange(len(weeks.values))).names[0] == "week of 2023-05-01"


def test_rows_without_a_time_are_in_no_period_and_numbers_are_cut_by_count() -> None:
    dated = read_times(pd.Series(pd.to_datetime(["2020-01-01", None, "2021-01-01", "2022-01-01"]), name="d"))
    assert periods(dated, np.arange(4)).codes.tolist() == [0, -1, 1, 2]
    seconds = read_times(pd.Series(np.r_[np.arange(600.0), np.nan], name="Time"))
    found = periods(seconds, np.arange(600))
    assert np.bincount(found.codes[:600]).tolist() == [100] * 6 and found.codes[600] == -1
    constant = periods(read_times(pd.Series([5.0] * 9, name="Time")), np.arange(9))
    assert len(constant.names) == 1
