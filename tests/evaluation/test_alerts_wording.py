from __future__ import annotations

from typing import Any

import pytest

from finxfer.evaluation.alerts_wording import alerts_sentence, alerts_sentences


def found(difference: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    recall = {"value": 0.62, "interval": [0.5, 0.731]}
    content = {
        "positives": 51,
        "time": {"column": "time", "days": 22, "rows_a_day": 444.4, "share": 1.0, "unknown": 0},
        "card": "customer_id",
        "unit": "customer",
        "per_day": 4.0,
        "default": True,
        "best_baseline": "lightgbm",
        "models": {"model": {"recall_at": recall, "precision_at": {"value": 0.25, "interval": None}}},
        "differences": {"lightgbm": {"recall_at": difference}},
        "alone": None,
    }
    return content | changes


@pytest.mark.parametrize(
    ("difference", "said"),
    [
        ({"value": 0.09, "interval": [0.02, 0.17]}, "better than LightGBM by +9.0 [+2.0, +17.0] percentage"),
        ({"value": -0.09, "interval": [-0.2, -0.01]}, "worse than LightGBM by \u22129.0"),
        ({"value": 0.01, "interval": [-0.02, 0.04]}, "no gain found over LightGBM: +1.0 [\u22122.0, +4.0]"),
        ({"value": 0.0, "interval": [0.0, 0.0]}, "the same as LightGBM"),
        ({"value": 0.5, "interval": None}, "too few positive rows"),
        (None, "and 1 alert in 4 is right."),
    ],
)
def test_the_answer(difference: dict[str, Any] | None, said: str) -> None:
    sentence = alerts_sentence(found(difference))
    assert sentence.startswith(
        "With 4 alerts a day the model finds 62.0% [50.0%, 73.1%] of the 51 positive rows"
    )
    assert said in sentence


def test_without_a_time_the_alerts_are_in_all() -> None:
    content = found(time=None, card=None, unit="row", per_day=1.0)
    assert "With 1 alert in all" in alerts_sentence(content)
    said = " ".join(alerts_sentences(content))
    assert "No column tells the day" in said and "resample rows" in said


def test_what_is_assumed_is_said() -> None:
    time = {"column": "time", "days": 22, "rows_a_day": 444.4, "share": 0.3, "unknown": 12}
    said = " ".join(alerts_sentences(found(time=time, alone={"one": 0.4, "other": 0.1, "both": 0.2})))
    for part in (
        "is an assumption",
        "30.0% of the rows",
        "12 test rows",
        "'customer_id'",
        "10.0% of the positive",
    ):
        assert part in said
    assert "assumption" not in " ".join(alerts_sentences(found(default=False)))


def test_no_positive_row_says_so() -> None:
    assert "no test row is positive" in alerts_sentence(found(models={"model": {"recall_at": None}}))
