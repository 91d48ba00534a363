"""What contributions are in: a probability, or the target's units."""

from __future__ import annotations

from dataclasses import dataclass

from finxfer.evaluation.amounts import amount, signed
from finxfer.ui.charts.theme import AMOUNTS
from finxfer.ui.text import charts as text


@dataclass(frozen=True)
class Scale:
    """How values and contributions are written and drawn; ``of_probability`` or the target's units."""

    of_probability: bool = True

    @property
    def axis(self) -> str:
        """d3 format of an axis."""
        return ".0%" if self.of_probability else AMOUNTS

    @property
    def title(self) -> str:
        """Title of an axis of contributions."""
        return text.SHAP_SHORT if self.of_probability else text.SHAP_SHORT_AMOUNT

    @property
    def mean_title(self) -> str:
        """Title of an axis of mean absolute contributions."""
        return text.SHAP_MEAN if self.of_probability else text.SHAP_MEAN_AMOUNT

    def level(self, value: float) -> str:
        """A prediction."""
        return f"{value:.1%}" if self.of_probability else amount(value)

    def moved(self, value: float) -> str:
        """A contribution with its sign."""
        return f"{value:+.1%}" if self.of_probability else signed(value)

    def points(self, value: float) -> str:
        """A contribution with its sign, a probability's in points."""
        return f"{value * 100:+.1f} pts" if self.of_probability else signed(value)


PROBABILITY, AMOUNT = Scale(), Scale(of_probability=False)
