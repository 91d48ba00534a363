"""What of a customer can change is kept with the run; nonsense is refused."""

from __future__ import annotations

import pytest

from finxfer.errors import BadInput
from finxfer.records.assessment import Assessment
from finxfer.records.change_settings import ChangeSettings


def test_they_are_a_section_of_the_assessment() -> None:
    settings = Assessment(changes=ChangeSettings(["age"], ["tenure"], ["debt"]))
    assert Assessment.from_json(settings.to_json()) == settings
    assert Assessment.from_json({}).changes.immutable is None


@pytest.mark.parametrize(
    "content",
    [
        {"immutable": "age"},
        {"only_up": None},
        {"only_up": [1]},
        {"only_up": ["a"], "only_down": ["a"]},
        {"up": []},
    ],
)
def test_nonsense_is_refused(content: dict) -> None:
    with pytest.raises(BadInput):
        Assessment.from_json({"changes": content})
