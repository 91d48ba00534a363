"""How many alerts a day can be looked at."""

from __future__ import annotations

from dataclasses import dataclass

from finxfer.records.checking import check_number


@dataclass(frozen=True)
class AlertSettings:
    """What the alert metrics of a run are measured with.

    Args:
        per_day: alerts a day, 0.01 to 1,000,000 (in all, where the rows have no time). A number measures
            alerts whatever the share of positives; None takes the setting ``alerts_a_day`` (at most 1 in 100
            transactions) where fewer than 5% are positive, and measures nothing elsewhere.
    """

    per_day: float | None = None

    def __post_init__(self) -> None:
        if self.per_day is not None:
            check_number("alerts.per_day", self.per_day, 0.01, 1e6)
