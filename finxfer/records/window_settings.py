"""Which columns of a transaction log make windows, and how long the windows are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from finxfer.errors import BadInput
from finxfer.records.checking import check_number, check_text, known_fields, refuse

DEFAULT_WINDOWS = (1.0, 7.0, 30.0)
MOST_WINDOWS = 8
LONGEST_DAYS = 3660.0
DEFAULT_DELAY_DAYS = 7.0
COLUMN_FIELDS = ("customer", "time", "terminal", "amount", "latitude", "longitude", "target")


@dataclass(frozen=True)
class WindowSettings:
    """The columns of a log by what they hold ("" for none), and the windows.

    Args:
        customer, time: who made a transaction, and when.
        terminal: where; its windows are made too.
        amount: what it was worth.
        latitude, longitude: its place in degrees; both or none.
        target: whether it was fraud; only the terminals' past fraud rates look at it.
        positive: text of the target's positive class; "" finds it by the usual rule.
        label_delay_days: a fraud is known so many days after it happened, 0 to 3,660.
        windows: lengths in days, ascending, above 0 to 3,660; 0.5 is twelve hours.

    Raises:
        BadInput: a field is of the wrong type or out of range, or fields do not go together.
    """

    customer: str
    time: str
    terminal: str = ""
    amount: str = ""
    latitude: str = ""
    longitude: str = ""
    target: str = ""
    positive: str = ""
    label_delay_days: float = DEFAULT_DELAY_DAYS
    windows: tuple[float, ...] = DEFAULT_WINDOWS

    def __post_init__(self) -> None:
        for name in (*COLUMN_FIELDS, "positive"):
            check_text(name, getattr(self, name))
        for name in ("customer", "time"):
            if not getattr(self, name):
                raise refuse(name, "", "the name of a column")
        check_number("label_delay_days", self.label_delay_days, 0, LONGEST_DAYS)
        if not isinstance(self.windows, (list, tuple)) or not 1 <= len(self.windows) <= MOST_WINDOWS:
            raise refuse("windows", self.windows, f"1 to {MOST_WINDOWS} lengths in days")
        for days in self.windows:
            check_number("windows", days, 1 / 86_400, LONGEST_DAYS)
        object.__setattr__(self, "windows", tuple(sorted({float(days) for days in self.windows})))
        object.__setattr__(self, "label_delay_days", float(self.label_delay_days))
        self._check_together()

    def _check_together(self) -> None:
        if bool(self.latitude) != bool(self.longitude):
            raise BadInput(
                "A place needs two columns.",
                f"Only the {'latitude' if self.latitude else 'longitude'} is given.",
                "Give latitude and longitude, or neither.",
            )
        if self.target and not self.terminal:
            raise BadInput(
                "The target has nothing to do here.",
                "Windows look at past frauds of terminals only, and no terminal is given.",
                "Give the column of the terminal, or leave the target out.",
            )
        used = [getattr(self, name) for name in COLUMN_FIELDS if getattr(self, name)]
        twice = sorted({name for name in used if used.count(name) > 1})
        if twice:
            raise BadInput(
                f"The column {twice[0]!r} is named for two things.",
                "Customer, time, terminal, amount, place and target are different columns.",
                "Name each column once.",
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are read."""
        return tuple(getattr(self, name) for name in COLUMN_FIELDS if getattr(self, name))

    def to_json(self) -> dict[str, Any]:
        """A plain object for ``json.dumps``; :meth:`from_json` gives an equal one back."""
        return {**asdict(self), "windows": list(self.windows)}

    @classmethod
    def from_json(cls, content: Any) -> WindowSettings:
        """Read the settings, checking every field.

        Raises:
            BadInput: not an object, an unknown field, or a value out of range.
        """
        return cls(**known_fields(cls, content, "windows"))


def parse_windows(text: str) -> tuple[float, ...]:
    """Lengths in days as people write them: ``1,7,30``.

    Raises:
        BadInput: a part is no number.
    """
    try:
        return tuple(float(part) for part in text.replace(";", ",").split(",") if part.strip())
    except ValueError:
        raise BadInput(
            "The windows cannot be used.",
            f"They are {text[:60]!r}.",
            "Give their lengths in days, for instance 1,7,30.",
        ) from None
