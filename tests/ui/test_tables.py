"""One format per kind of number."""

from __future__ import annotations

import pytest

from finxfer.ui import tables


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"),
        (0.44, "0.4 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (130, "2 min 10 s"),
        (3600, "1 h"),
        (11_100, "3 h 5 min"),
        (None, "–"),
    ],
)
def test_durations_read_like_speech(seconds: float | None, words: str) -> None:
    assert tables.duration(seconds) == words


def test_scores_shares_and_counts() -> None:
    assert tables.metric3(0.58049) == "0.580"
    assert tables.metric3(-0.0312) == "−0.031"
    assert tables.share(0.2214) == "22.1%"
    assert tables.count(30000) == "30,000"
    assert tables.size(999) == "999 bytes"
    assert tables.size(2_400_000) == "2.4 MB"


def test_missing_values_are_a_dash_everywhere() -> None:
    missing = float("nan")
    for format_number in (tables.metric3, tables.share, tables.count, tables.size):
        assert format_number(None) == format_number(missing) == "–"
    assert tables.with_interval(None, [0, 1]) == tables.signed(missing) == "–"


def test_an_interval_decides_how_many_digits_are_shown() -> None:
    assert tables.with_interval(0.5812, [0.5512, 0.6111]) == "0.58 [0.55, 0.61]"
    assert tables.with_interval(0.5812, [0.5772, 0.5851]) == "0.581 [0.577, 0.585]"
    assert tables.with_interval(0.5812, None) == "0.581"
    assert tables.with_interval(0.1, [None, None], 2) == "0.10"


def test_a_rounded_zero_has_no_sign() -> None:
    assert tables.with_interval(-0.0004, [-0.03, 0.02]) == "0.00 [−0.03, 0.02]"
    assert tables.signed(-0.0001) == "+0.000"
    assert tables.signed(-0.0214) == "−0.021"
    assert tables.share_interval(0.182, [0.15, 0.214]) == "18.2% [15.0%, 21.4%]"


def test_an_interval_that_excludes_zero_does_not_read_as_if_it_touched_it() -> None:
    assert tables.with_interval(0.018, [0.004, 0.031]) == "0.018 [0.004, 0.031]"
    assert tables.with_interval(-0.04, [-0.11, 0.012]) == "−0.04 [−0.11, 0.01]"
