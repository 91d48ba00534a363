"""What an analyst may choose about a rare class: one name with one number, as fields of TrainingSettings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from finxfer.records.checking import refuse
from finxfer.records.training_settings import TrainingSettings

NONE, WEIGHTS, FOCAL, OVERSAMPLE, UNDERSAMPLE, SMOTE = (
    "none",
    "weights",
    "focal",
    "oversample",
    "undersample",
    "smote",
)


@dataclass(frozen=True)
class Choice:
    """field: of TrainingSettings that holds the number. default: usual number; low, high: accepted range."""

    field: str
    default: float
    low: float
    high: float


CHOICES = {
    WEIGHTS: Choice("weight_power", 1.0, 0.0, 1.0),
    FOCAL: Choice("focal_gamma", 2.0, 0.0, 5.0),
    OVERSAMPLE: Choice("oversample", 0.5, 0.0, 0.5),
    UNDERSAMPLE: Choice("undersample", 0.5, 0.0, 0.5),
    SMOTE: Choice("smote", 0.5, 0.0, 0.5),
}
"""By name; beside them `none`."""
NAMES = (NONE, *CHOICES)


def imbalance_fields(name: str, number: float | None = None) -> dict[str, Any]:
    """Fields of TrainingSettings. number: None takes the usual one.

    Raises:
        BadInput: the name is unknown. The number is checked by the settings.
    """
    if name == NONE:
        return {}
    if name not in CHOICES:
        raise refuse("imbalance", name, f"one of {', '.join(NAMES)}")
    choice = CHOICES[name]
    fields: dict[str, Any] = {choice.field: choice.default if number is None else number}
    return {"class_weighting": "balanced", **fields} if name == WEIGHTS else fields


def parse_imbalance(text: str) -> dict[str, Any]:
    """The same of `name` or `name=number`, as the command line takes it.

    Raises:
        BadInput: the name is unknown, or what follows is no number.
    """
    name, equals, rest = text.partition("=")
    try:
        number = float(rest) if equals else None
    except ValueError:
        raise refuse("imbalance", text, "a name, or a name and a number such as focal=2") from None
    return imbalance_fields(name.strip(), number)


def imbalance_of(settings: TrainingSettings) -> tuple[str, float | None]:
    """The name of what the settings do, and its number; class weights beside another choice go unnamed."""
    for name, choice in CHOICES.items():
        if name != WEIGHTS and getattr(settings, choice.field):
            return name, float(getattr(settings, choice.field))
    if settings.class_weighting == "balanced":
        return WEIGHTS, settings.weight_power
    return NONE, None
