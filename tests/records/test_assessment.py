"""Settings of the assessment: what they refuse, and that they come back as they were."""

from __future__ import annotations

import json

import pytest

from finxfer.errors import BadInput
from finxfer.records.assessment import Assessment, FairnessSettings


@pytest.mark.parametrize(
    "content",
    [
        {"bins": {"age": [40, 30]}},
        {"bins": {"age": [30, 30]}},
        {"bins": {"age": []}},
        {"bins": {"age": ["30"]}},
        {"bins": {"age": list(range(30))}},
        {"bins": [30]},
        {"crossings": [["sex"]]},
        {"crossings": [["sex", "sex"]]},
        {"crossings": ["sex"]},
        {"crossings": [["a", "b", "c", "d"]]},
        {"crossings": "all"},
    ],
)
def test_nonsense_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(BadInput, match="fairness"):
        Assessment.from_json({"fairness": content})


def test_edges_that_are_not_ascending_are_answered_in_words() -> None:
    with pytest.raises(BadInput) as refused:
        FairnessSettings(bins={"age": (40.0, 30.0)})
    assert "ascending order" in str(refused.value.why)


def test_settings_come_back_as_they_were() -> None:
    settings = Assessment(
        fairness=FairnessSettings({"sex": "f"}, {"age": (30, 40)}, (("sex", "age"), ("sex", "age", "job")))
    )
    assert Assessment.from_json(json.loads(json.dumps(settings.to_json()))) == settings
