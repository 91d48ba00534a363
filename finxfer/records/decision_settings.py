"""Settings of rating grades and of decisions in money: sections of ``assessment.json``."""

from __future__ import annotations

from dataclasses import dataclass

from finxfer.records.checking import check_choice, check_number, check_text, refuse

GRADE_METHODS = ("count", "optimum")
FEWEST_GRADES, MOST_GRADES = 3, 15
MOST_MONEY = 1e12
EXAMPLE_EXPOSURE = 10_000.0
"""What a customer owes where the analyst has set no amount; every screen and report says that it is one."""


@dataclass(frozen=True)
class CalibrationSettings:
    """How rating grades are built, and which default rate the customers to come have.

    Args:
        method: ``count`` makes grades of equal numbers of customers, ``optimum`` those that tell good and
            bad customers apart best.
        grades: most rating grades, 3 to 15; fewer come of it where observed default rates would not ascend.
        base_rate: the known default rate of the portfolio, above 0 and below 1; None is that of the table.
    """

    method: str = "count"
    grades: int = 7
    base_rate: float | None = None

    def __post_init__(self) -> None:
        check_choice("calibration.method", self.method, GRADE_METHODS)
        check_number("calibration.grades", self.grades, FEWEST_GRADES, MOST_GRADES, whole=True)
        if self.base_rate is not None:
            check_number("calibration.base_rate", self.base_rate, 1e-6, 1 - 1e-6)


@dataclass(frozen=True)
class DecisionSettings:
    """What decisions are worth, and what is used today. All amounts are of one customer, 0 or more.

    Args:
        gain: earned on an approved customer who pays; None derives it from exposure and margin.
        loss: lost on an approved customer who defaults; None derives it from exposure and loss given default.
        declined_good: what declining a customer who would have paid costs beyond the gain forgone.
        declined_bad: what declining a customer who would have defaulted costs.
        exposure: what a customer owes at default.
        loss_given_default: share of the exposure that is lost, 0 to 1.
        margin: share of the exposure that a good customer earns, 0 to 1.
        currency: its sign or name, in front of amounts.
        champion: today's model: a baseline's name or a column of the table that holds today's score; empty
            for the baseline that was best on rows kept out of training.
        approval_rate: share of customers that are approved when champion and model are compared, 0.01 to
            0.99; None is what the run's threshold approves.
    """

    gain: float | None = None
    loss: float | None = None
    declined_good: float = 0.0
    declined_bad: float = 0.0
    exposure: float | None = None
    loss_given_default: float = 0.45
    margin: float = 0.05
    currency: str = ""
    champion: str = ""
    approval_rate: float | None = None

    def __post_init__(self) -> None:
        for name in ("gain", "loss", "declined_good", "declined_bad", "exposure"):
            value = getattr(self, name)
            if value is not None or name.startswith("declined"):
                check_number(f"decisions.{name}", value, 0, MOST_MONEY)
        for name in ("loss_given_default", "margin"):
            check_number(f"decisions.{name}", getattr(self, name), 0, 1)
        for name in ("currency", "champion"):
            check_text(f"decisions.{name}", getattr(self, name))
        if self.approval_rate is not None:
            check_number("decisions.approval_rate", self.approval_rate, 0.01, 0.99)
        if (self.gain is None) != (self.loss is None):
            raise refuse("decisions.gain", self.gain, "given together with decisions.loss, or both left out")
        if self.gain is not None and self.exposure is not None:
            raise refuse("decisions.exposure", self.exposure, "left out where gain and loss are given")

    @property
    def example(self) -> bool:
        """Whether the analyst has set no amount yet."""
        return self.gain is None and self.exposure is None

    @property
    def amounts(self) -> dict[str, float]:
        """Money per customer by outcome: what is earned is above 0, what is lost below."""
        exposure = EXAMPLE_EXPOSURE if self.exposure is None else self.exposure
        gain = exposure * self.margin if self.gain is None else self.gain
        loss = exposure * self.loss_given_default if self.loss is None else self.loss
        return {
            "approved_good": gain,
            "approved_bad": 0.0 - loss,
            "declined_good": 0.0 - self.declined_good,
            "declined_bad": 0.0 - self.declined_bad,
        }
